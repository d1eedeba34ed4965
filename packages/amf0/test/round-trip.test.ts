import { toHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { amf0Encodable, amf0Graph, amf0Plain, amf0Tree } from '../src/arbitraries.ts'
import { decodeAmf0Tree, encodeAmf0Tree } from '../src/exact.ts'
import { GeneratedObjects } from '../src/code-generation.ts'
import { decodeAmf0, decodeAmf0Prefix, encodeAmf0 } from '../src/index.ts'
import { Amf0Sequence } from '../src/sequence.ts'

describe.each([true, false])('with generated code: %s', (generated) => {
  const how = generated ? { objects: new GeneratedObjects() } : {}

  test('the plain view: decode gives back what encode wrote', () => {
    fc.assert(
      fc.property(fc.array(amf0Plain, { maxLength: 4 }), (values) => {
        const bytes = encodeAmf0(values)
        expect(decodeAmf0(bytes, how)).toEqual(values)
        expect(decodeAmf0(bytes, { ...how, strict: true })).toEqual(values)
      }),
    )
  })

  test('the same shape again and again gives the same objects', () => {
    fc.assert(
      fc.property(amf0Encodable, (value) => {
        const bytes = encodeAmf0([value])
        const first = decodeAmf0(bytes, how)
        for (let i = 0; i < 40; i++) expect(decodeAmf0(bytes, how)).toEqual(first)
        expect(toHex(encodeAmf0(first, { references: false }))).toBe(
          toHex(encodeAmf0(decodeAmf0(bytes, how))),
        )
      }),
      { numRuns: 40 },
    )
  })

  test('texts and names of every length, met for the first time and again, in memory that ends behind them', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'.repeat(2)
    for (let length = 0; length <= letters.length; length++) {
      const texts = [letters.slice(0, length), letters.slice(1, length + 1), 'é'.repeat(length >> 1)]
      for (const last of ['', '!', '\0', '\ufffd']) {
        for (const text of texts.map((start) => start + last)) {
          const values = text === '' ? [text] : [{ [text]: text, last: text }, text]
          const bytes = encodeAmf0(values).slice()
          for (let i = 0; i < 3; i++) expect(decodeAmf0(bytes, how)).toEqual(values)
        }
      }
    }
  })

  test('what decode returned encodes to the same bytes', () => {
    fc.assert(
      fc.property(fc.array(amf0Plain, { maxLength: 4 }), (values) => {
        const bytes = encodeAmf0(values)
        expect(toHex(encodeAmf0(decodeAmf0(bytes, how)))).toBe(toHex(bytes))
      }),
    )
  })
})

test('sharing and cycles are kept, both ways', () => {
  fc.assert(
    fc.property(amf0Graph, (graph) => {
      const bytes = encodeAmf0([graph], { references: true })
      const [back] = decodeAmf0(bytes)
      expect(back).toEqual(graph)
      expect(toHex(encodeAmf0([back], { references: true }))).toBe(toHex(bytes))
    }),
  )
})

test('the exact view: identical values and identical bytes', () => {
  fc.assert(
    fc.property(fc.array(amf0Tree, { minLength: 1, maxLength: 3 }), (rest) => {
      const nodes = [{ kind: 'object' as const, entries: [] }, ...rest]
      const bytes = encodeAmf0Tree(nodes)
      expect(decodeAmf0Tree(bytes)).toEqual(nodes)
      expect(toHex(encodeAmf0Tree(decodeAmf0Tree(bytes)))).toBe(toHex(bytes))
    }),
  )
})

test('value by value, prefix by prefix and all at once agree', () => {
  fc.assert(
    fc.property(fc.array(amf0Plain, { maxLength: 4 }), (values) => {
      const bytes = encodeAmf0(values)
      const sequence = new Amf0Sequence(bytes)
      let start = 0
      for (const value of values) {
        expect(sequence.position).toBe(start)
        expect(sequence.done).toBe(false)
        expect(sequence.read()).toEqual(value)
        const prefix = decodeAmf0Prefix(bytes, { start })
        expect(prefix.value).toEqual(value)
        start += prefix.bytesRead
      }
      expect(start).toBe(bytes.length)
      expect(sequence.done).toBe(true)
    }),
  )
})

test('a view into larger memory reads as the bytes alone do, offsets of errors too', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat({ max: 9 }), (bytes, before) => {
      const larger = new Uint8Array(bytes.length + before + 5)
      larger.set(bytes, before)
      const outcome = (input: Uint8Array): unknown => {
        try {
          return decodeAmf0(input)
        } catch (error) {
          const { code, offset } = error as { code: string; offset: number }
          return { code, offset }
        }
      }
      expect(outcome(larger.subarray(before, before + bytes.length))).toEqual(outcome(bytes))
    }),
    { numRuns: 500 },
  )
})

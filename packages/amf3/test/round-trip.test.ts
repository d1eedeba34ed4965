import { toHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { amf3Graph, amf3Plain, amf3Tree } from '../src/arbitraries.ts'
import { decodeAmf3Tree, encodeAmf3Tree } from '../src/exact.ts'
import {
  classNameOf,
  decodeAmf3,
  decodeAmf3Prefix,
  encodeAmf3,
  fixedVector,
  isFixedVector,
  isWeakDictionary,
  objectVector,
  weakDictionary,
} from '../src/index.ts'

test('the plain view: decode gives back what encode wrote', () => {
  fc.assert(
    fc.property(amf3Plain, (value) => {
      const bytes = encodeAmf3([value])
      expect(decodeAmf3(bytes)).toEqual([value])
      expect(decodeAmf3(bytes, { strict: true })).toEqual([value])
      expect(decodeAmf3Prefix(bytes)).toEqual({ value, bytesRead: bytes.length })
      expect(toHex(encodeAmf3(decodeAmf3(bytes)))).toBe(toHex(bytes))
    }),
    { numRuns: 200 },
  )
})

test('sharing and cycles are kept, both ways', () => {
  fc.assert(
    fc.property(amf3Graph, (graph) => {
      const bytes = encodeAmf3([graph, graph])
      const back = decodeAmf3(bytes)
      expect(back).toEqual([graph, graph])
      if (typeof graph === 'object' && graph !== null) expect(back[1]).toBe(back[0])
      expect(toHex(encodeAmf3(back))).toBe(toHex(bytes))
      expect(toHex(encodeAmf3Tree(decodeAmf3Tree(bytes)))).toBe(toHex(bytes))
    }),
  )
})

test('the exact view: identical values and identical bytes', () => {
  fc.assert(
    fc.property(fc.array(amf3Tree, { minLength: 1, maxLength: 3 }), (rest) => {
      const nodes = [{ kind: 'array' as const, named: [], values: [] }, ...rest]
      const bytes = encodeAmf3Tree(nodes)
      expect(decodeAmf3Tree(bytes)).toEqual(nodes)
      expect(toHex(encodeAmf3Tree(decodeAmf3Tree(bytes)))).toBe(toHex(bytes))
    }),
    { numRuns: 200 },
  )
})

test('details of vectors, dictionaries and typed objects survive', () => {
  const [vector, dictionary, objects] = decodeAmf3(
    encodeAmf3([fixedVector(Int32Array.of(1)), weakDictionary(new Map()), objectVector('Foo', [{}], true)]),
  ) as [Int32Array, Map<unknown, unknown>, unknown[]]
  expect(isFixedVector(vector)).toBe(true)
  expect(isWeakDictionary(dictionary)).toBe(true)
  expect(isFixedVector(objects)).toBe(true)
  expect(isFixedVector(Int32Array.of(1))).toBe(false)
  expect(isWeakDictionary(new Map())).toBe(false)
  expect(toHex(encodeAmf3([objects])).slice(0, 8)).toBe('10030107')
  expect(classNameOf(objects)).toBeUndefined()
})

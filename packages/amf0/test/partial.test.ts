import { fromHex } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import { GeneratedObjects } from '../src/code-generation.ts'
import { type Amf3Codec, type Amf0DecodeOptions, decodeAmf0, encodeAmf0 } from '../src/index.ts'

/** What is read of a part, and what is told of it. */
const read = (hex: string, options: Amf0DecodeOptions = {}): { values: unknown; told: readonly string[] } => {
  const told: string[] = []
  const values = decodeAmf0(fromHex(hex), {
    partial: true,
    onFault: ({ code, offset }) => told.push(`${code}@${offset}`),
    ...options,
  })
  // Where nobody wants to know, the same is read.
  expect(decodeAmf0(fromHex(hex), { ...options, partial: true })).toEqual(values)
  return { values, told }
}

describe('part of a message', () => {
  test('is what came before, told of once', () => {
    expect(read('02 0001 61 03 0001 62 02 0005 63')).toEqual({
      values: ['a', {}],
      told: ['TRUNCATED@11'],
    })
    expect(read('0a 00000002 05 ff')).toEqual({ values: [[null]], told: ['UNKNOWN_MARKER@6'] })
    expect(read('05 04 05')).toEqual({ values: [null], told: ['UNKNOWN_MARKER@1'] })
    expect(read('08 00000002 0001 61 05 0001 62 04')).toEqual({
      values: [{ a: null }],
      told: ['UNKNOWN_MARKER@12'],
    })
    expect(read('05')).toEqual({ values: [null], told: [] })
  })

  test('of nested objects is told of once too', () => {
    expect(read('03 0001 61 03 0001 62 05 0001 63 04 000009 000009 05')).toEqual({
      values: [{ a: { b: null } }],
      told: ['UNKNOWN_MARKER@12'],
    })
    expect(read('0a 00000002 0a 00000002 05 04 05')).toEqual({
      values: [[[null]]],
      told: ['UNKNOWN_MARKER@11'],
    })
  })

  test('goes on behind a reference to nothing', () => {
    expect(read('0a 00000002 07 0005 05 02 0001 61')).toEqual({
      values: [[undefined, null], 'a'],
      told: ['DANGLING_REFERENCE@5'],
    })
  })

  test('is the same where code is generated', () => {
    const objects = new GeneratedObjects()
    const whole = encodeAmf0([{ name: 'x', size: 1 }])
    for (let i = 0; i < 50; i++) decodeAmf0(whole, { objects })
    expect(decodeAmf0(whole.subarray(0, -8), { objects, partial: true })).toEqual([{ name: 'x' }])
  })

  test('is not given for what is no fault of the bytes', () => {
    const amf3: Amf3Codec = {
      read: () => {
        throw new RangeError('of the codec')
      },
      write: () => new Uint8Array(0),
    }
    expect(() => decodeAmf0(fromHex('05 11 01'), { partial: true, amf3 })).toThrow(RangeError)
  })
})

test('well-formed U+FFFD is no fault', () => {
  expect(decodeAmf0(fromHex('02 0003 efbfbd'), { strict: true })).toEqual(['\ufffd'])
})

test('AMF3 without a codec is told of where it is', () => {
  expect(() => decodeAmf0(fromHex('05 05 11 01'))).toThrow(
    expect.objectContaining({ code: 'AMF3_NOT_AVAILABLE', offset: 2 }),
  )
})

describe('beside generated code', () => {
  test('classes have their handlers, each for its own name', () => {
    const bytes = fromHex('10 0001 41 0001 78 05 000009 10 0001 42 000009')
    const handler = (className: string) => ({ className, fromProperties: () => className.repeat(3) })
    for (const how of [{}, { objects: new GeneratedObjects() }]) {
      expect(decodeAmf0(bytes, { ...how, classes: [handler('B'), handler('A')] })).toEqual(['AAA', 'BBB'])
      expect(decodeAmf0(bytes, { ...how, classes: [{ className: 'A' }] })).toEqual([{ x: null }, {}])
    }
  })

  test('names of a known shape are held against a low limit', () => {
    const name = 'n'.repeat(64)
    const bytes = encodeAmf0([{ [name]: 1 }])
    const objects = new GeneratedObjects()
    for (let i = 0; i < 50; i++) decodeAmf0(bytes, { objects })
    const within = (maxStringBytes: number): unknown =>
      decodeAmf0(bytes, { objects, limits: { maxStringBytes } })
    expect(within(64)).toEqual([{ [name]: 1 }])
    expect(() => within(63)).toThrow(expect.objectContaining({ code: 'STRING_LIMIT', offset: 3 }))
  })

  test('a name that is known is not looked for behind the end of the message', () => {
    const whole = encodeAmf0([{ abcdef: 1, ghijkl: 'x' }])
    const objects = new GeneratedObjects()
    for (let i = 0; i < 50; i++) decodeAmf0(whole, { objects })
    const read = (end: number, how: Amf0DecodeOptions): unknown => {
      try {
        return decodeAmf0(whole.subarray(0, end), how)
      } catch (error) {
        const { code, offset } = error as { code: string; offset: number }
        return `${code}@${offset}`
      }
    }
    for (let end = 0; end <= whole.length; end++) expect(read(end, { objects })).toEqual(read(end, {}))
  })

  test('where no code may be made, objects are read all the same', () => {
    const objects = new GeneratedObjects()
    const bytes = encodeAmf0([{ a: 1, bb: { cc: 'x' }, dd: [2] }])
    const { Function: made } = globalThis
    let tries = 0
    globalThis.Function = function refuse() {
      tries += 1
      throw new EvalError('not here')
    } as never
    try {
      for (let i = 0; i < 100; i++)
        expect(decodeAmf0(bytes, { objects })).toEqual([{ a: 1, bb: { cc: 'x' }, dd: [2] }])
    } finally {
      globalThis.Function = made
    }
    // The first try fails, and there is no other.
    expect(tries).toBe(1)
  })

  test('the count of an ECMA array is a hint', () => {
    const objects = new GeneratedObjects()
    for (let i = 0; i < 50; i++)
      expect(decodeAmf0(fromHex('08 00000007 0002 6162 05 000009'), { objects })).toEqual([{ ab: null }])
  })
})

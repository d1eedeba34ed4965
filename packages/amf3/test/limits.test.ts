// Each limit at the limit, and one beyond.
import { codeOf } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import { decodeAmf3Tree, encodeAmf3Tree } from '../src/exact.ts'
import {
  type Amf3ClassHandler,
  amf3ToAmf0,
  type Amf3Limits,
  decodeAmf3,
  encodeAmf3,
  typedObject,
  xml,
} from '../src/index.ts'

/** So many arrays, each in the one before. */
const nested = (depth: number): unknown => {
  let value: unknown = []
  for (let i = 1; i < depth; i++) value = [value]
  return value
}

/** Code of reading, and of writing, plainly and by the exact view. */
const codes = (values: readonly unknown[], limits: Partial<Amf3Limits>): string[] => {
  const bytes = encodeAmf3(values)
  const nodes = decodeAmf3Tree(bytes)
  return [
    codeOf(() => decodeAmf3(bytes, { limits })),
    codeOf(() => decodeAmf3Tree(bytes, { limits })),
    codeOf(() => encodeAmf3(values, { limits })),
    codeOf(() => encodeAmf3Tree(nodes, { limits })),
  ]
}
const all = (code: string): string[] => [code, code, code, code]

describe('bytes of one text or of binary', () => {
  test.each([
    ['a string', 'seven b'],
    ['a name', { sevenby: 1 }],
    ['a class', typedObject('sevenby', {})],
    ['an XML text', xml('<seven>')],
    ['a byte array', new Uint8Array(7)],
  ])('%s', (_, value) => {
    expect(codes([value], { maxStringBytes: 7 })).toEqual(all('none'))
    expect(codes([value], { maxStringBytes: 6 })).toEqual(all('STRING_LIMIT'))
  })

  test.each([
    ['of 32 bits', new Int32Array(2), 8],
    ['of 64 bits', new Float64Array(2), 16],
  ])('a vector of numbers %s', (_, vector, size) => {
    expect(codeOf(() => encodeAmf3([vector], { limits: { maxStringBytes: size } }))).toBe('none')
    expect(codeOf(() => encodeAmf3([vector], { limits: { maxStringBytes: size - 1 } }))).toBe('STRING_LIMIT')
  })

  test('what a handler writes: bytes by the limit, texts by their two bytes of length too', () => {
    let written: (output: Parameters<NonNullable<Amf3ClassHandler['writeExternal']>>[1]) => void
    class Own {}
    const handler: Amf3ClassHandler = {
      className: 'Own',
      matches: (value) => value instanceof Own,
      writeExternal: (_, output) => written(output),
    }
    const write = (limits: Partial<Amf3Limits>): string =>
      codeOf(() => encodeAmf3([new Own()], { classes: [handler], limits }))
    written = (output) => output.bytes(new Uint8Array(9))
    expect([write({ maxStringBytes: 9 }), write({ maxStringBytes: 8 })]).toEqual(['none', 'STRING_LIMIT'])
    written = (output) => output.utf('nine byte')
    expect([write({ maxStringBytes: 9 }), write({ maxStringBytes: 8 })]).toEqual(['none', 'STRING_LIMIT'])
    written = (output) => output.utf('x'.repeat(0xffff))
    expect(write({})).toBe('none')
    written = (output) => output.utf('x'.repeat(0x10000))
    expect(write({})).toBe('STRING_LIMIT')
  })
})

describe('bytes in all', () => {
  // What fits in the memory that there is at first, and what does not; a number at the end takes less than the most it can.
  test.each([
    ['few', ['abc', 1]],
    ['as many as there is memory for at first', ['x'.repeat(506), 1, true]],
    ['some more', ['x'.repeat(600), 1]],
    ['some more, to the last byte of a text', [1, 'x'.repeat(600)]],
    ['many', ['x'.repeat(5000), new Uint8Array(700), { a: [1, 2, 3] }, 0x4000]],
    ['values without a text', Array.from({ length: 1500 }, (_, i) => i)],
  ])('%s', (_, values) => {
    const bytes = encodeAmf3(values)
    const nodes = decodeAmf3Tree(bytes)
    const write = (maxTotalBytes: number): string[] => [
      codeOf(() => encodeAmf3(values, { limits: { maxTotalBytes } })),
      codeOf(() => encodeAmf3Tree(nodes, { limits: { maxTotalBytes } })),
    ]
    expect(write(bytes.length)).toEqual(['none', 'none'])
    expect(write(bytes.length - 1)).toEqual(['TOTAL_LIMIT', 'TOTAL_LIMIT'])
    expect(encodeAmf3(values, { limits: { maxTotalBytes: bytes.length } })).toEqual(bytes)
    expect(encodeAmf3Tree(nodes, { limits: { maxTotalBytes: Infinity } })).toEqual(bytes)
  })

  test('none, of nothing', () => {
    expect(encodeAmf3([], { limits: { maxTotalBytes: 0 } })).toHaveLength(0)
    expect(codeOf(() => encodeAmf3([null], { limits: { maxTotalBytes: 0 } }))).toBe('TOTAL_LIMIT')
  })
})

describe('how deep, and how many', () => {
  test.each([
    ['nothing in the innermost', 4, nested(4)],
    ['a number in it', 4, [[[[1]]]]],
    ['an object in it', 5, [[[[{}, 'x']]]]],
  ])('arrays in arrays, %s', (_, maxDepth, value) => {
    expect(codes([value], { maxDepth })).toEqual(all('none'))
    expect(codes([value], { maxDepth: maxDepth - 1 })).toEqual(all('DEPTH_LIMIT'))
  })

  test('values', () => {
    expect(codes([[1, 2], 3], { maxValues: 4 })).toEqual(all('none'))
    expect(codes([[1, 2], 3], { maxValues: 3 })).toEqual(all('VALUE_LIMIT'))
  })

  test('what is made into AMF0', () => {
    expect(codeOf(() => amf3ToAmf0(nested(512)))).toBe('none')
    expect(codeOf(() => amf3ToAmf0(nested(513)))).toBe('DEPTH_LIMIT')
  })
})

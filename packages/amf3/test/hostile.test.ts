import { isDecodeError, isUsageError } from '@rtmp/bytes'
import { fromHex, mutate, SeededRandom, toHex } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import { decodeAmf3Tree, encodeAmf3Tree } from '../src/exact.ts'
import { decodeAmf3, decodeAmf3Prefix, encodeAmf3 } from '../src/index.ts'
import { bomb, u29 } from './bomb.ts'
import { readVectors } from './vectors.ts'

const codeOf = (run: () => unknown): string => {
  try {
    run()
    return 'none'
  } catch (error) {
    if (!isDecodeError(error)) throw error
    // Asked thousands of times: `expect` would take longer than what is tested.
    if (error.phase !== 'amf3' || !(error.offset >= 0)) throw error
    return error.code
  }
}
const both = (hex: string, options = {}): string => {
  const code = codeOf(() => decodeAmf3(fromHex(hex), options))
  expect(codeOf(() => decodeAmf3Tree(fromHex(hex), options))).toBe(code)
  return code
}

/** Either the package's own error, or values that encode again. */
const survives = (bytes: Uint8Array): void => {
  for (const strict of [false, true]) {
    const code = codeOf(() => {
      encodeAmf3(decodeAmf3(bytes, { strict }), { limits: { maxDepth: 65, maxValues: 65_537 } })
    })
    if (strict || code !== 'none') continue
    const back = encodeAmf3Tree(decodeAmf3Tree(bytes))
    if (toHex(back) !== toHex(bytes)) expect(back).toEqual(bytes)
  }
}

const vectors = [
  ...new Set(
    [...(await readVectors('by-hand')), ...(await readVectors('independent'))].map(({ hex }) => hex),
  ),
].map(fromHex)

test.each([
  ['undefined marker', '12', 'UNKNOWN_MARKER'],
  ['last marker', 'ff', 'UNKNOWN_MARKER'],
  ['integer cut short', '04 80', 'TRUNCATED'],
  ['string beyond the input', '06 0b 61', 'TRUNCATED'],
  ['string of 256 MB', '06 ffffffff', 'STRING_LIMIT'],
  ['byte array beyond the input', '0c 0b 61', 'TRUNCATED'],
  ['reference to no string', '06 00', 'DANGLING_REFERENCE'],
  ['reference to no object', '0a 00', 'DANGLING_REFERENCE'],
  ['reference to no traits', '0a 01', 'DANGLING_REFERENCE'],
  ['array of 2^28 elements', '09 ffffffff 01', 'TRUNCATED'],
  ['vector of 2^28 ints', '0d ffffffff 00', 'TRUNCATED'],
  ['vector of 2^28 doubles', '0f ffffffff 00', 'TRUNCATED'],
  ['vector of 2^28 objects', '10 ffffffff 00 01', 'TRUNCATED'],
  ['dictionary of 2^28 entries', '11 ffffffff 00', 'TRUNCATED'],
  ['2^25 sealed members', '0a fffffff3 01', 'TRUNCATED'],
  ['externalizable of an unknown class', '0a 07 03 61 01', 'UNKNOWN_EXTERNALIZABLE'],
])('%s', (_name, hex, code) => {
  expect(both(hex)).toBe(code)
})

test('no first value', () => {
  expect(codeOf(() => decodeAmf3Prefix(new Uint8Array(0)))).toBe('TRUNCATED')
})

test('cut anywhere, a message gives values or a DecodeError', () => {
  for (const bytes of vectors) for (let end = 0; end < bytes.length; end++) survives(bytes.subarray(0, end))
})

test('damaged messages and noise give values or a DecodeError', () => {
  const random = new SeededRandom(20_263)
  for (let run = 0; run < 6000; run++) {
    survives(run % 8 === 0 ? random.bytes(random.below(80)) : mutate(random.pick(vectors), random))
  }
})

describe('budgets', () => {
  test.each([
    ['arrays', '090301'],
    ['objects', '0a0b010361'],
    ['sealed members', '0a13010361'],
    ['vectors', '10030001'],
    ['dictionaries', '110300'],
    ['wrappers', `0a0743${'666c65782e6d6573736167696e672e696f2e4172726179436f6c6c656374696f6e'}`],
  ])('%s nested without end', (_name, hex) => {
    expect(both(hex.repeat(20_000))).toBe('DEPTH_LIMIT')
    expect(both(hex.repeat(20_000), { limits: { maxDepth: Infinity } })).toBe('DEPTH_LIMIT')
  })

  test('values, and members before their values', () => {
    expect(both('01'.repeat(65_537))).toBe('VALUE_LIMIT')
    expect(both('01'.repeat(4), { limits: { maxValues: 3 } })).toBe('VALUE_LIMIT')
    expect(both(`0a8503 01${'01'.repeat(40)}`, { limits: { maxValues: 30 } })).toBe('VALUE_LIMIT')
  })

  test('text and binary', () => {
    expect(both('06 07 616263', { limits: { maxStringBytes: 2 } })).toBe('STRING_LIMIT')
    expect(both('0c 07 616263'.repeat(3), { limits: { maxTotalBytes: 8 } })).toBe('TOTAL_LIMIT')
    expect(both('0c 07 616263'.repeat(3), { limits: { maxTotalBytes: 9 } })).toBe('none')
    expect(both('0d 05 00 0000000000000000', { limits: { maxTotalBytes: 7 } })).toBe('TOTAL_LIMIT')
  })
})

test('no prototype is ever changed', () => {
  const members = '13 5f5f70726f746f5f5f 0a 0b 01 11 706f6c6c75746564 03 01 17 636f6e7374727563746f72 03 01'
  const [object] = decodeAmf3(fromHex(`0a 0b 01 ${members}`)) as [Record<string, unknown>]
  expect(Object.keys(object)).toEqual(['__proto__', 'constructor'])
  expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
  const [array] = decodeAmf3(fromHex(`09 01 ${members}`)) as [Record<string, unknown>]
  expect(array).toEqual(object)
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  // Names that would make an array enormous make an object instead.
  expect(decodeAmf3(fromHex('09 03 0d 6c656e677468 04 05 15 34323934393637323934 03 01 02'))).toEqual([
    { 0: false, length: 5, 4294967294: true },
  ])
})

describe('references to what holds them', () => {
  test('a reference bomb shares its arrays', () => {
    const [value] = decodeAmf3(bomb(40)) as [unknown[][]]
    expect(value[2]?.[0]).toBe(value[1])
    expect(encodeAmf3([value]).length).toBeLessThan(bomb(40).length)
  })

  test('where references count, each counts as the values it stands for: at the limit, and one beyond', () => {
    // [[1, 2], that, that]: each reference stands for three values, of which its marker is one.
    const bytes = fromHex('090701 090501 0401 0402 0902 0902')
    expect(decodeAmf3(bytes, { limits: { maxValues: 10 }, countReferences: true })).toEqual([
      [
        [1, 2],
        [1, 2],
        [1, 2],
      ],
    ])
    expect(() => decodeAmf3(bytes, { limits: { maxValues: 9 }, countReferences: true })).toThrow(
      expect.objectContaining({ code: 'VALUE_LIMIT' }),
    )
    expect(decodeAmf3Tree(bytes, { limits: { maxValues: 6 } })).toHaveLength(1)
  })

  test.each([
    ['the text it stands for', '060961626364 0600', 8],
    ['the bytes it stands for', '0c0901020304 0c00', 8],
    ['the numbers of a vector', '0d0500 00000001 00000002 0d00', 16],
    ['the XML', '0b09 61626364 0b00', 8],
    ['the names of its class, as each object does', '0a1301 056162 0401 0a01 0402', 4],
    ['the text in an object', '0a0b01 0361 06056263 01 0a00', 6],
  ])('where references count, each counts as %s', (_what, hex, bytes) => {
    const limit = (maxTotalBytes: number) => () =>
      decodeAmf3(fromHex(hex), { limits: { maxTotalBytes }, countReferences: true })
    expect(limit(bytes)).not.toThrow()
    expect(limit(bytes - 1)).toThrow(expect.objectContaining({ code: 'TOTAL_LIMIT' }))
  })

  test('where references count, whatever decodes can be walked: bombs are refused', () => {
    for (const count of [20, 40, 60]) {
      expect(() => decodeAmf3(bomb(count), { countReferences: true })).toThrow(
        expect.objectContaining({ code: 'VALUE_LIMIT' }),
      )
    }
    const text = `06${u29(20_000 * 2 + 1)}${'61'.repeat(20_000)}`
    expect(() => decodeAmf3(fromHex(`${text}${'0600'.repeat(60_000)}`), { countReferences: true })).toThrow(
      expect.objectContaining({ code: 'TOTAL_LIMIT' }),
    )
  })
})

test('a thing that cannot be written is named by its path', () => {
  const faults: [unknown, object, string, string][] = [
    [{ a: [1, Symbol('x')] }, {}, 'UNSUPPORTED_VALUE', '$[0].a[1]'],
    [[1n], {}, 'UNSUPPORTED_VALUE', '$[0][0]'],
    [{ f: () => 1 }, {}, 'UNSUPPORTED_VALUE', '$[0].f'],
    [new Set(), {}, 'UNSUPPORTED_VALUE', '$[0]'],
    [BigInt64Array.of(1n), {}, 'UNSUPPORTED_VALUE', '$[0]'],
    [{ 'a b': 'x\ud800' }, { strict: true }, 'LONE_SURROGATE', '$[0]["a b"]'],
    [{ a: { '': 1 } }, { strict: true }, 'EMPTY_NAME', '$[0].a'],
    [['abcd'], { limits: { maxStringBytes: 3 } }, 'STRING_LIMIT', '$[0][0]'],
    [Int32Array.of(1, 2), { limits: { maxStringBytes: 7 } }, 'STRING_LIMIT', '$[0]'],
    [Object.assign([], { length: 4_000_000_000 }), {}, 'VALUE_LIMIT', '$[0]'],
    ['a'.repeat(2000), { limits: { maxTotalBytes: 1000 } }, 'TOTAL_LIMIT', '$[0]'],
  ]
  for (const [value, options, code, path] of faults) {
    try {
      encodeAmf3([value], options)
      expect.unreachable(code)
    } catch (error) {
      if (!isUsageError(error)) throw error
      expect({ code: error.code, path: error.path }).toEqual({ code, path })
    }
  }
  let deep: unknown = null
  for (let i = 0; i < 64; i++) deep = [deep]
  expect(decodeAmf3(encodeAmf3([deep]))).toEqual([deep])
  expect(() => encodeAmf3([[deep]])).toThrow(expect.objectContaining({ code: 'DEPTH_LIMIT' }))
  const node = { kind: 'array' as const, named: [], values: [] as unknown[] }
  node.values.push(node)
  expect(() => encodeAmf3Tree([node as never])).toThrow(expect.objectContaining({ code: 'DEPTH_LIMIT' }))
})

test('one value that is given for a list of them, and what is no bytes, is told of as such', () => {
  for (const mistake of ['connect', { a: 1 }, 5, null, undefined, new Map(), Int32Array.of(1)]) {
    expect(() => encodeAmf3(mistake as never)).toThrow(expect.objectContaining({ code: 'NOT_AN_ARRAY' }))
    expect(() => encodeAmf3Tree(mistake as never)).toThrow(expect.objectContaining({ code: 'NOT_AN_ARRAY' }))
  }
  for (const mistake of ['0a0b', new ArrayBuffer(2), [1], null, undefined]) {
    expect(() => decodeAmf3(mistake as never)).toThrow(expect.objectContaining({ code: 'NOT_BYTES' }))
  }
})

test('documented rules: U+FFFD, left out empty names, holes, NaN dates', () => {
  const back = (value: unknown): unknown => decodeAmf3(encodeAmf3([value]))[0]
  expect(back('a\ud800b')).toBe('a\ufffdb')
  expect(back({ '': 1, a: 2 })).toEqual({ a: 2 })
  expect(back(Array.from({ length: 2 }))).toEqual([undefined, undefined])
  expect(toHex(encodeAmf3([new Date(Number.NaN)]))).toBe('08017ff8000000000000')
  expect(back(Int16Array.of(-1))).toEqual(Int32Array.of(-1))
  expect(back(Uint16Array.of(1))).toEqual(Uint32Array.of(1))
  expect(back(Float32Array.of(0.5))).toEqual(Float64Array.of(0.5))
  expect(back(new Uint8Array([1, 2]).buffer)).toEqual(Uint8Array.of(1, 2))
  expect(Object.is(back(-0), -0)).toBe(true)
  // Fractions of milliseconds: to the nearest whole one.
  expect(decodeAmf3(fromHex('0801 4093480000000000'))).toEqual([new Date(1234)])
  expect(decodeAmf3(fromHex('0801 40934b3333333333'))).toEqual([new Date(1235)])
})

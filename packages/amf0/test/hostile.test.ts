import { isDecodeError } from '@rtmp/bytes'
import { fromHex, mutate, SeededRandom, toHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GeneratedObjects } from '../src/code-generation.ts'
import { decodeAmf0Tree, encodeAmf0Tree } from '../src/exact.ts'
import { decodeAmf0, decodeAmf0Prefix, encodeAmf0 } from '../src/index.ts'
import { bomb } from './bomb.ts'
import { readVectors } from './vectors.ts'

const codeOf = (run: () => unknown): string => {
  try {
    run()
    return 'none'
  } catch (error) {
    if (!isDecodeError(error)) throw error
    // Asked thousands of times: `expect` would take longer than what is tested.
    if (error.phase !== 'amf0' || !(error.offset >= 0)) throw error
    return error.code
  }
}
const both = (hex: string, options = {}): string => {
  const bytes = typeof hex === 'string' ? fromHex(hex) : hex
  const code = codeOf(() => decodeAmf0(bytes, options))
  expect(codeOf(() => decodeAmf0Tree(bytes, options))).toBe(code)
  return code
}

/** Either the package's own error, or values that encode again. */
const survives = (bytes: Uint8Array): void => {
  for (const strict of [false, true]) {
    const code = codeOf(() => {
      const values = decodeAmf0(bytes, { strict })
      encodeAmf0(values, { references: true })
    })
    if (strict || code !== 'none') continue
    const back = encodeAmf0Tree(decodeAmf0Tree(bytes))
    if (toHex(back) !== toHex(bytes)) expect(back).toEqual(bytes)
  }
}

const vectors = [
  ...new Set([...(await readVectors('by-hand')), ...(await readVectors('captured'))].map(({ hex }) => hex)),
].map(fromHex)

test.each([
  ['reserved movieclip', '04', 'UNKNOWN_MARKER'],
  ['reserved recordset', '0e', 'UNKNOWN_MARKER'],
  ['undefined marker', '12', 'UNKNOWN_MARKER'],
  ['last marker', 'ff', 'UNKNOWN_MARKER'],
  ['object end alone', '09', 'UNEXPECTED_OBJECT_END'],
  ['object end as an element', '0a 00000001 09', 'UNEXPECTED_OBJECT_END'],
  ['AMF3 without a codec', '11 01', 'AMF3_NOT_AVAILABLE'],
  ['reference to nothing', '07 0000', 'DANGLING_REFERENCE'],
  ['reference forward', '0a 00000002 07 0001 03 000009', 'DANGLING_REFERENCE'],
  ['string beyond the input', '02 0005 61', 'TRUNCATED'],
  ['long string of 4 GB', '0c ffffffff 61', 'STRING_LIMIT'],
  ['strict array of 4 G elements', '0a ffffffff 05', 'TRUNCATED'],
  ['name beyond the input', '03 ffff 61', 'TRUNCATED'],
])('%s', (_name, hex, code) => {
  expect(both(hex)).toBe(code)
})

test('an empty input has no values, and no first one', () => {
  expect(decodeAmf0(new Uint8Array(0))).toEqual([])
  expect(codeOf(() => decodeAmf0Prefix(new Uint8Array(0)))).toBe('TRUNCATED')
})

test('cut anywhere, a message gives values or a DecodeError', () => {
  for (const bytes of vectors) for (let end = 0; end < bytes.length; end++) survives(bytes.subarray(0, end))
})

test('damaged messages and noise give values or a DecodeError', () => {
  const random = new SeededRandom(20_261)
  for (let run = 0; run < 4000; run++) {
    survives(run % 8 === 0 ? random.bytes(random.below(80)) : mutate(random.pick(vectors), random))
  }
})

describe('budgets', () => {
  const repeat = (hex: string, count: number): Uint8Array => fromHex(hex.repeat(count))

  test.each([
    ['objects', '030001 61'],
    ['ECMA arrays', '0800000001 0001 61'],
    ['typed objects', '10 0000 0001 61'],
  ])('%s nested without end', (_name, hex) => {
    expect(both(hex.repeat(20_000))).toBe('DEPTH_LIMIT')
    expect(both(hex.repeat(20_000), { limits: { maxDepth: Infinity } })).toBe('DEPTH_LIMIT')
  })

  test('strict arrays nested without end', () => {
    expect(both('0a00000001'.repeat(20_000))).toBe('DEPTH_LIMIT')
  })

  test('depth is counted exactly', () => {
    const nested = (depth: number): Uint8Array => fromHex(`${'0a00000001'.repeat(depth)}05`)
    expect(() => decodeAmf0(nested(64))).not.toThrow()
    expect(codeOf(() => decodeAmf0(nested(65)))).toBe('DEPTH_LIMIT')
    expect(codeOf(() => decodeAmf0(nested(3), { limits: { maxDepth: 2 } }))).toBe('DEPTH_LIMIT')
  })

  test('values', () => {
    expect(codeOf(() => decodeAmf0(repeat('05', 65_537)))).toBe('VALUE_LIMIT')
    expect(decodeAmf0(repeat('05', 65_536)).length).toBe(65_536)
    expect(codeOf(() => decodeAmf0(repeat('05', 4), { limits: { maxValues: 3 } }))).toBe('VALUE_LIMIT')
  })

  test('strings, one by one and together', () => {
    const text = '02 0003 616263'
    expect(both(text, { limits: { maxStringBytes: 2 } })).toBe('STRING_LIMIT')
    expect(both(text, { limits: { maxStringBytes: 3 } })).toBe('none')
    expect(both(text.repeat(3), { limits: { maxTotalBytes: 8 } })).toBe('TOTAL_LIMIT')
    expect(both(text.repeat(3), { limits: { maxTotalBytes: 9 } })).toBe('none')
  })

  test('names count as text, those of a known shape too', () => {
    const object = '03 0008 6162636465666768 05 000009'
    for (let i = 0; i < 50; i++) decodeAmf0(fromHex(object))
    expect(both(object.repeat(3), { limits: { maxTotalBytes: 23 } })).toBe('TOTAL_LIMIT')
    expect(both(object.repeat(3), { limits: { maxTotalBytes: 24 } })).toBe('none')
    expect(both(object, { limits: { maxStringBytes: 7 } })).toBe('STRING_LIMIT')
  })

  test.each([
    ['one after the other', '03 0008 6162636465666768 05 000009'.repeat(3), 24],
    ['one in the other', `${'03 0008 6162636465666768'.repeat(3)} 05 ${'000009'.repeat(3)}`, 24],
    ['with values', '03 0008 6162636465666768 02 0003 616263 000009'.repeat(2), 22],
    ['twice, since a reference needs the table', '03 0008 6162636465666768 05 000009 07 0000', 8],
  ])(
    'names that generated code passes over count as text, %s: at the limit, and one beyond',
    (_how, hex, size) => {
      const bytes = fromHex(hex)
      const objects = new GeneratedObjects()
      for (let i = 0; i < 50; i++) decodeAmf0(bytes, { objects })
      const read = (maxTotalBytes: number): string =>
        codeOf(() => decodeAmf0(bytes, { objects, limits: { maxTotalBytes } }))
      expect([read(size), read(size - 1)]).toEqual(['none', 'TOTAL_LIMIT'])
      // What went too far leaves nothing behind for the next message.
      expect(read(size)).toBe('none')
    },
  )
})

test('a name of a known shape that is ill-formed is found by strict all the same', () => {
  const object = '03 0004 616263ff 05 000009'
  for (let i = 0; i < 50; i++) decodeAmf0(fromHex(object))
  expect(both(object, { strict: true })).toBe('INVALID_UTF8')
})

describe('no prototype is ever changed', () => {
  const bytes = fromHex(
    '03 0009 5f5f70726f746f5f5f 03 0008 706f6c6c75746564 01 01 000009 000b 636f6e7374727563746f72 02 0001 78 000009',
  )
  test.each([1, 100])('read %i times', (times) => {
    for (let i = 0; i < times; i++) {
      const [object] = decodeAmf0(bytes) as [Record<string, unknown>]
      expect(Object.keys(object)).toEqual(['__proto__', 'constructor'])
      expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
      expect(Object.getOwnPropertyDescriptor(object, '__proto__')).toEqual({
        value: { polluted: true },
        configurable: true,
        enumerable: true,
        writable: true,
      })
      expect(object['polluted']).toBeUndefined()
      expect(object['constructor']).toBe('x')
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})

describe('references to what holds them', () => {
  test('a reference bomb shares its arrays, and is refused when every copy would be written', () => {
    const [value] = decodeAmf0(bomb(40)) as [unknown[][]]
    expect(value[2]?.[0]).toBe(value[1])
    expect(value[2]?.[1]).toBe(value[1])
    expect(encodeAmf0([value], { references: true })).toEqual(bomb(40))
    expect(() => encodeAmf0([value])).toThrow(expect.objectContaining({ code: 'VALUE_LIMIT' }))
  })

  test('where references count, each counts as the values it stands for: at the limit, and one beyond', () => {
    // [[1, 2], that, that]: each reference stands for three values, of which its marker is one.
    const bytes = fromHex(`0a00000003 0a00000002 ${'003ff0000000000000'.repeat(2)} 070001 070001`)
    expect(decodeAmf0(bytes, { limits: { maxValues: 10 }, countReferences: true })).toEqual([
      [
        [1, 1],
        [1, 1],
        [1, 1],
      ],
    ])
    expect(() => decodeAmf0(bytes, { limits: { maxValues: 9 }, countReferences: true })).toThrow(
      expect.objectContaining({ code: 'VALUE_LIMIT', offset: 31 }),
    )
    expect(decodeAmf0Tree(bytes, { limits: { maxValues: 6 } })).toHaveLength(1)
  })

  test('and as the text it stands for, names too', () => {
    // { a: { bb: 'ccc' }, d: that }: 1 + 2 + 3 + 1 bytes, and 5 behind the reference.
    const bytes = fromHex('03 000161 03 00026262 020003636363 000009 000164 070001 000009')
    const value = { a: { bb: 'ccc' }, d: { bb: 'ccc' } }
    expect(decodeAmf0(bytes, { limits: { maxTotalBytes: 12 }, countReferences: true })).toEqual([value])
    expect(() => decodeAmf0(bytes, { limits: { maxTotalBytes: 11 }, countReferences: true })).toThrow(
      expect.objectContaining({ code: 'TOTAL_LIMIT' }),
    )
  })

  test('where references count, whatever decodes can be walked: bombs of every shape are refused, of 826 bytes as of 60 kB', () => {
    const nested = (levels: number, level = 0): string =>
      level === levels
        ? '02000178'
        : `03 000161 ${nested(levels, level + 1)} 000162 ${level + 1 === levels ? '02000178' : `07${(level + 1).toString(16).padStart(4, '0')}`} 000009`
    for (const hex of [nested(60), nested(20)]) {
      expect(() => decodeAmf0(fromHex(hex), { limits: { maxDepth: 512 }, countReferences: true })).toThrow(
        expect.objectContaining({ code: 'VALUE_LIMIT' }),
      )
    }
    expect(JSON.stringify(decodeAmf0(fromHex(nested(10)), { countReferences: true })).length).toBeLessThan(
      100_000,
    )
    // One long text, and 60,000 references to what holds it.
    const long = `0a0000ea60 03 000161 0c0000ea60${'61'.repeat(60_000)} 000009 ${'070001'.repeat(59_999)}`
    expect(() => decodeAmf0(fromHex(long), { countReferences: true })).toThrow(
      expect.objectContaining({ code: 'TOTAL_LIMIT' }),
    )
  })
})

test('random bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => survives(bytes)),
    { numRuns: 1000 },
  )
})

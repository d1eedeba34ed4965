import { isUsageError } from '@rtmp/bytes'
import { fromHex, toHex } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import { decodeAmf0Tree, encodeAmf0Tree } from '../src/exact.ts'
import {
  type Amf0ClassHandler,
  classNameOf,
  decodeAmf0,
  decodeAmf0Prefix,
  ecmaArray,
  encodeAmf0,
  typedObject,
  xmlDocument,
} from '../src/index.ts'

const faultOf = (run: () => unknown): { code: string; path: string } => {
  try {
    run()
  } catch (error) {
    if (!isUsageError(error)) throw error
    return { code: error.code, path: error.path }
  }
  throw new Error('nothing was thrown')
}

const cycle: Record<string, unknown> = {}
cycle['inner'] = { back: [cycle] }

test.each<[string, unknown, object, string, string]>([
  ['symbol', { list: [1, Symbol('x')] }, {}, 'UNSUPPORTED_VALUE', '$[0].list[1]'],
  ['function', () => 1, {}, 'UNSUPPORTED_VALUE', '$[0]'],
  ['bigint', [1n], {}, 'UNSUPPORTED_VALUE', '$[0][0]'],
  ['set', { a: new Set() }, {}, 'UNSUPPORTED_VALUE', '$[0].a'],
  ['regular expression', /x/, {}, 'UNSUPPORTED_VALUE', '$[0]'],
  ['bytes without AMF3', { a: new Uint8Array(1) }, {}, 'AMF3_NOT_AVAILABLE', '$[0].a'],
  ['map without AMF3', new Map(), {}, 'AMF3_NOT_AVAILABLE', '$[0]'],
  ['name too long', { ['x'.repeat(65_536)]: 1 }, {}, 'NAME_TOO_LONG', `$[0].${'x'.repeat(65_536)}`],
  ['wide name too long', { ['é'.repeat(32_768)]: 1 }, {}, 'NAME_TOO_LONG', `$[0].${'é'.repeat(32_768)}`],
  ['class name too long', typedObject('x'.repeat(65_536), {}), {}, 'NAME_TOO_LONG', '$[0]'],
  ['lone surrogate, strict', { a: 'x\ud800' }, { strict: true }, 'LONE_SURROGATE', '$[0].a'],
  ['lone surrogate in a name, strict', { '\udc00': 1 }, { strict: true }, 'LONE_SURROGATE', '$[0].\udc00'],
  ['empty name, strict', { a: { '': 1 } }, { strict: true }, 'EMPTY_NAME', '$[0].a.'],
  ['string limit', 'abcd', { limits: { maxStringBytes: 3 } }, 'STRING_LIMIT', '$[0]'],
  ['value limit', [1, 2, 3], { limits: { maxValues: 3 } }, 'VALUE_LIMIT', '$[0]'],
  ['total limit', 'a'.repeat(100), { limits: { maxTotalBytes: 102 } }, 'TOTAL_LIMIT', '$'],
  [
    'endless array',
    { length: 1, list: Object.assign([], { length: 4_000_000_000 }) },
    {},
    'VALUE_LIMIT',
    '$[0].list',
  ],
])('%s', (_name, value, options, code, path) => {
  expect(faultOf(() => encodeAmf0([value], options))).toEqual({ code, path })
})

test('a cycle is an error, unless references may be written', () => {
  expect(faultOf(() => encodeAmf0([cycle])).code).toBe('CYCLE')
  const [back] = decodeAmf0(encodeAmf0([cycle], { references: true })) as [typeof cycle]
  expect((back['inner'] as { back: unknown[] }).back[0]).toBe(back)
})

test('depth is a limit of its own', () => {
  let deep: unknown = null
  for (let i = 0; i < 64; i++) deep = [deep]
  expect(decodeAmf0(encodeAmf0([deep]))).toEqual([deep])
  expect(faultOf(() => encodeAmf0([[deep]])).code).toBe('DEPTH_LIMIT')
  const node = { kind: 'strictArray' as const, values: [] as unknown[] }
  node.values.push(node)
  expect(faultOf(() => encodeAmf0Tree([node as never])).code).toBe('DEPTH_LIMIT')
})

test('memory that runs out at any place grows', () => {
  const kept: [Uint8Array, unknown[]][] = []
  const filler = 'f'.repeat(1000)
  for (let i = 0; i < 600; i++) {
    const values = [
      filler.slice(0, 900 + (i % 97)),
      { a: i, b: [true, null, 'é'], d: new Date(i) },
      i,
      filler,
    ]
    kept.push([encodeAmf0(values), values])
  }
  const numbers = Array.from({ length: 5000 }, (_, i) => i)
  for (let i = 0; i < 40; i++) kept.push([encodeAmf0(['x'.repeat(i), numbers]), ['x'.repeat(i), numbers]])
  for (const [bytes, values] of kept) expect(decodeAmf0(bytes)).toEqual(values)
})

describe('documented rules', () => {
  test('a lone surrogate is written as U+FFFD', () => {
    expect(decodeAmf0(encodeAmf0(['a\ud800b']))).toEqual(['a\ufffdb'])
  })

  test('an empty name is left out, and not counted', () => {
    expect(decodeAmf0(encodeAmf0([{ '': 1, a: 2 }]))).toEqual([{ a: 2 }])
    expect(toHex(encodeAmf0([ecmaArray({ '': 1, a: null })]))).toBe('080000000100016105000009')
  })

  test('holes are undefined, an invalid date is NaN, text is a long string from 65,536 bytes on', () => {
    expect(decodeAmf0(encodeAmf0([Array.from({ length: 2 })]))).toEqual([[undefined, undefined]])
    expect(toHex(encodeAmf0([new Date(Number.NaN)]))).toBe('0b7ff80000000000000000')
    expect(encodeAmf0(['x'.repeat(65_535)])[0]).toBe(2)
    expect(encodeAmf0(['x'.repeat(65_536)])[0]).toBe(0x0c)
    expect(encodeAmf0(['é'.repeat(32_768)])[0]).toBe(0x0c)
    expect(decodeAmf0(encodeAmf0(['é'.repeat(40_000)]))).toEqual(['é'.repeat(40_000)])
  })

  test('only own enumerable properties are written', () => {
    class Point {
      x = 1
      method(): void {}
    }
    expect(decodeAmf0(encodeAmf0([new Point(), Object.create({ inherited: 1 })]))).toEqual([{ x: 1 }, {}])
    Object.defineProperty(Object.prototype, 'everywhere', {
      value: 1,
      configurable: true,
      enumerable: true,
      writable: true,
    })
    try {
      expect(toHex(encodeAmf0([{}]))).toBe('03000009')
    } finally {
      delete (Object.prototype as { everywhere?: number }).everywhere
    }
    expect(decodeAmf0(encodeAmf0([Object.assign(Object.create(null) as object, { a: 1 })]))).toEqual([
      { a: 1 },
    ])
  })

  test('the first 65,536 objects can be referred to, others are written again', () => {
    const limits = { maxValues: 1e6 }
    const late = { late: true }
    const list = [...Array.from({ length: 65_600 }, () => ({})), late, late]
    const [back] = decodeAmf0(encodeAmf0([list], { references: true, limits }), { limits }) as [unknown[]]
    expect(back).toEqual(list)
    // The list itself is number 0: what refers to number 65,535, and the next one once more.
    const tail = (count: number): string => {
      const objects = Array.from({ length: count }, () => ({}))
      return toHex(encodeAmf0([[...objects, objects.at(-1)]], { references: true, limits }).slice(-4))
    }
    expect([tail(65_535), tail(65_536)]).toEqual(['0907ffff', '03000009'])
  })
})

describe('memory', () => {
  test('results never change, however much is written later', () => {
    const results = Array.from({ length: 400 }, (_, i) => encodeAmf0([i, 'x'.repeat(i * 3)]))
    for (const [i, bytes] of results.entries()) expect(decodeAmf0(bytes)).toEqual([i, 'x'.repeat(i * 3)])
  })

  test('an error in the middle spoils nothing, nor does a buffer that was taken away', () => {
    const before = encodeAmf0(['before'])
    for (let i = 0; i < 3; i++) expect(() => encodeAmf0(['half', { a: Symbol('x') }])).toThrow()
    expect(decodeAmf0(before)).toEqual(['before'])
    const bytes = encodeAmf0(['gone'])
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
    expect(bytes.length).toBe(0)
    expect(encodeAmf0([])).toEqual(new Uint8Array(0))
    expect(decodeAmf0(encodeAmf0(['after']))).toEqual(['after'])
  })

  test('short results share memory, and nothing but memory; long ones have their own', () => {
    // What had to grow is given up, since small results would hold on to it: the next ones have memory that is new.
    encodeAmf0(['x'.repeat(40_000)])
    const [one, two] = [encodeAmf0([1]), encodeAmf0([2])]
    expect(one.buffer.byteLength).toBe(16_384)
    expect(two.buffer).toBe(one.buffer)
    expect(two.byteOffset).toBe(one.byteOffset + 9)
    // A marker, and two bytes of length.
    const [most, more] = [encodeAmf0(['x'.repeat(4093)]), encodeAmf0(['x'.repeat(4094)])]
    expect(most.buffer.byteLength).toBe(16_384)
    expect(more.buffer.byteLength).toBe(4097)
    expect([one, two].map((bytes) => decodeAmf0(bytes))).toEqual([[1], [2]])
  })

  test('a getter may encode something else meanwhile', () => {
    const value = {
      a: 1,
      get b() {
        return decodeAmf0(encodeAmf0([{ inner: ['x'] }]))[0]
      },
      c: 'end',
    }
    expect(decodeAmf0(encodeAmf0([value]))).toEqual([{ a: 1, b: { inner: ['x'] }, c: 'end' }])
  })
})

describe('class handlers', () => {
  class Point {
    x: number
    y: number
    constructor(x: number, y: number) {
      this.x = x
      this.y = y
    }
  }
  const handler: Amf0ClassHandler = {
    className: 'geo.Point',
    fromProperties: ({ x, y }) => new Point(Number(x), Number(decodeAmf0(encodeAmf0([y]))[0])),
    matches: (value) => value instanceof Point,
    toProperties: (value) => ({ x: (value as Point).x, y: (value as Point).y }),
  }
  const classes = [handler]

  test('values of the class go out and come back', () => {
    const bytes = encodeAmf0([{ at: new Point(1, 2) }], { classes })
    expect(decodeAmf0(bytes, { classes })).toEqual([{ at: new Point(1, 2) }])
    const [{ at }] = decodeAmf0(bytes) as unknown as [{ at: unknown }]
    expect(classNameOf(at)).toBe('geo.Point')
    expect(at).toEqual({ x: 1, y: 2 })
  })

  test('a reference to it is to what the handler made', () => {
    const point = new Point(3, 4)
    const [list] = decodeAmf0(encodeAmf0([[point, point]], { classes, references: true }), {
      classes,
    }) as unknown as [Point[]]
    expect(list[1]).toBeInstanceOf(Point)
    expect(list[1]).toBe(list[0])
  })

  test('what a handler throws is the cause of a DecodeError', () => {
    const failing = { className: 'X', fromProperties: () => JSON.parse('{') as unknown }
    const bytes = encodeAmf0([typedObject('X', {})])
    expect(() => decodeAmf0(bytes, { classes: [failing] })).toThrow(
      expect.objectContaining({ code: 'CLASS_HANDLER_FAILED', offset: 0, cause: expect.any(SyntaxError) }),
    )
    expect(decodeAmf0(encodeAmf0([1]))).toEqual([1])
  })

  test('typed objects may have names of all kinds', () => {
    const typed = typedObject('T', JSON.parse('{"__proto__":1,"constructor":2}') as Record<string, unknown>)
    const [back] = decodeAmf0(encodeAmf0([typed])) as [object]
    expect(Object.keys(back)).toEqual(['__proto__', 'constructor'])
    expect(back).toEqual(typed)
  })
})

test('a handler need not say what a value holds, nor what it matches', () => {
  class Point {
    x = 1
  }
  const classes = [
    { className: 'never asked' },
    { className: 'other', matches: () => false },
    { className: 'P', matches: (value: object) => value instanceof Point },
  ]
  expect(toHex(encodeAmf0([new Point()], { classes }))).toBe('10000150000178003ff0000000000000000009')
})

test('what a handler gives is written in the place of what a value holds', () => {
  class Secret {
    hidden = 1
  }
  const handler = {
    className: 'S',
    matches: (value: object) => value instanceof Secret,
    toProperties: () => ({ shown: true }),
  }
  expect(toHex(encodeAmf0([new Secret()], { classes: [handler] }))).toBe(
    '100001530005' + '73686f776e0101000009',
  )
})

test('the way to a fault is that of the value at hand, whatever stood before it', () => {
  expect(faultOf(() => encodeAmf0([{ a: { b: 1 } }, Symbol('x')]))).toEqual({
    code: 'UNSUPPORTED_VALUE',
    path: '$[1]',
  })
})

test('an object that is in another twice is no cycle, nor is one that stood at the same depth before', () => {
  const limits = { maxDepth: 1 }
  const one = {}
  expect(decodeAmf0(encodeAmf0([{ a: 1 }, one, [1]], { limits }))).toEqual([{ a: 1 }, {}, [1]])
  expect(faultOf(() => encodeAmf0([one, [one]], { limits })).code).toBe('DEPTH_LIMIT')
})

test.each([
  ['ArrayBuffer', new ArrayBuffer(2)],
  ['DataView', new DataView(new ArrayBuffer(2))],
  ['Map', new Map()],
  ['bytes', new Uint8Array(2)],
])('%s is for AMF3', (_, value) => {
  const amf3 = { read: () => undefined, write: () => Uint8Array.of(1) }
  expect(toHex(encodeAmf0([value], { amf3 }))).toBe('1101')
})

test('only what has a class name gives one', () => {
  for (const value of [undefined, null, 'x', 1, {}, [], ecmaArray({}), xmlDocument('')])
    expect(classNameOf(value)).toBeUndefined()
  expect(classNameOf(typedObject('T', {}))).toBe('T')
})

test('XML documents are texts of their own', () => {
  expect(decodeAmf0(encodeAmf0([xmlDocument('<a/>')]))).toEqual([xmlDocument('<a/>')])
  expect(encodeAmf0([xmlDocument('<a/>')])[0]).toBe(0x0f)
})

test.each(['connect', { a: 1 }, 5, null, undefined, new Set(), Int32Array.of(1)])(
  'one value for a list of them is told of as such: %j',
  (mistake) => {
    expect(faultOf(() => encodeAmf0(mistake as never))).toEqual({ code: 'NOT_AN_ARRAY', path: 'values' })
    expect(faultOf(() => encodeAmf0Tree(mistake as never))).toEqual({ code: 'NOT_AN_ARRAY', path: 'values' })
  },
)

test.each([
  ['a text', '0a0b', /TextEncoder/],
  ['an ArrayBuffer', new ArrayBuffer(3), /new Uint8Array\(buffer\)/],
  ['a DataView', new DataView(new ArrayBuffer(3)), /byteOffset/],
  ['an array', [5], /Uint8Array\.from/],
  ['a Promise', Promise.resolve(), /await it/],
  ['undefined', undefined, /this is undefined/],
  ['null', null, /this is null/],
])('%s for bytes is told of with what to do', (_, mistake, words) => {
  for (const decode of [decodeAmf0, decodeAmf0Prefix, decodeAmf0Tree]) {
    expect(() => decode(mistake as never)).toThrow(
      expect.objectContaining({ code: 'NOT_BYTES', message: expect.stringMatching(words) }),
    )
  }
})

test('a date between two milliseconds is read as the nearest', () => {
  const at = (hex: string): unknown => decodeAmf0(fromHex(`0b ${hex} 0000`))[0]
  expect(at('4093480000000000')).toEqual(new Date(1234))
  expect(at('40934b3333333333')).toEqual(new Date(1235))
  expect(at('c093480000000000')).toEqual(new Date(-1234))
  expect(at('7ff8000000000000')).toEqual(new Date(Number.NaN))
})

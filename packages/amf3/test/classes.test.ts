import { decodeAmf0, encodeAmf0 } from '@rtmp/amf0'
import { decodeAmf0Tree, encodeAmf0Tree } from '@rtmp/amf0/exact'
import { decodeAmf3Body, encodeAmf3Body } from '@rtmp/amf0/message-body'
import { fromHex, toHex } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import { amf3TreeCodec, decodeAmf3Tree, encodeAmf3Tree } from '../src/exact.ts'
import {
  type Amf3ClassHandler,
  amf3Codec,
  amf3ToAmf0,
  classNameOf,
  createAmf3Codec,
  decodeAmf3,
  ecmaArray,
  encodeAmf3,
  objectVector,
  typedObject,
  xml,
} from '../src/index.ts'

class Point {
  x: number
  y: number
  constructor(x: number, y: number) {
    this.x = x
    this.y = y
  }
}
const isPoint = (value: object): value is Point => value instanceof Point
const sealed: Amf3ClassHandler = {
  className: 'geo.Point',
  fromProperties: ({ x, y }) => new Point(Number(x), Number(y)),
  matches: isPoint,
}
const external: Amf3ClassHandler = {
  className: 'geo.Point',
  readExternal: (input) => {
    const scale = input.u8() + input.u16() + input.u29()
    const [name, tail] = [input.utf(), input.bytes(2)]
    const list = input.value() as unknown
    const extra = input.i32() + input.f64() + scale + name.length + tail.length
    return new Point(extra, typeof list === 'number' ? list : 0)
  },
  matches: isPoint,
  writeExternal: (value, output) => {
    output.u8(1)
    output.u16(2)
    output.u29(300)
    output.utf('né')
    output.bytes(Uint8Array.of(1, 2))
    output.value((value as Point).y)
    output.i32(-310)
    output.f64((value as Point).x + 3)
  },
}

describe('class handlers', () => {
  test('by members: written sealed, with one set of traits', () => {
    const classes = [sealed]
    const bytes = encodeAmf3([[new Point(1, 2), new Point(3, 4)]], { classes })
    expect(toHex(bytes)).toBe('0905010a231367656f2e506f696e740378037904010402 0a0104030404'.replace(' ', ''))
    expect(decodeAmf3(bytes, { classes })).toEqual([[new Point(1, 2), new Point(3, 4)]])
    const [plain] = decodeAmf3(bytes) as [unknown[]]
    expect(classNameOf(plain[0])).toBe('geo.Point')
    expect(plain[1]).toEqual({ x: 3, y: 4 })
  })

  test('externalizable: the bytes are the handler’s own', () => {
    const classes = [external]
    const bytes = encodeAmf3([[new Point(1, 2), 'né']], { classes })
    const [[point]] = decodeAmf3(bytes, { classes }) as unknown as [[Point]]
    expect(point).toEqual(new Point(1, 2))
    const nodes = decodeAmf3Tree(bytes, { classes })
    expect(toHex(encodeAmf3Tree(nodes))).toBe(toHex(bytes))
    expect(nodes[0]).toMatchObject({ values: [{ kind: 'externalizable', className: 'geo.Point' }, {}] })
    expect(() => decodeAmf3(bytes)).toThrow(expect.objectContaining({ code: 'UNKNOWN_EXTERNALIZABLE' }))
  })

  test('what a handler throws is the cause of a DecodeError; what it reads too far is TRUNCATED', () => {
    const bytes = fromHex('0a 07 03 58 01')
    const throwing = { className: 'X', readExternal: () => JSON.parse('{') as unknown }
    const greedy: Amf3ClassHandler = { className: 'X', readExternal: (input) => input.bytes(5) }
    for (const decode of [decodeAmf3, decodeAmf3Tree]) {
      expect(() => decode(bytes, { classes: [throwing] })).toThrow(
        expect.objectContaining({ code: 'CLASS_HANDLER_FAILED', cause: expect.any(SyntaxError) }),
      )
      expect(() => decode(bytes, { classes: [greedy] })).toThrow(
        expect.objectContaining({ code: 'TRUNCATED' }),
      )
    }
  })

  test('nested externalizables keep their depth and their pieces', () => {
    const box: Amf3ClassHandler = { className: 'Box', readExternal: (input) => [input.value()] }
    const bytes = fromHex('0a 07 07 426f78 0a 05 0a 05 04 07'.replaceAll('05', '01'))
    expect(decodeAmf3(bytes, { classes: [box] })).toEqual([[[[7]]]])
    expect(toHex(encodeAmf3Tree(decodeAmf3Tree(bytes, { classes: [box] })))).toBe(toHex(bytes))
    const endless = fromHex(`0a 07 07 426f78${'0a01'.repeat(100)}`)
    expect(() => decodeAmf3(endless, { classes: [box] })).toThrow(
      expect.objectContaining({ code: 'DEPTH_LIMIT' }),
    )
  })
})

describe('inside AMF0', () => {
  test('values that only AMF3 can hold go behind the AVM+ marker, with tables for the whole message', () => {
    const values = ['set', { bytes: Uint8Array.of(1, 2) }, new Map([['né', 'né']]), Int32Array.of(-1)]
    const bytes = encodeAmf0(values, { amf3: amf3Codec })
    expect(decodeAmf0(bytes, { amf3: amf3Codec })).toEqual(values)
    const nodes = decodeAmf0Tree(bytes, { amf3: amf3TreeCodec })
    expect(toHex(encodeAmf0Tree(nodes, { amf3: amf3TreeCodec }))).toBe(toHex(bytes))
    const twice = [new Map([['word', 1]]), new Map([['word', 2]])]
    expect(toHex(encodeAmf0(twice, { amf3: amf3Codec }))).toBe(
      '11110300060977 6f7264 0401 11110300 0600 0402'.replaceAll(' ', ''),
    )
    expect(decodeAmf0(fromHex('11 06 07 666f6f 11 06 00'), { amf3: amf3Codec })).toEqual(['foo', 'foo'])
    // A message of its own has tables of its own.
    expect(() => decodeAmf0(fromHex('11 06 00'), { amf3: amf3Codec })).toThrow(/DANGLING_REFERENCE/)
  })

  test('depth and values count across the switch; offsets are those of the message', () => {
    const options = { amf3: amf3Codec, limits: { maxDepth: 3 } }
    expect(decodeAmf0(fromHex('0a00000001 11 090301 090301 01'), options)).toEqual([[[[null]]]])
    const deeper = () => decodeAmf0(fromHex('0a00000001 11 090301 090301 090301 01'), options)
    expect(deeper).toThrow(expect.objectContaining({ code: 'DEPTH_LIMIT', phase: 'amf3' }))
    const many = () =>
      decodeAmf0(fromHex('11 0907 01 01 01 01'), { amf3: amf3Codec, limits: { maxValues: 3 } })
    expect(many).toThrow(expect.objectContaining({ code: 'VALUE_LIMIT' }))
    const input = fromHex('ff 05 11 12').subarray(1)
    expect(() => decodeAmf0(input, { amf3: amf3Codec })).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_MARKER', offset: 2, phase: 'amf3' }),
    )
    expect(() => encodeAmf0([{ a: new Map([['b', 1n]]) }], { amf3: amf3Codec })).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_VALUE', path: '$[0].a[0]' }),
    )
  })

  test('faults are told, and strict is strict', () => {
    const bytes = fromHex('11 06 03 ff')
    const faults: string[] = []
    expect(decodeAmf0(bytes, { amf3: amf3Codec, onFault: ({ code }) => faults.push(code) })).toEqual([
      '\ufffd',
    ])
    expect(faults).toEqual(['INVALID_UTF8'])
    expect(() => decodeAmf0(bytes, { amf3: amf3Codec, strict: true })).toThrow(/INVALID_UTF8/)
  })

  test('handlers of a codec, which may decode AMF0 themselves', () => {
    const codec = createAmf3Codec({
      classes: [
        {
          ...sealed,
          fromProperties: ({ x, y }) => new Point(Number(x), Number(decodeAmf0(encodeAmf0([y]))[0])),
        },
      ],
    })
    const bytes = encodeAmf0(['at', new Map([['p', new Point(1, 2)]]), 'end'], { amf3: codec })
    expect(decodeAmf0(bytes, { amf3: codec })).toEqual(['at', new Map([['p', new Point(1, 2)]]), 'end'])
  })

  test('a body of type 17 with AMF3 only', () => {
    expect(decodeAmf3Body(fromHex('03 06 07 666f6f 06 00 04 05'), { amf3: amf3Codec })).toEqual([
      'foo',
      'foo',
      5,
    ])
    const body = encodeAmf3Body(['call', 1, null, Uint8Array.of(7)], { amf3: amf3Codec })
    expect(decodeAmf3Body(body, { amf3: amf3Codec })).toEqual(['call', 1, null, Uint8Array.of(7)])
  })
})

describe('the bridge to AMF0', () => {
  test('gives values AMF0 can hold', () => {
    const shared = { a: 1 }
    const value = {
      list: [shared, shared],
      bytes: Uint8Array.of(1, 255),
      ints: Int32Array.of(-1),
      doubles: Float64Array.of(0.5),
      objects: objectVector('Foo', [null]),
      map: new Map<unknown, unknown>([
        ['k', 1],
        [2, 'v'],
      ]),
      markup: xml('<a/>'),
      when: new Date(5),
      typed: typedObject('T', { b: Uint8Array.of(3) }),
      named: ecmaArray({ x: 1 }),
    }
    expect(decodeAmf0(encodeAmf0([amf3ToAmf0(value)]))).toEqual([
      {
        list: [{ a: 1 }, { a: 1 }],
        bytes: [1, 255],
        ints: [-1],
        doubles: [0.5],
        objects: [null],
        map: { k: 1, 2: 'v' },
        markup: '<a/>',
        when: new Date(5),
        typed: typedObject('T', { b: [3] }),
        named: { x: 1 },
      },
    ])
    const bridged = amf3ToAmf0(value) as unknown as { list: unknown[] }
    expect(bridged.list[0]).toBe(bridged.list[1])
  })

  test('keeps cycles, and gives dense arrays as ECMA arrays when asked', () => {
    const cycle: unknown[] = []
    cycle.push(cycle)
    const bridged = amf3ToAmf0(cycle) as unknown[]
    expect(bridged[0]).toBe(bridged)
    let deep: unknown = null
    for (let i = 0; i < 10_000; i++) deep = [deep]
    expect(() => amf3ToAmf0(deep)).toThrow(expect.objectContaining({ code: 'DEPTH_LIMIT' }))
    const bytes = encodeAmf0([amf3ToAmf0([7, 8], { denseArrays: 'ecmaArray' })])
    expect(toHex(bytes).slice(0, 18)).toBe('080000000200013000')
    expect(decodeAmf0(bytes)).toEqual([{ 0: 7, 1: 8 }])
  })
})

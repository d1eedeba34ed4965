import { fromHex, toHex } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import { decodeAmf0Tree } from '../src/exact.ts'
import { asArray, asBoolean, asNumber, asObject, asString, isNullish, property } from '../src/accessors.ts'
import { type Amf3Codec, decodeAmf0, decodeAmf0Prefix, encodeAmf0 } from '../src/index.ts'
import { amf3BodyFormat, decodeAmf3Body, encodeAmf3Body } from '../src/message-body.ts'
import { Amf0Sequence } from '../src/sequence.ts'

test('the exact view keeps what the plain one cannot', () => {
  const hex =
    '08 00000014 0001 61 01 05 0001 61 02 0001 ff 0000 0d 000009 0b 7ff8000000000001 ffc4 10 0001 58 07 0000'
  const bytes = fromHex(hex.replace('07 0000', '0001 62 07 0000 000009'))
  expect(decodeAmf0Tree(bytes)).toEqual([
    {
      kind: 'ecmaArray',
      count: 20,
      entries: [
        { name: 'a', value: { kind: 'boolean', value: true, raw: 5 } },
        { name: 'a', value: { kind: 'string', value: '\ufffd', raw: Uint8Array.of(0xff) } },
        { name: '', value: { kind: 'unsupported' } },
      ],
    },
    { kind: 'date', epochMs: Number.NaN, timeZone: -60, raw: fromHex('7ff8000000000001') },
    { kind: 'typedObject', className: 'X', entries: [{ name: 'b', value: { kind: 'reference', index: 0 } }] },
  ])
})

test('a fault is told once', () => {
  const told = (hex: string): string[] => {
    const codes: string[] = []
    decodeAmf0Tree(fromHex(hex), { onFault: ({ code, offset }) => codes.push(`${code}@${offset}`) })
    const plain: string[] = []
    decodeAmf0(fromHex(hex), { onFault: ({ code, offset }) => plain.push(`${code}@${offset}`) })
    expect(codes).toEqual(plain)
    return plain
  }
  expect(told('02 0001 ff 08 00000002 0001 61 05')).toEqual([
    'INVALID_UTF8@3',
    'MISSING_OBJECT_END@13',
    'WRONG_ARRAY_COUNT@5',
  ])
})

test('reading the name of a command leaves the rest alone', () => {
  const bytes = fromHex('02 0004 706c6179 00 4000000000000000 ff')
  expect(decodeAmf0Prefix(bytes)).toEqual({ value: 'play', bytesRead: 7 })
  expect(decodeAmf0Prefix(bytes, { start: 7 })).toEqual({ value: 2, bytesRead: 9 })
  const values = new Amf0Sequence(bytes)
  expect([values.read(), values.read(), values.position, values.done]).toEqual(['play', 2, 16, false])
  expect(() => values.read()).toThrow(expect.objectContaining({ code: 'UNKNOWN_MARKER', offset: 16 }))
})

test('what lies in larger memory is read as it is by itself', () => {
  const hex = '00 7ff8000000000001 02 0001 ff'
  const inside = fromHex(`ffffff ${hex} ff`).subarray(3, -1)
  expect(decodeAmf0Tree(inside)).toEqual(decodeAmf0Tree(fromHex(hex)))
  expect(decodeAmf0Prefix(inside)).toEqual({ value: Number.NaN, bytesRead: 9 })
  expect(decodeAmf0Prefix(inside, { start: 9 })).toEqual({ value: '\ufffd', bytesRead: 4 })
})

test('two bytes are the end of an object that lost its marker only where they are zero', () => {
  expect(decodeAmf0(fromHex('03 0000'))).toEqual([{}])
  for (const hex of ['03 0001', '03 0100'])
    expect(() => decodeAmf0(fromHex(hex))).toThrow(expect.objectContaining({ code: 'TRUNCATED', offset: 3 }))
})

test('a sequence in larger memory counts from its own start', () => {
  const values = new Amf0Sequence(fromHex('ffff 05 05 ff').subarray(2, 4))
  expect([values.position, values.done]).toEqual([0, false])
  values.read()
  expect([values.position, values.done]).toEqual([1, false])
  values.read()
  expect([values.position, values.done]).toEqual([2, true])
})

test('values of a sequence share references', () => {
  const values = new Amf0Sequence(fromHex('03 000009 07 0000'))
  const first = values.read()
  expect(values.read()).toBe(first)
})

test('accessors trust nothing and reach nothing inherited', () => {
  const value = decodeAmf0(encodeAmf0([{ app: 'live', n: 1, b: true, list: [1], none: null }]))[0]
  expect(asString(property(value, 'app'))).toBe('live')
  expect(asNumber(property(value, 'n'))).toBe(1)
  expect(asBoolean(property(value, 'b'))).toBe(true)
  expect(asArray(property(value, 'list'))).toEqual([1])
  expect(asObject(value)).toBe(value)
  expect(isNullish(property(value, 'none'))).toBe(true)
  expect([undefined, 0, '', false].map(isNullish)).toEqual([true, false, false, false])
  expect(property(value, 'toString')).toBeUndefined()
  expect(property([1], 'length')).toBeUndefined()
  for (const as of [asArray, asBoolean, asNumber, asObject]) expect(as('x')).toBeUndefined()
  expect(asString(1)).toBeUndefined()
  expect(asObject([])).toBeUndefined()
})

describe('AMF3 inside', () => {
  /** A codec that knows one value, 04 and a byte, and counts its messages. */
  const codec: Amf3Codec = {
    read(input, depth) {
      const at = input.at - input.source.byteOffset
      input.at += 2
      input.valuesLeft -= 1
      input.amf3 = Number(input.amf3 ?? 0) + 1
      return { byte: input.source[at + 1], depth, nth: input.amf3 }
    },
    write: (value, output) => {
      output.amf3 = Number(output.amf3 ?? 0) + 1
      return Uint8Array.of(4, (value as Uint8Array)[0] ?? 0)
    },
  }

  test('the codec gets position, depth and a place of its own for each message', () => {
    const bytes = fromHex('11 0405 0a 00000001 11 0406')
    for (let i = 0; i < 2; i++) {
      expect(decodeAmf0(bytes, { amf3: codec })).toEqual([
        { byte: 5, depth: 0, nth: 1 },
        [{ byte: 6, depth: 1, nth: 2 }],
      ])
    }
    expect(toHex(encodeAmf0([Uint8Array.of(9)], { amf3: codec }))).toBe('110409')
    expect(decodeAmf0Tree(bytes, { amf3: codec })[0]).toEqual({
      kind: 'avmPlus',
      node: { byte: 5, depth: 0, nth: 1 },
    })
  })

  test('its values count', () => {
    const limits = { maxValues: 2 }
    expect(decodeAmf0(fromHex('110405 110405'), { amf3: codec, limits })).toHaveLength(2)
    expect(() => decodeAmf0(fromHex('110405 110405 05'), { amf3: codec, limits })).toThrow(/VALUE_LIMIT/)
  })

  test('bodies of types 15 and 17 begin in several ways', () => {
    expect(amf3BodyFormat(new Uint8Array(0))).toEqual({ start: 0, encoding: 'amf0' })
    for (const first of ['02', '0c', '11']) expect(amf3BodyFormat(fromHex(first)).start).toBe(0)
    expect(amf3BodyFormat(fromHex('00'))).toEqual({ start: 1, encoding: 'amf0' })
    expect(amf3BodyFormat(fromHex('03'))).toEqual({ start: 1, encoding: 'amf3' })
    const name = '02 0001 61'
    expect(decodeAmf3Body(fromHex(`00${name}110405`), { amf3: codec })).toEqual([
      'a',
      { byte: 5, depth: 0, nth: 1 },
    ])
    expect(decodeAmf3Body(fromHex(name), { amf3: codec })).toEqual(['a'])
    expect(decodeAmf3Body(fromHex('110405'), { amf3: codec })).toEqual([{ byte: 5, depth: 0, nth: 1 }])
    expect(decodeAmf3Body(fromHex('03 0405 0406'), { amf3: codec })).toEqual([
      { byte: 5, depth: 0, nth: 1 },
      { byte: 6, depth: 0, nth: 2 },
    ])
    expect(toHex(encodeAmf3Body(['a', Uint8Array.of(7)], { amf3: codec }))).toBe('0002000161110407')
  })
})

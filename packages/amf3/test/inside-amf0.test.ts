import { type Amf0DecodeOptions, decodeAmf0 } from '@rtmp/amf0'
import { GeneratedObjects } from '@rtmp/amf0/code-generation'
import { decodeAmf0Tree } from '@rtmp/amf0/exact'
import { codeOf, fromHex } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import { amf3TreeCodec } from '../src/exact.ts'
import { amf3Codec } from '../src/index.ts'

/** Every way to read a message: property by property, by shapes that are known by now, and the exact view. */
const readings = (hex: string, limits: NonNullable<Amf0DecodeOptions['limits']>): string[] => {
  const bytes = fromHex(hex)
  const objects = new GeneratedObjects()
  for (let i = 0; i < 50; i++) decodeAmf0(bytes, { amf3: amf3Codec, objects })
  return [
    codeOf(() => decodeAmf0(bytes, { amf3: amf3Codec, limits })),
    codeOf(() => decodeAmf0(bytes, { amf3: amf3Codec, limits, objects })),
    codeOf(() => decodeAmf0Tree(bytes, { amf3: amf3TreeCodec, limits })),
  ]
}

// AMF0 "abc", then AMF3 "defg" and "hi" behind 0x11.
const ABC = '02 0003 616263'
const DEFG = '11 06 09 64656667'
const HI = '11 06 05 6869'

describe('one budget for a message, whichever format its values are in: at the limit, and one beyond', () => {
  test.each([
    ['AMF0, then AMF3', `${ABC} ${DEFG}`, 7],
    ['AMF3, then AMF0', `${DEFG} ${ABC}`, 7],
    ['AMF3 twice', `${DEFG} ${HI}`, 6],
    ['AMF3, AMF0, AMF3', `${DEFG} ${ABC} ${HI}`, 9],
    [
      'AMF3 between names of an object',
      `03 0008 6162636465666768 ${DEFG} 0008 6162636465666769 ${ABC} 000009`,
      23,
    ],
    ['AMF3 in two objects of one shape', `03 0008 6162636465666768 ${DEFG} 000009`.repeat(2), 24],
    ['AMF3 bytes', '11 0c 07 010203 11 0c 07 010203', 6],
  ])('text: %s', (_what, hex, size) => {
    expect(readings(hex, { maxTotalBytes: size })).toEqual(['none', 'none', 'none'])
    expect(readings(hex, { maxTotalBytes: size - 1 })).toEqual(['TOTAL_LIMIT', 'TOTAL_LIMIT', 'TOTAL_LIMIT'])
  })

  // The marker 0x11 and what stands behind it are one value.
  test.each([
    ['AMF0, then AMF3', `${ABC} ${DEFG}`, 2],
    ['AMF3, then AMF0', `${DEFG} ${ABC}`, 2],
    ['AMF3 twice', `${DEFG} ${HI}`, 2],
    ['an AMF3 array, then AMF0', `11 09 07 01 02 03 02 ${ABC}`, 5],
  ])('values: %s', (_what, hex, count) => {
    expect(readings(hex, { maxValues: count })).toEqual(['none', 'none', 'none'])
    expect(readings(hex, { maxValues: count - 1 })).toEqual(['VALUE_LIMIT', 'VALUE_LIMIT', 'VALUE_LIMIT'])
  })

  test('two messages at once have a budget each, though one is read inside the other', () => {
    const inner = fromHex(`${ABC} ${DEFG}`)
    const outer = fromHex(`10 0001 58 000009 ${ABC} ${DEFG}`)
    const read = (maxTotalBytes: number): unknown[] =>
      decodeAmf0(outer, {
        amf3: amf3Codec,
        limits: { maxTotalBytes },
        classes: [
          {
            className: 'X',
            fromProperties: () => decodeAmf0(inner, { amf3: amf3Codec, limits: { maxTotalBytes: 7 } }),
          },
        ],
      })
    expect(read(8)).toEqual([['abc', 'defg'], 'abc', 'defg'])
    expect(codeOf(() => read(7))).toBe('TOTAL_LIMIT')
  })
})

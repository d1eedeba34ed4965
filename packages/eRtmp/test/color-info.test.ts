import { encodeAmf0 } from '@rtmp/amf0'
import { fromHex, toHex } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import { type ColorInfo, colorInfoFrom, decodeVideoMetadata, encodeColorInfo } from '../src/index.ts'

const HDR10: ColorInfo = {
  colorConfig: { bitDepth: 10, colorPrimaries: 9, transferCharacteristics: 16, matrixCoefficients: 9 },
  hdrCll: { maxFall: 400, maxCLL: 1000 },
  hdrMdcv: {
    redX: 0.68,
    redY: 0.32,
    greenX: 0.265,
    greenY: 0.69,
    blueX: 0.15,
    blueY: 0.06,
    whitePointX: 0.3127,
    whitePointY: 0.329,
    maxLuminance: 1000,
    minLuminance: 0.0001,
  },
}

test('a complete colorInfo comes back', () => {
  const { colorInfo, pairs } = decodeVideoMetadata(encodeColorInfo(HDR10))
  expect(colorInfo).toEqual(HDR10)
  expect(pairs).toEqual([['colorInfo', HDR10]])
})

test('a reset is undefined on the wire, and an empty object resets too', () => {
  expect(toHex(encodeColorInfo(null))).toBe(`020009${toHex(new TextEncoder().encode('colorInfo'))}06`)
  expect(decodeVideoMetadata(encodeColorInfo(null)).colorInfo).toBeNull()
  expect(decodeVideoMetadata(encodeAmf0(['colorInfo', {}])).colorInfo).toBeNull()
  expect(decodeVideoMetadata(encodeAmf0(['colorInfo', null])).colorInfo).toBeNull()
})

test('a packet of other names says nothing of colour, and its pairs are kept', () => {
  const { colorInfo, pairs } = decodeVideoMetadata(encodeAmf0(['somethingNew', { a: 1 }, 'more', 2]))
  expect(colorInfo).toBeUndefined()
  expect(pairs).toEqual([
    ['somethingNew', { a: 1 }],
    ['more', 2],
  ])
  expect(decodeVideoMetadata(new Uint8Array(0))).toEqual({ colorInfo: undefined, pairs: [] })
})

test('the last colorInfo of a packet counts, without merging', () => {
  const bytes = encodeAmf0(['colorInfo', HDR10, 'colorInfo', { colorConfig: { bitDepth: 8 } }])
  expect(decodeVideoMetadata(bytes).colorInfo).toEqual({ colorConfig: { bitDepth: 8 } })
})

test('values out of range or of another type are left out one by one', () => {
  expect(
    colorInfoFrom({
      colorConfig: { bitDepth: 10, colorPrimaries: 256, transferCharacteristics: 'PQ', surprise: 1 },
      hdrCll: { maxFall: 0, maxCLL: Number.NaN },
      hdrMdcv: { redX: 0.8, redY: 0.8, maxLuminance: 4, minLuminance: 0 },
      other: {},
    }),
  ).toEqual({ colorConfig: { bitDepth: 10 }, hdrCll: {}, hdrMdcv: { redY: 0.8, minLuminance: 0 } })
  expect(colorInfoFrom('red')).toBeNull()
})

test('values out of range are not written', () => {
  const write = (info: unknown) => () => encodeColorInfo(info as ColorInfo)
  expect(write({ colorConfig: { colorPrimaries: 256 } })).toThrow(/colorInfo\.colorConfig\.colorPrimaries/)
  expect(write({ hdrMdcv: { redZ: 0.1 } })).toThrow(/colorInfo\.hdrMdcv\.redZ/)
  expect(write({ hdrCll: { maxFall: '400' } })).toThrow(/colorInfo\.hdrCll\.maxFall/)
})

test('AMF errors and names that are no strings drop the packet with a typed error', () => {
  for (const hex of ['02 00ff 61', '00 3ff0000000000000 06', '02 0001 61 03 0001 62', 'ff']) {
    expect(() => decodeVideoMetadata(fromHex(hex))).toThrow(
      expect.objectContaining({ code: 'ERTMP_METADATA', phase: 'ertmp' }),
    )
  }
})

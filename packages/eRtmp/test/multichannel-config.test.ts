import { fromHex, toHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  channelsOfMask,
  decodeMultichannelConfig,
  encodeMultichannelConfig,
  type MultichannelConfig,
} from '../src/index.ts'

const vectors: readonly (readonly [string, MultichannelConfig])[] = [
  ['0002', { channelOrder: 'unspecified', channelCount: 2 }],
  ['010100000004', { channelOrder: 'native', channelCount: 1, channelMask: 4 }],
  ['01060000003f', { channelOrder: 'native', channelCount: 6, channelMask: 0x3f }],
  ['0118 80ffffff', { channelOrder: 'native', channelCount: 24, channelMask: 0x80ffffff }],
  ['0203 02feff', { channelOrder: 'custom', channelCount: 3, channels: [2, 0xfe, 0xff] }],
  ['0200', { channelOrder: 'custom', channelCount: 0, channels: [] }],
  ['0f02 aabb', { channelOrder: 'reserved', channelCount: 2, order: 15, data: fromHex('aabb') }],
]

test.each(vectors)('%s', (hex, config) => {
  expect(decodeMultichannelConfig(fromHex(hex))).toEqual(config)
  expect(toHex(encodeMultichannelConfig(config))).toBe(toHex(fromHex(hex)))
})

test.each(['', '01', '0106', '01060000', '0203feff'])('%s is cut off', (hex) => {
  expect(() => decodeMultichannelConfig(fromHex(hex))).toThrow(
    expect.objectContaining({ name: 'DecodeError', phase: 'ertmp' }),
  )
})

test('any body gives a configuration or a typed error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      let config: MultichannelConfig
      try {
        config = decodeMultichannelConfig(bytes)
      } catch (error) {
        expect(error).toMatchObject({ name: 'DecodeError' })
        return
      }
      const written = encodeMultichannelConfig(config)
      expect(bytes.subarray(0, written.length)).toEqual(written)
    }),
  )
})

test('channels of a mask', () => {
  expect(channelsOfMask(0x3f)).toEqual([0, 1, 2, 3, 4, 5])
  expect(channelsOfMask(0x80000001)).toEqual([0, 31])
})

test('what does not fit is not written', () => {
  expect(() => encodeMultichannelConfig({ channelOrder: 'custom', channelCount: 2, channels: [1] })).toThrow(
    /channels\.length/,
  )
  expect(() => encodeMultichannelConfig({ channelOrder: 'unspecified', channelCount: 256 })).toThrow(
    /channelCount/,
  )
})

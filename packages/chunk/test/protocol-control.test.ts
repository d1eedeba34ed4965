import { fromHex, toHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodeAbort,
  decodeAcknowledgement,
  decodeSetChunkSize,
  decodeSetPeerBandwidth,
  decodeWindowAckSize,
  encodeAbort,
  encodeAcknowledgement,
  encodeSetChunkSize,
  encodeSetPeerBandwidth,
  encodeWindowAckSize,
  type PeerBandwidthLimitType,
} from '../src/index.ts'
import { failureOf } from './helpers.ts'

const u32 = fc.integer({ min: 0, max: 0xffff_ffff })

test('bodies, as RTMP 1.0 §5.4 lays them out', () => {
  expect(toHex(encodeSetChunkSize(4096))).toBe('00001000')
  expect(toHex(encodeSetChunkSize(0x7fff_ffff))).toBe('7fffffff')
  expect(toHex(encodeAbort(65_599))).toBe('0001003f')
  expect(toHex(encodeAcknowledgement(2_500_000))).toBe('002625a0')
  expect(toHex(encodeAcknowledgement(0x1_0000_0005))).toBe('00000005')
  expect(toHex(encodeWindowAckSize(0xffff_ffff))).toBe('ffffffff')
  expect(toHex(encodeSetPeerBandwidth(2_500_000))).toBe('002625a002')
  expect(toHex(encodeSetPeerBandwidth(1, 'hard'))).toBe('0000000100')
  expect(toHex(encodeSetPeerBandwidth(1, 'soft'))).toBe('0000000101')
  expect(toHex(encodeSetPeerBandwidth(1, 7))).toBe('0000000107')
})

test('decode(encode) is the identity', () => {
  fc.assert(
    fc.property(
      u32,
      fc.constantFrom<PeerBandwidthLimitType | number>('hard', 'soft', 'dynamic', 3, 255),
      (n, limitType) => {
        const size = (n >>> 1) + (n > 1 ? 0 : 1)
        expect(decodeSetChunkSize(encodeSetChunkSize(size))).toBe(size)
        expect(decodeAbort(encodeAbort(n))).toBe(n)
        expect(decodeAcknowledgement(encodeAcknowledgement(n))).toBe(n)
        expect(decodeWindowAckSize(encodeWindowAckSize(n))).toBe(n)
        expect(decodeSetPeerBandwidth(encodeSetPeerBandwidth(n, limitType))).toEqual({
          windowAckSize: n,
          limitType,
        })
      },
    ),
  )
})

test('surplus bytes are ignored, missing ones are not, but for the limit type', () => {
  expect(decodeSetChunkSize(fromHex('00000080 ffff'))).toBe(128)
  expect(decodeSetChunkSize(fromHex('7fffffff'))).toBe(0x7fff_ffff)
  expect(decodeWindowAckSize(fromHex('00000080 ffff'))).toBe(128)
  expect(decodeSetPeerBandwidth(fromHex('00000080'))).toEqual({ windowAckSize: 128, limitType: 'dynamic' })
  expect(decodeSetPeerBandwidth(fromHex('00000080 00 ff'))).toEqual({ windowAckSize: 128, limitType: 'hard' })
  for (const decode of [
    decodeSetChunkSize,
    decodeAbort,
    decodeAcknowledgement,
    decodeWindowAckSize,
    decodeSetPeerBandwidth,
  ])
    for (let length = 0; length < 4; length++)
      expect(failureOf(() => decode(new Uint8Array(length)))).toMatchObject({
        name: 'DecodeError',
        code: 'CHUNK_CONTROL_TOO_SHORT',
        offset: length,
      })
})

test('sizes that may not be announced', () => {
  for (const hex of ['00000000', '80000000', '80000080', 'ffffffff'])
    expect(failureOf(() => decodeSetChunkSize(fromHex(hex)))).toMatchObject({ code: 'CHUNK_SIZE_INVALID' })
  for (const run of [
    () => encodeSetChunkSize(0),
    () => encodeSetChunkSize(0x8000_0000),
    () => encodeSetChunkSize(1.5),
    () => encodeAbort(-1),
    () => encodeAcknowledgement(-1),
    () => encodeAcknowledgement(0.5),
    () => encodeWindowAckSize(0x1_0000_0000),
    () => encodeSetPeerBandwidth(1, 256),
    () => encodeSetPeerBandwidth(-1, 'hard'),
  ])
    expect(failureOf(run)).toMatchObject({ name: 'UsageError', code: 'CHUNK_FIELD_OUT_OF_RANGE' })
})

import { decodeAmf0, encodeAmf0 } from '@rtmp/amf0'
import { toHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  audioMessage,
  av1Config,
  capabilities,
  colorInfo,
  flacStreamInfo,
  hevcConfig,
  vvcConfig,
  multichannelConfig,
  opusHead,
  videoMessage,
  vpConfig,
} from '../src/arbitraries.ts'
import {
  buildCapabilities,
  decodeAudioMessage,
  decodeMultichannelConfig,
  decodeVideoMessage,
  decodeVideoMetadata,
  encodeAudioMessage,
  encodeColorInfo,
  encodeMultichannelConfig,
  encodeVideoMessage,
  parseCapabilities,
} from '../src/index.ts'
import {
  decodeAv1Config,
  decodeFlacStreamInfo,
  decodeHevcConfig,
  decodeVvcConfig,
  decodeOpusHead,
  decodeVpConfig,
  encodeAv1Config,
  encodeFlacStreamInfo,
  encodeHevcConfig,
  encodeVvcConfig,
  encodeOpusHead,
  encodeVpConfig,
} from '../src/records.ts'

/** Every value survives, and so do the bytes it is written as. */
const roundTrip = <T>(
  arbitrary: fc.Arbitrary<T>,
  encode: (value: T) => Uint8Array,
  decode: (bytes: Uint8Array) => unknown,
): void => {
  fc.assert(
    fc.property(arbitrary, (value) => {
      const bytes = encode(value)
      const decoded = decode(bytes)
      expect(decoded).toEqual(value)
      expect(toHex(encode(decoded as T))).toBe(toHex(bytes))
    }),
  )
}

test('video messages', () => roundTrip(videoMessage(), encodeVideoMessage, decodeVideoMessage))
test('audio messages', () => roundTrip(audioMessage(), encodeAudioMessage, decodeAudioMessage))
test('colour', () => roundTrip(colorInfo(), encodeColorInfo, (bytes) => decodeVideoMetadata(bytes).colorInfo))
test('channel configurations', () =>
  roundTrip(multichannelConfig(), encodeMultichannelConfig, decodeMultichannelConfig))
test('capabilities', () =>
  roundTrip(
    capabilities(),
    (value) => encodeAmf0([buildCapabilities(value)]),
    (bytes) => parseCapabilities(decodeAmf0(bytes)[0]),
  ))
test('HEVC records', () => roundTrip(hevcConfig(), encodeHevcConfig, decodeHevcConfig))
test('VVC records', () => roundTrip(vvcConfig(), encodeVvcConfig, decodeVvcConfig))
test('AV1 records', () => roundTrip(av1Config(), encodeAv1Config, decodeAv1Config))
test('VP8 and VP9 records', () => roundTrip(vpConfig(), encodeVpConfig, decodeVpConfig))
test('Opus headers', () => roundTrip(opusHead(), encodeOpusHead, decodeOpusHead))
test('FLAC STREAMINFO, bare', () => roundTrip(flacStreamInfo(), encodeFlacStreamInfo, decodeFlacStreamInfo))
test('FLAC STREAMINFO, as specified', () =>
  roundTrip(flacStreamInfo(), (info) => encodeFlacStreamInfo(info, 'stream'), decodeFlacStreamInfo))

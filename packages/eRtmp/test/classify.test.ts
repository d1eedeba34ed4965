import { fromHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  classifyAudio,
  classifyVideo,
  firstTrackIdOf,
  headerKey,
  MediaFlags,
  trackIdsOf,
} from '../src/index.ts'

const names = (flags: number): string =>
  Object.entries(MediaFlags)
    .filter(([, bit]) => (flags & bit) !== 0)
    .map(([name]) => name)
    .join(' ')

const video: readonly (readonly [string, string, string])[] = [
  ['zero length', '', 'empty'],
  ['AVC sequence header', '17 00 000000 0164001f', 'sequenceHeader'],
  ['AVC sequence header without its record', '17 00 000000', 'sequenceHeader empty'],
  ['AVC key frame', '17 01 0000c8 00000001 65', 'keyFrame coded'],
  ['AVC inter frame', '27 01 000000 00000001 41', 'coded'],
  ['AVC generated key frame', '47 01 000000 00000001 65', 'keyFrame coded'],
  ['AVC without NAL units', '17 01 000000', 'coded empty'],
  ['AVC end of sequence', '17 02 000000', 'sequenceEnd'],
  ['AVC, unknown packet type', '17 09 000000 00', ''],
  ['AVC cut after its first byte', '17', 'broken'],
  ['AVC cut inside its composition time', '17 01 0000', 'broken'],
  ['HEVC as codec 12, sequence header', '1c 00 000000 01', 'sequenceHeader'],
  ['Sorenson key frame', '12 00 00', 'keyFrame coded'],
  ['Sorenson disposable frame', '32 00 00', 'coded'],
  ['Sorenson without data', '12', 'coded empty'],
  ['legacy command', '57 00', 'command'],
  ['legacy command without its byte', '52', 'command broken'],
  ['SequenceStart', '90 68766331 01', 'sequenceHeader enhanced'],
  ['MPEG2TSSequenceStart', '95 61763031 80', 'sequenceHeader enhanced'],
  ['key CodedFrames', '91 68766331 0000c8 00', 'keyFrame coded enhanced'],
  ['CodedFrames with no more than the offset', '91 68766331 0000c8', 'coded enhanced empty'],
  ['CodedFrames cut inside the offset', '91 68766331 0000', 'enhanced broken'],
  ['CodedFrames of AV1 have no offset', '91 61763031 0a', 'keyFrame coded enhanced'],
  ['inter CodedFramesX', 'a3 68766331 00', 'coded enhanced'],
  ['frame type 0 counts as inter', '81 68766331 000000 00', 'coded enhanced'],
  ['SequenceEnd', 'a2 68766331', 'sequenceEnd enhanced'],
  ['Metadata, frame type command', 'd4 68766331 02', 'metadata enhanced'],
  ['Metadata, frame type 0', '84 68766331 02', 'metadata enhanced'],
  ['command', 'd0 00', 'enhanced command'],
  ['command without its byte', 'd0', 'enhanced broken'],
  ['reserved packet type', '98 68766331 00', 'enhanced'],
  ['ModEx before CodedFramesX', '97 02 07a120 03 68766331 00', 'keyFrame coded enhanced'],
  ['ModEx cut off', '97 02 07', 'enhanced broken'],
  ['ModEx without what follows', '97 02 07a120', 'enhanced broken'],
  ['long ModEx size cut off', '97 ff 00', 'enhanced broken'],
  ['FourCC cut off', '91 687663', 'enhanced broken'],
  ['OneTrack', '96 01 68766331 01 0000c8 00', 'keyFrame coded enhanced multitrack'],
  ['OneTrack without track id', '96 01 68766331', 'enhanced multitrack broken'],
  ['ManyTracks', 'a6 11 68766331 00 000005 000000 aabb 01 000004 00000a cc', 'coded enhanced multitrack'],
  ['ManyTracks, size beyond the message', 'a6 11 68766331 00 000005 000000 aa', 'enhanced multitrack broken'],
  [
    'ManyTracksManyCodecs',
    '96 20 61766331 00 000001 aa 68766331 01 000000',
    'sequenceHeader enhanced multitrack',
  ],
  ['reserved multitrack type', '96 33 00', 'coded enhanced multitrack'],
  ['multitrack in multitrack', '96 06 68766331 01', 'enhanced broken'],
  ['ModEx in multitrack', '96 07 68766331 01', 'enhanced broken'],
]

test.each(video)('video: %s', (_, hex, expected) => {
  expect(names(classifyVideo(fromHex(hex)))).toBe(expected)
})

const audio: readonly (readonly [string, string, string])[] = [
  ['silence', '', 'empty'],
  ['AAC sequence header', 'af 00 1190', 'sequenceHeader'],
  ['AAC sequence header without its config', 'af 00', 'sequenceHeader empty'],
  ['AAC frame', 'af 01 21', 'coded'],
  ['AAC without data', 'af 01', 'coded empty'],
  ['AAC, unknown packet type', 'af 02 00', ''],
  ['AAC cut', 'af', 'broken'],
  ['MP3', '2f ff', 'coded'],
  ['MP3 without data', '2f', 'coded empty'],
  ['SequenceStart', '90 4f707573 4f', 'sequenceHeader enhanced'],
  ['SequenceStart without body', '90 61632d33', 'sequenceHeader enhanced'],
  ['CodedFrames', '91 4f707573 fc', 'coded enhanced'],
  ['CodedFrames without data', '91 664c6143', 'coded enhanced empty'],
  ['SequenceEnd', '92 4f707573', 'sequenceEnd enhanced'],
  ['MultichannelConfig', '94 4f707573 01 01 00000004', 'multichannelConfig enhanced'],
  ['OneTrack', '95 01 6d703461 02 21', 'coded enhanced multitrack'],
  ['ModEx', '97 02 0f423f 01 4f707573 fc', 'coded enhanced'],
  ['reserved packet type', '93 4f707573 00', 'enhanced'],
  ['packet type 6 is not multitrack here', '96 4f707573 00', 'enhanced'],
  ['FourCC cut off', '90 4f', 'enhanced broken'],
]

test.each(audio)('audio: %s', (_, hex, expected) => {
  expect(names(classifyAudio(fromHex(hex)))).toBe(expected)
})

test('tracks are named in order, each once', () => {
  const many = fromHex('a6 11 68766331 05 000000 01 000001 cc 05 000000')
  expect(trackIdsOf('video', many)).toEqual([5, 1])
  expect(firstTrackIdOf('video', many)).toBe(5)
  expect(trackIdsOf('audio', fromHex('95 01 6d703461 02 21'))).toEqual([2])
  expect(trackIdsOf('video', fromHex('91 68766331 000000'))).toEqual([0])
  expect(trackIdsOf('video', fromHex('17 01'))).toEqual([0])
  expect(trackIdsOf('video', fromHex('96 33 00'))).toEqual([])
  // Byte 0x95 is multitrack for audio, MPEG2TSSequenceStart for video.
  expect(trackIdsOf('video', fromHex('95 01 6d703461 02 21'))).toEqual([0])
})

test('headers of one track share a key', () => {
  expect(headerKey('video', fromHex('17 00 000000 01'))).toBe('video/0/sequenceHeader')
  expect(headerKey('video', fromHex('90 68766331 01'))).toBe('video/0/sequenceHeader')
  expect(headerKey('video', fromHex('96 00 68766331 00 01'))).toBe('video/0/sequenceHeader')
  expect(headerKey('video', fromHex('96 00 68766331 07 01'))).toBe('video/7/sequenceHeader')
  expect(headerKey('video', fromHex('96 20 61766331 00 000001 aa 68766331 01 000000'))).toBe(
    'video/0+1/sequenceHeader',
  )
  expect(headerKey('video', fromHex('d4 68766331 02'))).toBe('video/0/metadata/hvc1')
  expect(headerKey('audio', fromHex('af 00 1190'))).toBe('audio/0/sequenceHeader')
  expect(headerKey('audio', fromHex('95 04 6d703461 02 01 06 0000003f'))).toBe('audio/2/multichannelConfig')
  expect(headerKey('audio', fromHex('af 01 21'))).toBe('')
  expect(headerKey('video', fromHex('92 68766331'))).toBe('')
})

test('any bytes are classified without an exception', () => {
  const start = fc.constantFrom(0x17, 0x27, 0x57, 0x90, 0x91, 0x95, 0x96, 0x97, 0xa6, 0xaf, 0xd4, 0xd0)
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 40 }), (first, rest) => {
      for (const bytes of [rest, Uint8Array.of(first, ...rest)]) {
        expect(classifyVideo(bytes)).toBeGreaterThanOrEqual(0)
        expect(classifyAudio(bytes)).toBeGreaterThanOrEqual(0)
        expect(typeof headerKey('video', bytes)).toBe('string')
        expect(typeof headerKey('audio', bytes)).toBe('string')
        for (const id of trackIdsOf('video', bytes)) expect(id).toBeLessThan(256)
        expect(firstTrackIdOf('audio', bytes)).toBeLessThan(256)
      }
    }),
  )
})

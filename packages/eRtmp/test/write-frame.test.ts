import { fromHex, toHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { audioMessage, videoMessage } from '../src/arbitraries.ts'
import {
  encodeAudioMessage,
  encodeVideoMessage,
  fromMediaFrame,
  type MediaFrame,
  type MediaFrameInit,
  toMediaFrames,
  type WriteFrameOptions,
} from '../src/index.ts'

const write = (frame: Partial<MediaFrameInit>, options?: WriteFrameOptions): string =>
  toHex(
    fromMediaFrame(
      { kind: 'video', codec: 'h264', type: 'coded', dts: 1000, payload: fromHex('aabb'), ...frame },
      options,
    ),
  )

test('codecs with a legacy id on track 0 are written in the legacy form', () => {
  expect(write({ type: 'sequenceHeader' })).toBe('1700000000aabb')
  expect(write({ keyFrame: true, pts: 1200 })).toBe('17010000c8aabb')
  expect(write({ pts: 990 })).toBe('2701fffff6aabb')
  expect(write({ type: 'sequenceEnd', payload: fromHex('') })).toBe('1702000000')
  expect(write({ kind: 'audio', codec: 'aac', type: 'sequenceHeader' })).toBe('af00aabb')
  expect(write({ kind: 'audio', codec: 'aac' })).toBe('af01aabb')
  expect(write({ kind: 'audio', codec: 'mp3' })).toBe('2faabb')
})

test('everything else is written in the enhanced form', () => {
  expect(write({ codec: 'hevc', keyFrame: true })).toBe('9368766331aabb')
  expect(write({ codec: 'hevc', pts: 1300 })).toBe('a16876633100012caabb')
  expect(write({ codec: 'hvc1', keyFrame: true })).toBe('9368766331aabb')
  expect(write({ codec: 'av1', keyFrame: true })).toBe('9161763031aabb')
  expect(write({ codec: 'vvc' })).toBe('a376766331aabb')
  expect(write({ codec: 'vp8', type: 'sequenceHeader' })).toBe('9076703038aabb')
  expect(write({ codec: 'hevc', type: 'metadata' })).toBe('d468766331aabb')
  expect(write({ codec: 'av1', type: 'mpeg2TsSequenceHeader' })).toBe('9561763031aabb')
  expect(write({ trackId: 2, keyFrame: true })).toBe('96036176633102aabb')
  expect(write({ trackId: 2, codec: 'hevc', type: 'metadata' })).toBe('86046876633102aabb')
  expect(write({ nanoOffset: 500_000, keyFrame: true })).toBe('970207a1200361766331aabb')
  expect(write({ kind: 'audio', codec: 'opus' })).toBe('914f707573aabb')
  expect(write({ kind: 'audio', codec: 'opus', type: 'multichannelConfig' })).toBe('944f707573aabb')
  expect(write({ kind: 'audio', codec: 'aac', trackId: 1 })).toBe('95016d70346101aabb')
  expect(
    write({ kind: 'audio', codec: 'aac', type: 'sequenceEnd', payload: fromHex('') }, { form: 'enhanced' }),
  ).toBe('926d703461')
  expect(write({ codec: 'fourCc:xyz9', keyFrame: true })).toBe('9178797a39aabb')
  expect(write({ codec: 'hevc', type: 'command', payload: fromHex('01') })).toBe('d001')
})

test('a form can be asked for', () => {
  expect(write({ keyFrame: true }, { form: 'enhanced' })).toBe('9361766331aabb')
  expect(write({ keyFrame: true }, { form: 'enhanced', multitrack: true })).toBe('96036176633100aabb')
  const [enhanced] = toMediaFrames('video', 0, fromHex('91 61766331 0000c8 aabb'))
  expect(toHex(fromMediaFrame(enhanced as MediaFrame))).toBe('91617663310000c8aabb')
  expect(toHex(fromMediaFrame(enhanced as MediaFrame, { form: 'legacy' }))).toBe('17010000c8aabb')
  const [legacy] = toMediaFrames('audio', 0, fromHex('2a aabb'))
  expect(toHex(fromMediaFrame({ ...(legacy as MediaFrame), trackId: 3 }))).toBe('95012e6d703303aabb')
  expect(toHex(fromMediaFrame(legacy as MediaFrame))).toBe('2aaabb')
})

test.each<[string, Partial<MediaFrameInit>, WriteFrameOptions?]>([
  ['a legacy message for track 1', { trackId: 1 }, { form: 'legacy' }],
  ['a legacy message with nanoseconds', { nanoOffset: 1 }, { form: 'legacy' }],
  ['legacy HEVC', { codec: 'hevc' }, { form: 'legacy' }],
  ['legacy colour', { type: 'metadata' }, { form: 'legacy' }],
  ['legacy PCM by name alone', { kind: 'audio', codec: 'pcm_s16le' }, { form: 'legacy' }],
  ['a sequence header of MP3', { kind: 'audio', codec: 'mp3', type: 'sequenceHeader' }, { form: 'legacy' }],
  ['an end of AAC', { kind: 'audio', codec: 'aac', type: 'sequenceEnd' }, { form: 'legacy' }],
  ['enhanced Sorenson, whose name has four letters', { codec: 'flv1' }, { form: 'enhanced' }],
  ['a codec without FourCC', { codec: 'theora' }],
  ['a FourCC of three bytes', { codec: 'fourCc:abc' }],
  ['channels of video', { codec: 'hevc', type: 'multichannelConfig' }],
  ['a command without command', { codec: 'hevc', type: 'command', payload: fromHex('') }],
  ['a pts of AV1 apart from its dts', { codec: 'av1', pts: 1001 }],
  ['pts too far from dts', { pts: 1000 + 0x800000 }],
  ['a track id above 255', { trackId: 256 }],
])('%s cannot be written', (_, frame, options) => {
  expect(() => write(frame, options)).toThrow(expect.objectContaining({ name: 'UsageError' }))
})

const comparable = (frame: MediaFrame): unknown => ({
  ...frame,
  headerByte: 0,
  payload: toHex(frame.payload),
})

test('frames of any message come back from messages of their own', () => {
  const either = fc.oneof(
    videoMessage().map((message) => ['video', encodeVideoMessage(message)] as const),
    audioMessage().map((message) => ['audio', encodeAudioMessage(message)] as const),
  )
  fc.assert(
    fc.property(either, fc.nat({ max: 0xffffffff }), ([kind, payload], timestamp) => {
      for (const frame of toMediaFrames(kind, timestamp, payload)) {
        const again = toMediaFrames(kind, timestamp, fromMediaFrame(frame))
        expect(again.map(comparable)).toEqual([comparable(frame)])
      }
    }),
  )
})

test('silence and what is not known pass through', () => {
  const [silence] = toMediaFrames('audio', 7, fromHex(''))
  expect(silence).toMatchObject({ type: 'silence', dts: 7 })
  expect(fromMediaFrame(silence as MediaFrame)).toHaveLength(0)
  expect(toMediaFrames('video', 7, fromHex(''))).toEqual([])
  const [unknown] = toMediaFrames('video', 7, fromHex('99 68766331 00'))
  expect(unknown).toMatchObject({ type: 'unknown', codec: 'unknown' })
  expect(toHex(fromMediaFrame(unknown as MediaFrame))).toBe('996876633100')
})

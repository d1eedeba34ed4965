import { encodeUtf8 } from '@rtmp/bytes'
import { ChunkReader, encodeSetChunkSize, type Message, MessageTypeId } from '@rtmp/chunk'
import {
  type ErtmpCapabilities,
  fromMediaFrame,
  joinTracks,
  toMediaFrames,
  type MediaMessage,
} from '@rtmp/e-rtmp'
import { describe as group, expect, test } from 'vitest'
import { rtmpFormat } from '../src/batch-format.ts'
import { abilitiesOf, type Silence } from '../src/player-abilities.ts'
import { selectiveFormat } from '../src/selective-format.ts'
import { audioFrame, keyFrame, metadata, audioMessage, dataMessage, videoMessage } from './arrange.ts'

const any = new Map([['*', 1]])
const SILENT: ErtmpCapabilities = {}
const HEVC: ErtmpCapabilities = { fourCcList: ['hvc1'] }
const ALL: ErtmpCapabilities = { videoFourCcInfoMap: any, audioFourCcInfoMap: any, capsEx: 6 }
const ALL_ONE_TRACK: ErtmpCapabilities = { videoFourCcInfoMap: any, audioFourCcInfoMap: any }

const video = (codec: string, trackId = 0, keyed = true, pts = 10): Uint8Array =>
  fromMediaFrame(
    {
      kind: 'video',
      codec,
      trackId,
      type: 'coded',
      dts: 0,
      pts,
      keyFrame: keyed,
      payload: Uint8Array.of(1, 2, 3),
    },
    { form: 'enhanced' },
  )
const sound = (codec: string, trackId = 0): Uint8Array =>
  fromMediaFrame(
    { kind: 'audio', codec, trackId, type: 'coded', dts: 0, payload: Uint8Array.of(4, 5) },
    { form: 'enhanced' },
  )

/** The messages that such a player receives. */
const delivered = (
  capabilities: ErtmpCapabilities,
  messages: readonly MediaMessage[],
  silence: Silence,
): Message[] => {
  const format = selectiveFormat(60_000, 1, abilitiesOf(capabilities, silence))
  const reader = new ChunkReader()
  const found: Message[] = []
  const size = encodeSetChunkSize(60_000)
  reader.push(Uint8Array.from([2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, ...size]))
  reader.push(format.encode(messages))
  for (let message = reader.read(); message !== undefined; message = reader.read()) found.push(message)
  return found.slice(1)
}

/** What they are, by kind of form, codec, track and what there is beside it. */
const received = (
  capabilities: ErtmpCapabilities,
  messages: readonly MediaMessage[],
  silence: Silence = 'withholds',
): string[] =>
  delivered(capabilities, messages, silence).flatMap(({ typeId, payload }) => {
    if (typeId === MessageTypeId.dataAmf0) return ['data']
    const kind = typeId === MessageTypeId.video ? 'video' : 'audio'
    return toMediaFrames(kind, 0, payload).map(
      ({ form, codec, trackId, pts, nanoOffset }) =>
        `${form} ${codec} ${trackId}${pts === 0 ? '' : `+${pts}`}${nanoOffset === 0 ? '' : ` ${nanoOffset} ns`}`,
    )
  })

group('what players that must announce are sent', () => {
  test('legacy messages and data pass unchanged', () => {
    const messages = [
      videoMessage(0, keyFrame(1)),
      audioMessage(0, audioFrame(1)),
      dataMessage(0, metadata(1)),
    ]
    expect(received(SILENT, messages)).toEqual(['legacy h264 0', 'legacy aac 0', 'data'])
  })

  test('enhanced messages of announced codecs only; others in legacy form where there is one', () => {
    const messages = [
      videoMessage(0, video('hevc')),
      videoMessage(0, video('h264')),
      videoMessage(0, video('av1', 0, true, 0)),
      audioMessage(0, sound('aac')),
      audioMessage(0, sound('mp3')),
      audioMessage(0, sound('opus')),
    ]
    expect(received(SILENT, messages)).toEqual(['legacy h264 0+10', 'legacy aac 0', 'legacy mp3 0'])
    expect(received(HEVC, messages)).toEqual([
      'enhanced hevc 0+10',
      'legacy h264 0+10',
      'legacy aac 0',
      'legacy mp3 0',
    ])
    expect(received(ALL, messages)).toEqual([
      'enhanced hevc 0+10',
      'enhanced h264 0+10',
      'enhanced av1 0',
      'enhanced aac 0',
      'enhanced mp3 0',
      'enhanced opus 0',
    ])
  })

  test('track 0 in single-track form, unless several tracks were announced', () => {
    const together = joinTracks('video', [
      { trackId: 0, payload: video('hevc') },
      { trackId: 1, payload: video('hevc') },
    ])
    const messages = [
      videoMessage(0, together),
      videoMessage(0, video('hevc', 2)),
      audioMessage(0, sound('opus', 1)),
    ]
    expect(received(ALL_ONE_TRACK, messages)).toEqual(['enhanced hevc 0+10'])
    expect(received(HEVC, messages)).toEqual(['enhanced hevc 0+10'])
    expect(received(ALL, messages)).toEqual([
      'enhanced hevc 0+10',
      'enhanced hevc 1+10',
      'enhanced hevc 2+10',
      'enhanced opus 1',
    ])
    expect(received({ ...HEVC, capsEx: 2 }, messages)).toEqual([
      'enhanced hevc 0+10',
      'enhanced hevc 1+10',
      'enhanced hevc 2+10',
    ])
  })

  test('of tracks of several codecs, those that can be read', () => {
    const mixed = joinTracks('video', [
      { trackId: 0, payload: video('av1', 0, true, 0) },
      { trackId: 1, payload: video('hevc') },
    ])
    expect(received({ ...HEVC, capsEx: 2 }, [videoMessage(0, mixed)])).toEqual(['enhanced hevc 1+10'])
    expect(received(HEVC, [videoMessage(0, mixed)])).toEqual([])
  })

  test('colour and channel descriptions only to those who know the form', () => {
    const colour = fromMediaFrame({
      kind: 'video',
      codec: 'h264',
      type: 'metadata',
      dts: 0,
      payload: Uint8Array.of(2, 0, 1, 97, 5),
    })
    expect(received(SILENT, [videoMessage(0, colour)])).toEqual([])
    expect(received(ALL, [videoMessage(0, colour)])).toEqual(['enhanced h264 0'])
  })

  test('nothing of what cannot be read', () => {
    expect(received(SILENT, [videoMessage(0, Uint8Array.of(0x91, 1))])).toEqual([])
  })

  test('the same kind of bytes for all who announce the same', () => {
    const { name } = selectiveFormat(60_000, 1, abilitiesOf(HEVC, 'withholds'))
    expect(selectiveFormat(60_000, 1, abilitiesOf({ fourCcList: ['hvc1'] }, 'withholds')).name).toBe(name)
    expect(selectiveFormat(60_000, 1, abilitiesOf(SILENT, 'withholds')).name).not.toBe(name)
  })
})

group('what was not announced, where silence withholds nothing', () => {
  const tracks = [videoMessage(0, video('hevc', 1)), audioMessage(0, sound('opus', 1))]
  const codecs = [
    videoMessage(0, video('hevc')),
    videoMessage(0, video('av1', 0, true, 0)),
    audioMessage(0, sound('opus')),
  ]
  const precise = videoMessage(
    0,
    fromMediaFrame(
      {
        kind: 'video',
        codec: 'hevc',
        type: 'coded',
        dts: 0,
        pts: 10,
        keyFrame: true,
        nanoOffset: 7,
        payload: Uint8Array.of(1),
      },
      { form: 'enhanced' },
    ),
  )
  const reads = (capabilities: ErtmpCapabilities, messages: readonly MediaMessage[]): string[] =>
    received(capabilities, messages, 'reads')

  test.each([
    ['nothing', SILENT, ['hevc 1+10', 'opus 1'], ['hevc 0+10', 'av1 0', 'opus 0'], ['hevc 0+10 7 ns']],
    ['codecs only', HEVC, ['hevc 1+10'], ['hevc 0+10'], ['hevc 0+10 7 ns']],
    ['other codecs', { fourCcList: ['av01'] }, [], ['av1 0'], []],
    [
      'any codec by list',
      { fourCcList: ['*'] },
      ['hevc 1+10', 'opus 1'],
      ['hevc 0+10', 'av1 0', 'opus 0'],
      ['hevc 0+10 7 ns'],
    ],
    [
      'video codecs by map',
      { videoFourCcInfoMap: new Map([['av01', 1]]) },
      ['opus 1'],
      ['av1 0', 'opus 0'],
      [],
    ],
    [
      'audio codecs by map',
      { audioFourCcInfoMap: new Map([['mp4a', 4]]) },
      ['hevc 1+10'],
      ['hevc 0+10', 'av1 0'],
      ['hevc 0+10 7 ns'],
    ],
    ['a map that only encodes', { videoFourCcInfoMap: new Map([['*', 2]]) }, ['opus 1'], ['opus 0'], []],
    ['no flag', { capsEx: 0 }, [], ['hevc 0+10', 'av1 0', 'opus 0'], ['hevc 0+10']],
    ['tracks', { capsEx: 2 }, ['hevc 1+10', 'opus 1'], ['hevc 0+10', 'av1 0', 'opus 0'], ['hevc 0+10']],
    ['ModEx', { capsEx: 4 }, [], ['hevc 0+10', 'av1 0', 'opus 0'], ['hevc 0+10 7 ns']],
  ] satisfies [string, ErtmpCapabilities, string[], string[], string[]][])(
    'announced: %s',
    (_, capabilities, ofTracks, ofCodecs, ofPrecise) => {
      const enhanced = (texts: readonly string[]): string[] => texts.map((text) => `enhanced ${text}`)
      expect(reads(capabilities, tracks)).toEqual(enhanced(ofTracks))
      expect(reads(capabilities, codecs)).toEqual(enhanced(ofCodecs))
      expect(reads(capabilities, [precise])).toEqual(enhanced(ofPrecise))
    },
  )

  test('players that read everything share the bytes of all others', () => {
    for (const all of [SILENT, { ...ALL, capsEx: 15 }, { fourCcList: ['*'] }]) {
      expect(selectiveFormat(60_000, 1, abilitiesOf(all, 'reads')).name).toBe(rtmpFormat(60_000, 1).name)
    }
  })

  test('metadata does not speak of what stays away', () => {
    // onMetaData { title: 't', videoTrackIdInfoMap: { 1: { width: 640 } } }
    const name = encodeUtf8('onMetaData')
    const map = encodeUtf8('videoTrackIdInfoMap')
    const head = [2, 0, 10, ...name, 8, 0, 0, 0, 2, 0, 5, 116, 105, 116, 108, 101, 2, 0, 1, 116]
    const tracks = [
      0,
      19,
      ...map,
      3,
      0,
      1,
      49,
      3,
      0,
      5,
      119,
      105,
      100,
      116,
      104,
      0,
      0x40,
      0x84,
      0,
      0,
      0,
      0,
      0,
      0,
    ]
    const payload = Uint8Array.from([...head, ...tracks, 0, 0, 9, 0, 0, 9, 0, 0, 9])
    const sent = (capabilities: ErtmpCapabilities): Uint8Array | undefined =>
      delivered(capabilities, [dataMessage(0, payload)], 'reads')[0]?.payload
    expect(sent(SILENT)).toEqual(payload)
    const without = Uint8Array.from([...head, 0, 0, 9])
    without[17] = 1
    expect(sent({ capsEx: 0 })).toEqual(without)
    expect(sent({ ...HEVC, capsEx: 2 })).toEqual(payload)
  })
})

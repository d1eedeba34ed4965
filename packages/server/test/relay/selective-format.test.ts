import { ChunkReader, encodeSetChunkSize, type Message, MessageTypeId } from '@rtmp/chunk'
import { type ErtmpCapabilities, fromMediaFrame, joinTracks, toMediaFrames } from '@rtmp/ertmp'
import { describe as group, expect, test } from 'vitest'
import { audioMessage, dataMessage, type RelayMessage, videoMessage } from '../../src/relay/relay-message.ts'
import { abilitiesOf, selectiveFormat } from '../../src/relay/selective-format.ts'
import { audioFrame, keyFrame, metadata } from './arrange.ts'

const any = new Map([['*', 1]])
const SILENT: ErtmpCapabilities = {}
const HEVC: ErtmpCapabilities = { fourCcList: ['hvc1'] }
const ALL: ErtmpCapabilities = { videoFourCcInfoMap: any, audioFourCcInfoMap: any, capsEx: 2 }
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

/** What such a player receives of messages, by kind of form, codec and track. */
const received = (capabilities: ErtmpCapabilities, messages: readonly RelayMessage[]): string[] => {
  const format = selectiveFormat(60_000, 1, abilitiesOf(capabilities))
  const reader = new ChunkReader()
  const found: Message[] = []
  const size = encodeSetChunkSize(60_000)
  reader.push(Uint8Array.from([2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, ...size]))
  reader.push(format.encode(messages))
  for (let message = reader.read(); message !== undefined; message = reader.read()) found.push(message)
  return found.slice(1).flatMap(({ typeId, payload }) => {
    if (typeId === MessageTypeId.dataAmf0) return ['data']
    const kind = typeId === MessageTypeId.video ? 'video' : 'audio'
    return toMediaFrames(kind, 0, payload).map(
      ({ form, codec, trackId, pts }) => `${form} ${codec} ${trackId}${pts === 0 ? '' : `+${pts}`}`,
    )
  })
}

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

  test('the same bytes for all who announce the same', () => {
    const format = selectiveFormat(60_000, 1, abilitiesOf(HEVC))
    expect(selectiveFormat(60_000, 1, abilitiesOf({ fourCcList: ['hvc1'] }))).toBe(format)
    expect(selectiveFormat(60_000, 1, abilitiesOf(SILENT))).not.toBe(format)
  })
})

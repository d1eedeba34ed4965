import { decodeFlv, TagType } from '@rtmp/flv'
import { encodeScriptData } from '@rtmp/flv/script'
import { readRepoFile } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import { chosenTracks, MediaMessage } from '../src/index.ts'

const messagesOf = async (name: string): Promise<MediaMessage[]> =>
  decodeFlv(await readRepoFile(`media/${name}.flv`)).map(
    ({ typeId, timestamp, payload }) =>
      new MediaMessage(typeId, timestamp, payload, typeId === TagType.script ? 'onMetaData' : ''),
  )

/** Time, kind and bytes of each frame of a track. */
const framesOf = (messages: readonly MediaMessage[], wanted: (kind: string) => number): string[] =>
  messages
    .flatMap((message) => message.frames())
    .filter(
      ({ kind, trackId, type }) =>
        trackId === wanted(kind) && (type === 'coded' || type === 'sequenceHeader'),
    )
    .map(
      ({ kind, type, dts, pts, keyFrame, payload }) =>
        `${kind} ${type} ${dts} ${pts} ${keyFrame} ${payload.join()}`,
    )

describe('one track of each kind', () => {
  test.each([
    ['obs/obs32-multitrack-h264x3-aac', 2, 0],
    ['multitrack-h264x2-aacx2', 1, 1],
    ['multitrack-h264-hevc-aac-opus', 1, 1],
    ['multitrack-h264-hevc-aac-opus', 0, 1],
    ['gst-multitrack0-hevc-aac', 0, 0],
  ])('of %s, video %i and audio %i, as if there were no others', async (name, video, audio) => {
    const messages = await messagesOf(name)
    const chosen = messages.flatMap((message) => chosenTracks(message, { video, audio }) ?? [])
    const expected = framesOf(messages, (kind) => (kind === 'video' ? video : audio))
    expect(expected.length).toBeGreaterThan(50)
    expect(framesOf(chosen, () => 0)).toEqual(expected)
    expect(new Set(chosen.flatMap(({ trackIds }) => trackIds))).toEqual(new Set([0]))
  })

  test('a stream of one track is passed on as it is', async () => {
    for (const message of await messagesOf('h264-aac'))
      expect(chosenTracks(message, { video: 0, audio: 0 })).toBe(message)
  })

  test('a track that is not there is nothing', async () => {
    const media = (await messagesOf('h264-aac')).filter(({ kind }) => kind !== 'data')
    expect(media.flatMap((message) => chosenTracks(message, { video: 7, audio: 7 }) ?? [])).toEqual([])
  })

  test('metadata tells of the chosen track', () => {
    const told = {
      width: 1920,
      height: 1080,
      framerate: 30,
      audiosamplerate: 48_000,
      title: 'Show',
      videoTrackIdInfoMap: { '1': { width: 640, height: 360 }, '2': { width: 320, height: 180 } },
      audioTrackIdInfoMap: { '1': { audiosamplerate: 44_100 } },
    }
    const message = new MediaMessage(18, 0, encodeScriptData('onMetaData', [told]), 'onMetaData')
    const of = (video: number, audio: number) => chosenTracks(message, { video, audio })?.values
    expect(of(1, 0)).toEqual([{ width: 640, height: 360, audiosamplerate: 48_000, title: 'Show' }])
    expect(of(0, 1)).toEqual([
      { width: 1920, height: 1080, framerate: 30, audiosamplerate: 44_100, title: 'Show' },
    ])
    expect(of(9, 0)).toEqual([{ audiosamplerate: 48_000, title: 'Show' }])
  })

  test('other data and broken media do no harm', () => {
    const text = new MediaMessage(18, 0, encodeScriptData('onTextData', [{ a: 1 }]), 'onTextData')
    expect(chosenTracks(text, { video: 1, audio: 1 })).toBe(text)
    const cut = new MediaMessage(18, 0, Uint8Array.of(2, 0, 10, 111), 'onMetaData')
    expect(chosenTracks(cut, { video: 1, audio: 1 })).toBe(cut)
    expect(chosenTracks(new MediaMessage(9, 0, Uint8Array.of(0x97)), { video: 1, audio: 0 })).toBeUndefined()
  })
})

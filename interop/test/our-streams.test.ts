import { writeFile } from 'node:fs/promises'
import { publishFile } from '@rtmp/client'
import {
  type ColorInfo,
  decodeVideoMessage,
  encodeColorInfo,
  encodeVideoMessage,
  type ExVideoMessage,
  fromMediaFrame,
  joinTracks,
  type MediaFrame,
  type MediaFrameInit,
  toMediaFrames,
  type WriteFrameOptions,
} from '@rtmp/e-rtmp'
import { decodeFlv, encodeFlvHeader, encodeFlvTag, type FlvTagInit, TagType } from '@rtmp/flv'
import { readFile } from 'node:fs/promises'
import { expect, test, type TestContext } from 'vitest'

import { type Ffmpeg, ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { compareFromJoin } from '../src/comparison.ts'
import { freePort } from '../src/loopback.ts'
import { mediaFile } from '../src/media.ts'
import { readTracks, SHOW_TRACKS, tracksShown } from '../src/packets.ts'
import { Scratch } from '../src/scratch.ts'
import { describeWith } from './support/describe-with.ts'

// Streams that our writer built and our client publishes, read by FFmpeg: no warning, and the packets of the file.
// That the file has the packets we meant is packages/eRtmp/test/ffmpeg.node.test.ts.

const framesOf = async (name: string): Promise<MediaFrame[]> =>
  decodeFlv(await readFile(mediaFile(name))).flatMap(({ typeId, timestamp, payload }) =>
    typeId === TagType.audio || typeId === TagType.video
      ? toMediaFrames(typeId === TagType.audio ? 'audio' : 'video', timestamp, payload)
      : [],
  )

const tagOf = (frame: MediaFrameInit, payload: Uint8Array): FlvTagInit => ({
  typeId: frame.kind === 'audio' ? TagType.audio : TagType.video,
  timestamp: frame.dts,
  payload,
})

const written = (frames: readonly MediaFrameInit[], options?: WriteFrameOptions): FlvTagInit[] =>
  frames.map((frame) => tagOf(frame, fromMediaFrame(frame, options)))

const only = (frames: readonly MediaFrame[], kind: 'audio' | 'video'): MediaFrame[] =>
  frames.filter((frame) => frame.kind === kind && frame.trackId === 0)

/** Track 0 of one and, as track 1, of another, whose frames have the same times and types: one message for both. */
const joined = (a: readonly MediaFrame[], b: readonly MediaFrame[]): FlvTagInit[] => {
  const onTrack1 = b.map((frame) => ({ ...frame, trackId: 1 }))
  const headers = [...a, ...onTrack1].filter(({ type }) => type === 'sequenceHeader')
  const second = onTrack1.filter(({ type }) => type === 'coded')
  const pairs = a
    .filter(({ type }) => type === 'coded')
    .map((frame, i) => {
      const parts = [frame, second[i] as MediaFrame].map((part) => ({
        trackId: part.trackId,
        payload: fromMediaFrame({ ...part, trackId: 0 }, { form: 'enhanced' }),
      }))
      return tagOf(frame, joinTracks('video', parts))
    })
  return [...written(headers, { form: 'enhanced', multitrack: true }), ...pairs]
}

const HDR10: ColorInfo = {
  colorConfig: { bitDepth: 10, colorPrimaries: 9, transferCharacteristics: 16, matrixCoefficients: 9 },
  hdrCll: { maxFall: 321, maxCLL: 1234 },
}

/** Nanoseconds, and ModEx of a type that nobody knows. */
const withModEx = (frames: readonly MediaFrame[]): FlvTagInit[] =>
  frames.map((frame, i) => {
    if (frame.kind === 'audio') return tagOf(frame, fromMediaFrame(frame))
    if (i % 2 === 0) return tagOf(frame, fromMediaFrame({ ...frame, nanoOffset: 500_000 }))
    const message = decodeVideoMessage(fromMediaFrame(frame)) as ExVideoMessage
    const modEx = [{ type: 9, data: new Uint8Array(300) }]
    return tagOf(frame, encodeVideoMessage({ ...message, modEx }))
  })

const ENHANCED: WriteFrameOptions = { form: 'enhanced' }

const STREAMS: Readonly<Record<string, () => Promise<FlvTagInit[]>>> = {
  'H.264 and MP3 as avc1 and .mp3': async () => written(await framesOf('h264-mp3.flv'), ENHANCED),
  'H.264 and FLAC': async () => written(await framesOf('h264-flac.flv'), ENHANCED),
  'H.264 and AC-3': async () => written(await framesOf('h264-ac3.flv'), ENHANCED),
  'H.264 and E-AC-3': async () => written(await framesOf('h264-eac3.flv'), ENHANCED),
  'HEVC and AAC': async () => written(await framesOf('hevc-aac.flv'), ENHANCED),
  'AV1 and Opus': async () => written(await framesOf('av1-opus.flv'), ENHANCED),
  'VP9 and Opus': async () => written(await framesOf('vp9-opus.flv'), ENHANCED),
  'OneTrack, four tracks': async () => {
    const frames = await framesOf('multitrack-h264-hevc-aac-opus.flv')
    // Metadata in multitrack has a frame type that FFmpeg takes for a frame.
    return written(
      frames.filter(({ type }) => type !== 'metadata'),
      { form: 'enhanced', multitrack: true },
    )
  },
  ManyTracks: async () => {
    const video = only(await framesOf('h264-aac-nobframes.flv'), 'video')
    return joined(video, video)
  },
  ManyTracksManyCodecs: async () =>
    joined(
      only(await framesOf('gst-enhanced-h264-aac.flv'), 'video'),
      only(await framesOf('gst-multitrack0-hevc-aac.flv'), 'video'),
    ),
  'HDR metadata': async () =>
    written(
      (await framesOf('hevc-hdr10-aac.flv')).map((frame) =>
        frame.type === 'metadata' ? { ...frame, payload: encodeColorInfo(HDR10) } : frame,
      ),
    ),
  ModEx: async () => withModEx((await framesOf('hevc-aac.flv')).filter(({ type }) => type !== 'metadata')),
}

const save = async (context: TestContext, tags: readonly FlvTagInit[]): Promise<string> => {
  const folder = await Scratch.make()
  context.onTestFinished(async () => folder.remove())
  const kinds = new Set(tags.map(({ typeId }) => typeId))
  const flags = { hasAudio: kinds.has(TagType.audio), hasVideo: kinds.has(TagType.video) }
  await writeFile(folder.file('in.flv'), Buffer.concat([encodeFlvHeader(flags), ...tags.map(encodeFlvTag)]))
  return folder.file('in.flv')
}

/** Has an FFmpeg listen, publishes the file to it, and gives what it says. */
const streamTo = async (
  reader: Ffmpeg,
  file: string,
): Promise<{ readonly stdout: string; readonly stderr: string }> => {
  const port = await freePort()
  const url = `rtmp://127.0.0.1:${port}/live/ours`
  const probing = reader.probe(
    ['-v', 'warning', '-listen', '1', '-timeout', '15', ...SHOW_TRACKS, url],
    30_000,
  )
  // It takes one connection, so it must not be asked whether it listens: we try until it does.
  await publishFile(file, url, {
    pace: 'fast',
    reconnect: { fromStart: true, initialMs: 50, maximumMs: 100, tries: 100 },
    signal: AbortSignal.timeout(20_000),
  })
  return probing
}

describeWith([newerFfmpeg], 'a newer FFmpeg reads what we write', () => {
  test.for(Object.entries(STREAMS))(
    '%s: no warning, and the packets of the file',
    async ([name, make], context) => {
      const file = await save(context, await make())
      const { stdout, stderr } = await streamTo(newerFfmpeg, file)
      expect(stderr).toBe('')
      const tracks = tracksShown(stdout)
      expect(tracks.length).toBeGreaterThan(0)
      expect(compareFromJoin(await readTracks(file), tracks).problems).toEqual([])
      if (name !== 'HDR metadata') return
      expect(stdout).toContain('"max_content": 1234')
      expect(stdout).toContain('"max_average": 321')
    },
  )
})

describeWith([ffmpeg], 'an old FFmpeg reads the older forms', () => {
  const FILES = [
    'h264-aac.flv',
    'h264-aac-ts-rollover.flv',
    'h264-mp3.flv',
    'aac-only.flv',
    'legacy-flv1-mp3.flv',
    'legacy-flashsv-pcm.flv',
    'legacy-speex.flv',
    'legacy-nellymoser.flv',
    'legacy-adpcm.flv',
    'legacy-alaw.flv',
    'legacy-mulaw.flv',
  ] as const

  test.for(FILES)('%s in legacy form: no warning, and the packets of the file', async (name, context) => {
    const frames = await framesOf(name)
    const file = await save(context, written(frames, { form: 'legacy' }))
    const { stdout, stderr } = await streamTo(ffmpeg, file)
    expect(stderr).toBe('')
    expect(compareFromJoin(await readTracks(mediaFile(name)), tracksShown(stdout)).problems).toEqual([])
  })
})

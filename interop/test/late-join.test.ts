// Who joins in the middle of a group of pictures sees a picture at once, and it is one that can be decoded.
import { toMediaFrames } from '@rtmp/e-rtmp'
import { expect, test, type TestContext } from 'vitest'

import { args } from '../src/args.ts'
import type { RealClient } from '../src/availability.ts'
import { type Ffmpeg, ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { gstreamer } from '../src/clients/gstreamer.ts'
import { rtmpdump } from '../src/clients/rtmpdump.ts'
import { LightPlayer } from '../src/light-player.ts'
import { mediaFile } from '../src/media.ts'
import { mediaMessages } from '../src/media-messages.ts'
import { readTracks } from '../src/packets.ts'
import type { RunningProgram } from '../src/running-program.ts'
import { describeWith } from './support/describe-with.ts'
import { played, Stage, startPlayer } from './support/stage.ts'

const PATH = 'live/late'
/** Between two key frames, which are a second apart. */
const JOIN_MS = 2500
/** Late joiners, one after the other, whose times are taken. */
const JOINERS = 10

/** A stream that has been on for a while. */
const onAir = async (context: TestContext, program: Ffmpeg, file: string): Promise<Stage> => {
  const stage = await Stage.open(context, { graceMs: 300 })
  const first = await startPlayer(stage, { path: PATH, file: 'first.flv' })
  const url = `rtmp://127.0.0.1:${stage.server.port}/${PATH}`
  stage.keep(program.publish({ input: mediaFile(file), url, loop: true, limitMs: 40_000 }))
  await played(first.connection, JOIN_MS)
  return stage
}

/** Milliseconds from connecting to the first picture, which has to be one that can be decoded. */
const timeToPicture = async (stage: Stage): Promise<number> => {
  const player = new LightPlayer(stage.server.port, 'live', 'late')
  await player.playing
  const pictures = (): { readonly after: number; readonly keyFrame: boolean }[] =>
    player.media
      .filter(({ typeId }) => typeId === 9)
      .flatMap(({ after, timestamp, payload }) =>
        toMediaFrames('video', timestamp, payload)
          .filter(({ type }) => type === 'coded')
          .map(({ keyFrame }) => ({ after, keyFrame })),
      )
  await expect.poll(() => pictures().length, { timeout: 5000, interval: 20 }).toBeGreaterThan(0)
  await player.close()
  const [first] = pictures()
  expect(first?.keyFrame).toBe(true)
  return first?.after ?? Number.NaN
}

/** Milliseconds from starting a player to its first decoded picture, which has to be a key frame. */
const timeToDecodedPicture = async (program: Ffmpeg, url: string): Promise<number> => {
  const words = args`-v info -fflags nobuffer -i ${url} -map 0:v:0 -frames:v 1 -vf showinfo -f null -`
  const { timedOut, stderr, ms } = await program.run(words, 20_000).ended
  expect(timedOut).toBe(false)
  expect(/ n: +0 .*/.exec(stderr)?.[0]).toMatch(/iskey:1 type:I/)
  return ms
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const STREAMS = [
  { file: 'h264-aac.flv', programs: [ffmpeg, newerFfmpeg] },
  { file: 'hevc-aac.flv', programs: [newerFfmpeg] },
  { file: 'av1-opus.flv', programs: [newerFfmpeg] },
  { file: 'vp9-opus.flv', programs: [newerFfmpeg] },
] as const

for (const { file, programs } of STREAMS) {
  describeWith(programs, `joining ${file} in the middle`, () => {
    test('the first picture comes at once, is a key frame, and FFmpeg decodes it', async (context) => {
      const stage = await onAir(context, programs[programs.length - 1] ?? ffmpeg, file)
      const sent: number[] = []
      for (let i = 0; i < JOINERS; i++) sent.push(await timeToPicture(stage))
      await context.annotate(`first picture after ${median(sent).toFixed(0)} ms`)
      for (const program of programs) {
        const ms = await timeToDecodedPicture(program, `rtmp://127.0.0.1:${stage.server.port}/${PATH}`)
        await context.annotate(`${program.name}: first decoded picture after ${ms.toFixed(0)} ms`)
      }
    })
  })
}

/** One and a half seconds of the stream: librtmp's source ends well only by itself, and its buffers are bytes. */
const RECORDED_BYTES = 40_000

/** What a recorder is sent before it is stopped: more than is asked of it, since it may be behind on a busy machine. */
const SENT_MS = 2500

/** Between two frames when one is missing. Frames are 40 ms apart, and 51 where the file begins anew, with its sound's end. */
const MISSING_MS = 80

interface Recorder {
  readonly name: string
  readonly client: RealClient
  record(url: string, output: string): RunningProgram
}

const recorders: readonly Recorder[] = [
  {
    name: 'GStreamer rtmp2src',
    client: gstreamer,
    record: (url, output) => gstreamer.record({ source: 'rtmp2src', url, output }),
  },
  {
    name: 'GStreamer rtmpsrc (librtmp)',
    client: gstreamer,
    record: (url, output) => gstreamer.record({ source: 'rtmpsrc', url, output, buffers: RECORDED_BYTES }),
  },
  { name: 'rtmpdump', client: rtmpdump, record: (url, output) => rtmpdump.record({ url, output }) },
]

for (const { name, client, record } of recorders) {
  describeWith([ffmpeg, client], `${name} joins in the middle`, () => {
    test('its recording begins with a key frame, and no time is missing', async (context) => {
      const stage = await onAir(context, ffmpeg, 'h264-aac.flv')
      const tap = await stage.tap()
      const output = stage.scratch.file('late.flv')
      const program = stage.keep(record(tap.url(PATH), output))
      const connection = await tap.first()
      const times = (): readonly number[] =>
        mediaMessages(connection.serverToClient).video.map(({ timestamp }) => timestamp)
      await connection.until(() => !connection.open || (times().at(-1) ?? 0) - (times()[0] ?? 0) > SENT_MS)
      await program.stop('SIGINT')
      const video = (await readTracks(output)).find(({ kind }) => kind === 'video')
      expect(video?.packets[0]?.key).toBe(true)
      expect(video?.packets.length).toBeGreaterThan(25)
      const gaps = video?.packets.map(({ dts }, at, all) => dts - (all[at - 1]?.dts ?? dts)) ?? []
      expect(Math.max(...gaps)).toBeLessThan(MISSING_MS)
    })
  })
}

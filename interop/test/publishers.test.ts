import { expect, test, type TestContext } from 'vitest'

import type { RealClient } from '../src/availability.ts'
import { ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { gstreamer, type GstreamerSink, newerGstreamer } from '../src/clients/gstreamer.ts'
import { nginxRtmp } from '../src/clients/nginx-rtmp.ts'
import { obs } from '../src/clients/obs.ts'
import { vlc } from '../src/clients/vlc.ts'
import { freePort } from '../src/loopback.ts'
import { mediaFile } from '../src/media.ts'
import { type MediaMessages, mediaMessages, mediaProblems } from '../src/media-messages.ts'
import { readTracks, type Track } from '../src/packets.ts'
import type { RunningProgram } from '../src/running-program.ts'
import { describeWith } from './support/describe-with.ts'
import { bestFfmpeg, Stage, startPlayer } from './support/stage.ts'

const INPUT = mediaFile('h264-aac-nobframes.flv')

interface Publishing {
  readonly stage: Stage
  /** Where to publish: behind the tap. */
  readonly app: string
  readonly name: string
  readonly url: string
}

interface Outcome {
  readonly sent: MediaMessages
  readonly tracks: readonly Track[]
}

/**
 * Lets a program publish while FFmpeg plays from the start: every audio and video message that the program sent must
 * reach the player with the same bytes and the same timestamp, and FFmpeg must be able to record them.
 */
async function everyMessageArrives(
  context: TestContext,
  publish: (publishing: Publishing) => Promise<RunningProgram>,
): Promise<Outcome> {
  const stage = await Stage.open(context, { graceMs: 300 })
  const player = await startPlayer(stage, { path: 'live/stream', file: 'recording.flv' })
  const tap = await stage.tap()
  const publishing = { stage, app: tap.url('live'), name: 'stream', url: tap.url('live/stream') }
  const publisher = stage.keep(await publish(publishing))
  await publisher.ended
  const { timedOut, stderr } = await player.program.ended
  expect({ timedOut, stderr }).toEqual({ timedOut: false, stderr: '' })
  const sent = mediaMessages((await tap.first()).clientToServer)
  expect(mediaProblems(sent, mediaMessages(player.connection.serverToClient))).toEqual([])
  return { sent, tracks: await readTracks(player.output) }
}

const counts = (tracks: readonly Track[]): Record<string, number> =>
  Object.fromEntries(tracks.map(({ codec, packets }) => [codec, packets.length]))

function publishedBy(
  clients: readonly RealClient[],
  name: string,
  publish: (publishing: Publishing) => Promise<RunningProgram>,
  check: (outcome: Outcome) => void,
): void {
  describeWith([bestFfmpeg, ...clients], name, () => {
    test('everything it sends reaches a player unchanged', async (context) => {
      check(await everyMessageArrives(context, publish))
    })
  })
}

for (const sink of ['rtmp2sink', 'rtmpsink'] satisfies readonly GstreamerSink[]) {
  publishedBy(
    [gstreamer],
    `GStreamer ${sink} publishes`,
    async ({ url }) => gstreamer.publishFile({ sink, input: INPUT, url }),
    ({ tracks }) => expect(counts(tracks)).toEqual({ h264: 100, aac: 189 }),
  )
}

publishedBy(
  [newerGstreamer],
  'GStreamer 1.28 eflvmux publishes enhanced H.264 and AAC',
  async ({ url }) => newerGstreamer.publishEnhancedFile({ mode: 'non-multitrack', input: INPUT, url }),
  ({ tracks }) => expect(counts(tracks)).toEqual({ h264: 100, aac: 189 }),
)

publishedBy(
  [obs],
  'OBS Studio publishes and vanishes without a word',
  async ({ stage, app, name }) =>
    obs.publish({ server: app, key: name, home: await stage.scratch.folder('obs'), seconds: 5 }),
  ({ tracks, sent }) => {
    const { h264, aac } = counts(tracks)
    expect(h264).toBe(sent.video.length - 1)
    expect(aac).toBe(sent.audio.length - 1)
    expect(h264).toBeGreaterThan(20)
  },
)

publishedBy(
  [vlc],
  'VLC publishes',
  async ({ stage, url }) => vlc.publish({ input: INPUT, url, home: await stage.scratch.folder('vlc') }),
  ({ tracks }) => {
    const { h264, aac } = counts(tracks)
    expect(h264).toBe(100)
    expect(aac).toBeGreaterThan(180)
  },
)

publishedBy(
  [ffmpeg, nginxRtmp],
  'nginx-rtmp pushes a stream on',
  async ({ stage, app, name }) => {
    const relay = await nginxRtmp.serve({ port: await freePort(), push: app })
    stage.atEnd(async () => relay.stop())
    return ffmpeg.publish({ input: INPUT, url: relay.url('push', name) })
  },
  ({ tracks }) => {
    // It begins with the next key frame once its own connection stands.
    const { h264, aac } = counts(tracks)
    expect(h264).toBeGreaterThanOrEqual(50)
    expect(h264).toBeLessThanOrEqual(100)
    expect(aac).toBeGreaterThan(90)
    expect(tracks.find(({ kind }) => kind === 'video')?.packets[0]?.key).toBe(true)
  },
)

publishedBy(
  [newerFfmpeg],
  'FFmpeg 9 publishes classic H.264 and AAC',
  async ({ url }) => newerFfmpeg.publish({ input: mediaFile('h264-aac.flv'), url }),
  ({ tracks }) => expect(counts(tracks)).toEqual({ h264: 100, aac: 189 }),
)

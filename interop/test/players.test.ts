import { setTimeout } from 'node:timers/promises'

import { expect, test, type TestContext } from 'vitest'

import type { RealClient } from '../src/availability.ts'
import { curl } from '../src/clients/curl.ts'
import { ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { gstreamer } from '../src/clients/gstreamer.ts'
import { mpv } from '../src/clients/mpv.ts'
import { nginxRtmp } from '../src/clients/nginx-rtmp.ts'
import { rtmpdump } from '../src/clients/rtmpdump.ts'
import { vlc } from '../src/clients/vlc.ts'
import { compareFromJoin } from '../src/comparison.ts'
import { freePort } from '../src/loopback.ts'
import { mediaFile } from '../src/media.ts'
import { mediaMessages, mediaProblems } from '../src/media-messages.ts'
import { readTracks } from '../src/packets.ts'
import type { ProgramEnd, RunningProgram } from '../src/running-program.ts'
import { describeWith } from './support/describe-with.ts'
import { asked, Stage } from './support/stage.ts'

const INPUT = mediaFile('h264-aac.flv')

interface Playing {
  readonly stage: Stage
  readonly app: string
  readonly name: string
  readonly url: string
  readonly output: string
}

/** When a player leaves. Some with librtmp wait on when they have been told of the end. */
type Leaving = 'early' | 'when told' | 'never'

interface Outcome {
  readonly end: ProgramEnd
  readonly output: string
}

/**
 * Lets a program play from the start what FFmpeg publishes: the server must send it every audio and video message with
 * the same bytes and the same timestamp; what became of the program is then for the caller to look at.
 */
async function everyMessageArrives(
  context: TestContext,
  play: (playing: Playing) => Promise<RunningProgram>,
  leaves: Leaving,
): Promise<Outcome> {
  const stage = await Stage.open(context)
  const playerTap = await stage.tap()
  const output = stage.scratch.file('recording.flv')
  const [app, name] = [playerTap.url('live'), 'stream']
  const player = stage.keep(await play({ stage, app, name, url: `${app}/${name}`, output }))
  const connection = await playerTap.first()
  await asked(connection, 'play')
  const tap = await stage.tap()
  const publisher = stage.keep(ffmpeg.publish({ input: INPUT, url: tap.url('live/stream') }))
  await publisher.ended
  if (leaves === 'never') {
    await connection.until(
      ({ serverToClient }) => serverToClient.includes('NetStream.Play.UnpublishNotify'),
      5000,
    )
    await setTimeout(300) // nothing tells when the program has written what it has read
    await player.stop('SIGINT')
  }
  const end = await player.ended
  const sent = mediaMessages((await tap.first()).clientToServer)
  const received = mediaMessages(connection.serverToClient)
  expect(received.video.length).toBeGreaterThan(25)
  expect(mediaProblems(sent, received, { cut: leaves === 'early' })).toEqual([])
  return { end, output }
}

/** A player that writes an FLV file until the stream ends: the file must be the source, packet by packet. */
function recordedBy(
  clients: readonly RealClient[],
  name: string,
  play: (playing: Playing) => Promise<RunningProgram>,
  habits: { readonly leaves?: Leaving; readonly losesItsLast?: number } = {},
): void {
  describeWith([ffmpeg, ...clients], name, () => {
    test('it is told of the end and has recorded every packet', async (context) => {
      const { end, output } = await everyMessageArrives(context, play, habits.leaves ?? 'when told')
      expect(end.timedOut).toBe(false)
      const lost = habits.losesItsLast ?? 0
      const { problems, tracks } = compareFromJoin(await readTracks(INPUT), await readTracks(output), {
        toTheEnd: lost === 0,
      })
      expect(problems).toEqual([])
      const [video, audio] = tracks
      expect(video?.received).toBeGreaterThanOrEqual(100 - lost)
      expect(audio?.received).toBeGreaterThanOrEqual(189 - lost)
    })
  })
}

recordedBy([newerFfmpeg], 'FFmpeg 9 plays', async ({ url, output }) => newerFfmpeg.play({ url, output }))

// It drops the message that it holds when it is told of the end.
recordedBy(
  [gstreamer],
  'GStreamer rtmp2src plays',
  async ({ url, output }) => gstreamer.record({ source: 'rtmp2src', url, output }),
  { losesItsLast: 1 },
)

recordedBy(
  [gstreamer],
  'GStreamer rtmpsrc plays',
  async ({ url, output }) => gstreamer.record({ source: 'rtmpsrc', url, output }),
  { leaves: 'never' },
)

recordedBy([rtmpdump], 'rtmpdump plays', async ({ url, output }) => rtmpdump.record({ url, output }))

// It takes one message each time its socket has something new, and so is up to 16 kB behind when it is stopped.
recordedBy([curl], 'curl plays', async ({ url, output }) => curl.record({ url, output }), {
  leaves: 'never',
  losesItsLast: 60,
})

recordedBy([nginxRtmp], 'nginx-rtmp pulls a stream for its own player', async (playing) => {
  const relay = await nginxRtmp.serve({ port: await freePort(), pull: playing.app })
  playing.stage.atEnd(async () => relay.stop())
  return ffmpeg.play({ url: relay.url('pull', playing.name), output: playing.output })
})

describeWith([ffmpeg, mpv], 'mpv plays', () => {
  test('it decodes two seconds', async (context) => {
    const play = async ({ url }: Playing): Promise<RunningProgram> => mpv.play({ url, seconds: 2 })
    const { end } = await everyMessageArrives(context, play, 'early')
    expect(end).toMatchObject({ status: 0, timedOut: false })
    expect(end.stdout).toContain('Exiting... (End of file)')
  })
})

describeWith([ffmpeg, vlc], 'VLC plays', () => {
  test('it records two seconds of audio unchanged, and as many pictures', async (context) => {
    const play = async ({ stage, url }: Playing): Promise<RunningProgram> => {
      const home = await stage.scratch.folder('vlc')
      return vlc.play({ url, home, output: stage.scratch.file('vlc/out.flv'), seconds: 2 })
    }
    const { end, output } = await everyMessageArrives(context, play, 'early')
    expect(end).toMatchObject({ status: 0, timedOut: false })
    const recording = await readTracks(output.replace('recording.flv', 'vlc/out.flv'))
    const audioOnly = (await readTracks(INPUT)).filter(({ kind }) => kind === 'audio')
    const recordedAudio = recording.filter(({ kind }) => kind === 'audio')
    const { problems } = compareFromJoin(audioOnly, recordedAudio, { anyOffset: true, toTheEnd: false })
    expect(problems).toEqual([])
    // VLC packs every picture anew, so only their number can be compared.
    expect(recording.find(({ kind }) => kind === 'video')?.packets.length).toBeGreaterThan(40)
  })
})

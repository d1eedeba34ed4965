import { setTimeout } from 'node:timers/promises'

import type { PlayContext, PublishContext, ServerHandler } from '@rtmp/server'
import { expect, test, type TestContext } from 'vitest'

import type { RealClient } from '../src/availability.ts'
import { curl } from '../src/clients/curl.ts'
import { ffmpeg } from '../src/clients/ffmpeg.ts'
import { gstreamer } from '../src/clients/gstreamer.ts'
import { mpv } from '../src/clients/mpv.ts'
import { obs } from '../src/clients/obs.ts'
import { rtmpCommand } from '../src/clients/rtmp-command.ts'
import { rtmpdump } from '../src/clients/rtmpdump.ts'
import { vlc } from '../src/clients/vlc.ts'
import { LightPlayer } from '../src/light-player.ts'
import { LOOPBACK } from '../src/loopback.ts'
import { mediaFile } from '../src/media.ts'
import type { RunningProgram } from '../src/running-program.ts'
import { describeWith } from './support/describe-with.ts'
import { Stage } from './support/stage.ts'

// One address, cut into app and stream name where each program cuts it: what one publishes, every other finds.

const INPUT = mediaFile('h264-aac-nobframes.flv')

interface Publishing {
  readonly stage: Stage
  /** The server's address, without a slash at the end. */
  readonly server: string
  readonly path: string
}

interface Publisher {
  readonly client: RealClient
  /** How it is told where to publish. */
  readonly how: string
  /** All behind the server's address, as it is typed. */
  readonly typed: string
  /** The stream that this is. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  publish(what: Publishing): RunningProgram | Promise<RunningProgram>
}

const urlOf = ({ server, path }: Publishing): string => `${server}/${path}`

const byFfmpeg = (typed: string, path: string, query?: Publisher['query']): Publisher => ({
  client: ffmpeg,
  how: 'URL',
  typed,
  path,
  ...(query === undefined ? {} : { query }),
  publish: (what) => ffmpeg.publish({ input: INPUT, url: urlOf(what) }),
})

const byGstreamer = (sink: 'rtmp2sink' | 'rtmpsink', typed: string, path: string): Publisher => ({
  client: gstreamer,
  how: sink,
  typed,
  path,
  publish: (what) => gstreamer.publishFile({ sink, input: INPUT, url: urlOf(what) }),
})

const byObs = (server: string, key: string, path: string, query?: Publisher['query']): Publisher => ({
  client: obs,
  how: `server …/${server}, key ${key}`,
  typed: '',
  path,
  ...(query === undefined ? {} : { query }),
  publish: (what) =>
    obs.publish({ server: `${what.server}/${server}`, key, home: what.stage.scratch.file('.'), seconds: 10 }),
})

const byRtmp = (typed: string, path: string, query?: Publisher['query']): Publisher => ({
  client: rtmpCommand,
  how: 'URL',
  typed,
  path,
  ...(query === undefined ? {} : { query }),
  publish: (what) => rtmpCommand.run(['publish', INPUT, urlOf(what)]),
})

const byVlc = (typed: string, path: string): Publisher => ({
  client: vlc,
  how: 'URL',
  typed,
  path,
  publish: (what) => vlc.publish({ input: INPUT, url: urlOf(what), home: what.stage.scratch.file('.') }),
})

const PUBLISHERS: readonly Publisher[] = [
  byFfmpeg('a/b/c', 'a/b/c'),
  byFfmpeg('a/b/c/d', 'a/b/c/d'),
  byFfmpeg('single', 'single'), // app `single`, empty name
  byFfmpeg('live2?backup=1/key', 'live2/key', { backup: '1' }),
  byFfmpeg('live/key?sign=a/b&x=1', 'live/key', { sign: 'a/b', x: '1' }), // app `live/key?sign=a`, name `b&x=1`
  byGstreamer('rtmp2sink', 'a/b/c', 'a/b/c'),
  byGstreamer('rtmpsink', 'a/b/c', 'a/b/c'),
  byObs('a/b', 'c', 'a/b/c'),
  byObs('a', 'b/c?token=x%2Fy', 'a/b/c', { token: 'x/y' }), // sends `token=x/y`
  byVlc('a/b/c', 'a/b/c'),
  byRtmp('a/b/c', 'a/b/c'),
  byRtmp('single', 'single'),
  byRtmp('live2?backup=1/key', 'live2/key', { backup: '1' }),
]

/** Notes what hooks see. */
const noting = () => {
  const seen: (PublishContext | PlayContext)[] = []
  const note = (context: PublishContext | PlayContext): void => void seen.push(context)
  return { seen, handler: { publish: note, play: note } satisfies ServerHandler }
}

const cutsOf = (path: string): [app: string, name: string][] => {
  const segments = path.split('/')
  return Array.from({ length: segments.length + 1 }, (_, at) => [
    segments.slice(0, at).join('/'),
    segments.slice(at).join('/'),
  ])
}

/** Players that cut a path in every way, until each has been sent pictures. */
const playedInEveryCut = (context: TestContext, port: number, path: string) => {
  const players = cutsOf(path).map(([app, name]) => new LightPlayer(port, app, name))
  context.onTestFinished(async () => {
    await Promise.all(players.map((player) => player.close()))
  })
  return async (): Promise<void> => {
    await Promise.all(players.map(({ playing }) => playing))
    const hasPictures = ({ media }: LightPlayer): boolean => media.some(({ typeId }) => typeId === 9)
    for (const end = performance.now() + 20_000; !players.every(hasPictures); await setTimeout(20))
      if (performance.now() > end) break
    expect(players.map(hasPictures)).toEqual(players.map(() => true))
  }
}

for (const { client, how, typed, path, query, publish } of PUBLISHERS) {
  describeWith([client], `${client.name}, ${how}${typed === '' ? '' : ` ${typed}`}`, () => {
    test(`publishes ${path}, found in every cut`, async (context) => {
      const { seen, handler } = noting()
      const stage = await Stage.open(context, { handler })
      const { port } = stage.server
      const arrived = playedInEveryCut(context, port, path)
      const server = `rtmp://${LOOPBACK}:${port}`
      stage.keep(await publish({ stage, server, path: typed }))
      await arrived()
      const published = seen.find((one): one is PublishContext => 'publishType' in one)
      const slash = path.lastIndexOf('/')
      expect(published).toMatchObject({
        path,
        app: path.slice(0, Math.max(0, slash)),
        streamName: path.slice(slash + 1),
        ...(query === undefined ? {} : { query }),
      })
      expect(new Set(seen.map((one) => one.path))).toEqual(new Set([path]))
    })
  })
}

type Play = (what: Publishing) => RunningProgram | Promise<RunningProgram>

const players: readonly (readonly [client: RealClient, play: Play])[] = [
  [ffmpeg, (what) => ffmpeg.play({ url: urlOf(what), output: what.stage.scratch.file('out.flv') })],
  [
    gstreamer,
    (what) =>
      gstreamer.record({ source: 'rtmp2src', url: urlOf(what), output: what.stage.scratch.file('out.flv') }),
  ],
  [rtmpdump, (what) => rtmpdump.record({ url: urlOf(what), output: what.stage.scratch.file('out.flv') })],
  [curl, (what) => curl.record({ url: urlOf(what), output: what.stage.scratch.file('out.flv') })],
  [mpv, (what) => mpv.play({ url: urlOf(what), seconds: 2 })],
  [
    vlc,
    (what) =>
      vlc.play({
        url: urlOf(what),
        home: what.stage.scratch.file('.'),
        output: what.stage.scratch.file('out.flv'),
        seconds: 2,
      }),
  ],
  [rtmpCommand, (what) => rtmpCommand.run(['play', urlOf(what), '-o', what.stage.scratch.file('out.flv')])],
]

for (const [client, play] of players) {
  describeWith([client, ffmpeg], `${client.name} as a player`, () => {
    test('finds a/b/c, whoever published it in another cut', async (context) => {
      const { seen, handler } = noting()
      const stage = await Stage.open(context, { handler })
      const { port } = stage.server
      const server = `rtmp://${LOOPBACK}:${port}`
      stage.keep(await play({ stage, server, path: 'a/b/c' }))
      await stage.server.untilPlayers(1)
      // The publisher's app is `a`, its stream name `b/c`.
      const cut = ['-rtmp_app', 'a', '-rtmp_playpath', 'b/c', `${server}/a/b/c`]
      stage.keep(
        ffmpeg.run(['-re', '-stream_loop', '-1', '-i', INPUT, '-c', 'copy', '-f', 'flv', ...cut], 25_000),
      )
      const arrived = playedInEveryCut(context, port, 'a/b/c')
      await arrived()
      expect(new Set(seen.map((one) => one.path))).toEqual(new Set(['a/b/c']))
      expect(seen.find((one) => 'publishType' in one)?.sent).toEqual({ app: 'a', streamName: 'b/c' })
    })
  })
}

import { expect, test, type TestContext } from 'vitest'

import type { RunningProgram } from '../src/running-program.ts'
import { ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { redisServer, type RunningRedis } from '../src/clients/redis-server.ts'
import { compareFromJoin } from '../src/comparison.ts'
import { mediaFile } from '../src/media.ts'
import { type Packet, readTracks } from '../src/packets.ts'
import { Scratch } from '../src/scratch.ts'
import { describeWith } from './support/describe-with.ts'
import { readByFfmpeg } from './support/read-hls.ts'
import { ServerNode } from './support/server-node.ts'
import { bestFfmpeg } from './support/stage.ts'

const INPUT = mediaFile('h264-aac.flv')
const PATH = 'live/show'
const LIMIT_MS = 150_000

/** What the list of streams says. */
interface Streams {
  readonly streams: readonly {
    readonly path: string
    readonly players: number
    readonly publisher?: { readonly videoMessages: number }
  }[]
}

/** Three nodes with two workers each, and their Redis. */
class Cluster {
  readonly redis: RunningRedis
  readonly nodes: readonly [ServerNode, ServerNode, ServerNode]
  readonly #scratch: Scratch
  readonly #programs: RunningProgram[] = []

  private constructor(redis: RunningRedis, nodes: readonly ServerNode[], scratch: Scratch) {
    this.redis = redis
    this.nodes = nodes as [ServerNode, ServerNode, ServerNode]
    this.#scratch = scratch
  }

  static async open({ onTestFinished }: TestContext): Promise<Cluster> {
    const redis = await redisServer.serve(LIMIT_MS)
    onTestFinished(async () => void (await redis.program.kill()))
    const nodes: ServerNode[] = []
    for (const name of ['a', 'b', 'c']) {
      const node = await ServerNode.start(name, redis.url)
      onTestFinished(async () => node.kill())
      nodes.push(node)
    }
    const cluster = new Cluster(redis, nodes, await Scratch.make())
    onTestFinished(async () => cluster.#close())
    return cluster
  }

  /** FFmpeg plays from a node into a file. */
  async play(
    node: ServerNode,
    name: string,
  ): Promise<{ readonly file: string; readonly ended: Promise<unknown> }> {
    const file = this.#scratch.file(name)
    const { players } = await node.ask<{ readonly players: number }>('server')
    const program = bestFfmpeg.play({ url: node.url(PATH), output: file, limitMs: LIMIT_MS })
    this.#programs.push(program)
    await node.until<{ readonly players: number }>('server', 'the player', (said) => said.players > players)
    return { file, ended: program.ended }
  }

  publish(node: ServerNode, loop = false): RunningProgram {
    const program = bestFfmpeg.publish({ input: INPUT, url: node.url(PATH), loop, limitMs: LIMIT_MS })
    this.#programs.push(program)
    return program
  }

  async #close(): Promise<void> {
    for (const program of this.#programs) await program.kill()
    await this.#scratch.remove()
  }
}

/** Waits until a node says that a publisher has sent so many pictures. */
const sent = async (node: ServerNode, pictures: number): Promise<void> =>
  node.until<Streams>('streams', `${pictures} pictures`, ({ streams }) =>
    streams.some(({ path, publisher }) => path === PATH && (publisher?.videoMessages ?? 0) >= pictures),
  )

const isInOrder = (packets: readonly Packet[]): boolean =>
  packets.every(({ dts }, i) => i === 0 || dts >= (packets[i - 1]?.dts ?? 0))

/** A recording whose every track has one timeline. */
const expectOneTimeline = async (file: string): Promise<readonly Packet[]> => {
  const tracks = await readTracks(file)
  for (const { packets } of tracks) expect(isInOrder(packets)).toBe(true)
  return tracks.find(({ kind }) => kind === 'video')?.packets ?? []
}

describeWith([bestFfmpeg, ffmpeg, newerFfmpeg, redisServer], 'three nodes with two workers each', () => {
  test.sequential(
    'what FFmpeg publishes at one is played unchanged from all',
    async (context) => {
      const cluster = await Cluster.open(context)
      const [a, b, c] = cluster.nodes
      const players = [
        await cluster.play(a, 'a.flv'),
        await cluster.play(b, 'b1.flv'),
        await cluster.play(b, 'b2.flv'),
        await cluster.play(c, 'c.flv'),
      ]
      expect(await cluster.publish(a).ended).toMatchObject({ status: 0, stderr: '' })
      for (const { file, ended } of players) {
        expect(await ended).toMatchObject({ status: 0 })
        const { problems, tracks } = compareFromJoin(await readTracks(INPUT), await readTracks(file))
        expect(problems).toEqual([])
        // A node begins to fetch when it hears of the claim: on a busy machine that is a group of pictures later.
        expect(tracks.find(({ kind }) => kind === 'video')).toMatchObject({ joinedAtKey: true })
      }
    },
    LIMIT_MS,
  )

  test.sequential(
    'what FFmpeg publishes at one is read as HLS from all, whichever worker a request comes to',
    async (context) => {
      const cluster = await Cluster.open(context)
      const [a, b, c] = cluster.nodes
      const publisher = cluster.publish(a)
      await Promise.all([sent(b, 5), sent(c, 5)])
      const readers = [ffmpeg, newerFfmpeg].flatMap((reader) =>
        [a, b, c].map((node) => readByFfmpeg(reader, node.web(`${PATH}.m3u8`))),
      )
      const source = await readTracks(INPUT)
      for (const tracks of await Promise.all(readers)) {
        const { problems, tracks: joined } = compareFromJoin(source, tracks)
        expect(problems).toEqual([])
        expect(joined.find(({ kind }) => kind === 'video')).toMatchObject({ joinedAtKey: true })
      }
      expect(await publisher.ended).toMatchObject({ status: 0, stderr: '' })
    },
    LIMIT_MS,
  )

  test.sequential(
    'the owner is killed: the publisher comes back elsewhere, and players go on with one timeline',
    async (context) => {
      const cluster = await Cluster.open(context)
      const [a, b, c] = cluster.nodes
      cluster.publish(a, true)
      await sent(c, 30)
      const player = await cluster.play(c, 'c.flv')
      await sent(c, 60)
      await a.kill()
      const killedAt = performance.now()
      const second = cluster.publish(b, true)
      await sent(b, 60)
      console.log(`owner killed: 60 pictures elsewhere after ${Math.round(performance.now() - killedAt)} ms`)
      await second.stop()
      await player.ended
      const packets = await expectOneTimeline(player.file)
      // Its own join, and the publisher's start after the first one was killed.
      expect(packets.length).toBeGreaterThanOrEqual(60)
    },
    LIMIT_MS,
  )

  test.sequential(
    'Redis is away for ten seconds: whoever publishes and plays goes on, and it all works afterwards',
    async (context) => {
      const cluster = await Cluster.open(context)
      const [a, b, c] = cluster.nodes
      const publisher = cluster.publish(a, true)
      await sent(c, 30)
      const player = await cluster.play(b, 'b.flv')
      process.kill(cluster.redis.program.pid ?? 0, 'SIGSTOP')
      await new Promise((resolve) => setTimeout(resolve, 10_000))
      process.kill(cluster.redis.program.pid ?? 0, 'SIGCONT')
      const late = await cluster.play(c, 'c.flv')
      await sent(b, 450)
      await publisher.stop()
      await player.ended
      await late.ended
      const packets = await expectOneTimeline(player.file)
      const gaps = packets.map(({ dts }, i) => dts - (packets[i - 1]?.dts ?? dts))
      expect(Math.max(...gaps)).toBeLessThan(200)
      expect((await expectOneTimeline(late.file)).length).toBeGreaterThan(0)
    },
    LIMIT_MS,
  )

  test.sequential(
    'an owner that stops and wakes after its lease has lost its stream',
    async (context) => {
      const cluster = await Cluster.open(context)
      const [a, b, c] = cluster.nodes
      const first = cluster.publish(a, true)
      await sent(c, 30)
      const player = await cluster.play(c, 'c.flv')
      a.signal('SIGSTOP')
      const second = cluster.publish(b, true)
      await b.until<Streams>('streams', 'the second publisher', ({ streams }) =>
        streams.some(({ publisher }) => (publisher?.videoMessages ?? 0) >= 30),
      )
      a.signal('SIGCONT')
      // FFmpeg is told that another has taken over.
      await first.ended
      await a.until<{ readonly publishers: number }>(
        'server',
        'one publisher',
        (said) => said.publishers === 1,
      )
      await second.stop()
      await player.ended
      expect((await expectOneTimeline(player.file)).length).toBeGreaterThanOrEqual(30)
    },
    LIMIT_MS,
  )
})

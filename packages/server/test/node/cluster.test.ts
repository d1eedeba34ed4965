import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Directory, type DirectoryChange, MemoryDirectory, MemoryStore } from '@rtmp/cluster'
import { CapsEx } from '@rtmp/e-rtmp'
import { describe as group, expect, onTestFinished, test } from 'vitest'
import { audioFrame, interFrame, keyFrame, videoHeader } from '../../../live/test/arrange.ts'
import type { ClusterOptions } from '../../src/contract/cluster-options.ts'
import { createServer, type RtmpServer, type ServerOptions } from '../../src/index.ts'
import { giveSeat } from '../../src/node/worker-seat.ts'
import { eventually, nextEvent, startServer } from './arrange.ts'
import { LightClient } from './light-client.ts'

type Started = Awaited<ReturnType<typeof startServer>>

const SECRET = 'a secret of the nodes of this test'

/** A store whose leases end by themselves. */
const storeOf = (lease = 3000): MemoryStore => {
  const store = new MemoryStore({ now: Date.now, lease })
  const timer = setInterval(() => store.handleTimeout(), 20)
  onTestFinished(() => clearInterval(timer))
  return store
}

const nodeOf = (
  store: MemoryStore,
  node: string,
  more: Partial<ClusterOptions> = {},
  options: ServerOptions = {},
): Promise<Started> =>
  startServer({
    ...options,
    cluster: {
      directory: new MemoryDirectory(store),
      node,
      host: '127.0.0.1',
      port: 0,
      bind: '127.0.0.1',
      secret: SECRET,
      lingerMs: 100,
      ...more,
    },
  })

const publishOn = async (
  started: Started,
  at = 0,
  properties: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly client: LightClient; readonly id: number }> => {
  const client = await started.client().open('live', properties)
  const id = await client.publish('key')
  client.send(id, 9, at, videoHeader(0))
  client.send(id, 9, at, keyFrame(1))
  client.send(id, 8, at + 10, audioFrame(2))
  client.send(id, 9, at + 40, interFrame(3))
  return { client, id }
}

const playOn = async (started: Started): Promise<LightClient> => {
  const client = await started.client().open()
  await client.play('key')
  return client
}

const received = ({ media }: LightClient): string[] =>
  media.map(
    ({ typeId, timestamp, payload }) => `${typeId}@${timestamp} ${Buffer.from(payload).toString('hex')}`,
  )

const times = ({ media }: LightClient): number[] => media.map(({ timestamp }) => timestamp)

/** Connections of other nodes. */
const nodesAt = (server: RtmpServer): number =>
  server.connectionStats().filter(({ node }) => node !== undefined).length

group('three nodes', () => {
  test('play what is published at one of them, each fetched once', async () => {
    const store = storeOf()
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map(async (name) => nodeOf(store, name)))
    if (a === undefined || b === undefined || c === undefined) throw new Error('no nodes')
    const early = await playOn(c)
    await publishOn(a)
    const players = [early, await playOn(a), await playOn(b), await playOn(b), await playOn(c)]
    for (const player of players) await player.until('the group', () => player.media.length === 4)
    for (const player of players) expect(received(player)).toEqual(received(players[1] as LightClient))
    expect(nodesAt(a.server)).toBe(2)
    expect(nodesAt(b.server) + nodesAt(c.server)).toBe(0)
    expect(a.server.stats()).toMatchObject({ players: 1, publishers: 1, connections: { open: 2 } })
    expect(b.server.stats()).toMatchObject({ players: 2, publishers: 0 })
    await players[2]?.end()
    await players[3]?.end()
    await eventually('the node with no players has left', () => nodesAt(a.server) === 1)
    expect(b.server.streams).toEqual([])
  })

  test('refuse a second publisher anywhere', async () => {
    const store = storeOf(600)
    const a = await nodeOf(store, 'a')
    const b = await nodeOf(store, 'b')
    await publishOn(a)
    const second = await b.client().open()
    await second.publish('key')
    expect(second.codes).toContain('NetStream.Publish.BadName')
    expect(a.server.stats().publishers).toBe(1)
  })

  test('move players to the node where the stream is published anew', async () => {
    const store = storeOf()
    const replace = { streams: { secondPublisher: 'replace' } } as const
    const a = await nodeOf(store, 'a', {}, replace)
    const b = await nodeOf(store, 'b', {}, replace)
    const c = await nodeOf(store, 'c', {}, replace)
    const first = await publishOn(a)
    const players = [await playOn(a), await playOn(b), await playOn(c)]
    for (const player of players) await player.until('the group', () => player.media.length === 4)
    const replaced = nextEvent(a.server, 'publishEnded')
    await publishOn(b, 5000)
    expect((await replaced).reason).toBe('replaced')
    await first.client.until('the end', () => first.client.closed)
    for (const player of players) {
      await player.until('the second group', () => player.media.length === 8)
      expect(times(player)).toEqual(times(player).toSorted((x, y) => x - y))
    }
    await eventually('all come from the new owner', () => nodesAt(b.server) === 2)
    expect(nodesAt(a.server)).toBe(0)
  })

  test('hold each other to no limit on clients: who was let in at one gets what is at another', async () => {
    const store = storeOf()
    // The publisher, and the one player there may be: at their own node they are all that it takes.
    const limits = { connections: 1, connectionsPerApp: 1, playersPerStream: 1 }
    const a = await nodeOf(store, 'a', {}, { limits })
    const b = await nodeOf(store, 'b', {}, { limits })
    const c = await nodeOf(store, 'c', {}, { limits: { playersPerStream: 1 } })
    await publishOn(a)
    const players = [await playOn(b), await playOn(c)]
    for (const player of players) await player.until('the group', () => player.media.length === 4)
    expect(nodesAt(a.server)).toBe(2)
    expect(a.server.stats().connections).toMatchObject({ open: 1, total: 1, refused: 0, turnedAway: 0 })
    // At the limit, and one beyond: those who are clients are held to it.
    const beyond = await playOn(c)
    expect(beyond.codes).toContain('NetStream.Play.Failed')
    const late = a.client()
    await late.until('the end', () => late.closed)
    expect(a.server.stats().connections).toMatchObject({ open: 1, turnedAway: 1 })
  })

  test('send what is there to players of others while they are emptied', async () => {
    const store = storeOf()
    const a = await nodeOf(store, 'a')
    const b = await nodeOf(store, 'b')
    const { client } = await publishOn(a, 0, { capsEx: CapsEx.reconnect })
    const drained = a.server.drain({ deadlineMs: 120_000 })
    // Whoever publishes goes on until another place is found.
    await client.event('reconnectRequested')
    const player = await playOn(b)
    await player.until('the group', () => player.media.length === 4)
    client.kill()
    await drained
  })

  test('ask nobody but clients to reconnect when a stream is drained', async () => {
    const store = storeOf()
    const a = await nodeOf(store, 'a')
    const b = await nodeOf(store, 'b')
    const { client } = await publishOn(a, 0, { capsEx: CapsEx.reconnect })
    const player = await playOn(b)
    await player.until('the group', () => player.media.length === 4)
    const drain = a.server.drainStream('live', 'key', { deadlineMs: 120_000 })
    await client.event('reconnectRequested')
    expect(drain?.asked.size).toBe(1)
    expect(nodesAt(a.server)).toBe(1)
  })

  test('end players everywhere with the stream', async () => {
    const store = storeOf()
    const a = await nodeOf(store, 'a')
    const b = await nodeOf(store, 'b')
    const { client, id } = await publishOn(a)
    const player = await playOn(b)
    await player.until('the group', () => player.media.length === 4)
    const ended = nextEvent(b.server, 'streamEnded')
    client.session.deleteStream(id)
    client.settle()
    await ended
    await eventually('nothing is left', () => b.server.streams.length + a.server.streams.length === 0)
  })

  test('keep players for the grace period of a lost publisher that comes back elsewhere', async () => {
    const store = storeOf()
    const a = await nodeOf(store, 'a')
    const b = await nodeOf(store, 'b')
    const first = await publishOn(a)
    const players = [await playOn(a), await playOn(b)]
    for (const player of players) await player.until('the group', () => player.media.length === 4)
    const lost = nextEvent(a.server, 'publisherLost')
    first.client.socket.destroy()
    await lost
    await publishOn(b, 700)
    for (const player of players) {
      await player.until('the second group', () => player.media.length === 8)
      expect(times(player)).toEqual(times(player).toSorted((x, y) => x - y))
    }
    await eventually('the first owner fetches it', () => nodesAt(b.server) === 1)
  })

  test('say what the cluster has from any of them', async () => {
    const changes: DirectoryChange[] = []
    const store = storeOf()
    store.watch((change) => changes.push(change))
    const http = { http: { port: 0, host: '127.0.0.1', token: 'let-me' } } as const
    const a = await nodeOf(store, 'a', {}, http)
    const b = await nodeOf(store, 'b', {}, http)
    await publishOn(a)
    const player = await playOn(b)
    await player.until('the group', () => player.media.length === 4)
    const ask = async (
      path: string,
      init: { readonly method?: string; readonly body?: string } = {},
    ): Promise<unknown> => {
      const url = `http://127.0.0.1:${b.server.address('http')?.port}/_/api/${path}`
      const response = await fetch(url, {
        ...init,
        headers: { authorization: 'Bearer let-me', 'content-type': 'application/json' },
      })
      return response.json()
    }
    expect(await ask('server')).toMatchObject({ publishers: 1, players: 1, streams: 1 })
    expect(await ask('streams')).toMatchObject({
      streams: [{ path: 'live/key', players: 1, publisher: { videoMessages: 3 } }],
    })
    expect(await ask('nodes')).toMatchObject({ nodes: [{ name: 'b', isThis: true }, { name: 'a' }] })
    const { connections } = (await ask('connections')) as {
      connections: { id: number; publishes: unknown[] }[]
    }
    expect(connections).toHaveLength(2)
    const publisher = connections.find(({ publishes }) => publishes.length > 0)
    const ended = nextEvent(a.server, 'publishEnded')
    expect(await ask(`connections/${publisher?.id}`, { method: 'DELETE' })).toEqual({ ended: true })
    expect((await ended).reason).toBe('kicked')
    const body = JSON.stringify({ stream: 'live/key' })
    const ban = (await ask('bans', { method: 'POST', body })) as { id: number }
    expect(a.server.bans.list()).toMatchObject([{ id: ban.id, stream: 'live/key' }])
    expect(await ask(`bans/${ban.id}`, { method: 'DELETE' })).toEqual({ removed: true })
    expect(a.server.bans.list()).toEqual([])
  })

  test('ban who is banned already where a node joins later, and whose body says no length', async () => {
    const store = storeOf()
    const http = { http: { port: 0, host: '127.0.0.1', token: 'let-me' } } as const
    const a = await nodeOf(store, 'a', {}, http)
    const b = await nodeOf(store, 'b', {}, http)
    const ban = async (body: string): Promise<void> => {
      const headers = { authorization: 'Bearer let-me', 'content-type': 'application/json' }
      const port = a.server.address('http')?.port
      // A stream is sent in chunks.
      const stream = new Blob([body]).stream()
      const init = { method: 'POST', headers, body: stream, duplex: 'half' } as const
      const response = await fetch(`http://127.0.0.1:${port}/_/api/bans`, init)
      expect(response.status).toBe(201)
    }
    await ban('{"address":"192.0.2.7","seconds":100,"reason":"noise"}')
    await ban('{"stream":"live/*","actions":["publish"]}')
    const shownAt = ({ server }: Started) =>
      server.bans.list().map((one) => ({ ...one, secondsLeft: one.secondsLeft !== undefined }))
    const shown = shownAt(a)
    expect(shown).toHaveLength(2)
    const c = await nodeOf(store, 'c')
    expect([shownAt(b), shownAt(c)]).toEqual([shown, shown])
  })
})

group('a worker of several on one of several machines', () => {
  test('keeps no stream for the others that it has left before it had it', async () => {
    const store = storeOf()
    const a = await nodeOf(store, 'a')
    await publishOn(a)
    // The directory of the machine's workers, which answers when the test wants it to.
    const workers = storeOf()
    const inner = new MemoryDirectory(workers)
    let answer: () => void = () => {}
    const answered = new Promise<void>((resolve) => (answer = resolve))
    const asked: string[] = []
    const directory: Directory = {
      lease: inner.lease,
      claim: async (path, owner, how) => {
        asked.push(path)
        await answered
        return inner.claim(path, owner, how)
      },
      renew: async (claim) => inner.renew(claim),
      release: async (claim) => inner.release(claim),
      resolve: async (path) => inner.resolve(path),
      watch: (listener) => inner.watch(listener),
      close: async () => inner.close(),
    }
    const folder = await mkdtemp(join(tmpdir(), 'rtmp-worker-'))
    onTestFinished(async () => rm(folder, { recursive: true, force: true }))
    const options: ServerOptions = {
      rtmp: { port: 0, host: '127.0.0.1' },
      cluster: {
        directory: new MemoryDirectory(store),
        node: 'b',
        host: '127.0.0.1',
        port: 0,
        bind: '127.0.0.1',
        secret: SECRET,
        lingerMs: 10,
      },
    }
    giveSeat(options, {
      place: { index: 0, folder, machine: 'b', directory },
      counts: { of: () => 0, changed: () => {} },
      sharing: undefined,
      isReplaced: false,
      closed: () => {},
    })
    const server = createServer(options)
    await server.listen()
    onTestFinished(async () => server.close({ drainMs: 0 }))
    const player = new LightClient(server.address()?.port ?? 0)
    await player.open()
    const playing = player.play('key')
    await eventually('the stream is asked for', () => asked.length > 0)
    player.socket.destroy()
    await playing.catch(() => {})
    // The stream is over here when nobody wants it any more.
    await eventually('it was left', () => server.streams.length === 0 && server.connections.size === 0)
    // Nothing tells that the time for which it lingers is over, which is set by now.
    await setTimeout(200)
    const claimed = new Promise<void>((resolve) => {
      workers.watch((change) => change.kind === 'claimed' && resolve())
    })
    answer()
    await claimed
    await eventually('nobody is said to have it', () => workers.resolve('live/key') === undefined)
  })
})

import { type DirectoryChange, MemoryDirectory, MemoryStore } from '@rtmp/cluster'
import { CapsEx } from '@rtmp/e-rtmp'
import { describe as group, expect, onTestFinished, test } from 'vitest'
import { audioFrame, interFrame, keyFrame, videoHeader } from '../../../live/test/arrange.ts'
import type { ClusterOptions } from '../../src/contract/cluster-options.ts'
import type { RtmpServer, ServerOptions } from '../../src/index.ts'
import { eventually, nextEvent, startServer } from './arrange.ts'
import type { LightClient } from './light-client.ts'

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
})

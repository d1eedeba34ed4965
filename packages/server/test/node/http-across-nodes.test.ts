import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { Agent, type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryDirectory, MemoryStore } from '@rtmp/cluster'
import { decodeFlv } from '@rtmp/flv'
import { readRepoFile } from '@rtmp/testkit'
import { describe as group, expect, onTestFinished, test } from 'vitest'
import type { PlayContext, ServerOptions } from '../../src/index.ts'
import { eventually, nextEvent, startServer } from './arrange.ts'

type Node = Awaited<ReturnType<typeof nodeOf>>

/** Where the nodes of one test find each other. Leases end by themselves. */
const storeOf = (): MemoryStore => {
  const store = new MemoryStore({ now: Date.now, lease: 3000 })
  const timer = setInterval(() => store.handleTimeout(), 20)
  onTestFinished(() => clearInterval(timer))
  return store
}

/** A node with a disk of its own. */
const nodeOf = async (store: MemoryStore, name: string, options: ServerOptions = {}) => {
  const folder = await mkdtemp(join(tmpdir(), `rtmp-node-${name}-`))
  onTestFinished(async () => rm(folder, { recursive: true, force: true }))
  const started = await startServer({
    http: {
      port: 0,
      host: '127.0.0.1',
      token: 't0ken',
      hls: { segmentMs: 1000, windowMs: 60_000, lingerMs: 0, viewerIdleMs: 60_000 },
    },
    recordings: [{ file: `${folder}/{path}.{ext}`, on: 'request' }],
    streams: { secondPublisher: 'replace' },
    ...options,
    cluster: {
      directory: new MemoryDirectory(store),
      node: name,
      host: '127.0.0.1',
      port: 0,
      bind: '127.0.0.1',
      secret: 'a secret of the nodes of this test',
      lingerMs: 100,
    },
  })
  const origin = `http://127.0.0.1:${started.server.address('http')?.port ?? 0}`
  const get = async (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(new URL(path, origin), init)
  const ask = async (path: string, method = 'GET', body?: unknown): Promise<unknown> => {
    const headers = { authorization: 'Bearer t0ken', 'content-type': 'application/json' }
    const response = await get(`/_/api/${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return response.json()
  }
  return { ...started, name, folder, get, ask }
}

const nodesOf = async (options: ServerOptions = {}): Promise<readonly [Node, Node, Node]> => {
  const store = storeOf()
  return [
    await nodeOf(store, 'a', options),
    await nodeOf(store, 'b', options),
    await nodeOf(store, 'c', options),
  ]
}

/** Sends a sample as fast as it can, and again whenever it is asked to. */
const publish = async (node: Node) => {
  const client = await node.client().open('live')
  const id = await client.publish('show')
  const tags = decodeFlv(await readRepoFile('media/h264-aac-nobframes.flv')).filter(
    ({ typeId }) => typeId !== 18,
  )
  let offset = 0
  const send = (): void => {
    for (const { typeId, timestamp, payload } of tags)
      client.send(id, typeId as 8 | 9, timestamp + offset, payload)
    offset += 4000
  }
  send()
  return { client, send }
}

/** Asks, the publisher sending on. */
const whileSending = async (send: () => void, asked: Promise<Response>): Promise<Response> => {
  const sending = setInterval(send, 20)
  try {
    return await asked
  } finally {
    clearInterval(sending)
  }
}

const viewersAt = ({ server }: Node): number =>
  server.connectionStats().filter(({ protocol }) => protocol === 'hls').length

const urisIn = (text: string): string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

group('HLS of a stream of another node', () => {
  test('is cut by the owner, whose viewer somebody is at whatever node he asks', async () => {
    const plays: string[] = []
    const handler = (name: string): ServerOptions => ({
      handler: {
        play: ({ path, connection }: PlayContext) => {
          plays.push(`${path} at ${name} by ${connection.protocol} from ${connection.remoteAddress}`)
        },
      },
    })
    const store = storeOf()
    const a = await nodeOf(store, 'a', handler('a'))
    const b = await nodeOf(store, 'b', handler('b'))
    const c = await nodeOf(store, 'c', handler('c'))
    const { send } = await publish(a)
    const response = await whileSending(send, b.get('/live/show.m3u8'))
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/vnd.apple.mpegurl')
    expect(response.headers.getSetCookie()).toHaveLength(1)
    const [media = ''] = urisIn(await response.text())
    const texts = []
    for (const node of [a, b, c]) {
      const playlist = await node.get(media)
      expect(playlist.status).toBe(200)
      expect(playlist.headers.get('access-control-allow-origin')).toBe('*')
      texts.push(await playlist.text())
    }
    expect(new Set(texts.map((text) => urisIn(text)[0])).size).toBe(1)
    const segment = media.replace(/[^/]*$/, urisIn(texts[0] ?? '')[0] ?? '')
    const bytes = []
    for (const node of [a, b, c]) bytes.push(Buffer.from(await (await node.get(segment)).arrayBuffer()))
    expect(bytes[0]?.length).toBeGreaterThan(1000)
    for (const other of bytes) expect(other.equals(bytes[0] ?? Buffer.alloc(0))).toBe(true)
    const head = await c.get(segment, { method: 'HEAD' })
    expect(head.headers.get('content-length')).toBe(String(bytes[0]?.length))
    // One viewer, at the owner, with the address that he has; nothing was fetched by the others.
    expect(plays).toEqual(['live/show at a by hls from 127.0.0.1'])
    expect(viewersAt(a)).toBe(1)
    expect([viewersAt(b), viewersAt(c), b.server.streams.length, c.server.streams.length]).toEqual([
      0, 0, 0, 0,
    ])
    // The cookie of one node holds at all of them.
    const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    expect(cookie).toMatch(/^rtmp-hls=[0-9a-f]{32}-[0-9a-f]{8}$/)
    expect((await c.get('/live/show.m3u8', { headers: { cookie } })).status).toBe(200)
    expect(viewersAt(a)).toBe(1)
  })

  test('is counted where its viewer is, and not where he asks', async () => {
    const store = storeOf()
    const a = await nodeOf(store, 'a', { limits: { httpRequestsPerSecondPerAddress: 100 } })
    const strict = await nodeOf(store, 'b', { limits: { httpRequestsPerSecondPerAddress: 5 } })
    const open = await nodeOf(store, 'c', { limits: { httpRequestsPerSecondPerAddress: 0 } })
    const { send } = await publish(a)
    const response = await whileSending(send, strict.get('/live/show.m3u8'))
    const [media = ''] = urisIn(await response.text())
    // What b allows an address that has no client there, several times over.
    for (let i = 0; i < 50; i++) expect((await strict.get(media)).status).toBe(200)
    // However slow the machine is, so many come within the time in which they may.
    a.server.setLimits({ httpRequestsPerSecondPerAddress: 1 })
    for (let statuses: number[] = []; !statuses.includes(429); )
      statuses = await Promise.all(Array.from({ length: 400 }, async () => (await open.get(media)).status))
    expect(a.server.stats().http.refusedRequests).toBeGreaterThan(0)
    expect(strict.server.stats().http.refusedRequests).toBe(0)
  })

  test('goes on when the publisher goes to another node', async () => {
    const [a, b, c] = await nodesOf()
    const first = await publish(a)
    const response = await whileSending(first.send, c.get('/live/show.m3u8'))
    const [media = ''] = urisIn(await response.text())
    const returned = nextEvent(a.server, 'publisherReturned')
    const second = await publish(b)
    await returned
    const before = urisIn(await (await c.get(media)).text()).length
    // What is published at b is in the playlist of whoever came in at a.
    const sequence = /#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(await (await c.get(media)).text())?.[1] ?? '0'
    const next = await whileSending(second.send, c.get(`${media}?_HLS_msn=${Number(sequence) + before + 2}`))
    expect(next.status).toBe(200)
    expect(urisIn(await next.text()).length).toBeGreaterThan(before)
  })

  test('is said to be out of reach when its owner is, and nothing is there of viewers whose node is gone', async () => {
    const store = storeOf()
    const a = await nodeOf(store, 'a')
    const b = await nodeOf(store, 'b')
    const { send, client } = await publish(a)
    const response = await whileSending(send, b.get('/live/show.m3u8'))
    const [media = ''] = urisIn(await response.text())
    client.socket.destroy()
    await a.server.close({ drainMs: 0 })
    await eventually('b has heard of it', () => b.server.streams.length === 0)
    const gone = await b.get(media)
    expect(gone.status).toBe(404)
    expect(await gone.json()).toEqual({ error: 'there is no such viewer; ask for the stream again.' })
    expect((await b.get('/live/show.m3u8')).status).toBe(404)
  })

  test('gives way when the viewer goes', async () => {
    const [a, b] = await nodesOf()
    const { send } = await publish(a)
    const response = await whileSending(send, b.get('/live/show.m3u8'))
    const [media = ''] = urisIn(await response.text())
    const text = await (await b.get(media)).text()
    const sequence = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1] ?? 0)
    const leaving = new AbortController()
    // A reload that nothing will answer.
    const waiting = b.get(`${media}?_HLS_msn=${sequence + urisIn(text).length}`, { signal: leaving.signal })
    leaving.abort()
    await expect(waiting).rejects.toThrow('aborted')
    expect((await b.get(media)).status).toBe(200)
  })
})

test('nobody has any number of requests passed on that are refused there', async () => {
  const store = storeOf()
  const limits = { httpRequestsPerSecondPerAddress: 5 }
  await nodeOf(store, 'a', { limits })
  const b = await nodeOf(store, 'b', { limits })
  const { nodes } = (await b.ask('nodes')) as { nodes: { id: string; name: string }[] }
  const tag = nodes
    .find(({ name }) => name === 'a')
    ?.id.split('-')
    .at(-1)
  // What a socket costs is not asked for each.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const port = b.server.address('http')?.port ?? 0
  const ask = async (): Promise<number | undefined> => {
    const asked = request({ agent, host: '127.0.0.1', port, path: `/_/hls/${'0'.repeat(32)}-${tag}/v0.m3u8` })
    const [answer] = (await once(asked.end(), 'response')) as [IncomingMessage]
    answer.resume()
    await once(answer, 'end')
    return answer.statusCode
  }
  for (let refused = 0; refused < 60; ) if ((await ask()) === 429) refused += 1
  // Those that b has not passed on.
  expect(b.server.stats().http.refusedRequests).toBeGreaterThan(0)
})

test('a stream that is cut for everybody is cut where it is published, and left where it was', async () => {
  const store = storeOf()
  const http = { port: 0, host: '127.0.0.1', hls: { mode: 'always', lingerMs: 0, segmentMs: 1000 } } as const
  const a = await nodeOf(store, 'a', { http })
  const b = await nodeOf(store, 'b', { http })
  await publish(a)
  await eventually('a cuts it', () => a.server.streams[0]?.players === 1)
  const returned = nextEvent(a.server, 'publisherReturned')
  const { send } = await publish(b)
  await returned
  const sending = setInterval(send, 50)
  onTestFinished(() => clearInterval(sending))
  await eventually('b cuts it', () => b.server.streams[0]?.players === 1)
  await eventually('a has left', () => a.server.streams.length === 0)
  const fetched = () => b.server.connectionStats().filter(({ node }) => node !== undefined)
  await eventually('nothing is fetched', () => fetched().length === 0)
})

test('a stream of another node is fetched for whoever plays it over HTTP-FLV', async () => {
  const [a, b] = await nodesOf()
  const { send } = await publish(a)
  const leaving = new AbortController()
  const response = await whileSending(send, b.get('/live/show.flv', { signal: leaving.signal }))
  expect(response.status).toBe(200)
  const { value } = (await response.body?.getReader().read()) ?? {}
  expect(Buffer.from(value ?? []).subarray(0, 3)).toEqual(Buffer.from('FLV'))
  leaving.abort()
  expect((await b.get('/live/none.flv')).status).toBe(404)
})

test('the picture of a stream is its owner’s', async () => {
  const [a, b] = await nodesOf()
  const { send } = await publish(a)
  send()
  await eventually('the group', () => a.server.streams.some(({ cachedBytes }) => cachedBytes > 0))
  const poster = await b.get('/live/show.jpg')
  expect(poster.status).toBe(200)
  expect((await poster.arrayBuffer()).byteLength).toBeGreaterThan(500)
  expect((await b.get('/live/none.jpg')).status).toBe(404)
})

group('recordings of another machine', () => {
  test('are listed, played as HLS, given as files and removed at any node', async () => {
    const [a, b, c] = await nodesOf()
    await writeFile(join(a.folder, 'movie.flv'), await readRepoFile('media/h264-aac.flv'))
    await writeFile(join(c.folder, 'other.flv'), await readRepoFile('media/aac-only.flv'))
    const listed = (await b.ask('recordings')) as { files: { name: string; bytes: number }[]; bytes: number }
    expect(listed.files.map(({ name }) => name).toSorted()).toEqual(['movie.flv', 'other.flv'])
    expect(listed.bytes).toBe(listed.files.reduce((sum, { bytes }) => sum + bytes, 0))
    const [media = ''] = urisIn(await (await b.get('/vod/movie.m3u8')).text())
    for (const node of [a, b, c]) {
      const playlist = await (await node.get(media)).text()
      expect(playlist).toContain('#EXT-X-ENDLIST')
      const segment = await node.get(media.replace(/[^/]*$/, urisIn(playlist)[0] ?? ''))
      expect((await segment.arrayBuffer()).byteLength).toBeGreaterThan(1000)
    }
    const whole = Buffer.from(await readRepoFile('media/h264-aac.flv'))
    const part = await b.get('/vod/movie.flv', { headers: { range: 'bytes=10-19' } })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 10-19/${whole.length}`])
    expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(10, 20))
    const headers = { authorization: 'Bearer t0ken' }
    const file = await c.get('/_/recordings/movie.flv', { headers })
    expect(Buffer.from(await file.arrayBuffer()).equals(whole)).toBe(true)
    expect((await c.get('/_/recordings/movie.flv')).status).toBe(401)
    for (const none of ['/vod/none.m3u8', '/vod/none.flv', '/vod/none.mp4', '/vod/none.jpg'])
      expect((await b.get(none)).status).toBe(404)
    expect((await b.get('/_/recordings/none.flv', { headers })).status).toBe(404)
    expect(await b.ask('recordings/files/movie.flv', 'DELETE')).toEqual({ removed: true })
    expect(await readdir(a.folder)).toEqual([])
  })

  test('are begun and ended at any node, under numbers that no other has', async () => {
    const [a, b, c] = await nodesOf()
    await publish(a)
    await eventually('the stream', () => a.server.streams.length === 1)
    const begun = (await b.ask('recordings', 'POST', { stream: 'live/show' })) as {
      recordings: { recording: number }[]
    }
    expect(begun.recordings).toHaveLength(1)
    const listed = (await c.ask('recordings')) as typeof begun
    expect(listed.recordings).toMatchObject(begun.recordings)
    const { recording } = begun.recordings[0] ?? { recording: 0 }
    expect(recording).toBeGreaterThan(2 ** 20)
    expect(await c.ask(`recordings/${recording}`, 'DELETE')).toEqual({ ended: true })
    expect(((await b.ask('recordings')) as typeof begun).recordings).toEqual([])
  })

  test('are made where the stream is published, and go with the publisher', async () => {
    const store = storeOf()
    const folderA = await mkdtemp(join(tmpdir(), 'rtmp-rec-a-'))
    const folderB = await mkdtemp(join(tmpdir(), 'rtmp-rec-b-'))
    onTestFinished(async () => {
      for (const folder of [folderA, folderB]) await rm(folder, { recursive: true, force: true })
    })
    const a = await nodeOf(store, 'a', { recordings: [{ file: `${folderA}/{path}.{ext}` }] })
    const b = await nodeOf(store, 'b', { recordings: [{ file: `${folderB}/{path}.{ext}` }] })
    const begunAtA = nextEvent(a.server, 'recordingStarted')
    const first = await publish(a)
    await begunAtA
    // b plays it, so that it has the stream before the publisher comes.
    const player = await b.client().open('live')
    await player.play('show')
    await player.until('the group', () => player.media.length > 4)
    const endedAtA = nextEvent(a.server, 'recordingEnded')
    const begunAtB = nextEvent(b.server, 'recordingStarted')
    const watcher = await a.client().open('live')
    await watcher.play('show')
    await publish(b)
    await Promise.all([endedAtA, begunAtB])
    first.client.socket.destroy()
    expect(a.server.recordings?.stats()).toEqual([])
    expect(b.server.recordings?.stats()).toMatchObject([{ path: 'live/show', state: 'recording' }])
  })
})

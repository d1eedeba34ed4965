// Recordings as the files they are, for whoever may play them: ranges, heads, rules, tokens, and the ends that plays have.
import { copyFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readRepoFile } from '@rtmp/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { signToken } from '../../src/access.ts'
import { accept, type HttpOptions, type PlayContext, type ServerOptions } from '../../src/index.ts'
import { nextEvent, startServer } from './arrange.ts'

const HTTP: HttpOptions = { port: 0, host: '127.0.0.1', token: 't0ken' }
const MiB = 1024 * 1024

const flv = Buffer.from(await readRepoFile('media/h264-aac.flv'))
/** To the server a file is its bytes. */
const mp4 = Buffer.from(Uint8Array.from({ length: 100_000 }, (_, i) => i % 251))

/** A server with `vod/movie.flv`, `vod/film.mp4`, and `vod/film.flv` with other bytes. */
const begin = async (options: ServerOptions = {}) => {
  const folder = await mkdtemp(join(tmpdir(), 'rtmp-downloads-'))
  onTestFinished(async () => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'movie.flv'), flv)
  await writeFile(join(folder, 'film.mp4'), mp4)
  await copyFile(join(folder, 'movie.flv'), join(folder, 'film.flv'))
  await writeFile(join(folder, 'half.part.mp4'), mp4)
  const started = await startServer({
    http: HTTP,
    recordings: [{ file: `${folder}/{path}.{ext}`, on: 'request' }],
    ...options,
  })
  const port = started.server.address('http')?.port ?? 0
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
    fetch(new URL(path, `http://127.0.0.1:${port}`), { headers, method })
  return { ...started, folder, port, get }
}

const bodyOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer())

test.each([
  ['/vod/film.mp4', 'video/mp4', mp4],
  ['/vod/movie.flv', 'video/x-flv', flv],
] as const)('%s is given whole, in parts, its head alone, and not again', async (path, type, bytes) => {
  const { get } = await begin()
  const whole = await get(path)
  expect([whole.status, whole.headers.get('content-type')]).toEqual([200, type])
  expect(whole.headers.get('accept-ranges')).toBe('bytes')
  expect(whole.headers.get('content-length')).toBe(String(bytes.length))
  expect(whole.headers.get('access-control-allow-origin')).toBe('*')
  expect((await bodyOf(whole)).equals(bytes)).toBe(true)
  for (const [range, from, to] of [
    ['bytes=100-199', 100, 199],
    ['bytes=50000-', 50_000, bytes.length - 1],
    ['bytes=-10', bytes.length - 10, bytes.length - 1],
    [`bytes=0-${bytes.length * 2}`, 0, bytes.length - 1],
  ] as const) {
    const part = await get(path, { range })
    expect(part.status).toBe(206)
    expect(part.headers.get('content-range')).toBe(`bytes ${from}-${to}/${bytes.length}`)
    expect(part.headers.get('content-length')).toBe(String(to - from + 1))
    expect((await bodyOf(part)).equals(bytes.subarray(from, to + 1))).toBe(true)
  }
  const beyond = await get(path, { range: `bytes=${bytes.length}-` })
  expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${bytes.length}`])
  for (const range of ['bytes=9-5', 'lines=0-1', 'bytes=0-1,5-6']) {
    const all = await get(path, { range })
    expect(all.status).toBe(200)
    expect((await bodyOf(all)).length).toBe(bytes.length)
  }
  const head = await get(path, {}, 'HEAD')
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)])
  const headOfPart = await get(path, { range: 'bytes=0-9' }, 'HEAD')
  expect([headOfPart.status, headOfPart.headers.get('content-range')]).toEqual([
    206,
    `bytes 0-9/${bytes.length}`,
  ])
  const etag = whole.headers.get('etag') ?? ''
  expect((await get(path, { 'if-none-match': etag })).status).toBe(304)
  expect((await get(path, { range: 'bytes=0-9', 'if-range': etag })).status).toBe(206)
  const changed = await get(path, { range: 'bytes=0-9', 'if-range': '"other"' })
  expect(changed.status).toBe(200)
  await bodyOf(changed)
  expect((await get(`${path}?download`, {}, 'HEAD')).headers.get('content-disposition')).toMatch(
    /^attachment; filename\*=UTF-8''/,
  )
})

test('of a name with two files each is at its ending; what is not there, not finished or outside is not found', async () => {
  const { get } = await begin()
  expect((await bodyOf(await get('/vod/film.flv'))).equals(flv)).toBe(true)
  expect((await bodyOf(await get('/vod/film.mp4'))).equals(mp4)).toBe(true)
  for (const path of [
    '/vod/movie.mp4',
    '/vod/none.mp4',
    '/vod/none.flv',
    '/vod/half.part.mp4',
    '/vod/half.mp4',
    '/live/film.mp4',
  ])
    expect([path, (await get(path)).status]).toEqual([path, 404])
  for (const path of ['/vod/%2e%2e/film.mp4', '/vod/..%2ffilm.mp4']) expect((await get(path)).ok).toBe(false)
  // A live stream goes before it, and is HTTP-FLV there.
  const without = await begin({ recordings: [] })
  expect((await without.get('/vod/film.mp4')).status).toBe(404)
})

test('who may not play it gets what a player gets; a token that grants the play grants it here, in the query', async () => {
  const { get, client } = await begin({ access: { tokens: { secrets: ['s'] } } })
  const player = await client().open('vod')
  await player.play('film')
  const { status } = await player.event<'publishRejected' | 'playRejected'>('playRejected')
  for (const path of ['/vod/film.mp4', '/vod/film.flv', '/vod/movie.flv', '/vod/film.m3u8']) {
    for (const headers of [{}, { range: 'bytes=0-9' }]) {
      const refused = await get(path, headers)
      expect([path, refused.status, await refused.json()]).toEqual([
        path,
        403,
        { error: `${status?.description}.` },
      ])
    }
    expect((await get(path, {}, 'HEAD')).status).toBe(403)
  }
  const grant = {
    secret: 's',
    app: 'vod',
    streamName: 'film',
    expires: Date.now() / 1000 + 60,
    action: 'play',
  } as const
  const token = await signToken(grant)
  for (const path of ['/vod/film.mp4', '/vod/film.flv']) {
    const part = await get(`${path}?${token}`, { range: 'bytes=0-9' })
    expect([part.status, (await bodyOf(part)).length]).toEqual([206, 10])
    expect((await get(`${path}?${token}`, {}, 'HEAD')).status).toBe(200)
  }
  // It is for one recording, and for plays.
  expect((await get(`/vod/movie.flv?${token}`)).status).toBe(403)
  const toPublish = await signToken({ ...grant, action: 'publish' })
  expect((await get(`/vod/film.mp4?${toPublish}`)).status).toBe(403)
})

test('each is a play: asked about, told of, led elsewhere, and over with its answer', async () => {
  const seen: string[] = []
  const { get, server } = await begin({
    handler: {
      play: ({ path, connection }: PlayContext) => {
        seen.push(`${path} ${connection.protocol}`)
        return path === 'vod/alias' ? accept({ app: 'vod', streamName: 'film' }) : accept()
      },
    },
  })
  const ended = nextEvent(server, 'playEnded')
  expect((await bodyOf(await get('/vod/film.mp4', { range: 'bytes=5-9' }))).length).toBe(5)
  expect(await ended).toMatchObject({ path: 'vod/film', reason: 'completed' })
  expect((await bodyOf(await get('/vod/alias.mp4'))).equals(mp4)).toBe(true)
  expect(seen).toEqual(['vod/film download', 'vod/alias download'])
  await expect.poll(() => server.connections.size).toBe(0)
})

test('whoever goes on is seen, and can be ended; one who goes leaves nothing behind', async () => {
  const { server, port, folder } = await begin()
  // Longer than what sockets and buffers on the way hold.
  await truncate(join(folder, 'film.mp4'), 64 * MiB)
  const path = '/vod/film.mp4'
  for (const how of ['ended here', 'gone'] as const) {
    const started = nextEvent(server, 'playStarted')
    const over = nextEvent(server, 'playEnded')
    const asking = request({ port, path, host: '127.0.0.1' })
    const gone = new Promise<void>((resolve) => asking.once('close', resolve))
    asking.on('error', () => {})
    asking.once('response', (response) =>
      response.on('error', () => {}).once('readable', () => response.read(1)),
    )
    asking.end()
    const { connection } = await started
    expect([...server.connections].map(({ protocol }) => protocol)).toEqual(['download'])
    const counted = (): number => server.stats().memory.countedBytes
    await expect.poll(counted, { timeout: 10_000 }).toBeGreaterThan(512 * 1024)
    if (how === 'gone') asking.destroy()
    else server.kick(connection.id, 'enough')
    expect((await over).reason).not.toBe('completed')
    if (how === 'ended here') {
      asking.destroy()
      await gone
    }
    await expect.poll(() => server.connections.size).toBe(0)
    expect(counted()).toBeLessThan(512 * 1024)
  }
})

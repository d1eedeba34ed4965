import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readRepoFile } from '@rtmp/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { accept, type HttpOptions, type PlayContext, reject, type ServerOptions } from '../../src/index.ts'
import { nextEvent, startServer } from './arrange.ts'

const HTTP: HttpOptions = { port: 0, host: '127.0.0.1', token: 't0ken' }

const begin = async (options: ServerOptions = {}) => {
  const folder = await mkdtemp(join(tmpdir(), 'rtmp-vod-hls-'))
  onTestFinished(async () => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'movie.flv'), await readRepoFile('media/h264-aac.flv'))
  const started = await startServer({
    http: HTTP,
    recordings: [{ file: `${folder}/{path}.{ext}`, on: 'request' }],
    ...options,
  })
  const origin = `http://127.0.0.1:${started.server.address('http')?.port ?? 0}`
  const get = (path: string): Promise<Response> => fetch(new URL(path, origin))
  return { ...started, folder, get }
}

const uris = (text: string): string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

test('a recording is there as HLS, all of it at once, as any file is that it can be asked for by', async () => {
  const { get } = await begin()
  for (const path of ['/vod/movie.m3u8', '/vod/movie.flv.m3u8']) {
    const response = await get(path)
    expect(response.status).toBe(200)
    const [media = ''] = uris(await response.text())
    const playlist = await (await get(media)).text()
    expect(playlist).toContain('#EXT-X-PLAYLIST-TYPE:VOD')
    expect(playlist).toContain('#EXT-X-ENDLIST')
    for (const uri of uris(playlist)) {
      const segment = await get(media.replace(/[^/]*$/, uri))
      expect([segment.status, segment.headers.get('content-type')]).toEqual([200, 'video/mp4'])
      expect((await segment.arrayBuffer()).byteLength).toBeGreaterThan(1000)
    }
  }
  expect((await get('/vod/none.m3u8')).status).toBe(404)
  expect((await get('/vod/%2e%2e/movie.m3u8')).status).toBe(404)
})

test('its viewers are players: rules hold, they are seen and counted', async () => {
  const seen: string[] = []
  const { get, server } = await begin({
    handler: {
      play: ({ path, query, connection }: PlayContext) => {
        seen.push(`${path} ${connection.protocol}`)
        return query['token'] === 'secret' ? accept() : reject('not you')
      },
    },
  })
  expect((await get('/vod/movie.m3u8')).status).toBe(403)
  const started = nextEvent(server, 'playStarted')
  expect((await get('/vod/movie.m3u8?token=secret')).status).toBe(200)
  expect((await started).path).toBe('vod/movie')
  expect(server.stats().players).toBe(1)
  expect(seen).toEqual(['vod/movie hls', 'vod/movie hls'])
})

test('a recording that is gone is not found', async () => {
  const { get, folder } = await begin()
  await rm(join(folder, 'movie.flv'))
  expect((await get('/vod/movie.m3u8')).status).toBe(404)
})

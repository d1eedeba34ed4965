import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeFlv } from '@rtmp/flv'
import { readRepoFile } from '@rtmp/testkit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { accept, type HttpOptions, type PlayContext, reject, type ServerOptions } from '../../src/index.ts'
import { nextEvent, startServer } from './arrange.ts'

const HTTP: HttpOptions = { port: 0, host: '127.0.0.1', token: 't0ken' }
const HLS = { segmentMs: 1000, windowMs: 60_000, lingerMs: 0, viewerIdleMs: 60_000 }

/** A server, and a publisher that sends a sample as fast as it can, again and again if wanted. */
const start = async (options: ServerOptions = {}) => {
  const { http = HTTP, ...rest } = options
  const started = await startServer({ ...rest, http: { ...HTTP, hls: HLS, ...(http === false ? {} : http) } })
  const origin = `http://127.0.0.1:${started.server.address('http')?.port ?? 0}`
  const get = (path: string, init: RequestInit = {}): Promise<Response> => fetch(new URL(path, origin), init)
  const publishing = async (name = 'show') => {
    const publisher = await started.client().open('live')
    const id = await publisher.publish(name)
    const tags = decodeFlv(await readRepoFile('media/h264-aac-nobframes.flv')).filter(
      ({ typeId }) => typeId !== 18,
    )
    let offset = 0
    return {
      publisher,
      send: (): void => {
        for (const { typeId, timestamp, payload } of tags)
          publisher.send(id, typeId as 8 | 9, timestamp + offset, payload)
        offset += 4000
      },
    }
  }
  /** Asks until there is something to play, the publisher sending on. */
  const open = async (send: () => void, path = '/live/show.m3u8', init: RequestInit = {}) => {
    const asked = get(path, init)
    const sending = setInterval(send, 20)
    const response = await asked
    clearInterval(sending)
    return { response, text: await response.text() }
  }
  return { ...started, origin, get, publishing, open }
}

/** The URIs of media playlists in a multivariant playlist. */
const urisIn = (text: string): string[] =>
  text.split('\n').flatMap((line) => (line.startsWith('#') || line === '' ? [] : line))

describe('HLS over HTTP', () => {
  test('a stream is there at its path, and everything behind its playlist', async () => {
    const { publishing, open, get } = await start()
    const { send } = await publishing()
    const { response, text } = await open(send)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/vnd.apple.mpegurl')
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    const [media = ''] = urisIn(text)
    expect(media).toMatch(/^\/_\/hls\/[0-9a-f]{32}\/v0\.m3u8$/)
    const playlist = await (await get(media)).text()
    // The same for every viewer: its names are relative.
    expect(urisIn(playlist).every((uri) => /^v0-\d+\.m4s$/.test(uri))).toBe(true)
    const segment = await get(new URL(urisIn(playlist)[0] ?? '', `http://h${media}`).pathname)
    expect(segment.status).toBe(200)
    expect(segment.headers.get('content-type')).toBe('video/mp4')
    expect((await segment.arrayBuffer()).byteLength).toBeGreaterThan(1000)
  })

  test('a stream that is not there is not found, and waits where asked to', async () => {
    const { get, publishing, open } = await start()
    expect((await get('/live/none.m3u8')).status).toBe(404)
    const waiting = get('/live/later.m3u8?wait=20')
    const { send } = await publishing('later')
    const { response } = await open(send, '/live/later.m3u8')
    expect(response.status).toBe(200)
    expect((await waiting).status).toBe(200)
  })

  test('a viewer is one player: seen by hooks once, counted, and gone when it asks no more', async () => {
    const seen: string[] = []
    const { publishing, open, get, server } = await start({
      http: { ...HTTP, hls: { ...HLS, viewerIdleMs: 3000 } },
      handler: {
        play: ({ path, query, connection }: PlayContext) => {
          seen.push(`${path} ${query['token']} ${connection.protocol}`)
          return query['token'] === 'secret' ? accept() : reject('not you')
        },
        playStop: ({ path }) => {
          seen.push(`end ${path}`)
        },
      },
    })
    const { send } = await publishing()
    const refused = await get('/live/show.m3u8?token=wrong')
    expect(refused.status).toBe(403)
    const left = nextEvent(server, 'connectionClosed', ({ connection }) => connection.protocol === 'hls')
    const { text } = await open(send, '/live/show.m3u8?token=secret')
    const [media = ''] = urisIn(text)
    for (let i = 0; i < 5; i++) expect((await get(media)).status).toBe(200)
    expect(seen).toEqual(['live/show wrong hls', 'live/show secret hls'])
    await left
    expect(seen.at(-1)).toBe('end live/show')
    expect((await get(media)).status).toBe(404)
  })

  test('who comes again with the cookie stays one viewer', async () => {
    let plays = 0
    const { publishing, open, get } = await start({
      handler: {
        play: () => {
          plays += 1
        },
      },
    })
    const { send } = await publishing()
    const { response, text } = await open(send)
    const cookie = (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    expect(urisIn(await (await get('/live/show.m3u8', { headers: { cookie } })).text())).toEqual(urisIn(text))
    expect(plays).toBe(1)
    expect(urisIn(await (await get('/live/show.m3u8')).text())).not.toEqual(urisIn(text))
    expect(plays).toBe(2)
  })

  test('a viewer that is kicked gets nothing more', async () => {
    const { publishing, open, get, server } = await start()
    const { send } = await publishing()
    const { text } = await open(send)
    const [media = ''] = urisIn(text)
    const viewer = [...server.connections].find(({ protocol }) => protocol === 'hls')
    expect(viewer?.stats.bytesSent).toBeGreaterThan(0)
    const authorization = 'Bearer t0ken'
    const kicked = await get(`/_/api/connections/${viewer?.id}`, {
      method: 'DELETE',
      headers: { authorization },
    })
    expect(kicked.status).toBeLessThan(300)
    expect((await get(media)).status).toBe(403)
  })

  test('viewers count among the players that a stream may have', async () => {
    const { publishing, open, get } = await start({ limits: { playersPerStream: 1 } })
    const { send } = await publishing()
    const { response } = await open(send)
    expect(response.status).toBe(200)
    expect((await get('/live/show.m3u8')).status).toBe(503)
  })

  test('what cuts a stream takes the place of no player', async () => {
    const { publishing, open, get } = await start({ limits: { playersPerStream: 2 } })
    const { send } = await publishing()
    for (let i = 0; i < 2; i++) expect((await open(send)).response.status).toBe(200)
    expect((await get('/live/show.m3u8')).status).toBe(503)
  })

  test('the end of the stream is in its playlist, for those who watch it', async () => {
    const { publishing, open, get } = await start({ streams: { graceMs: 0 } })
    const { send, publisher } = await publishing()
    const { text } = await open(send)
    const [media = ''] = urisIn(text)
    publisher.socket.end()
    let playlist = ''
    for (let i = 0; i < 200 && !playlist.includes('#EXT-X-ENDLIST'); i++) {
      const response = await get(media)
      expect(response.status).toBe(200)
      playlist = await response.text()
    }
    expect(playlist).toContain('#EXT-X-ENDLIST')
  })

  test('a stranger’s viewers, names and parts are not found', async () => {
    const { publishing, open, get } = await start()
    const { send } = await publishing()
    const { text } = await open(send)
    const place = (urisIn(text)[0] ?? '').replace('v0.m3u8', '')
    for (const path of [
      '/_/hls/',
      '/_/hls/x/v0.m3u8',
      `/_/hls/${'0'.repeat(32)}/v0.m3u8`,
      `${place}v0-999.m4s`,
      `${place}x/v0.m3u8`,
    ])
      expect((await get(path)).status).toBe(404)
    expect((await get(`${place}v0.m3u8?_HLS_msn=1000000`)).status).toBe(400)
    expect((await get(`${place}v0.m3u8`, { method: 'POST' })).status).toBe(405)
  })

  test('always: what was published before the first viewer can be watched', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rtmp-hls-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const { publishing, get } = await start({
      http: { ...HTTP, hls: { ...HLS, mode: 'always', folder } },
    })
    const { send, publisher } = await publishing()
    for (let i = 0; i < 5; i++) send()
    let count = 0
    for (let i = 0; i < 400 && count < 20; i++) {
      const inside = (await readdir(folder))[0]
      count = inside === undefined ? 0 : (await readdir(join(folder, inside))).length
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(count).toBeGreaterThanOrEqual(20)
    const text = await (await get('/live/show.m3u8')).text()
    const playlist = await (await get(urisIn(text)[0] ?? '')).text()
    expect(urisIn(playlist).length).toBeGreaterThan(15)
    publisher.socket.end()
  })

  test('a viewer counts for what it costs, and not for its requests, which are over', async () => {
    const { publishing, open, get, server } = await start()
    const { publisher, send } = await publishing()
    await open(send)
    const counted = (): number => server.stats().memory.countedBytes
    const before = counted()
    // So many that a segment which comes meanwhile makes no difference.
    for (let i = 0; i < 400; i++) await (await get('/live/show.m3u8')).text()
    const each = (counted() - before) / 400
    // Measured: 14 kB; twice that was counted when a request was counted for each.
    expect([each > 12_000, each < 20_000]).toEqual([true, true])
    publisher.socket.end()
  })

  test('what is kept of a stream counts in the budget, and goes when whoever sends it has to pay', async () => {
    const bound = 24 << 20
    const { publishing, open, get, server } = await start({
      limits: { memoryBytes: bound },
      http: { ...HTTP, hls: { ...HLS, windowMs: 3_600_000, maxBytes: 1 << 30 } },
    })
    const { publisher, send } = await publishing()
    const { text } = await open(send)
    const [media = ''] = urisIn(text)
    const before = server.stats().memory.countedBytes
    const shed = nextEvent(server, 'memoryShed', ({ connections }) => connections > 0)
    // A sample is about 0.2 MB in HLS; far more than the bound is sent in all.
    const sending = setInterval(send, 5)
    onTestFinished(() => clearInterval(sending))
    const { countedBytes, limitBytes } = await shed
    clearInterval(sending)
    expect(limitBytes).toBe(bound)
    expect(before).toBeLessThan(bound / 2)
    expect(countedBytes).toBeLessThan(bound)
    expect(server.stats().memory.countedBytes).toBeLessThan(bound)
    // Its playlists went with it, and whoever asks anew has it anew: the publisher has gone on.
    expect((await get(media)).status).toBe(404)
    expect(publisher.closed).toBe(false)
  })

  test('without HLS there is none', async () => {
    const { get } = await start({ http: { ...HTTP, hls: false } })
    expect((await get('/live/show.m3u8')).status).toBe(404)
  })
})

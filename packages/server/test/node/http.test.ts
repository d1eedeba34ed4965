import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { HttpOptions, ServerOptions } from '../../src/index.ts'
import { startServer } from './arrange.ts'

const HTTP: HttpOptions = { port: 0, host: '127.0.0.1', adminFrom: ['127.0.0.1'] }

const start = async (options: ServerOptions = {}) => {
  const started = await startServer({ http: HTTP, ...options })
  const port = started.server.address('http')?.port ?? 0
  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers })
  return { ...started, httpPort: port, get }
}

/** Values of a Prometheus text by name and labels. */
const values = (text: string): Map<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )

describe('the HTTP port', () => {
  test('none unless asked for', async () => {
    const { server } = await startServer()
    expect(server.address('http')).toBeUndefined()
  })

  test('health, readiness, what there is and what is not', async () => {
    const { get, server } = await start()
    expect(await (await get('/health')).json()).toMatchObject({ status: 'ok' })
    expect(await (await get('/ready')).json()).toEqual({ ready: true })
    expect(await (await get('/')).text()).toContain('/metrics')
    expect((await get('/_/nothing')).status).toBe(404)
    expect(server.isReady).toBe(true)
    // A socket is a client's for nine seconds, and is ended after ten.
    expect((await get('/health')).headers.get('keep-alive')).toBe('timeout=9')
  })

  test('while the server drains, it is not ready', async () => {
    const { get, server, client } = await start()
    const leaving = await client().open('live', { capsEx: 1 })
    const drained = server.drain({ deadlineMs: 5000 })
    expect((await get('/ready')).status).toBe(503)
    expect((await get('/health')).status).toBe(200)
    leaving.socket.end()
    await drained
  })

  test('streams, one stream, connections and the server as JSON', async () => {
    const { get, client, server } = await start()
    const publisher = await client().open('live/inner')
    const id = await publisher.publish('show')
    publisher.send(id, 9, 0, Uint8Array.of(0x17, 1, 0, 0, 0, 1, 2, 3))
    const player = await client().open('live/inner')
    await player.play('show')
    await player.until('media', () => player.media.length > 0)
    const { streams } = (await (await get('/_/api/streams')).json()) as { streams: unknown[] }
    expect(streams).toMatchObject([
      { app: 'live/inner', streamName: 'show', players: 1, publisher: { videoMessages: 1 } },
    ])
    const one = await (await get('/_/api/streams/live/inner/show')).json()
    expect(one).toMatchObject({ streamName: 'show', playerList: [{ connection: 2 }] })
    expect((await get('/_/api/streams/live/inner/other')).status).toBe(404)
    expect(await (await get('/_/api/server')).json()).toMatchObject({
      publishers: 1,
      players: 1,
      streams: 1,
      rtmpPort: server.address('rtmp')?.port,
    })
    expect(await (await get('/_/api/connections')).json()).toMatchObject({
      connections: [{ id: 1, app: 'live/inner', flashVer: 'light' }, { id: 2 }],
    })
  })

  test('metrics for Prometheus, counted from the start', async () => {
    const { get, client, server } = await start({ http: { ...HTTP, metricsPerStream: true } })
    const publisher = await client().open()
    await publisher.publish('show')
    const second = await client().open()
    await second.publish('show')
    expect(second.codes).toContain('NetStream.Publish.BadName')
    const player = await client().open()
    await player.play('show')
    await second.until('closed', () => second.closed)
    const response = await get('/metrics')
    expect(response.headers.get('content-type')).toMatch('text/plain')
    const read = values(await response.text())
    const wanted = {
      rtmp_connections: 2,
      rtmp_connections_total: 3,
      rtmp_publishers: 1,
      rtmp_players: 1,
      'rtmp_started_total{request="publish"}': 1,
      'rtmp_started_total{request="play"}': 1,
      'rtmp_refused_total{request="publish"}': 1,
      'rtmp_connections_closed_total{reason="refused"}': 1,
      'rtmp_stream_players{app="live",stream="show"}': 1,
    }
    expect(Object.fromEntries(Object.keys(wanted).map((name) => [name, read.get(name)]))).toEqual(wanted)
    expect(read.get('rtmp_received_bytes_total')).toBeGreaterThan(500)
    expect(read.has('process_cpu_seconds_total')).toBe(true)
    await server.close()
  })

  test('garbage and half requests harm nothing', async () => {
    const { httpPort, get } = await start()
    for (const text of [
      '\0\0\0',
      'GET / HTTP/1.1\r\nHost',
      'GET /rtmp HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\nHost: x\r\n\r\n',
    ]) {
      const socket = connect(httpPort, '127.0.0.1')
      onTestFinished(() => {
        socket.destroy()
      })
      socket.on('error', () => {})
      await once(socket, 'connect')
      socket.write(text)
    }
    expect((await get('/health')).status).toBe(200)
  })
})

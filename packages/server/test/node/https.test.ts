import { once } from 'node:events'
import { connect as connectH2 } from 'node:http2'
import { Agent, request as httpsRequest } from 'node:https'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { decodeFlv } from '@rtmp/flv'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import type { CertificateOptions, ServerOptions } from '../../src/index.ts'
import { eventually, nextEvent, startServer } from './arrange.ts'

const file = (name: string): string => fileURLToPath(new URL(`../certificates/${name}`, import.meta.url))
const pair = (name: string): CertificateOptions => ({ cert: file(`${name}.pem`), key: file(`${name}.key`) })

const KEY = Uint8Array.of(0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0x65, 1)
const agent = new Agent({ keepAlive: false, rejectUnauthorized: false })

const start = async (
  certificates: readonly CertificateOptions[] = [pair('localhost')],
  options: ServerOptions = {},
) => {
  const started = await startServer({
    http: { port: false, token: 't0ken' },
    https: { port: 0, host: '127.0.0.1', tls: { certificates } },
    ...options,
  })
  const port = started.server.address('https')?.port ?? 0
  const publish = async () => {
    const publisher = await started.client().open('live')
    const id = await publisher.publish('show')
    publisher.send(id, 9, 0, KEY)
    await eventually('it is there', () => started.server.streams[0]?.publisher?.videoMessages === 1)
    return { publisher, id }
  }
  /** HTTP/1.1. */
  const get = async (path: string, method = 'GET', body?: Uint8Array) => {
    const request = httpsRequest({ port, host: '127.0.0.1', path, agent, method })
    request.end(body)
    const [response] = await once(request, 'response')
    return response as import('node:http').IncomingMessage
  }
  return { ...started, port, publish, get }
}

test('HTTP/1.1 over TLS: health, and a stream to its end', async () => {
  const { get, publish, server } = await start()
  expect(server.address('http')).toBeUndefined()
  expect((await get('/health')).statusCode).toBe(200)
  await publish()
  const playing = await get('/live/show.flv')
  expect([playing.statusCode, playing.headers['transfer-encoding']]).toEqual([200, 'chunked'])
  expect(server.connectionStats().at(-1)).toMatchObject({
    protocol: 'http-flv',
    secure: true,
    remoteAddress: '127.0.0.1',
  })
  const chunks: Buffer[] = []
  playing.on('data', (chunk: Buffer) => chunks.push(chunk))
  await eventually('media', () => Buffer.concat(chunks).length > 13)
  server.endStream('live', 'show')
  await once(playing, 'end')
  expect(decodeFlv(Buffer.concat(chunks)).map(({ payload }) => [...payload])).toEqual([[...KEY]])
})

test('HTTP/2: several streams over one connection, each a player of its own; a publish; foreign methods', async () => {
  const { port, publish, server } = await start()
  const { publisher, id } = await publish()
  const session = connectH2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
  onTestFinished(() => session.destroy())
  session.on('error', () => {})
  const ask = (headers: Record<string, string>, body?: Uint8Array) => {
    const stream = session.request(headers, { endStream: body === undefined })
    if (body !== undefined) stream.end(body)
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('error', () => {})
    const head = once(stream, 'response').then(([one]) => one as Record<string, unknown>)
    return { stream, head, ended: once(stream, 'close'), all: () => Buffer.concat(chunks) }
  }
  expect((await ask({ ':path': '/health' }).head)[':status']).toBe(200)
  expect((await ask({ ':path': '/live/none.flv' }).head)[':status']).toBe(404)
  const players = [ask({ ':path': '/live/show.flv' }), ask({ ':path': '/live/show.flv?audio=0' })]
  expect(await Promise.all(players.map(async ({ head }) => (await head)[':status']))).toEqual([200, 200])
  await eventually('both play', () => server.streams[0]?.players === 2)
  const big = new Uint8Array(300_000).fill(3)
  big.set(KEY)
  publisher.send(id, 9, 40, big)
  await eventually('both have it', () => players.every(({ all }) => all().length > 300_000))
  players[0]?.stream.close()
  await eventually('one has gone', () => server.streams[0]?.players === 1)
  const post = ask(
    { ':path': '/live/other.flv', ':method': 'POST', 'content-type': 'video/x-flv' },
    players[1]?.all(),
  )
  expect((await post.head)[':status']).toBe(200)
  server.endStream('live', 'show')
  await players[1]?.ended
  expect(decodeFlv(players[1]?.all() ?? new Uint8Array(0)).map(({ payload }) => payload.length)).toEqual([
    11, 300_000,
  ])
  await eventually('all have gone', () => server.connections.size === 1)
})

test('a WebSocket over TLS plays', async () => {
  const { port, publish } = await start()
  await publish()
  const webSocket = new WebSocket(`wss://127.0.0.1:${port}/live/show.flv`, { rejectUnauthorized: false })
  onTestFinished(() => webSocket.terminate())
  const [message] = await once(webSocket, 'message')
  expect(String(message).slice(0, 3)).toBe('FLV')
})

test('certificates go by name, are read again, and who speaks no TLS is turned away', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'https-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const own = { cert: join(folder, 'own.pem'), key: join(folder, 'own.key') }
  const put = async (name: string): Promise<void> => {
    await copyFile(file(`${name}.key`), own.key)
    await copyFile(file(`${name}.pem`), own.cert)
  }
  await put('localhost')
  const { port, server } = await start([own, pair('example')])
  const peer = async (servername: string): Promise<readonly [string, unknown]> => {
    const socket = connectTls({
      port,
      host: '127.0.0.1',
      servername,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2', 'http/1.1'],
    })
    onTestFinished(() => void socket.destroy())
    await once(socket, 'secureConnect')
    return [socket.getPeerCertificate().fingerprint256, socket.alpnProtocol]
  }
  const [first, protocol] = await peer('localhost')
  expect(protocol).toBe('h2')
  expect((await peer('live.example.test'))[0]).not.toBe(first)
  await put('renewed')
  await server.reloadCertificates()
  expect((await peer('localhost'))[0]).not.toBe(first)
  const away = nextEvent(server, 'turnedAway')
  const plain = connectPlain(port, '127.0.0.1')
  onTestFinished(() => void plain.destroy())
  plain.on('error', () => {})
  plain.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  expect((await away).description).toBe('it speaks HTTP on a port that is for TLS')
})

test('HTTP/2: an answer that says what HTTP/2 cannot is sent without it, and ends nothing', async () => {
  const { port, get, errors } = await start()
  const session = connectH2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
  onTestFinished(() => session.destroy())
  const statusOf = async (headers: Record<string, string>, body?: string): Promise<unknown> => {
    const stream = session.request(headers, { endStream: body === undefined })
    if (body !== undefined) stream.end(body)
    const [answer] = await once(stream.resume(), 'response')
    return (answer as Record<string, unknown>)[':status']
  }
  // For WebSockets (`upgrade`), and what is left unread (`connection: close`).
  expect(await statusOf({ ':path': '/rtmp' })).toBe(426)
  expect(await statusOf({ ':path': '/live/x.flv', ':method': 'POST' }, 'no FLV')).toBe(400)
  const long = 'x'.repeat(70_000)
  expect(await statusOf({ ':path': '/_/obs/multitrack', ':method': 'POST' }, long)).toBe(413)
  expect([(await get('/health')).statusCode, errors]).toEqual([200, []])
})

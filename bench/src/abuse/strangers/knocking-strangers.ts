import { type ChildProcess, spawn } from 'node:child_process'
import { createSign, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeFlvHeader, encodeFlvTag } from '@rtmp/flv'
import { ServerSession } from '@rtmp/session'
import { message } from '../wire.ts'
import { after, command } from './raw-stranger.ts'
import type { Stranger } from './stranger.ts'

const client = new URL('../../../../packages/client/', import.meta.url)
const PATIENCE_MS = 20_000

/** What must not reach a terminal, beside the ends of lines. */
const UNSHOWN = /[\p{Cc}\p{Cf}\u2028\u2029]/u

/** The `rtmp` command: how it ended, and when. @throws Error unless it ended with that code */
const run = async (expected: number, ...args: readonly string[]): Promise<string> => {
  const began = performance.now()
  const { bin } = JSON.parse(await readFile(new URL('package.json', client), 'utf8')) as {
    readonly bin: { readonly rtmp: string }
  }
  const child: ChildProcess = spawn(process.execPath, [fileURLToPath(new URL(bin.rtmp, client)), ...args], {
    stdio: 'ignore',
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  const [code] = (await once(child, 'exit')) as [number | null]
  clearTimeout(timer)
  if (code === null) throw new Error(`rtmp ${args[0]} did not end`)
  if (code !== expected) throw new Error(`rtmp ${args[0]} ended with ${code}`)
  return `rtmp ${args[0]} ended with ${code} after ${((performance.now() - began) / 1000).toFixed(1)} s`
}

/** Does something with an FLV file of one tag. */
const withFile = async (
  typeId: number,
  payload: Uint8Array,
  act: (file: string) => Promise<string>,
): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'rtmp-stranger-'))
  try {
    const file = join(folder, 'file.flv')
    const tag = encodeFlvTag({ typeId, timestamp: 0, payload })
    await writeFile(file, Buffer.concat([encodeFlvHeader({ hasAudio: false, hasVideo: true }), tag]))
    return await act(file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const open = (port: number, text = ''): Socket => {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  socket.resume()
  if (text !== '') socket.write(text)
  return socket
}

const descriptors: Stranger = {
  row: 6,
  title: 'All file descriptors',
  sends: '500 connections to a server that may have 256 descriptors; then they go',
  server: { descriptors: 256 },
  act: async ({ server, ask }) => {
    const sockets = Array.from({ length: 500 }, () => open(server.port))
    await after(1500)
    const taken = server.descriptors
    for (const socket of sockets) socket.destroy()
    for (let i = 0; i < 100 && server.descriptors > 100; i++) await after(100)
    const answers = await Promise.all(['/health', '/ready', '/metrics'].map(async (path) => ask(path)))
    if (answers.some((status) => status !== 200)) throw new Error(`answered ${answers.join(', ')}`)
    return `${taken} descriptors taken; afterwards /health, /ready and /metrics answer 200`
  },
}

/** An object of two properties each of which is the next one: 2^levels when it is written out. */
const shared = (level: number, levels: number): Buffer => {
  const last = Buffer.from('\u0002\u0000\u0001x', 'latin1')
  if (level === levels) return last
  const next = level + 1
  const again = next === levels ? last : Buffer.from([7, next >> 8, next & 255])
  const [a, b] = ['a', 'b'].map((name) => Buffer.from(`\u0000\u0001${name}`, 'latin1')) as [Buffer, Buffer]
  return Buffer.concat([Uint8Array.of(3), a, shared(next, levels), b, again, Uint8Array.of(0, 0, 9)])
}

const sharedReferences: Stranger = {
  row: 7,
  title: 'AMF0 that doubles with each level',
  sends: 'metadata of 60 nested shared references, to a stream and in a file',
  act: async ({ raw, ask }) => {
    const metadata = Buffer.concat([Buffer.from('\u0002\u0000\u000aonMetaData', 'latin1'), shared(0, 60)])
    const publisher = await raw().publishMany(1, 'shared')
    await publisher.write(message(4, 18, metadata, 1))
    const status = await ask('/_/api/streams/live/shared-0')
    return withFile(18, metadata, async (file) => {
      const ends = [await run(0, 'inspect', file), await run(0, 'probe', file)]
      return `the API answers ${status}; ${ends.join(', ')}`
    })
  },
}

const logged: Stranger = {
  row: 8,
  title: 'Text for the log',
  sends: 'names of 60 kB with escapes, line ends, C1 and bidirectional marks; thousands of equal requests',
  server: { logLevel: 'info', args: ['--log-format', 'pretty'] },
  act: async ({ raw, server }) => {
    const before = server.printed
    const early = await raw().shake()
    await early.write(command(0, '\u001b]0;x\u0007\u001b[2J\n[12:00:00] INFO: forged', 1, null))
    for (const name of [
      'A'.repeat(60_000),
      '\u0001'.repeat(60_000),
      `n\u009b2J\u0085\u2028\u202e\u2066${'y'.repeat(4000)}`,
    ]) {
      const one = await raw().connect()
      await one.write(Buffer.concat([command(0, name, 4, null), command(0, 'createStream', 2, null)]))
      await one.write(command(1, 'publish', 3, null, name.slice(0, 4000), 'live'))
    }
    const many = await raw().connect()
    await many.write(command(0, 'createStream', 2, null))
    for (let i = 0; i < 20; i++) {
      await many.write(Buffer.concat(Array.from({ length: 100 }, () => command(1, 'play', 0, null, ''))), 200)
    }
    await after(1000)
    if (UNSHOWN.test(server.said.replaceAll('\n', '')) || /^\[12:00:00\]/m.test(server.said))
      throw new Error('it reached the log as it was')
    return `${server.printed - before} bytes of log, nothing in it that rules a terminal`
  },
}

const webSockets: Stranger = {
  row: 9,
  title: 'The HTTP port',
  sends: '400 refused upgrades whose clients stay; administration by foreign names and through proxies',
  act: async ({ server, ask }) => {
    const before = server.descriptors
    const text = 'GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
    const sockets = Array.from({ length: 400 }, () => open(server.httpPort, text))
    const doors: readonly Readonly<Record<string, string>>[] = [
      { host: 'evil.example:8000', 'sec-fetch-site': 'same-origin' },
      { 'x-forwarded-for': '127.0.0.1' },
      { 'x-real-ip': '8.8.8.8' },
      { via: '1.1 proxy' },
    ]
    const statuses = await Promise.all(
      doors.flatMap((headers) => ['/metrics', '/_/api/config'].map(async (path) => ask(path, headers))),
    )
    await after(1000)
    const most = server.descriptors
    for (let i = 0; i < 100 && server.descriptors > before + 20; i++) await after(100)
    const left = server.descriptors
    for (const socket of sockets) socket.destroy()
    if (left > before + 20) throw new Error(`${left - before} sockets are kept`)
    if (statuses.some((status) => status !== 401 && status !== 403))
      throw new Error(`let in: ${statuses.join(', ')}`)
    return `${most - before} sockets at most, ${left - before} left; all asked for is refused (${[...new Set(statuses)].join(', ')})`
  },
}

const redirected: Stranger = {
  row: 10,
  title: 'A redirect of our client',
  sends: 'a redirect to another host, to a publisher with a password and a key',
  act: async () => {
    let heard = 0
    const other = createServer((socket) => socket.on('data', ({ length }) => (heard += length)))
    other.listen(0, '127.0.0.2')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const crypto = {
      randomBytes: (count: number) => new Uint8Array(count),
      hmacSha256: () => new Uint8Array(32),
    }
    const server = createServer((socket) => {
      const session = new ServerSession({ crypto })
      socket.on('error', () => {})
      socket.on('data', (bytes) => {
        session.receive(bytes, performance.now())
        for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) {
          if (event.kind === 'connectRequested')
            session.reject(event.requestId, {
              redirect: `rtmp://127.0.0.2:${port}/live`,
              description: 'moved',
            })
        }
        for (const piece of session.takeOutput()) socket.write(piece)
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `rtmp://anna:secret@127.0.0.1:${(server.address() as { port: number }).port}/live/key`
    const end = await withFile(9, Uint8Array.of(0x17, 1, 0, 0, 0, 1), async (file) =>
      run(3, 'publish', file, url),
    )
    server.close()
    other.close()
    if (heard > 0) throw new Error(`the other host heard ${heard} bytes`)
    return `${end}; the other host heard nothing`
  },
}

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })

const signed = (claims: object): string => {
  const text = `${base64({ alg: 'RS256' })}.${base64(claims)}`
  return `${text}.${createSign('RSA-SHA256').update(text).sign(keys.privateKey).toString('base64url')}`
}

const GOOD = { exp: 4e9, publish: ['*'] }

const tokens: Stranger = {
  row: 11,
  title: 'Tokens of another kind',
  sends: 'ES256, EdDSA, HS256 and none to a key of RSA, and a good one without a kid',
  prepare: () => ({
    configuration: {
      access: {
        jwt: { publicKey: keys.publicKey.export({ type: 'spki', format: 'pem' }), actions: ['publish'] },
      },
    },
    query: `?jwt=${signed(GOOD)}`,
  }),
  act: async ({ raw }) => {
    const publish = async (token: string): Promise<string | undefined> => {
      const client = await raw().connect()
      await client.write(command(0, 'createStream', 2, null))
      await client.write(command(1, 'publish', 3, null, `mine?jwt=${token}`, 'live'))
      await client.until(() => client.codes.some((code) => code.startsWith('NetStream.Publish')))
      client.socket.destroy()
      return client.codes.at(-1)
    }
    const bad = ['ES256', 'EdDSA', 'HS256', 'none', 'RS256'].map(
      (alg) => `${base64({ alg })}.${base64(GOOD)}.${Buffer.alloc(64, 1).toString('base64url')}`,
    )
    const codes = await Promise.all(bad.map(publish))
    if (codes.some((code) => code !== 'NetStream.Publish.Denied'))
      throw new Error(`answered ${codes.join(', ')}`)
    const good = await publish(signed(GOOD))
    if (good !== 'NetStream.Publish.Start') throw new Error(`the good one was answered ${good}`)
    return `5 refused (NetStream.Publish.Denied), the good one let in; no error of the server's`
  },
}

/** Strangers that look for an open door. */
export const knockingStrangers: readonly Stranger[] = [
  descriptors,
  sharedReferences,
  logged,
  webSockets,
  redirected,
  tokens,
]

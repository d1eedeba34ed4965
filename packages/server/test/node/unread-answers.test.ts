import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { HttpOutput } from '../../src/node/http/http-output.ts'
import { HttpPort, HttpService } from '../../src/node/http/http-port.ts'
import { HTTP_TIMES, type HttpTimes } from '../../src/node/http/http-sockets.ts'
import type { HttpSubject } from '../../src/node/http/http-subject.ts'
import { lentResponse } from '../../src/node/http/lent-body.ts'
import { EventCounters } from '../../src/stats/event-counters.ts'
import { begin } from '../core/peer.ts'
import { eventually } from './arrange.ts'

const MIB = 1024 * 1024
/** More than the system takes for a socket that nobody reads. */
const BODY_BYTES = 16 * MIB

const file = (name: string): string => fileURLToPath(new URL(`../certificates/${name}`, import.meta.url))
const tls = { certificates: [{ cert: file('localhost.pem'), key: file('localhost.key') }] }

/** A port with large answers, and one that is never answered. */
const portWith = async (
  options: Parameters<typeof begin>[0] = {},
  isSecure = false,
  times: Partial<HttpTimes> = {},
) => {
  const { core } = begin(options)
  const body = new Uint8Array(BODY_BYTES)
  const page = (GET: HttpOutput['page']) => ({ audience: 'page' as const, ...(GET as object) })
  const outputs = [
    {
      places: {
        '/lent': page({ answers: { GET: () => lentResponse(body, {}) } } as never),
        '/kept': page({
          answers: {
            GET: (call: { keepOpen: () => void }) => {
              call.keepOpen()
              return lentResponse(body, {})
            },
          },
        } as never),
        '/own': page({ answers: { GET: () => new Response('x'.repeat(BODY_BYTES)) } } as never),
        '/never': page({ answers: { GET: () => new Promise(() => {}) } } as never),
      },
    },
  ] as unknown as HttpOutput[]
  const subject: HttpSubject = {
    core,
    counters: new EventCounters(core.events),
    isReady: () => true,
    drain: async () => Promise.resolve(),
    drainDefaults: {},
    configuration: () => undefined,
    recordings: () => undefined,
    relays: { add: () => 0, remove: () => false },
  }
  const http = await HttpPort.listen(
    new HttpService(subject, { port: 0 }, outputs),
    { port: 0, host: '127.0.0.1', ...(isSecure ? { tls } : {}) },
    { ...HTTP_TIMES, ...times },
  )
  onTestFinished(() => http.close())
  const { port } = http.address
  const request = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`
  /** Opens a socket of which nothing is read. */
  const open = async (): Promise<Socket> => {
    const socket = isSecure
      ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
      : connect({ port, host: '127.0.0.1' })
    onTestFinished(() => {
      socket.destroy()
    })
    socket.on('error', () => {})
    socket.pause()
    await once(socket, isSecure ? 'secureConnect' : 'connect')
    return socket
  }
  /** Asks, and reads nothing. */
  const ask = async (path: string, more = ''): Promise<Socket> => {
    const socket = await open()
    socket.write(request(path, more))
    return socket
  }
  return { core, port, open, request, ask }
}

describe('answers that nobody reads', () => {
  test('a body that many are sent is counted once, for as long as one of them is', async () => {
    const { core, ask } = await portWith()
    const sockets = await Promise.all(Array.from({ length: 20 }, async () => ask('/lent')))
    await eventually('it is counted', () => core.memory.bytes > BODY_BYTES)
    await eventually('all of them are counted', () => core.memory.bytes > BODY_BYTES + 20 * 16_384)
    expect(core.memory.bytes).toBeLessThan(BODY_BYTES + 20 * 17_000)
    for (const socket of sockets.slice(1)) socket.destroy()
    await eventually('one is left', () => core.memory.bytes < BODY_BYTES + 20_000)
    expect(core.memory.bytes).toBeGreaterThan(BODY_BYTES)
    sockets[0]?.destroy()
    await eventually('nothing is left', () => core.memory.bytes === 0)
  })

  test('behind TLS, where all that is written is copied, little is written at a time', async () => {
    const { core, ask } = await portWith({}, true)
    const sockets = await Promise.all(Array.from({ length: 20 }, async () => ask('/lent')))
    const each = 16_384 + 40_960 + 65_536
    await eventually('all of them are counted', () => core.memory.bytes > BODY_BYTES + 20 * each)
    expect(core.memory.bytes).toBeLessThan(BODY_BYTES + 20 * (each + 1000))
    for (const socket of sockets) socket.destroy()
    await eventually('nothing is left', () => core.memory.bytes === 0)
  })

  test.each([false, true])('it is sent whole to who reads it, behind TLS (%s) too', async (isSecure) => {
    const { core, ask } = await portWith({}, isSecure)
    const socket = await ask('/lent', 'Connection: close\r\n')
    let bytes = 0
    socket.on('data', (part: Buffer) => (bytes += part.length)).resume()
    await once(socket, 'end')
    expect(bytes).toBeGreaterThan(BODY_BYTES)
    expect(bytes).toBeLessThan(BODY_BYTES + 1000)
    socket.destroy()
    await eventually('nothing is left', () => core.memory.bytes === 0)
  })

  test('what is made for one alone is counted for it, and who holds too much is ended, and nobody else', async () => {
    const { core, open, request, ask } = await portWith({ limits: { memoryBytes: 100 * MIB } })
    const quiet = await ask('/never')
    const first = await ask('/own')
    await eventually('it is counted', () => core.memory.bytes > 8 * MIB)
    expect(core.memory.bytes).toBeLessThan(BODY_BYTES + 100_000)
    const others = await Promise.all(Array.from({ length: 12 }, open))
    await eventually('all have come', () => core.admission.httpSockets === 14)
    for (const other of others) other.write(request('/own'))
    await eventually('some are ended', () => core.memory.shedConnections > 0)
    await eventually('there is room', () => core.memory.bytes < 100 * MIB)
    for (const socket of [first, ...others]) socket.destroy()
    await eventually('the quiet one is left', () => core.memory.bytes < 20_000)
    expect([core.memory.bytes > 16_384, quiet.destroyed]).toEqual([true, false])
  })

  test('over HTTP/2 too: counted, and ended when nothing is read of them', async () => {
    const { core, port } = await portWith({}, true, { answerMs: 300 })
    const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
    onTestFinished(() => session.destroy())
    session.on('error', () => {})
    await once(session, 'connect')
    const ended = once(session, 'close')
    const streams = Array.from({ length: 5 }, () => session.request({ ':path': '/kept' }))
    for (const stream of streams) stream.on('error', () => {}).pause()
    await eventually('they are counted', () => core.memory.bytes > BODY_BYTES + 5 * 65_536)
    expect(core.memory.bytes).toBeLessThan(BODY_BYTES + 5 * 80_000 + 60_000)
    await ended
    await eventually('nothing is left', () => core.memory.bytes === 0)
  })
})

describe('heads of requests', () => {
  const fields = (count: number): string => Array.from({ length: count }, (_, i) => `a${i}: b\r\n`).join('')

  /** The first line of an answer. */
  const statusOf = async (socket: Socket): Promise<string> => {
    const [part] = (await once(socket.resume(), 'data')) as [Buffer]
    return String(part).slice(9, 12)
  }

  test.each([false, true])(
    'have a hundred fields: at the limit, and one beyond; behind TLS: %s',
    async (isSecure) => {
      const { ask } = await portWith({}, isSecure)
      expect(await statusOf(await ask('/health', fields(99)))).toBe('200')
      expect(await statusOf(await ask('/health', fields(100)))).toBe('431')
      const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
      expect(await statusOf(await ask('/nothing', upgrade + fields(97)))).toBe('404')
      expect(await statusOf(await ask('/nothing', upgrade + fields(98)))).toBe('431')
    },
  )

  test('what a proxy puts behind a thousand fields of a stranger is not lost: they are refused', async () => {
    const { ask } = await portWith()
    const many = `${'a:\r\n'.repeat(2500)}X-Forwarded-For: 192.0.2.1\r\n`
    expect(await statusOf(await ask('/health', many))).toBe('431')
  })

  test('are counted until they are answered, and so are requests that wait behind others', async () => {
    const { core, ask } = await portWith()
    const socket = await ask('/never', `A: ${'a'.repeat(10_000)}\r\n`)
    await eventually('it is counted', () => core.memory.bytes > 16_384 + 10_000)
    expect(core.memory.bytes).toBeLessThan(16_384 + 10_200)
    socket.write('GET /never HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(10))
    await eventually('all are counted', () => core.memory.bytes > 16_384 + 10_000 + 10 * 8192)
    socket.destroy()
    await eventually('nothing is left', () => core.memory.bytes === 0)
  })
})

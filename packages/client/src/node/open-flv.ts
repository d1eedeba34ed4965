import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Readable } from 'node:stream'
import { RtmpClientError } from '../core/errors.ts'
import type { FlvBytes, FlvPlayerOptions, OpenFlv } from '../core/flv-player.ts'
import { FlvPlayer } from '../core/flv-player.ts'
import { type FlvTarget, parseFlvUrl } from '../core/flv-url.ts'
import { deadlinesOf } from '../core/session-options.ts'
import type { DialTarget } from '../core/transport.ts'
import { type DialOptions, dialError, tlsFields } from './dial.ts'
import { nodeHost } from './node-host.ts'

/** Options of {@link playFlv}. */
export interface NodeFlvPlayerOptions
  extends FlvPlayerOptions,
    Pick<DialOptions, 'tls' | 'localAddress' | 'family'> {}

/**
 * Plays FLV over HTTP or a WebSocket: `http(s)://…` or `ws(s)://…`, as servers give live streams to web pages. Opens it
 * at once; failures come out of the loop, and of `started`.
 *
 * @throws UsageError `RTMP_URL_INVALID`
 *
 * @example
 * for await (const packet of playFlv('http://localhost:8000/live/key.flv')) console.log(packet.kind, packet.timestamp)
 */
export const playFlv = (url: string, options: NodeFlvPlayerOptions = {}): FlvPlayer =>
  new FlvPlayer(nodeHost(), openFlv(url, options), options)

/** Opens FLV over HTTP or a WebSocket. @throws UsageError `RTMP_URL_INVALID` */
export const openFlv = (url: string, options: NodeFlvPlayerOptions = {}): OpenFlv => {
  const target = parseFlvUrl(url, options)
  return (signal) =>
    target.webSocket ? openWebSocket(target, options, signal) : openHttp(target, options, signal)
}

const DEFAULT_REDIRECTS = 5
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

const addressOf = ({ url, secure }: FlvTarget): Pick<DialTarget, 'host' | 'port' | 'secure'> => ({
  secure,
  host: url.hostname.replace(/^\[|\]$/g, ''),
  port: Number(url.port || (secure ? 443 : 80)),
})

const headersOf = ({ authorization }: FlvTarget): Readonly<Record<string, string>> =>
  authorization === undefined ? {} : { authorization }

const socketFields = ({ localAddress, family }: NodeFlvPlayerOptions): object => ({
  ...(localAddress === undefined ? {} : { localAddress }),
  ...(family === undefined ? {} : { family }),
})

const openHttp = async (
  first: FlvTarget,
  options: NodeFlvPlayerOptions,
  signal: AbortSignal,
): Promise<FlvBytes> => {
  let target = first
  for (let left = options.maxRedirects ?? DEFAULT_REDIRECTS; ; left--) {
    const response = await responseTo(target, options, signal)
    const { statusCode = 0, headers } = response
    if (statusCode >= 200 && statusCode < 300) {
      refuseOtherTypes(headers['content-type'])
      return response
    }
    response.destroy()
    if (!REDIRECTS.has(statusCode) || headers.location === undefined) throw refusal(statusCode, target)
    if (left <= 0) {
      throw new RtmpClientError('REDIRECT_LIMIT', 'the server redirected too often', {
        stage: 'play',
        canRetry: false,
      })
    }
    target = redirected(target, headers.location)
  }
}

/** Credentials go to the origin for which they were given, and to no other. */
const redirected = (from: FlvTarget, location: string): FlvTarget => {
  const text = URL.canParse(location, from.url.href) ? new URL(location, from.url.href).href : ''
  if (!/^https?:/i.test(text)) {
    throw new RtmpClientError(
      'REDIRECT_INVALID',
      'the server redirected to something that cannot be followed',
      {
        stage: 'play',
        canRetry: false,
      },
    )
  }
  const to = parseFlvUrl(text)
  return to.url.origin === from.url.origin ? { ...to, authorization: from.authorization } : to
}

const responseTo = (
  target: FlvTarget,
  options: NodeFlvPlayerOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const send = target.secure ? requestHttps : requestHttp
    const request = send(target.url.href, {
      agent: false,
      headers: { accept: 'video/x-flv, */*', ...headersOf(target) },
      signal,
      ...socketFields(options),
      ...(target.secure ? tlsFields(options.tls) : {}),
    })
    const limit = setTimeout(() => request.destroy(tooLate()), waitOf(options))
    request.once('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS))
    request.once('response', (response) => {
      clearTimeout(limit)
      resolve(response)
    })
    request.on('error', (error) => {
      clearTimeout(limit)
      reject(signal.aborted ? signal.reason : dialError(error, addressOf(target), 'http'))
    })
    request.end()
  })

/** Silence before the system probes the connection, in milliseconds. */
const KEEP_ALIVE_MS = 10_000

const waitOf = (options: NodeFlvPlayerOptions): number => {
  const { dial, request } = deadlinesOf(options)
  return dial === 0 || request === 0 ? 2 ** 31 - 1 : dial + request
}

const tooLate = (): RtmpClientError =>
  new RtmpClientError('TIMEOUT', 'the server did not answer in time', { stage: 'play', canRetry: true })

/** A page or a playlist in place of a stream says that the address is another thing's. */
const refuseOtherTypes = (type = ''): void => {
  const name = type.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (!/^text\/|json|mpegurl|xml|^image\//.test(name)) return
  throw new RtmpClientError(
    'PLAY_REJECTED',
    `the server answered with ${name} and no FLV: is the address right?`,
    {
      stage: 'play',
      canRetry: false,
    },
  )
}

const refusal = (status: number, { authorization }: FlvTarget): RtmpClientError => {
  const make = (code: 'AUTH_REQUIRED' | 'AUTH_FAILED' | 'PLAY_REJECTED', text: string, canRetry: boolean) =>
    new RtmpClientError(code, `${text} (HTTP status ${status})`, { stage: 'play', canRetry })
  if (status === 401 && authorization === undefined)
    return make('AUTH_REQUIRED', 'the server wants a user name and a password', false)
  if (status === 401)
    return make('AUTH_FAILED', 'the server does not accept the user name or the password', false)
  if (status === 403) return make('PLAY_REJECTED', 'the server does not allow to play this stream', false)
  if (status === 404) return make('PLAY_REJECTED', 'the server has no such stream now', true)
  if (status === 429 || status >= 500)
    return make('PLAY_REJECTED', 'the server cannot play the stream now', true)
  return make('PLAY_REJECTED', 'the server refused to play', false)
}

/** Messages that a stream of live FLV never has. Bytes. */
const MAX_MESSAGE = 64 * 1024 * 1024

const openWebSocket = async (
  target: FlvTarget,
  options: NodeFlvPlayerOptions,
  signal: AbortSignal,
): Promise<FlvBytes> => {
  const { createWebSocketStream, WebSocket } = await import('ws')
  signal.throwIfAborted()
  const socket = new WebSocket(target.url.href, {
    headers: headersOf(target),
    handshakeTimeout: waitOf(options),
    followRedirects: true,
    maxRedirects: options.maxRedirects ?? DEFAULT_REDIRECTS,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE,
    ...socketFields(options),
    ...(target.secure ? tlsFields(options.tls) : {}),
  })
  const stop = (): void => socket.terminate()
  signal.addEventListener('abort', stop, { once: true })
  let closed = ABNORMAL
  socket.once('close', (code) => {
    closed = code
    signal.removeEventListener('abort', stop)
  })
  const stream = createWebSocketStream(socket)
  await new Promise<void>((resolve, reject) => {
    const fail = (error: unknown): void => {
      socket.terminate()
      reject(signal.aborted ? signal.reason : dialError(error, addressOf(target), 'ws'))
    }
    socket.once('open', () => {
      stream.off('error', fail)
      resolve()
    })
    socket.once('unexpected-response', (_, response) => fail(refusal(response.statusCode ?? 0, target)))
    stream.once('error', fail)
  })
  return closedWell(stream, () => closed)
}

const ABNORMAL = 1006
/** Normal, going away, none given. */
const GOOD_ENDS: ReadonlySet<number> = new Set([1000, 1001, 1005])

/** The bytes of a WebSocket; an end without a goodbye is a loss. */
async function* closedWell(
  stream: Readable,
  closed: () => number,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* stream as AsyncIterable<Uint8Array>
  const code = closed()
  if (GOOD_ENDS.has(code)) return
  if (code === ABNORMAL) throw new Error('the server closed it without a word')
  throw new RtmpClientError('ENDED_BY_SERVER', `the server ended the stream (WebSocket code ${code})`, {
    stage: 'running',
    canRetry: true,
  })
}

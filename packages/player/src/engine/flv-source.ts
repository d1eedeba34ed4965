// FLV over HTTP or over a WebSocket: bytes until they end, and how they ended.
import type { RequestOptions } from '../player-options.ts'

/** How a connection ended. */
export type SourceEnd =
  /** The stream is over: the body ended in order, or the WebSocket was closed with 1000. */
  | { readonly kind: 'ended' }
  /** There is no such stream. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly status: number }
  /** Not reached, or lost. */
  | { readonly kind: 'lost'; readonly message: string }

/** Who gets what a connection brings. */
export interface SourceOwner {
  /** The first bytes are on their way. */
  opened(): void
  /** Bytes that nobody else holds; where a promise comes back nothing more is read until it is kept. */
  bytes(bytes: Uint8Array): Promise<void> | undefined
}

const ABSENT = new Set([404, 410])
/** Statuses that go away by themselves. */
const PASSING = new Set([408, 425, 429])

const byStatus = (status: number): SourceEnd => {
  if (ABSENT.has(status)) return { kind: 'absent' }
  if (status >= 400 && status < 500 && !PASSING.has(status)) return { kind: 'refused', status }
  return { kind: 'lost', message: `the server answered ${status}` }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Reads a stream to its end. Ends early, as `'lost'`, when the signal is aborted. */
export const readSource = (
  url: string,
  request: RequestOptions,
  owner: SourceOwner,
  signal: AbortSignal,
): Promise<SourceEnd> =>
  /^wss?:/i.test(url) ? readWebSocket(url, request, owner, signal) : readHttp(url, request, owner, signal)

const fetchOptions = ({ headers, credentials }: RequestOptions, signal: AbortSignal): RequestInit => ({
  signal,
  cache: 'no-store',
  ...(headers === undefined ? {} : { headers: { ...headers } }),
  ...(credentials === undefined ? {} : { credentials }),
})

const readHttp = async (
  url: string,
  request: RequestOptions,
  owner: SourceOwner,
  signal: AbortSignal,
): Promise<SourceEnd> => {
  try {
    const response = await fetch(url, fetchOptions(request, signal))
    if (!response.ok || response.body === null) {
      await response.body?.cancel()
      return byStatus(response.status)
    }
    owner.opened()
    const reader = response.body.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return { kind: 'ended' }
      await owner.bytes(value)
    }
  } catch (error) {
    return { kind: 'lost', message: wordsOf(error) }
  }
}

/** Close codes: the stream is over; a policy forbids it; there is no such stream, or a 4xx of HTTP, as 4000 and its number. */
const byCloseCode = (code: number): SourceEnd => {
  if (code === 1000) return { kind: 'ended' }
  if (code === 1008) return { kind: 'refused', status: 403 }
  if (code >= 4400 && code < 4500) return byStatus(code - 4000)
  return { kind: 'lost', message: `the WebSocket was closed (${code})` }
}

const readWebSocket = (
  url: string,
  request: RequestOptions,
  owner: SourceOwner,
  signal: AbortSignal,
): Promise<SourceEnd> =>
  new Promise((resolve) => {
    let opened = false
    const socket = new WebSocket(url)
    socket.binaryType = 'arraybuffer'
    const abort = (): void => socket.close()
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    socket.addEventListener('open', () => {
      opened = true
      owner.opened()
    })
    socket.addEventListener('message', ({ data }) => {
      if (data instanceof ArrayBuffer && !signal.aborted) void owner.bytes(new Uint8Array(data))
    })
    socket.addEventListener('close', ({ code }) => {
      signal.removeEventListener('abort', abort)
      if (opened || signal.aborted) resolve(byCloseCode(code))
      else void insteadOf(url, request, owner, signal).then(resolve)
    })
  })

/**
 * A page is not told why a WebSocket could not be opened: the same address over HTTP says it, where the server has it. If the stream is there, something
 * on the way does not let WebSockets through: then it comes over HTTP.
 */
const insteadOf = async (
  url: string,
  request: RequestOptions,
  owner: SourceOwner,
  signal: AbortSignal,
): Promise<SourceEnd> => {
  const asked = url.replace(/^ws/i, 'http')
  try {
    const timed = AbortSignal.any([signal, AbortSignal.timeout(5000)])
    const response = await fetch(asked, { ...fetchOptions(request, timed), method: 'HEAD' })
    if (!response.ok) return byStatus(response.status)
    if (isFlv(response)) return await readHttp(asked, request, owner, signal)
  } catch {
    // Not there, or not ours to ask.
  }
  return { kind: 'lost', message: 'the WebSocket could not be opened' }
}

const isFlv = ({ headers }: Response): boolean =>
  /^(?:video|application)\/(?:x-)?flv\b/i.test(headers.get('content-type') ?? '')

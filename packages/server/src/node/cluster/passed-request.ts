import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { Readable } from 'node:stream'
import type { NodeAddress } from '../../cluster/node-address.ts'
import { Crowded } from '../crowded.ts'
import type { NodeAgent, NodeRequestOptions } from './node-agent.ts'

/** A request for something that another node has: a `GET` or `HEAD`, since nothing of a body is passed on. */
export interface PassedRequest {
  readonly method: 'GET' | 'HEAD'
  /** With the query. */
  readonly path: string
  readonly headers: Headers
  /** The address of whoever asks. */
  readonly address: string
  /** Whose request it is, for the other node to go by. JSON. */
  readonly origin: string
  /** Whoever has asked has gone. */
  readonly signal: AbortSignal
}

/** The header in which a node says whose request it passes on. Only from nodes it is believed. */
export const ORIGIN_HEADER = 'x-rtmp-origin'

/** How long the other node may say nothing, in milliseconds: longer than whoever waits for a stream may wait. */
const SILENCE_MS = 75_000

/** What belongs to one connection (RFC 9110 §7.6.1), and what the other connection says for itself. */
const OF_CONNECTION = [
  'connection',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
]

/** Requests that are on their way to other nodes at a time, answers that are still read among them. Viewers of LL-HLS have two, nearly always. */
const MOST_PASSED = 4096

/** The requests that a node passes on. When there are too many, whoever has most of them loses the oldest. */
export const passedRequests = (): Crowded<EndedRequest> => new Crowded(MOST_PASSED)

/** A request that this node can end. */
export interface EndedRequest {
  destroy(): void
}

/** Passes a request on and gives the answer back as it comes. @throws Error of Node, when there is none */
export const passOn = async (
  agent: NodeAgent,
  present: Crowded<EndedRequest>,
  node: NodeAddress,
  passed: PassedRequest,
): Promise<Response> => {
  for (;;) {
    try {
      return await attempt(agent, present, node, passed)
    } catch (error) {
      // The other side may have ended connections that waited, in the moment in which one is used again. A new one is none of them.
      if (!(error instanceof StaleError)) throw error
    }
  }
}

/** A connection that had been used before ended without an answer. */
class StaleError extends Error {}

const attempt = (
  agent: NodeAgent,
  present: Crowded<EndedRequest>,
  node: NodeAddress,
  { method, path, headers, address, origin, signal }: PassedRequest,
): Promise<Response> =>
  new Promise((resolve, reject) => {
    const sent: Record<string, string> = { host: 'node', [ORIGIN_HEADER]: origin }
    for (const [name, value] of headers) if (!OF_CONNECTION.includes(name)) sent[name] ??= value
    const options: NodeRequestOptions = { agent, node, method, path, headers: sent, signal }
    const asked = request(options, (answer) => {
      resolve(responseOf(answer, method))
    })
    // With an error of its own: it is no connection that the other side has ended.
    const ended = { destroy: () => void asked.destroy(new Error('it gives way to others')) }
    present.add(ended, address)
    asked.once('close', () => present.delete(ended))
    asked.setTimeout(SILENCE_MS, () => void asked.destroy(new Error('the node does not answer')))
    asked.once('error', (error: NodeJS.ErrnoException) => {
      const isStale = asked.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
      reject(isStale && !signal.aborted ? new StaleError(error.message) : error)
    })
    asked.end()
  })

const responseOf = (answer: IncomingMessage, method: string): Response => {
  const { statusCode: status = 502 } = answer
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 304
  if (!hasBody) answer.resume()
  // What is read from it ends with an error when the other node goes in the middle of it.
  const body = hasBody ? (Readable.toWeb(answer) as ReadableStream<Uint8Array>) : null
  return new Response(body, { status, headers: headersOf(answer.headers) })
}

const headersOf = (received: IncomingHttpHeaders): Headers => {
  const headers = new Headers()
  for (const [name, value] of Object.entries(received)) {
    if (value === undefined || (OF_CONNECTION.includes(name) && name !== 'content-length')) continue
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one)
  }
  return headers
}

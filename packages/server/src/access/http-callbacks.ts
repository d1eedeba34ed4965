import { UsageError } from '@rtmp/bytes'
import { accept, type Decision, redirect, reject } from '../core/decision.ts'
import type { ConnectionInfo, PlayContext, PublishContext } from '../core/handler.ts'
import type { AccessHandler } from './access-handler.ts'
import { userOf } from './identity.ts'
import { hex, Signer } from './secret.ts'

/** HTTP endpoints that are asked, or told. */
export interface CallbackOptions {
  /** Asked about each connection. */
  readonly connect?: string
  /** Asked about each publish. */
  readonly publish?: string
  /** Asked about each play. */
  readonly play?: string
  /** Told of the end of each publish, play and connection. */
  readonly ended?: string
  /** Signs the bodies, so that the endpoint knows who calls. */
  readonly secret?: string
  /** For one answer, in milliseconds. Default 3000. */
  readonly timeoutMs?: number
  /** How often to try again when there is no answer, or one with status 5xx or 429. Default 2. */
  readonly retries?: number
  /** Before the first retry, in milliseconds; doubled before each further one. Default 250. */
  readonly retryDelayMs?: number
  /** More headers, for example `authorization`. */
  readonly headers?: Readonly<Record<string, string>>
}

/** The longest answer that is read, in bytes. */
const MAX_ANSWER_BYTES = 65_536

/** What an endpoint may say in its answer. */
interface Answer {
  readonly streamName?: unknown
  readonly redirect?: unknown
  readonly description?: unknown
  readonly code?: unknown
}

/**
 * Asks HTTP endpoints. The request is a POST with a JSON body:
 *
 * `{ event: 'connect'|'publish'|'play'|'unpublish'|'playStop'|'disconnect', connection, address, port, secure, app,
 * tcUrl, flashVer, user, streamName, query, reason, time }`
 *
 * and, with a `secret`, the header `x-rtmp-signature: t=<seconds>,v1=<hex>`, where `v1` is the HMAC-SHA256 of
 * `<seconds>.<body>`. Status 2xx grants; its body may hold `{ "streamName": "public" }` to rename or
 * `{ "redirect": "rtmp://…" }`. Status 3xx with an `rtmp` or `rtmps` URL as `location` redirects. Other statuses refuse; their body may hold
 * `{ "description", "code" }`. Without an answer the hook fails, which refuses the client. The ends of one connection are told in the order
 * in which they happened: each when the one before has been answered or given up.
 *
 * @throws UsageError `ACCESS_URL_INVALID`
 */
export const callbackAccess = (options: CallbackOptions): AccessHandler => {
  for (const name of ['connect', 'publish', 'play', 'ended'] as const) checkUrl(options[name], name)
  const { connect, publish, play, ended } = options
  const caller = new Caller(options)
  const ask = async (
    url: string,
    event: string,
    connection: ConnectionInfo,
    facts: object,
  ): Promise<Decision> => decisionOf(await caller.call(url, { event, ...about(connection), ...facts }))
  const told = new WeakMap<ConnectionInfo, Promise<unknown>>()
  const tell = async (
    url: string,
    event: string,
    connection: ConnectionInfo,
    facts: object,
  ): Promise<void> => {
    const all = { event, ...about(connection), ...facts }
    const call = async (): Promise<unknown> => caller.call(url, all)
    const before = told.get(connection)
    const calling = before === undefined ? call() : before.then(call, call)
    told.set(connection, calling)
    await calling
  }
  return {
    ...(connect && {
      connect: ({ connection, app, tcUrl, query }) =>
        ask(connect, 'connect', connection, { app, tcUrl, query }),
    }),
    ...(publish && { publish: (context) => ask(publish, 'publish', context.connection, of(context)) }),
    ...(play && { play: (context) => ask(play, 'play', context.connection, of(context)) }),
    ...(ended && {
      unpublish: (context, reason) =>
        tell(ended, 'unpublish', context.connection, { ...of(context), reason }),
      playStop: (context, reason) => tell(ended, 'playStop', context.connection, { ...of(context), reason }),
      disconnect: (connection, { reason, description }) =>
        tell(ended, 'disconnect', connection, { reason, description }),
    }),
  }
}

const checkUrl = (url: string | undefined, name: string): void => {
  if (url === undefined) return
  if (URL.canParse(url) && /^https?:/i.test(url)) return
  throw new UsageError('ACCESS_URL_INVALID', `'${url}' is not an http:// or https:// URL`, name)
}

const of = ({ app, streamName, query }: PublishContext | PlayContext): object => ({ app, streamName, query })

const about = (connection: ConnectionInfo): object => ({
  connection: connection.id,
  address: connection.remoteAddress,
  port: connection.remotePort,
  secure: connection.secure,
  app: connection.app,
  tcUrl: connection.connect?.tcUrl,
  flashVer: connection.connect?.flashVer,
  user: userOf(connection),
  time: new Date().toISOString(),
})

interface Reply {
  readonly status: number
  readonly location: string
  readonly answer: Answer
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

const decisionOf = ({ status, location, answer }: Reply): Decision => {
  if (status >= 200 && status < 300) {
    const elsewhere = text(answer.redirect)
    return elsewhere === undefined ? accept(text(answer.streamName)) : redirect(elsewhere)
  }
  if (status >= 300 && status < 400 && /^rtmps?:\/\//i.test(location)) return redirect(location)
  const code = text(answer.code)
  return reject(text(answer.description) ?? 'not allowed', code === undefined ? {} : { code })
}

/** Sends signed requests, and again when they get no answer. */
class Caller {
  readonly #options: CallbackOptions
  readonly #signer: Signer | undefined

  constructor(options: CallbackOptions) {
    this.#options = options
    this.#signer = options.secret === undefined ? undefined : new Signer(options.secret)
  }

  async call(url: string, facts: object): Promise<Reply> {
    const { retries = 2, retryDelayMs = 250 } = this.#options
    const body = JSON.stringify(facts)
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#attempt(url, body)
      } catch (cause) {
        if (attempt >= retries) {
          const why = cause instanceof Error ? cause.message : String(cause)
          throw new Error(`no answer from ${new URL(url).host} after ${attempt + 1} tries: ${why}`, { cause })
        }
      }
      await new Promise((resolve) => setTimeout(resolve, retryDelayMs * 2 ** attempt))
    }
  }

  async #attempt(url: string, body: string): Promise<Reply> {
    const { timeoutMs = 3000, headers } = this.#options
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers, ...(await this.#signature(body)) },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const { status } = response
    if (status >= 500 || status === 429) {
      await response.body?.cancel()
      throw new Error(`status ${status}`)
    }
    return { status, location: response.headers.get('location') ?? '', answer: await readAnswer(response) }
  }

  async #signature(body: string): Promise<Record<string, string>> {
    if (this.#signer === undefined) return {}
    const seconds = Math.floor(Date.now() / 1000)
    return { 'x-rtmp-signature': `t=${seconds},v1=${hex(await this.#signer.sign(`${seconds}.${body}`))}` }
  }
}

/** The JSON object in an answer; an empty one when it holds none. */
const readAnswer = async (response: Response): Promise<Answer> => {
  let read = new Uint8Array(0)
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    if (read.length + chunk.length > MAX_ANSWER_BYTES)
      throw new Error(`an answer beyond ${MAX_ANSWER_BYTES} bytes`)
    const longer = new Uint8Array(read.length + chunk.length)
    longer.set(read)
    longer.set(chunk, read.length)
    read = longer
  }
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(read))
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

import { UsageError } from '@rtmp/bytes'
import type { Decision } from '../contract/decision.ts'
import type { ConnectionInfo } from '../contract/connection-info.ts'
import type { AccessHandler } from './access-handler.ts'
import { type CallbackReply, decisionOf } from './callback-answer.ts'
import { type CallbackBody, type CallbackFacts, type CallbackForm, callbackBody } from './callback-body.ts'
import { recordingBody, type RecordingFacts } from './recording-callbacks.ts'
import { hex, Signer } from './secret.ts'
import { Turns } from './turns.ts'

/** HTTP endpoints that are asked, or told. */
export interface CallbackOptions {
  /**
   * In which form the endpoints are asked: `'json'` (default), or as back ends of other servers know it, `'nginx'` (fields
   * of a form, as nginx-rtmp sends them) or `'srs'` (JSON with `action`, as SRS sends it).
   */
  readonly form?: CallbackForm
  /** Asked about each connection. */
  readonly connect?: string
  /** Asked about each publish. */
  readonly publish?: string
  /** Asked about each play. */
  readonly play?: string
  /** Told of the end of each publish, play and connection. */
  readonly ended?: string
  /** Told of recordings: begun, each file that is finished, ended. */
  readonly recording?: string
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

/** Requests to endpoints that are under way at once, and that wait for their turn: what strangers ask for is bounded. */
const AT_ONCE = 64
const MOST_WAITING = 4096

/** The longest answer that is read, in bytes. */
const MAX_ANSWER_BYTES = 65_536

/**
 * Asks HTTP endpoints, by POST. Bodies are as `form` has it, see `callback-body.ts`; with a `secret` they are signed:
 *
 *   x-rtmp-signature: t=<seconds>,v1=<hex>       v1 = HMAC-SHA256( secret, "<seconds>.<body>" )
 *
 * What answers mean, whatever the form, is in `callback-answer.ts`: the status decides, and a body that says no is a no.
 * Without an answer the hook fails, which refuses the client. The ends of one connection are told in the order in which
 * they happened: each when the one before has been answered or given up.
 *
 * @throws UsageError `ACCESS_URL_INVALID`
 */
export const callbackAccess = (options: CallbackOptions): AccessHandler => {
  for (const name of ['connect', 'publish', 'play', 'ended', 'recording'] as const)
    checkUrl(options[name], name)
  const { connect, publish, play, ended, form = 'json' } = options
  const caller = new Caller(options)
  const ask = async (url: string, facts: CallbackFacts): Promise<Decision> =>
    decisionOf(await caller.call(url, callbackBody(form, facts), facts.stream?.withdrawn), facts.stream)
  const told = new WeakMap<ConnectionInfo, Promise<unknown>>()
  const tell = async (url: string, facts: CallbackFacts): Promise<void> => {
    const { connection } = facts
    const body = callbackBody(form, facts)
    const call = async (): Promise<unknown> => caller.call(url, body)
    const before = told.get(connection)
    const calling = before === undefined ? call() : before.then(call, call)
    told.set(connection, calling)
    await calling
  }
  return {
    ...(connect && {
      connect: ({ connection, app, tcUrl, query }) =>
        ask(connect, { event: 'connect', connection, connect: { app, tcUrl, query } }),
    }),
    ...(publish && {
      publish: (stream) => ask(publish, { event: 'publish', connection: stream.connection, stream }),
    }),
    ...(play && { play: (stream) => ask(play, { event: 'play', connection: stream.connection, stream }) }),
    ...(ended && {
      unpublish: (stream, reason) =>
        tell(ended, { event: 'unpublish', connection: stream.connection, stream, reason }),
      playStop: (stream, reason) =>
        tell(ended, { event: 'playStop', connection: stream.connection, stream, reason }),
      disconnect: (connection, { reason, description }) =>
        tell(ended, { event: 'disconnect', connection, reason, description }),
    }),
  }
}

/**
 * What tells an endpoint of recordings, one after the other; `undefined` where none is to be told.
 *
 * @throws UsageError `ACCESS_URL_INVALID`
 */
export const recordingTeller = (
  options: CallbackOptions,
): ((facts: RecordingFacts) => Promise<void>) | undefined => {
  const { recording, form = 'json' } = options
  if (recording === undefined) return undefined
  checkUrl(recording, 'recording')
  const caller = new Caller(options)
  let told: Promise<unknown> = Promise.resolve()
  return async (facts) => {
    const body = recordingBody(form, facts)
    const call = async (): Promise<unknown> => caller.call(recording, body)
    const calling = told.then(call, call)
    told = calling
    await calling
  }
}

const checkUrl = (url: string | undefined, name: string): void => {
  if (url === undefined) return
  if (URL.canParse(url) && /^https?:/i.test(url)) return
  throw new UsageError('ACCESS_URL_INVALID', `'${url}' is not an http:// or https:// URL`, name)
}

/** Sends signed requests, and again when they get no answer. */
class Caller {
  readonly #options: CallbackOptions
  readonly #signer: Signer | undefined
  readonly #turns = new Turns(AT_ONCE, MOST_WAITING)

  constructor(options: CallbackOptions) {
    this.#options = options
    this.#signer = options.secret === undefined ? undefined : new Signer(options.secret)
  }

  /** @param withdrawn - Aborted when nobody waits for the answer any more. */
  async call(url: string, body: CallbackBody, withdrawn?: AbortSignal): Promise<CallbackReply> {
    const { retries = 2, retryDelayMs = 250 } = this.#options
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#turns.take(async () => this.#attempt(url, body, withdrawn), withdrawn)
      } catch (cause) {
        if (attempt >= retries || withdrawn?.aborted === true) {
          const why = cause instanceof Error ? cause.message : String(cause)
          throw new Error(`no answer from ${new URL(url).host} after ${attempt + 1} tries: ${why}`, { cause })
        }
      }
      await new Promise((resolve) => setTimeout(resolve, retryDelayMs * 2 ** attempt))
    }
  }

  async #attempt(
    url: string,
    { type, text }: CallbackBody,
    withdrawn: AbortSignal | undefined,
  ): Promise<CallbackReply> {
    const { timeoutMs = 3000, headers } = this.#options
    const response = await fetch(url, {
      method: 'POST',
      body: text,
      headers: { 'content-type': type, ...headers, ...(await this.#signature(text)) },
      redirect: 'manual',
      signal:
        withdrawn === undefined
          ? AbortSignal.timeout(timeoutMs)
          : AbortSignal.any([AbortSignal.timeout(timeoutMs), withdrawn]),
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

/** The JSON in an answer; `undefined` when it holds none. */
const readAnswer = async (response: Response): Promise<unknown> => {
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
    return JSON.parse(new TextDecoder().decode(read)) as unknown
  } catch {
    return undefined
  }
}

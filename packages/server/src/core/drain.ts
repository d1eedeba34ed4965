import { buildReconnectRequest, CapsEx, RECONNECT_REQUEST } from '@rtmp/ertmp'
import { type Timed, WheelTimer } from '../relay/timer-wheel.ts'
import type { Connection } from './connection.ts'
import { type Redirect, type Reject, redirect, reject } from './decision.ts'
import type { ServerCore } from './server-core.ts'

/** How a server is emptied. */
export interface DrainOptions {
  /** How long clients may take to leave, in milliseconds; then they are ended. Default 10,000. */
  readonly deadlineMs?: number
  /** Where clients that know reconnect requests are sent: a URL, or a reference to resolve against theirs. Default the same address. */
  readonly tcUrl?: string
  /** For people. */
  readonly description?: string
}

/** Default of {@link DrainOptions.deadlineMs}. */
export const DEFAULT_DRAIN_MS = 10_000

/** How often it is looked at who has left, in milliseconds. */
const SWEEP_MS = 100

const DESCRIPTION = 'the server is shutting down'

/** @internal What is said to clients that ask for something new while what they ask for is being emptied. */
export const drainRefusal = (options: DrainOptions, otherwise: string): Reject | Redirect => {
  const { tcUrl, description = otherwise } = options
  const isUrl = tcUrl !== undefined && /^rtmps?:\/\//i.test(tcUrl)
  return isUrl ? redirect(tcUrl, description) : reject(description, { close: false })
}

/** @internal Sends a reconnect request to a client that knows it; false when it cannot be asked. */
export const askToReconnect = (connection: Connection, options: DrainOptions, now: number): boolean => {
  if (((connection.capabilities.capsEx ?? 0) & CapsEx.reconnect) === 0) return false
  const { tcUrl, description = DESCRIPTION } = options
  const { code: _code, ...details } = buildReconnectRequest({
    description,
    ...(tcUrl === undefined ? {} : { tcUrl }),
  })
  let asked = false
  connection.act(now, (session) => {
    if (session.state !== 'connected') return
    session.onStatus(0, RECONNECT_REQUEST, { level: 'status', ...details })
    asked = true
  })
  return asked
}

/**
 * Empties a server without a frame lost where that can be had (E-RTMP v2, "Reconnect Request"):
 *
 * - Clients that know reconnect requests are sent one. They go on as before until they have found another server, and leave by
 *   themselves.
 * - Publishers that do not are ended at once, and so are idle clients.
 * - Players that do not stay as long as they get a stream from somebody who does; then they get the end of the stream.
 * - Who is still there at the deadline is ended.
 */
export class Drain implements Timed {
  readonly #core: ServerCore
  readonly #options: DrainOptions
  readonly #endsAt: number
  readonly #timer: WheelTimer = new WheelTimer(this)
  readonly #asked = new Set<Connection>()

  constructor(core: ServerCore, options: DrainOptions, now: number) {
    this.#core = core
    this.#options = options
    this.#endsAt = now + (options.deadlineMs ?? DEFAULT_DRAIN_MS)
  }

  /** What is said to clients that ask for something new meanwhile. */
  get refusal(): Reject | Redirect {
    return drainRefusal(this.#options, DESCRIPTION)
  }

  get #description(): string {
    return this.#options.description ?? DESCRIPTION
  }

  /** Sends the requests, and begins to end those who cannot be asked. */
  start(now: number): void {
    for (const connection of this.#core.connections) {
      if (askToReconnect(connection, this.#options, now)) this.#asked.add(connection)
    }
    this.onTimer(now)
  }

  /** Ends what is left now. */
  finish(now: number): void {
    this.#core.wheel.cancel(this.#timer)
    for (const connection of publishersFirst(this.#core)) connection.close('shutdown', this.#description, now)
  }

  /** @internal */
  onTimer(now: number): void {
    if (now >= this.#endsAt) {
      this.finish(now)
      return
    }
    for (const connection of publishersFirst(this.#core)) {
      if (!this.#mayStay(connection)) connection.close('shutdown', this.#description, now)
    }
    if (this.#core.connections.size > 0)
      this.#core.wheel.set(this.#timer, Math.min(now + SWEEP_MS, this.#endsAt))
  }

  #mayStay(connection: Connection): boolean {
    if (this.#asked.has(connection)) return true
    const { publishings, playbacks } = connection.activities
    if (publishings.length > 0) return false
    return playbacks.some(({ context }) => {
      const stream = this.#core.registry.find(context.app, context.streamName)
      return stream?.publication !== undefined
    })
  }
}

/** So that players get the end of their streams in its order. */
const publishersFirst = ({ connections }: ServerCore): Connection[] =>
  [...connections].toSorted((a, b) => b.activities.publishings.length - a.activities.publishings.length)

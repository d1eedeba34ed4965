import { type Timed, WheelTimer } from '@rtmp/live/engine'
import { DEFAULT_DRAIN_MS, type DrainOptions } from '../contract/drain-options.ts'
import type { Connection } from './connection.ts'
import { type Redirect, type Reject, redirect, reject } from '../contract/decision.ts'
import { askToReconnect } from './reconnect.ts'
import type { Services } from './services.ts'

/** How often it is looked at who has left, in milliseconds. */
const SWEEP_MS = 100

const DESCRIPTION = 'the server is shutting down'

/** What emptying a server needs of it. */
type DrainServices = Pick<Services, 'registry' | 'wheel'> & { readonly connections: ReadonlySet<Connection> }

/** @internal What is said to clients that ask for something new while what they ask for is being emptied. */
export const drainRefusal = (options: DrainOptions, otherwise: string): Reject | Redirect => {
  const { tcUrl, description = otherwise } = options
  const isUrl = tcUrl !== undefined && /^rtmps?:\/\//i.test(tcUrl)
  return isUrl ? redirect(tcUrl, description) : reject(description, { close: false })
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
  readonly #services: DrainServices
  readonly #options: DrainOptions
  readonly #endsAt: number
  readonly #timer: WheelTimer = new WheelTimer(this)
  readonly #asked = new Set<Connection>()

  constructor(services: DrainServices, options: DrainOptions, now: number) {
    this.#services = services
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
    for (const connection of this.#services.connections) {
      if (askToReconnect(connection, { description: DESCRIPTION, ...this.#options }, now))
        this.#asked.add(connection)
    }
    this.onTimer(now)
  }

  /** Ends what is left now. */
  finish(now: number): void {
    this.#services.wheel.cancel(this.#timer)
    for (const connection of publishersFirst(this.#services))
      connection.close('shutdown', this.#description, now)
  }

  /** @internal */
  onTimer(now: number): void {
    if (now >= this.#endsAt) {
      this.finish(now)
      return
    }
    for (const connection of publishersFirst(this.#services)) {
      if (!this.#mayStay(connection)) connection.close('shutdown', this.#description, now)
    }
    if (this.#services.connections.size > 0)
      this.#services.wheel.set(this.#timer, Math.min(now + SWEEP_MS, this.#endsAt))
  }

  #mayStay(connection: Connection): boolean {
    if (this.#asked.has(connection)) return true
    const { publishings, playbacks } = connection.activities
    if (publishings.length > 0) return false
    return playbacks.some(({ context }) => {
      const stream = this.#services.registry.find(context.app, context.streamName)
      return stream?.publication !== undefined
    })
  }
}

/** So that players get the end of their streams in its order. */
const publishersFirst = ({ connections }: DrainServices): Connection[] =>
  [...connections].toSorted((a, b) => b.activities.publishings.length - a.activities.publishings.length)

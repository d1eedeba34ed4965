import { type Timed, WheelTimer } from '../relay/timer-wheel.ts'
import { Activities } from './activities.ts'
import type { Connection } from './connection.ts'
import type { Redirect, Reject } from './decision.ts'
import { askToReconnect, DEFAULT_DRAIN_MS, type DrainOptions, drainRefusal } from './drain.ts'
import { Playback } from './playback.ts'
import type { ServerCore } from './server-core.ts'

/** How often it is looked at who has left, in milliseconds. */
const SWEEP_MS = 100

const DESCRIPTION = 'the stream is moving'

/**
 * Empties one stream, as {@link Drain} does a server:
 *
 * - Its publisher and players that know reconnect requests are sent one. It is about their whole connection, and they
 *   go on as before until they have found another server.
 * - A publisher that does not is ended at once. Players that do not stay as long as they get the stream.
 * - Who is still there at the deadline is ended; so is what the application publishes itself.
 *
 * Until the deadline, whoever asks for the stream is refused, and sent on where `tcUrl` says.
 */
export class StreamDrain implements Timed {
  readonly app: string
  readonly streamName: string
  /** Resolves when the stream has gone. */
  readonly done: Promise<void>
  /** Connections that were sent a reconnect request. */
  readonly asked: ReadonlySet<Connection>
  readonly #core: ServerCore
  readonly #options: DrainOptions
  readonly #endsAt: number
  readonly #timer: WheelTimer = new WheelTimer(this)
  readonly #over: () => void
  #resolve: () => void = () => {}

  /** @internal @param over - Called at the deadline. */
  constructor(
    core: ServerCore,
    app: string,
    streamName: string,
    options: DrainOptions,
    over: () => void,
    now: number,
  ) {
    this.app = app
    this.streamName = streamName
    this.#core = core
    this.#options = { description: DESCRIPTION, ...options }
    this.#endsAt = now + (options.deadlineMs ?? DEFAULT_DRAIN_MS)
    this.#over = over
    this.done = new Promise((resolve) => {
      this.#resolve = resolve
    })
    const members = [...this.#members()]
    this.asked = new Set(members.filter((connection) => askToReconnect(connection, this.#options, now)))
  }

  /** What is said to whoever asks for the stream meanwhile. */
  get refusal(): Reject | Redirect {
    return drainRefusal(this.#options, DESCRIPTION)
  }

  /** @internal */
  onTimer(now: number): void {
    const { app, streamName } = this
    const isOver = now >= this.#endsAt
    const owner = this.#core.registry.find(app, streamName)?.publication?.owner
    const mayStay =
      owner !== undefined && (!(owner instanceof Activities) || this.asked.has(owner.connection))
    if (isOver || !mayStay) this.#core.streamControl.end(app, streamName, this.#options.description)
    if (this.#core.registry.find(app, streamName) === undefined) this.#resolve()
    if (isOver) this.#over()
    else this.#core.wheel.set(this.#timer, Math.min(now + SWEEP_MS, this.#endsAt))
  }

  *#members(): Iterable<Connection> {
    const stream = this.#core.registry.find(this.app, this.streamName)
    if (stream === undefined) return
    const seen = new Set<Connection>()
    const owner = stream.publication?.owner
    if (owner instanceof Activities) seen.add(owner.connection)
    for (const player of stream.players) {
      if (player.owner instanceof Playback) seen.add(player.owner.connection)
    }
    yield* seen
  }
}

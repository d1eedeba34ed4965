import { type Timed, WheelTimer } from '@rtmp/live/engine'
import { Activities } from './activities.ts'
import type { Redirect, Reject } from '../contract/decision.ts'
import { DEFAULT_DRAIN_MS, type DrainOptions } from '../contract/drain-options.ts'
import type { StreamDrain as StreamDrainHandle } from '../contract/stream-drain.ts'
import { drainRefusal } from './drain.ts'
import { askToReconnect } from './reconnect.ts'
import type { Services } from './services.ts'
import { type PeerInfo, viewersOf } from './viewer.ts'

/** What emptying a stream needs of the server. */
export interface StreamDrainServices extends Pick<Services, 'registry' | 'wheel'> {
  /** Ends the stream. */
  end(app: string, streamName: string, description: string | undefined): void
  /** The deadline has passed. */
  over(): void
}

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
export class StreamDrain implements StreamDrainHandle, Timed {
  readonly app: string
  readonly streamName: string
  readonly done: Promise<void>
  readonly asked: ReadonlySet<PeerInfo>
  readonly #services: StreamDrainServices
  readonly #options: DrainOptions
  readonly #endsAt: number
  readonly #timer: WheelTimer = new WheelTimer(this)
  #resolve: () => void = () => {}

  /** @internal */
  constructor(
    services: StreamDrainServices,
    app: string,
    streamName: string,
    options: DrainOptions,
    now: number,
  ) {
    this.app = app
    this.streamName = streamName
    this.#services = services
    this.#options = { description: DESCRIPTION, ...options }
    this.#endsAt = now + (options.deadlineMs ?? DEFAULT_DRAIN_MS)
    this.done = new Promise((resolve) => {
      this.#resolve = resolve
    })
    this.asked = this.#ask(now)
  }

  /** What is said to whoever asks for the stream meanwhile. */
  get refusal(): Reject | Redirect {
    return drainRefusal(this.#options, DESCRIPTION)
  }

  /** @internal */
  onTimer(now: number): void {
    const { app, streamName } = this
    const isOver = now >= this.#endsAt
    const owner = this.#services.registry.find(app, streamName)?.publication?.owner
    const mayStay = owner !== undefined && (!(owner instanceof Activities) || this.asked.has(owner.peer))
    if (isOver || !mayStay) this.#services.end(app, streamName, this.#options.description)
    if (this.#services.registry.find(app, streamName) === undefined) this.#resolve()
    if (isOver) this.#services.over()
    else this.#services.wheel.set(this.#timer, Math.min(now + SWEEP_MS, this.#endsAt))
  }

  /** Sends each client one request, whatever it does with the stream; says who understands it. */
  #ask(now: number): Set<PeerInfo> {
    const stream = this.#services.registry.find(this.app, this.streamName)
    const owner = stream?.publication?.owner
    const asked = new Set<PeerInfo>()
    const seen = new Set<PeerInfo>()
    if (owner instanceof Activities) {
      seen.add(owner.peer)
      if (askToReconnect(owner.peer, this.#options, now)) asked.add(owner.peer)
    }
    for (const viewer of viewersOf(stream)) {
      const { peer } = viewer
      // A node goes where its stream is by itself.
      if (seen.has(peer) || peer.node !== undefined) continue
      seen.add(peer)
      if (viewer.askToReconnect(this.#options, now)) asked.add(peer)
    }
    return asked
  }
}

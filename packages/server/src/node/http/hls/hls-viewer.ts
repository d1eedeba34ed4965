import { type Timed, WheelTimer } from '@rtmp/live/engine'
import type { Connection } from '../../../core/connection.ts'
import type { ServerCore } from '../../../core/server-core.ts'
import type { ServerTransport } from '../../../core/transport.ts'
import type { WebAnswer } from '../../../web/web-answer.ts'
import type { WebSession } from '../../../web/web-session.ts'
import type { CallOrigin } from '../http-output.ts'
import type { WatchedHls } from './watched-hls.ts'

/** Ends of a play behind which its last segments may still be fetched: those that the stream brought. */
const GOES_ON = new Set([200, 404])

/**
 * Somebody who watches over HLS: to the engine a client that plays, for as long as it goes on asking. What it is sent goes with
 * the answers to its requests, so nothing is ever written here.
 */
export class HlsViewer implements ServerTransport, Timed {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localPort: number
  readonly secure: boolean
  readonly pendingBytes: number = 0
  /** By which its requests are known. */
  readonly id: string
  readonly #core: ServerCore
  #idleMs: number
  readonly #gone: (viewer: HlsViewer) => void
  readonly #timer: WheelTimer = new WheelTimer(this)
  #connection: Connection | undefined
  #session: WebSession | undefined
  #channel: WatchedHls | undefined
  #end: WebAnswer | undefined
  #asking = 0
  #askedAt: number
  #isGone = false

  /** @param gone - Called once, when it has asked for nothing long enough. */
  constructor(
    core: ServerCore,
    id: string,
    origin: CallOrigin,
    idleMs: number,
    gone: (viewer: HlsViewer) => void,
  ) {
    this.#core = core
    this.id = id
    this.remoteAddress = origin.remoteAddress
    this.remotePort = origin.remotePort
    this.localPort = origin.localPort
    this.secure = origin.secure
    this.#idleMs = idleMs
    this.#gone = gone
    this.#askedAt = core.now()
  }

  /** What it watches, once it may. */
  get channel(): WatchedHls | undefined {
    return this.#channel
  }

  /** Why it may watch no more: it was kicked, banned, refused. */
  get refusal(): WebAnswer | undefined {
    return this.#end !== undefined && !GOES_ON.has(this.#end.status) ? this.#end : undefined
  }

  /** Whose way it is. */
  belongTo(connection: Connection, session: WebSession): void {
    this.#connection = connection
    this.#session = session
  }

  watches(channel: WatchedHls): void {
    this.#channel = channel
    channel.join()
    this.#idleMs = Math.max(this.#idleMs, channel.idleMs ?? 0)
    this.#core.wheel.set(this.#timer, this.#core.now() + this.#idleMs)
  }

  /** Its play is over. */
  answered(answer: WebAnswer): void {
    this.#end ??= answer
  }

  /** A request of it begins; what is returned ends it. */
  asks(): (bytes: number) => void {
    this.#asking += 1
    this.#askedAt = this.#core.now()
    return (bytes) => {
      this.#asking -= 1
      this.#askedAt = this.#core.now()
      this.#session?.noteBytesSent(bytes)
    }
  }

  write(): void {}

  finish(): void {
    this.#closed()
  }

  destroy(): void {
    this.#closed()
  }

  /** @internal */
  onTimer(now: number): void {
    const idleSince = this.#asking > 0 ? now : this.#askedAt
    if (now - idleSince < this.#idleMs) this.#core.wheel.set(this.#timer, idleSince + this.#idleMs)
    else this.leave()
  }

  /** It has gone. */
  leave(): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#core.wheel.cancel(this.#timer)
    this.#channel?.leave()
    this.#closed()
    this.#gone(this)
  }

  /** There is nothing that could close: the engine is told that it has. */
  #closed(): void {
    setImmediate(() => this.#connection?.transportClosed(undefined, this.#core.now()))
  }
}

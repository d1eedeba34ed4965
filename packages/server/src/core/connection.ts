import { announcesErtmp, type ErtmpCapabilities, parseCapabilities } from '@rtmp/ertmp'
import type { HandshakeResult } from '@rtmp/handshake'
import type { ConnectCommand } from '@rtmp/message'
import {
  type ClosedEvent,
  type HandshakeCompleteEvent,
  type OwnEndReason,
  type ServerEvent,
  ServerSession,
  type SessionStats,
  type SetBufferLengthEvent,
} from '@rtmp/session'
import { Outbox } from '../relay/outbox.ts'
import { type Timed, WheelTimer } from '../relay/timer-wheel.ts'
import { Activities } from './activities.ts'
import { ClientHandle } from './client-handle.ts'
import { type Encoder, encoderOf } from './encoder.ts'
import { EarlyBytes } from './early-bytes.ts'
import type { ConnectionInfo, PlayContext, PublishContext } from './handler.ts'
import { Reading } from './reading.ts'
import { Requests } from './requests.ts'
import type { ServerCore } from './server-core.ts'
import type { Terms } from './terms.ts'
import type { Transport } from './transport.ts'

/**
 * What a connection is doing.
 *
 * - `'asked'`: the `connection` hook has not answered; nothing is read.
 * - `'open'`: the session is alive.
 * - `'flushing'`: the session is over; what it has said last is still on its way.
 * - `'lingering'`: we have ended our side and wait for the peer to end its own.
 * - `'gone'`: the transport is closed.
 */
type Phase = 'asked' | 'open' | 'flushing' | 'lingering' | 'gone'

/**
 * One client: its session, its way out, and its time.
 *
 * The session says what the client asks for and is told what was decided; what it publishes and plays is the business of
 * {@link Activities}.
 */
export class Connection implements ConnectionInfo, Timed {
  readonly id: number
  readonly core: ServerCore
  readonly outbox: Outbox
  readonly openedAt: number
  readonly activities: Activities
  readonly client: ClientHandle
  readonly #transport: Transport
  readonly #session: ServerSession
  readonly #requests: Requests
  readonly #timer: WheelTimer = new WheelTimer(this)
  readonly #reading: Reading
  #phase: Phase = 'open'
  #draining = false
  /** Whether the bytes at hand have brought audio or video. */
  #broughtMedia = false
  #early: EarlyBytes | undefined
  #handshake: HandshakeResult | undefined
  #capabilities: ErtmpCapabilities | undefined
  /** What it was told last: a stream and its buffer. */
  #buffer: SetBufferLengthEvent | undefined
  /** What its `connect` was granted with. */
  #terms: Terms | undefined
  #isConnected = false
  /** Bytes that came from the session, of those put into the outbox. */
  #sessionBytes = 0
  /** Other bytes the session has been told of. */
  #notedBytes = 0

  constructor(id: number, core: ServerCore, transport: Transport, now: number) {
    this.id = id
    this.core = core
    this.openedAt = now
    this.#transport = transport
    this.outbox = new Outbox(transport)
    this.#reading = new Reading(transport, core.wheel)
    this.#session = new ServerSession(core.sessionOptions)
    this.activities = new Activities(this, this.#session)
    this.client = new ClientHandle(this, this.#session)
    this.#requests = new Requests(this, this.#session)
    this.#session.handleTimeout(now)
    this.#arm()
  }

  get uid(): string {
    return `${this.core.instance}-${this.id}`
  }

  get remoteAddress(): string {
    return this.#transport.remoteAddress
  }

  get remotePort(): number {
    return this.#transport.remotePort
  }

  get localPort(): number {
    return this.#transport.localPort
  }

  get secure(): boolean {
    return this.#transport.secure
  }

  get app(): string {
    return this.#session.app
  }

  get connect(): ConnectCommand | undefined {
    return this.#session.connectCommand
  }

  get handshake(): HandshakeResult | undefined {
    return this.#handshake
  }

  get capabilities(): ErtmpCapabilities {
    const { connect } = this
    if (connect === undefined) return NO_CAPABILITIES
    this.#capabilities ??= parseCapabilities(connect.properties)
    return this.#capabilities
  }

  get isEnhanced(): boolean {
    return announcesErtmp(this.capabilities)
  }

  get encoder(): Encoder {
    return encoderOf(this.connect?.flashVer)
  }

  /** Whether the session is alive. */
  get isOpen(): boolean {
    return this.#phase === 'open'
  }

  /** Counters of the session, taken now. */
  get stats(): SessionStats {
    this.#noteBytes()
    return this.#session.stats
  }

  /** What it publishes at present. */
  get publishings(): readonly PublishContext[] {
    return this.activities.publishings.map(({ context }) => context)
  }

  /** What it plays at present. */
  get playings(): readonly PlayContext[] {
    return this.activities.playbacks.map(({ context }) => context)
  }

  /** The client's buffer in milliseconds, if that was the last it said about any. */
  bufferLengthOf(messageStreamId: number): number | undefined {
    return this.#buffer?.messageStreamId === messageStreamId ? this.#buffer.bufferLength : undefined
  }

  /** Takes bytes from the transport; they are not used after the call. */
  receive(bytes: Uint8Array, now: number): void {
    if (this.#phase === 'open') {
      this.#noteBytes()
      this.#session.receive(bytes, now)
      this.#broughtMedia = false
      this.#settle(now)
      if (
        this.#broughtMedia &&
        this.#phase === 'open' &&
        this.activities.unwatched &&
        !this.#session.awaitsPong(now)
      ) {
        this.#reading.unwatched(bytes.length, now)
      }
    } else if (this.#phase === 'asked' && this.#early?.add(bytes) === false) this.#transport.destroy()
  }

  /** The peer has ended its side; there is nobody to talk to any more. */
  peerEnded(now: number): void {
    this.#transportEnded(undefined, now)
  }

  /** The transport is gone. */
  transportClosed(error: Error | undefined, now: number): void {
    if (this.#phase === 'gone') return
    this.#transportEnded(error, now)
    this.#phase = 'gone'
    this.outbox.close()
    this.core.wheel.cancel(this.#timer)
    this.#reading.release()
    this.core.connectionGone(this)
  }

  /** Ends the connection from our side: everything it does ends, the client is told, what is written is sent. */
  close(reason: OwnEndReason, description: string, now: number): void {
    if (this.#phase === 'asked') this.#phase = 'open'
    if (this.#phase !== 'open') return
    this.activities.endAll(reason, description)
    this.#session.close(reason, description)
    this.#settle(now)
  }

  /** @internal Reads on: somebody watches what it publishes. */
  wake(): void {
    this.#reading.watched()
  }

  /** Ends a connection that does not take what it is sent; of that, what can be taken back is dropped. */
  abandon(now: number, description = 'the client does not take what it is sent'): void {
    if (this.#phase !== 'open') return
    this.#noteBytes()
    this.outbox.discard()
    this.#notedBytes = this.outbox.totalBytes - this.#sessionBytes
    for (const playback of this.activities.playbacks) playback.stalled()
    this.close('timeout', description, now)
  }

  /** Ends everything at once, without a word. */
  destroy(now: number): void {
    this.close('shutdown', 'the server stops at once', now)
    this.#transport.destroy()
  }

  /** Lets somebody act on the session, and sees to what follows. */
  act(now: number, action: (session: ServerSession) => void): void {
    if (this.#phase !== 'open') return
    action(this.#session)
    this.#settle(now)
  }

  /** Looks after a client that does not take what it is sent, or does nothing. */
  check(now: number): void {
    if (this.#phase !== 'open') return
    this.activities.check(now)
    if (!this.outbox.congested) return
    const { options } = this.core.registry
    const { writeStallMs } = this.core.limits
    const bytes = options.player.hard.bytes + options.cache.bytes
    const ms = writeStallMs === 0 ? Number.POSITIVE_INFINITY : writeStallMs
    if (this.outbox.exceeds({ bytes, ms }, now)) this.abandon(now)
  }

  /** @internal A deadline of the session, or of closing. */
  onTimer(now: number): void {
    if (this.#phase === 'open' || this.#phase === 'asked') {
      this.#phase = 'open'
      this.#session.handleTimeout(now)
      this.#settle(now)
    } else if (this.#phase !== 'gone') this.#transport.destroy()
  }

  /** @internal The `connection` hook has to say whether the client may speak. */
  hold(): void {
    this.#phase = 'asked'
    this.#early = new EarlyBytes()
    this.#reading.held = true
  }

  /** @internal The `connection` hook has answered. */
  admit(admitted: boolean, now: number): void {
    const early = this.#early
    const held = this.#phase === 'asked'
    this.#early = undefined
    if (held) this.#phase = 'open'
    if (this.#phase !== 'open') return
    if (!admitted) {
      this.close('refused', 'the connection hook refused the client', now)
      this.#transport.destroy()
      return
    }
    if (!held) return
    this.#reading.held = false
    if (early !== undefined && early.bytes.length > 0) this.receive(early.bytes, now)
  }

  /** @internal `connect` was granted. */
  connected(terms: Terms | undefined, now: number): void {
    this.core.admission.enteredApp(this.app)
    this.#isConnected = true
    this.#terms = terms
    terms?.start(now)
    if (this.core.events.has('connected')) this.core.events.emit('connected', { connection: this })
  }

  /** @internal A hook has taken its time. */
  decided(now: number): void {
    if (this.#phase === 'open') this.#settle(now)
  }

  /** @internal What the session has to say goes first, before somebody else writes. */
  flushSession(now: number): void {
    this.#writeOutput(now)
  }

  /** @internal Does what must not fail: if it does, the connection ends and nobody else is harmed. */
  guard(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.core.failed(`connection ${this.id}`, error)
      this.#transport.destroy()
    }
  }

  #transportEnded(error: Error | undefined, now: number): void {
    if (this.#phase === 'asked') this.#phase = 'open'
    if (this.#phase !== 'open') return
    if (error === undefined) {
      this.#session.transportClosed('transportClosed', now, 'the client closed the connection')
    } else this.#session.transportClosed('transportError', now, error.message)
    this.#settle(now)
  }

  /** Acts on what the session has to say, writes what it wants to send, sends what is due of what it publishes. */
  #settle(now: number): void {
    if (this.#draining) return
    this.#draining = true
    try {
      for (let event = this.#session.nextEvent(); event !== undefined; event = this.#session.nextEvent()) {
        this.#on(event, now)
      }
    } catch (error) {
      this.core.failed(`connection ${this.id}`, error)
      this.#transport.destroy()
    } finally {
      this.#draining = false
    }
    this.activities.settle(now)
    this.#writeOutput(now)
    if (this.#phase !== 'open') return
    this.#arm()
    this.#reading.full = this.#session.shouldPauseReading
  }

  #writeOutput(now: number): void {
    if (!this.#session.hasOutput) return
    for (const piece of this.#session.takeOutput()) {
      this.#sessionBytes += piece.length
      this.outbox.write(piece, now)
    }
  }

  /** Tells the session of the bytes that batches have sent beside it. */
  #noteBytes(): void {
    const others = this.outbox.totalBytes - this.#sessionBytes
    if (others === this.#notedBytes) return
    this.#session.noteBytesSent(others - this.#notedBytes)
    this.#notedBytes = others
  }

  #arm(): void {
    const at = this.#session.nextTimeout()
    if (at !== undefined && at < this.#timer.at) this.core.wheel.set(this.#timer, at)
  }

  #on(event: ServerEvent, now: number): void {
    if (event.kind !== 'media') this.activities.escaped()
    switch (event.kind) {
      case 'media':
        this.#broughtMedia = true
        this.activities.media(event, now)
        break
      case 'data':
        this.activities.data(event, now)
        break
      case 'handshakeComplete':
        this.#onHandshake(event)
        break
      case 'connectRequested':
        this.#requests.connect(event, now)
        break
      case 'fcPublish':
        this.#requests.fcPublish(event, now)
        break
      case 'publishRequested':
        this.#requests.publish(event, now)
        break
      case 'playRequested':
        this.#requests.play(event, now)
        break
      case 'requestWithdrawn':
        this.#requests.withdraw(event.requestId)
        this.client.unanswered(event.requestId, 'the connection has ended')
        break
      case 'publishEnded':
        this.activities.publishEnded(event, now)
        break
      case 'playEnded':
        this.activities.playEnded(event, now)
        break
      case 'pause':
        this.activities.pause(event, now)
        break
      case 'receiveAudio':
      case 'receiveVideo':
        this.activities.receive(event, now)
        break
      case 'setBufferLength':
        this.#buffer = event
        break
      case 'seekRequested':
      case 'play2Requested':
        this.#session.reject(event.requestId)
        break
      case 'commandReceived':
        this.#requests.call(event)
        break
      case 'callAnswered':
        this.client.answered(event.requestId, { ok: event.ok, values: event.values })
        break
      case 'requestTimedOut':
        this.client.unanswered(event.requestId, `${event.name} was not answered in time`)
        break
      case 'otherMessage':
        if (this.core.events.has('message'))
          this.core.events.emit('message', { connection: this, message: event.message })
        break
      case 'warning':
        if (this.core.events.has('warning'))
          this.core.events.emit('warning', { connection: this, warning: event })
        break
      case 'closed':
        this.#onClosed(event, now)
        break
      default:
        break
    }
  }

  #onHandshake({ result }: HandshakeCompleteEvent): void {
    const { core } = this
    this.#handshake = result
    core.notify('handshakeComplete', () => core.handler.handshakeComplete?.(this, result))
  }

  /** The session is over: what it said last is sent, then our side ends, then the peer has a while to end its own. */
  #onClosed(closed: ClosedEvent, now: number): void {
    this.#phase = 'flushing'
    this.#terms?.stop()
    this.#requests.withdrawAll()
    if (this.#isConnected) this.core.admission.leftApp(this.app)
    this.#reading.release()
    const { core } = this
    core.connectionClosed(this, closed)
    core.wheel.set(this.#timer, now + core.closing.flushMs)
    if (closed.reason === 'transportError') {
      this.#transport.destroy()
      return
    }
    this.#writeOutput(now)
    this.outbox.whenHandedOver(() => {
      if (this.#phase !== 'flushing') return
      this.#phase = 'lingering'
      this.#transport.finish()
      core.wheel.set(this.#timer, core.now() + core.closing.lingerMs)
    })
  }
}

const NO_CAPABILITIES: ErtmpCapabilities = {}

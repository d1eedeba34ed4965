import { Outbox, type Timed, WheelTimer } from '@rtmp/live/engine'
import type { HandshakeResult } from '@rtmp/handshake'
import type { ConnectCommand } from '@rtmp/message'
import type { ClosedEvent, OwnEndReason, SessionStats } from '@rtmp/session'
import type { Activities } from './activities.ts'
import { hookPlace, noAnswerInTime } from './callback-door.ts'
import type { ClientProtocol, ClientSession } from './client-protocol.ts'
import { ConnectionFacts } from './connection-facts.ts'
import type { ConnectionPhase } from './connection-phase.ts'
import type { ConnectionServices } from './connection-services.ts'
import { ConnectionMemory } from './connection-memory.ts'
import { Conversation } from './conversation.ts'
import type { ClientHandle } from '../contract/client-handle.ts'
import { EarlyBytes } from './early-bytes.ts'
import type { PlayContext, PublishContext } from '../contract/contexts.ts'
import { LAST_WORDS_MS, MOST_LAST_WORDS, NO_MEMORY, NOT_TAKEN, tellOfEnd } from './last-words.ts'
import type { MemoryShare } from './memory-share.ts'
import type { Peer } from './peer.ts'
import { Reading } from './reading.ts'
import { SessionOutput } from './session-output.ts'
import type { Terms } from './terms.ts'
import type { ServerTransport } from './transport.ts'

/**
 * One client: its session, its way out, and its time.
 *
 * The session says what the client asks for and is told what was decided; what it publishes and plays is the business of
 * {@link Conversation}.
 */
export class Connection extends ConnectionFacts implements Peer, Timed {
  readonly outbox: Outbox
  readonly #services: ConnectionServices
  readonly #session: ClientSession
  readonly #conversation: Conversation
  readonly #output: SessionOutput
  readonly #memory: ConnectionMemory
  readonly #timer: WheelTimer = new WheelTimer(this)
  /** @internal Whether it is read at present. */
  readonly reading: Reading
  #phase: ConnectionPhase = 'open'
  #draining = false
  /** Whether the bytes at hand have brought audio or video. */
  #broughtMedia = false
  #early: EarlyBytes | undefined
  /** How many deadlines of the session the timer knows of; none when it has run down. */
  #armedFor = -1
  /** What its `connect` was granted with. */
  #terms: Terms | undefined

  constructor(
    id: number,
    services: ConnectionServices,
    transport: ServerTransport,
    speaks: ClientProtocol,
    now: number,
  ) {
    super(id, services.instance, transport, speaks, now)
    this.#services = services
    this.outbox = new Outbox(transport, services.memory.ledger)
    this.reading = new Reading(transport, services.wheel)
    this.#session = speaks.session
    this.#output = new SessionOutput(this.#session, this.outbox)
    this.#conversation = new Conversation(this, services, this.#session)
    this.#memory = new ConnectionMemory(services.memory, this)
    this.#session.handleTimeout(now)
    this.#arm()
  }

  /** @internal What it is told, and what it holds. */
  get session(): ClientSession {
    return this.#session
  }

  /** @internal Where what it holds is counted. */
  get memory(): MemoryShare {
    return this.#memory.share
  }

  /** See {@link ConnectionInfo.client}. */
  get client(): ClientHandle {
    return this.#conversation.client
  }

  get app(): string {
    return this.#session.app
  }

  get connect(): ConnectCommand | undefined {
    return this.#session.connectCommand
  }

  get handshake(): HandshakeResult | undefined {
    return this.#conversation.handshake
  }

  /** Whether the session is alive. */
  get isOpen(): boolean {
    return this.#phase === 'open'
  }

  /** Counters of the session, taken now. */
  get stats(): SessionStats {
    this.#output.noteBytes()
    return this.#session.stats
  }

  /** What it publishes and plays, with all that belongs to it. */
  get activities(): Activities {
    return this.#conversation.activities
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
    return this.#conversation.bufferLengthOf(messageStreamId)
  }

  /** Takes bytes from the transport; they are not used after the call. */
  receive(bytes: Uint8Array, now: number): void {
    this.#memory.received(bytes.length)
    if (this.#phase === 'open') {
      this.#output.noteBytes()
      this.#session.receive(bytes, now)
      this.#broughtMedia = false
      this.#settle(now)
      const rests = this.#broughtMedia && this.isOpen && this.activities.unwatched
      if (rests && !this.#session.awaitsPong(now)) this.reading.unwatched(bytes.length, now)
      if (this.#services.memory.isOver) this.#services.memory.shed(now)
    } else if (this.#phase === 'asked') {
      if (this.#early?.add(bytes) === false) this.transport.destroy()
      this.#memory.count(this.#early?.length)
    }
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
    this.#services.wheel.cancel(this.#timer)
    this.reading.release()
    this.#memory.close()
    this.#services.connectionGone(this)
  }

  /** Ends the connection from our side: everything it does ends, the client is told, what is written is sent. */
  close(reason: OwnEndReason, description: string, now: number): void {
    if (this.#phase === 'asked') this.#phase = 'open'
    if (this.#phase !== 'open') return
    this.activities.endAll(reason, description)
    this.#session.close(reason, description)
    this.#settle(now)
  }

  /** Ends a connection that does not take what it is sent; of that, what can be taken back is dropped. */
  abandon(now: number, description = NOT_TAKEN, reason: OwnEndReason = 'timeout'): void {
    if (this.#phase !== 'open') return
    this.#output.discard()
    for (const playback of this.activities.playbacks) playback.stalled()
    tellOfEnd(this.#session, description)
    this.close(reason, description, now)
  }

  /** @internal More memory was needed than there is. */
  payMemory(now: number, isCrowd: boolean): void {
    if (isCrowd || this.#phase === 'asked') this.destroy(now)
    else {
      this.abandon(now, NO_MEMORY, 'closed')
      this.#services.wheel.set(this.#timer, now + LAST_WORDS_MS)
      if (this.#phase === 'open' || this.outbox.queuedBytes <= MOST_LAST_WORDS) return
      this.transport.destroy()
    }
    this.outbox.close()
    this.#memory.close()
  }

  /** Ends everything at once, without a word. */
  destroy(now: number): void {
    this.close('shutdown', 'the server stops at once', now)
    this.transport.destroy()
  }

  /** Lets somebody act on the session, and sees to what follows. */
  act(now: number, action: (session: ClientSession) => void): void {
    if (this.#phase !== 'open') return
    action(this.#session)
    this.#settle(now)
  }

  /** Looks after a client that does not take what it is sent, or does nothing. */
  check(now: number): void {
    this.#memory.sample()
    if (this.#phase !== 'open') return
    if (this.reading.slowed) this.#session.excuseSilence(now)
    this.activities.check(now)
    if (!this.outbox.congested) return
    const { options } = this.#services.registry
    const { writeStallMs } = this.#services.limits
    const bytes = options.player.hard.bytes + options.cache.bytes
    const ms = writeStallMs === 0 ? Number.POSITIVE_INFINITY : writeStallMs
    if (this.outbox.exceeds({ bytes, ms }, now)) this.abandon(now)
  }

  /** @internal A deadline of the session, or of closing. */
  onTimer(now: number): void {
    if (this.#phase === 'asked') {
      this.#services.failed(hookPlace('connection'), noAnswerInTime())
      this.close('timeout', 'the connection hook has not answered', now)
      this.transport.destroy()
    } else if (this.#phase === 'open') {
      this.#armedFor = -1
      this.#session.handleTimeout(now)
      this.#settle(now)
    } else if (this.#phase !== 'gone') this.transport.destroy()
  }

  /** @internal The `connection` hook has to say whether the client may speak. */
  hold(): void {
    this.#phase = 'asked'
    this.#early = new EarlyBytes()
    this.reading.held = true
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
      this.transport.destroy()
      return
    }
    if (!held) return
    this.reading.held = false
    if (early !== undefined) this.receive(early.bytes, now)
  }

  /** @internal `connect` was granted. */
  connected(terms: Terms | undefined, now: number): void {
    this.#terms = terms
    terms?.start(now)
    if (this.#services.events.has('connected')) this.#services.events.emit('connected', { connection: this })
  }

  /** @internal A hook has taken its time. */
  decided(now: number): void {
    if (this.#phase === 'open') this.#settle(now)
  }

  /** @internal What the session has to say goes first, before somebody else writes. */
  flushSession(now: number): void {
    this.#output.write(now)
  }

  /** @internal Does what must not fail: if it does, the connection ends and nobody else is harmed. */
  guard(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#services.failed(`connection ${this.id}`, error)
      this.transport.destroy()
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
    const { activities } = this
    try {
      for (let event = this.#session.nextEvent(); event !== undefined; event = this.#session.nextEvent()) {
        if (event.kind === 'media') {
          this.#broughtMedia = true
          activities.media(event, now)
        } else if (event.kind === 'closed') this.#onClosed(event, now)
        else this.#conversation.hear(event, now)
      }
    } catch (error) {
      this.#services.failed(`connection ${this.id}`, error)
      this.transport.destroy()
    } finally {
      this.#draining = false
    }
    activities.settle(now)
    this.#output.write(now)
    this.#memory.count()
    if (this.#phase !== 'open') return
    this.#arm()
    this.reading.full = this.#session.shouldPauseReading
  }

  #arm(): void {
    const { deadlinesMade } = this.#session
    if (deadlinesMade === this.#armedFor) return
    this.#armedFor = deadlinesMade
    const at = this.#session.nextTimeout()
    if (at !== undefined && at < this.#timer.at) this.#services.wheel.set(this.#timer, at)
  }

  /** The session is over: what it said last is sent, then our side ends, then the peer has a while to end its own. */
  #onClosed(closed: ClosedEvent, now: number): void {
    this.#phase = 'flushing'
    this.#terms?.stop()
    this.#conversation.withdrawAll()
    this.reading.release()
    const services = this.#services
    services.connectionClosed(this, closed)
    services.wheel.set(this.#timer, now + services.closing.flushMs)
    if (closed.reason === 'transportError') {
      this.transport.destroy()
      return
    }
    this.#output.write(now)
    this.outbox.whenHandedOver(() => {
      if (this.#phase !== 'flushing') return
      this.#phase = 'lingering'
      this.transport.finish()
      services.wheel.set(this.#timer, services.now() + services.closing.lingerMs)
    })
  }
}

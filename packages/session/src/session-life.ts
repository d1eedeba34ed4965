import { type DecodeError, isDecodeError, isProtocolError, ProtocolError, UsageError } from '@rtmp/bytes'
import type { Message, SlabPool } from '@rtmp/chunk'
import type { ClientHandshake, ServerHandshake } from '@rtmp/handshake'
import { Control } from './control.ts'
import { after, type Deadline, dueAt, NEVER, started } from './deadline.ts'
import type { EndReason, OwnEndReason, TransportEndReason } from './end-reason.ts'
import type { SessionErrorCode, SessionWarningCode } from './errors.ts'
import { EventQueue } from './event-queue.ts'
import type { SharedEvent, Status } from './events.ts'
import { HeldMessages } from './held-messages.ts'
import { Link } from './link.ts'
import { MessageCounts } from './message-counts.ts'
import { MessageStream } from './message-stream.ts'
import type { Millis, TraceHook } from './options.ts'
import type { ResolvedOptions } from './resolved-options.ts'
import type { SessionStats } from './session.ts'
import {
  CONNECTION_TRANSITIONS,
  type ConnectionInput,
  type ConnectionState,
  nextState,
  STREAM_TRANSITIONS,
  type StreamInput,
  type StreamState,
} from './transitions.ts'

/**
 * The life of a session: states, time, message streams, and the end of each, told exactly once.
 *
 * Messages mean nothing here: what they mean to both roles is in `BaseSession`, to one in the classes above it.
 */
export abstract class SessionLife<Event extends { readonly kind: string }> {
  protected readonly options: ResolvedOptions
  protected readonly link: Link
  protected readonly control: Control
  protected readonly events: EventQueue<Event | SharedEvent> = new EventQueue<Event | SharedEvent>()
  protected readonly held: HeldMessages
  protected readonly counts: MessageCounts = new MessageCounts()
  /** Message streams alive; few, so a list. */
  protected readonly streams: MessageStream[] = []
  /** The deadline of the connection's present state. */
  protected phase: Deadline
  readonly #trace: TraceHook | undefined
  #state: ConnectionState = 'handshaking'
  #now: Millis = 0
  /** Whether `#now` is the present: from `receive` or `handleTimeout` until the events have been drained. */
  #timeIsFresh = false

  protected constructor(
    handshake: ServerHandshake | ClientHandshake,
    options: ResolvedOptions,
    trace: TraceHook | undefined,
  ) {
    this.options = options
    this.link = new Link(handshake, options, trace)
    this.#trace = trace
    this.held = new HeldMessages(options.limits)
    this.control = new Control(this.link, options)
    this.phase = after(options.deadlines.handshake)
  }

  /** The request of a message stream is void, by the peer's doing or ours. */
  protected abstract onRequestVoid(stream: MessageStream, reason: EndReason): void
  /** The deadline of the present state has passed. */
  protected abstract onPhaseTimeout(): void
  /** Everything that waits for an answer or a decision is void. */
  protected abstract onEnd(reason: EndReason): void

  /** Where the connection stands. */
  get state(): ConnectionState {
    return this.#state
  }

  /** See {@link Session.hasOutput}. */
  get hasOutput(): boolean {
    return !this.link.output.isEmpty
  }

  /** See {@link Session.takeOutput}. */
  takeOutput(): Uint8Array[] {
    return this.link.output.take()
  }

  /** See {@link Session.nextTimeout}. */
  nextTimeout(): Millis | undefined {
    if (this.#state === 'closed') return undefined
    const due = this.earliestDeadline()
    return due === NEVER ? undefined : due
  }

  /** See {@link Session.handleTimeout}. */
  handleTimeout(now: Millis): void {
    if (this.#state === 'closed') return
    this.tell(now)
    this.startDeadlines(now)
    this.checkDeadlines(now)
  }

  /** See {@link Session.noteBytesSent}. */
  noteBytesSent(count: number): void {
    this.link.sent.sent += count
  }

  /** See {@link Session.close}. */
  close(reason: OwnEndReason = 'closed', description: string = reason): void {
    this.end(reason, description)
  }

  /** See {@link Session.transportClosed}. */
  transportClosed(reason: TransportEndReason, now: Millis, description: string = reason): void {
    this.#now = now
    this.end(reason, description)
  }

  /** Whether more than half of the room for messages that wait for a decision is taken: better not read on now. */
  get shouldPauseReading(): boolean {
    return this.held.isHalfFull
  }

  /** Whether a ping request went out a moment ago: reading late now would make its round-trip time too long. */
  awaitsPong(now: Millis): boolean {
    return this.control.ping.isFresh(now)
  }

  /**
   * Cuts the payloads of messages that begin from now on from another pool. A peer whose payloads are kept for long, as
   * a publisher's are, should have one of its own: what lies beside them is then kept for nobody else's sake.
   */
  usePool(pool: SlabPool): void {
    this.link.usePool(pool)
  }

  /** See {@link Session.stats}. */
  get stats(): SessionStats {
    const { received, sent } = this.link
    return {
      bytesReceived: received.received,
      bytesSent: sent.sent,
      bytesUnacknowledged: sent.unacknowledged,
      acknowledgementsReceived: sent.received,
      acknowledgementsSent: received.sent,
      receiveChunkSize: this.link.receiveChunkSize,
      sendChunkSize: this.link.sendChunkSize,
      receiveWindowAckSize: received.size,
      peerBandwidthLimit: this.control.bandwidthLimit,
      rtt: this.control.rtt,
      audioMessagesReceived: this.counts.audio,
      videoMessagesReceived: this.counts.video,
      dataMessagesReceived: this.counts.data,
      commandsReceived: this.counts.commands,
      messagesIgnored: this.counts.ignored,
      warnings: this.counts.warnings,
      pendingRequests: this.pendingRequests,
      pendingCalls: this.pendingCalls,
      heldBytes: this.held.bytes,
      messageStreams: this.streams.length,
    }
  }

  /** Requests of the peer that wait for a decision. */
  protected abstract get pendingRequests(): number
  /** Requests of ours that wait for an answer. */
  protected abstract get pendingCalls(): number

  /** What a message stream is doing; `'deleted'` for one that does not exist. */
  streamState(messageStreamId: number): StreamState {
    return this.findStream(messageStreamId)?.state ?? 'deleted'
  }

  // For the roles.

  protected emit(event: Event | SharedEvent): void {
    this.events.push(event)
  }

  protected warn(code: SessionWarningCode, message: string): void {
    this.counts.warnings += 1
    if (this.counts.warnings <= this.options.limits.maxWarnings) this.emit({ kind: 'warning', code, message })
  }

  /** As {@link warn}; in strict mode the end. */
  protected tolerate(code: SessionWarningCode, message: string): void {
    if (this.options.strict) throw this.error('SESSION_STRICT', message)
    this.warn(code, message)
  }

  protected error(code: SessionErrorCode, message: string): ProtocolError<SessionErrorCode> {
    return new ProtocolError(code, message, this.#state)
  }

  /** `false` after the end. @throws UsageError `SESSION_NOT_CONNECTED` before the connection is accepted */
  protected requireConnected(what: string): boolean {
    if (this.#state === 'connected') return true
    if (this.#state === 'closed') return false
    throw new UsageError('SESSION_NOT_CONNECTED', `${what} needs an accepted connection`, 'session')
  }

  /** It is `now`, until {@link forgetTime}. */
  protected tell(now: Millis): void {
    this.#now = now
    this.#timeIsFresh = true
  }

  /** All events have been drained: who knows how much time passes until the next call. */
  protected forgetTime(): void {
    this.#timeIsFresh = false
  }

  /** The time that was told last. */
  protected get now(): Millis {
    return this.#now
  }

  /** A deadline that starts now, or as soon as the time is told. */
  protected deadline(duration: Millis): Deadline {
    const relative = after(duration)
    return this.#timeIsFresh ? started(relative, this.#now) : relative
  }

  /** Starts to ping; the connection is accepted. */
  protected startPing(): void {
    this.control.ping.start()
    if (this.#timeIsFresh) this.control.ping.tick(this.#now)
  }

  protected move(input: ConnectionInput): boolean {
    const from = this.#state
    const to = nextState(CONNECTION_TRANSITIONS, from, input)
    if (to === undefined) return false
    this.#state = to
    this.#trace?.({ kind: 'connection', from, input, to })
    return true
  }

  protected findStream(id: number): MessageStream | undefined {
    for (const stream of this.streams) if (stream.id === id) return stream
    return undefined
  }

  protected addStream(id: number): MessageStream {
    const stream = new MessageStream(id)
    this.streams.push(stream)
    return stream
  }

  /** The only message stream, for a message that names stream 0. */
  protected onlyStream(messageStreamId: number): MessageStream | undefined {
    if (messageStreamId !== 0 || this.streams.length !== 1 || !this.options.leniency.streamZero)
      return undefined
    return this.streams[0]
  }

  /**
   * Moves a message stream, and reports the end of what it was doing. Returns false, and changes nothing, when the
   * table does not allow it.
   */
  protected moveStream(
    stream: MessageStream,
    input: StreamInput,
    reason: EndReason,
    status?: Status,
  ): boolean {
    const from = stream.state
    const to = nextState(STREAM_TRANSITIONS, from, input)
    if (to === undefined) return false
    stream.state = to
    this.#trace?.({ kind: 'stream', messageStreamId: stream.id, from, input, to })
    if (from === 'publishing' || from === 'playing') {
      const ended = {
        kind: from === 'publishing' ? ('publishEnded' as const) : ('playEnded' as const),
        messageStreamId: stream.id,
        streamName: stream.streamName,
        reason,
      }
      this.emit(status === undefined ? ended : { ...ended, status })
    } else if (stream.requestId !== 0) {
      if (input !== 'accept' && input !== 'reject') this.onRequestVoid(stream, reason)
      stream.requestId = 0
      this.replayHeld()
    }
    if (to === 'deleted') {
      this.streams.splice(this.streams.indexOf(stream), 1)
      if (input === 'deleteStream') this.emit({ kind: 'streamDeleted', messageStreamId: stream.id })
    }
    return true
  }

  /** Keeps a message until a decision has been made. @throws ProtocolError `SESSION_HELD_TOO_MUCH` */
  protected hold(message: Message): void {
    if (!this.held.hold(message)) {
      throw this.error(
        'SESSION_HELD_TOO_MUCH',
        `${this.held.bytes} bytes came before the decision they wait for`,
      )
    }
  }

  /** A decision has been made: handles again, in order, what was held, before anything new. */
  protected replayHeld(): void {
    this.held.replay()
  }

  /** Forgets what was held: what it waited for will not come. */
  protected dropHeld(): void {
    this.held.clear()
  }

  /** Counts a message that means nothing here. */
  protected ignore(): void {
    this.counts.ignored += 1
  }

  protected earliestDeadline(): Millis {
    return Math.min(dueAt(this.phase), this.control.ping.dueAt)
  }

  protected startDeadlines(now: Millis): void {
    this.phase = started(this.phase, now)
    this.control.ping.tick(now)
  }

  protected checkDeadlines(now: Millis): void {
    if (now >= this.phase) {
      this.phase = NEVER
      this.onPhaseTimeout()
    }
    if (this.#state === 'closed') return
    if (this.control.ping.isLost(now)) {
      this.end(
        'timeout',
        'the peer is silent',
        this.error('SESSION_PING_TIMEOUT', 'silence after a ping request'),
      )
      return
    }
    const timestamp = this.control.ping.take(now)
    if (timestamp !== undefined) this.control.send({ kind: 'pingRequest', timestamp })
  }

  /** Ends the session with an error of our own making. */
  protected timeOut(code: SessionErrorCode, description: string): void {
    this.end('timeout', description, this.error(code, description))
  }

  /** The one way out: ends all there is, once, and reports it. */
  protected end(
    reason: EndReason,
    description: string,
    error?: DecodeError | ProtocolError<SessionErrorCode>,
  ): void {
    if (!this.move('close')) return
    for (let stream = this.streams[0]; stream !== undefined; stream = this.streams[0]) {
      this.moveStream(stream, 'disconnect', reason)
    }
    this.onEnd(reason)
    this.held.clear()
    this.link.release()
    this.emit(
      error === undefined
        ? { kind: 'closed', reason, description }
        : { kind: 'closed', reason, description, error },
    )
  }

  /** Ends the session for what a layer below has thrown; what is no error of a peer goes on. */
  protected fail(error: unknown): void {
    if (isDecodeError(error)) this.end('protocolError', error.message, error)
    else if (isProtocolError(error)) {
      this.end('protocolError', error.message, error as ProtocolError<SessionErrorCode>)
    } else throw error
  }
}

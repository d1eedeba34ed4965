import { type DecodeError, isDecodeError, isProtocolError, ProtocolError, UsageError } from '@rtmp/bytes'
import type { Message } from '@rtmp/chunk'
import type { ClientHandshake, ServerHandshake } from '@rtmp/handshake'
import { Control } from './control.ts'
import { after, type Deadline, dueAt, NEVER, started } from './deadline.ts'
import type { EndReason, TransportEndReason } from './end-reason.ts'
import type { SessionErrorCode, SessionWarningCode } from './errors.ts'
import { EventQueue } from './event-queue.ts'
import type { SharedEvent, Status } from './events.ts'
import { HeldMessages } from './held-messages.ts'
import { Link } from './link.ts'
import { MessageCounts } from './message-counts.ts'
import { MessageStream } from './message-stream.ts'
import type { Millis, TraceHook } from './options.ts'
import type { ResolvedOptions } from './resolved-options.ts'
import {
  CONNECTION_TRANSITIONS,
  type ConnectionInput,
  type ConnectionState,
  nextState,
  STREAM_TRANSITIONS,
  type StreamInput,
  type StreamState,
} from './transitions.ts'

/** What a role does about the life of its session. */
export interface LifeRole {
  /** The request of a message stream is void, by the peer's doing or ours. */
  requestVoid(stream: MessageStream, reason: EndReason): void
  /** The deadline of the present state has passed. */
  phaseTimeout(): void
  /** Everything that waits for an answer or a decision is void. */
  ended(reason: EndReason): void
  /** A message stream has another state. */
  streamMoved?(stream: MessageStream, from: StreamState, reason: EndReason): void
}

/** Deadlines of one part of a session. */
export interface SessionTimer {
  /** When to come back; see {@link NEVER}. */
  readonly dueAt: Millis
  /** Starts what waited for the time. */
  start(now: Millis): void
  /** Does what is due. */
  check(now: Millis): void
}

/**
 * The life of a session: states, time, message streams, and the end of each, told exactly once.
 *
 * Messages mean nothing here: what they mean is the business of those who hold a life.
 */
export class SessionLife<Event extends { readonly kind: string }> implements SessionTimer {
  readonly options: ResolvedOptions
  readonly link: Link
  readonly control: Control
  readonly events: EventQueue<Event | SharedEvent> = new EventQueue<Event | SharedEvent>()
  readonly held: HeldMessages
  readonly counts: MessageCounts = new MessageCounts()
  /** Message streams alive; few, so a list. */
  readonly streams: MessageStream[] = []
  /** The deadline of the connection's present state. */
  phase: Deadline
  /** Whose deadlines are looked after, in this order; the life's own are among them. */
  timers: readonly SessionTimer[] = [this]
  readonly #role: LifeRole
  readonly #trace: TraceHook | undefined
  #state: ConnectionState = 'handshaking'
  #now: Millis = 0
  /** Whether `#now` is the present: from `receive` or `handleTimeout` until the events have been drained. */
  #timeIsFresh = false
  /** Whether a deadline may wait for the time to be told. That of the handshake does. */
  #deadlineWaits = true
  #deadlinesMade = 0

  constructor(
    handshake: ServerHandshake | ClientHandshake,
    options: ResolvedOptions,
    trace: TraceHook | undefined,
    role: LifeRole,
  ) {
    this.#role = role
    this.options = options
    this.link = new Link(handshake, options, trace)
    this.#trace = trace
    this.held = new HeldMessages(options.limits)
    this.control = new Control(this.link, options)
    this.phase = after(options.deadlines.handshake)
  }

  /** Where the connection stands. */
  get state(): ConnectionState {
    return this.#state
  }

  /** See {@link Session.nextTimeout}. */
  nextTimeout(): Millis | undefined {
    if (this.#state === 'closed') return undefined
    let due: Millis = NEVER
    for (const timer of this.timers) due = Math.min(due, timer.dueAt)
    return due === NEVER ? undefined : due
  }

  /** See {@link Session.handleTimeout}. */
  handleTimeout(now: Millis): void {
    if (this.#state === 'closed') return
    this.tell(now)
    this.startDeadlines(now)
    this.deadlineMade()
    for (const timer of this.timers) if (!this.#isClosed) timer.check(now)
  }

  /** See {@link Session.deadlinesMade}. */
  get deadlinesMade(): number {
    return this.#deadlinesMade
  }

  /** A deadline may be due earlier than all others. */
  deadlineMade(): void {
    this.#deadlinesMade += 1
    if (!this.#timeIsFresh) this.#deadlineWaits = true
  }

  /** Deadlines that waited for the time start. */
  startDeadlines(now: Millis): void {
    if (!this.#deadlineWaits) return
    this.#deadlineWaits = false
    for (const timer of this.timers) timer.start(now)
  }

  /** See {@link Session.transportClosed}. */
  transportClosed(reason: TransportEndReason, now: Millis, description: string = reason): void {
    this.#now = now
    this.end(reason, description)
  }

  get #isClosed(): boolean {
    return this.#state === 'closed'
  }

  /** What a message stream is doing; `'deleted'` for one that does not exist. */
  streamState(messageStreamId: number): StreamState {
    return this.findStream(messageStreamId)?.state ?? 'deleted'
  }

  emit(event: Event | SharedEvent): void {
    this.events.push(event)
  }

  warn(code: SessionWarningCode, message: string): void {
    this.counts.warnings += 1
    if (this.counts.warnings <= this.options.limits.maxWarnings) this.emit({ kind: 'warning', code, message })
  }

  /** As {@link warn}; in strict mode the end. */
  tolerate(code: SessionWarningCode, message: string): void {
    if (this.options.strict) throw this.error('SESSION_STRICT', message)
    this.warn(code, message)
  }

  error(code: SessionErrorCode, message: string): ProtocolError<SessionErrorCode> {
    return new ProtocolError(code, message, this.#state)
  }

  /** `false` after the end. @throws UsageError `SESSION_NOT_CONNECTED` before the connection is accepted */
  requireConnected(what: string): boolean {
    if (this.#state === 'connected') return true
    if (this.#state === 'closed') return false
    throw new UsageError('SESSION_NOT_CONNECTED', `${what} needs an accepted connection`, 'session')
  }

  /** It is `now`, until {@link forgetTime}. */
  tell(now: Millis): void {
    this.#now = now
    this.#timeIsFresh = true
  }

  /** All events have been drained: who knows how much time passes until the next call. */
  forgetTime(): void {
    this.#timeIsFresh = false
  }

  /** The time that was told last. */
  get now(): Millis {
    return this.#now
  }

  /** A deadline that starts now, or as soon as the time is told. */
  deadline(duration: Millis): Deadline {
    this.deadlineMade()
    const relative = after(duration)
    return this.#timeIsFresh ? started(relative, this.#now) : relative
  }

  /** Starts to ping; the connection is accepted. */
  startPing(): void {
    this.control.ping.start()
    this.deadlineMade()
    if (this.#timeIsFresh) this.control.ping.tick(this.#now)
  }

  move(input: ConnectionInput): boolean {
    const from = this.#state
    const to = nextState(CONNECTION_TRANSITIONS, from, input)
    if (to === undefined) return false
    this.#state = to
    this.#trace?.({ kind: 'connection', from, input, to })
    return true
  }

  findStream(id: number): MessageStream | undefined {
    for (const stream of this.streams) if (stream.id === id) return stream
    return undefined
  }

  addStream(id: number): MessageStream {
    const stream = new MessageStream(id)
    this.streams.push(stream)
    return stream
  }

  /** The only message stream, for a message that names stream 0. */
  onlyStream(messageStreamId: number): MessageStream | undefined {
    if (messageStreamId !== 0 || this.streams.length !== 1 || !this.options.leniency.streamZero)
      return undefined
    return this.streams[0]
  }

  /**
   * Moves a message stream, and reports the end of what it was doing. Returns false, and changes nothing, when the
   * table does not allow it.
   */
  moveStream(stream: MessageStream, input: StreamInput, reason: EndReason, status?: Status): boolean {
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
      if (input !== 'accept' && input !== 'reject') this.#role.requestVoid(stream, reason)
      stream.requestId = 0
      this.replayHeld()
    }
    if (to === 'deleted') {
      this.streams.splice(this.streams.indexOf(stream), 1)
      if (input === 'deleteStream') this.emit({ kind: 'streamDeleted', messageStreamId: stream.id })
    }
    this.#role.streamMoved?.(stream, from, reason)
    return true
  }

  /** Keeps a message until a decision has been made. @throws ProtocolError `SESSION_HELD_TOO_MUCH` */
  hold(message: Message): void {
    this.counts.count(message.typeId, -1)
    if (!this.held.hold(message)) {
      throw this.error(
        'SESSION_HELD_TOO_MUCH',
        `${this.held.bytes} bytes came before the decision they wait for`,
      )
    }
  }

  /** A decision has been made: handles again, in order, what was held, before anything new. */
  replayHeld(): void {
    this.held.replay()
  }

  /** Forgets what was held: what it waited for will not come. */
  dropHeld(): void {
    this.held.clear()
  }

  /** Counts a message that means nothing here. */
  ignore(): void {
    this.counts.ignored += 1
  }

  /** See {@link SessionTimer}: of the connection's state, and of pings. */
  get dueAt(): Millis {
    return Math.min(dueAt(this.phase), this.control.ping.dueAt)
  }

  /** See {@link SessionTimer}. */
  start(now: Millis): void {
    this.phase = started(this.phase, now)
    this.control.ping.tick(now)
  }

  /** See {@link SessionTimer}. */
  check(now: Millis): void {
    if (now >= this.phase) {
      this.phase = NEVER
      this.#role.phaseTimeout()
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
  timeOut(code: SessionErrorCode, description: string): void {
    this.end('timeout', description, this.error(code, description))
  }

  /** The one way out: ends all there is, once, and reports it. */
  end(reason: EndReason, description: string, error?: DecodeError | ProtocolError<SessionErrorCode>): void {
    if (!this.move('close')) return
    for (let stream = this.streams[0]; stream !== undefined; stream = this.streams[0]) {
      this.moveStream(stream, 'disconnect', reason)
    }
    this.#role.ended(reason)
    this.held.clear()
    this.link.release()
    this.emit(
      error === undefined
        ? { kind: 'closed', reason, description }
        : { kind: 'closed', reason, description, error },
    )
  }

  /** Ends the session for what a layer below has thrown; what is no error of a peer goes on. */
  fail(error: unknown): void {
    if (isDecodeError(error)) this.end('protocolError', error.message, error)
    else if (isProtocolError(error)) {
      this.end('protocolError', error.message, error as ProtocolError<SessionErrorCode>)
    } else throw error
  }
}

import { amf3Codec } from '@rtmp/amf3'
import { type DecodeError, isDecodeError, isProtocolError, ProtocolError, UsageError } from '@rtmp/bytes'
import { type Message, MessageTypeId } from '@rtmp/chunk'
import type { ClientHandshake, ServerHandshake } from '@rtmp/handshake'
import {
  type CommandMessage,
  data,
  decodeCommand,
  encodeCommand,
  encodeData,
  parseCommand,
  readAggregate,
  type TypedCommand,
  type UserControlEvent,
} from '@rtmp/message'
import { Control, type ControlEvent } from './control.ts'
import { DataEvent } from './data-event.ts'
import { after, type Deadline, dueAt, NEVER, started } from './deadline.ts'
import type { EndReason, OwnEndReason, TransportEndReason } from './end-reason.ts'
import type { SessionErrorCode, SessionWarningCode } from './errors.ts'
import { EventQueue } from './event-queue.ts'
import type { SharedEvent, Status } from './events.ts'
import { HeldMessages } from './held-messages.ts'
import { Link } from './link.ts'
import { MediaEvent } from './media-event.ts'
import { MessageStream } from './message-stream.ts'
import type { Millis, TraceHook } from './options.ts'
import type { ResolvedOptions } from './resolved-options.ts'
import type { Session, SessionStats } from './session.ts'
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
 * What both roles do alike: the pull loop, control messages, time, message streams and their ends.
 *
 * Nothing is thrown for what a peer sends: `receive` and `nextEvent` turn the errors of the layers below into the end
 * of the session. A role says what commands mean and which state of a message stream takes media.
 */
export abstract class BaseSession<Event extends { readonly kind: string }>
  implements Session<Event | SharedEvent>
{
  protected readonly options: ResolvedOptions
  protected readonly link: Link
  /** Message streams alive; few, so a list. */
  protected readonly streams: MessageStream[] = []
  /** The deadline of the connection's present state. */
  protected phase: Deadline
  readonly #events = new EventQueue<Event | SharedEvent>()
  readonly #held: HeldMessages
  readonly #control: Control
  readonly #trace: TraceHook | undefined
  /** The state of a message stream in which the peer sends media. */
  readonly #mediaState: StreamState
  #state: ConnectionState = 'handshaking'
  #now: Millis = 0
  /** Whether `#now` is the present: from `receive` or `handleTimeout` until the events have been drained. */
  #timeIsFresh = false
  #audioMessages = 0
  #videoMessages = 0
  #dataMessages = 0
  #commands = 0
  #brokenCommands = 0
  #ignored = 0
  #warnedOfMedia = false
  #warnings = 0

  protected constructor(
    handshake: ServerHandshake | ClientHandshake,
    mediaState: StreamState,
    options: ResolvedOptions,
    trace: TraceHook | undefined,
  ) {
    this.options = options
    this.link = new Link(handshake, options, trace)
    this.#trace = trace
    this.#mediaState = mediaState
    this.#held = new HeldMessages(options.limits)
    this.#control = new Control(this.link, options)
    this.phase = after(options.deadlines.handshake)
  }

  /** Acts on a command of the peer; `command` is the same with all its values. */
  protected abstract onCommand(typed: TypedCommand, command: CommandMessage, message: Message): void
  /** Acts on a message that came before the connection was accepted. */
  protected abstract onUnconnected(message: Message): void
  /** Acts on a user control event other than pings. */
  protected abstract onUserControl(event: UserControlEvent): void
  /** The request of a message stream is void, by the peer's doing or ours. */
  protected abstract onRequestVoid(stream: MessageStream, reason: EndReason): void
  /** The handshake is done. */
  protected abstract onHandshakeComplete(): void
  /** The deadline of the present state has passed. */
  protected abstract onPhaseTimeout(): void
  /** Everything that waits for an answer or a decision is void. */
  protected abstract onEnd(reason: EndReason): void

  /** Where the connection stands. */
  get state(): ConnectionState {
    return this.#state
  }

  /** See {@link Session.receive}. */
  receive(bytes: Uint8Array, now: Millis): void {
    if (this.#state === 'closed') return
    this.#now = now
    this.#timeIsFresh = true
    this.#control.alive()
    this.startDeadlines(now)
    try {
      const result = this.link.receive(bytes)
      if (result === undefined) return
      this.move('handshakeComplete')
      this.phase = NEVER
      this.emit({ kind: 'handshakeComplete', result })
      for (const warning of result.warnings) this.warn('HANDSHAKE', warning)
      this.onHandshakeComplete()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** See {@link Session.nextEvent}. */
  nextEvent(): Event | SharedEvent | undefined {
    const queued = this.#events.shift()
    if (queued !== undefined) return queued
    try {
      while (this.#state !== 'closed') {
        const message = this.#held.next() ?? this.link.read()
        if (message === undefined) {
          this.link.acknowledge()
          break
        }
        const event = this.#handle(message)
        if (event !== undefined) return event
      }
    } catch (error) {
      this.#fail(error)
    }
    const last = this.#events.shift()
    if (last === undefined) this.#timeIsFresh = false
    return last
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
    this.#now = now
    this.#timeIsFresh = true
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
    return this.#held.isHalfFull
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
      peerBandwidthLimit: this.#control.bandwidthLimit,
      rtt: this.#control.rtt,
      audioMessagesReceived: this.#audioMessages,
      videoMessagesReceived: this.#videoMessages,
      dataMessagesReceived: this.#dataMessages,
      commandsReceived: this.#commands,
      messagesIgnored: this.#ignored,
      warnings: this.#warnings,
      pendingRequests: this.pendingRequests,
      pendingCalls: this.pendingCalls,
      heldBytes: this.#held.bytes,
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

  /**
   * Queues a message. Its payload must stay unchanged until the output has been written. Ignored after the end.
   *
   * @param options - `droppable`: the receiver may be sent what follows without it (see `ChunkWriter`).
   * @throws UsageError `SESSION_NOT_CONNECTED` before the connection is accepted, `SESSION_MESSAGE_TYPE` for Set Chunk
   *   Size and Abort, which would get out of step with the chunk writer
   */
  sendMessage(message: Message, options?: { readonly droppable?: boolean }): void {
    if (!this.requireConnected('sendMessage')) return
    if (message.typeId === MessageTypeId.setChunkSize || message.typeId === MessageTypeId.abort) {
      throw new UsageError('SESSION_MESSAGE_TYPE', 'use setChunkSize', 'message.typeId')
    }
    this.link.send(message, options?.droppable)
  }

  /** Announces another chunk size and uses it from the next message on, in bytes: 1 to 0x7fffffff. @throws UsageError */
  setChunkSize(size: number): void {
    if (this.requireConnected('setChunkSize')) this.link.setChunkSize(size)
  }

  /** Queues a user control event (StreamBegin, StreamEOF, StreamDry, StreamIsRecorded, …). @throws UsageError */
  userControl(event: UserControlEvent): void {
    if (this.requireConnected('userControl')) this.#control.send(event)
  }

  /**
   * Queues a data message.
   *
   * @param timestamp - Milliseconds, uint32.
   * @throws UsageError also for values that AMF0 cannot hold
   */
  sendData(messageStreamId: number, timestamp: number, name: string, ...values: readonly unknown[]): void {
    if (!this.requireConnected('sendData')) return
    const payload = encodeData(data(name, ...values))
    this.link.send({ csid: DATA_CSID, typeId: MessageTypeId.dataAmf0, messageStreamId, timestamp, payload })
  }

  // For the roles.

  protected emit(event: Event | SharedEvent): void {
    this.#events.push(event)
  }

  protected warn(code: SessionWarningCode, message: string): void {
    this.#warnings += 1
    if (this.#warnings <= this.options.limits.maxWarnings) this.emit({ kind: 'warning', code, message })
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

  /** A deadline that starts now, or as soon as the time is told. */
  protected deadline(duration: Millis): Deadline {
    const relative = after(duration)
    return this.#timeIsFresh ? started(relative, this.#now) : relative
  }

  /** Starts to ping; the connection is accepted. */
  protected startPing(): void {
    this.#control.ping.start()
    if (this.#timeIsFresh) this.#control.ping.tick(this.#now)
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
    if (!this.#held.hold(message)) {
      throw this.error(
        'SESSION_HELD_TOO_MUCH',
        `${this.#held.bytes} bytes came before the decision they wait for`,
      )
    }
  }

  /** A decision has been made: handles again, in order, what was held, before anything new. */
  protected replayHeld(): void {
    this.#held.replay()
  }

  /** Forgets what was held: what it waited for will not come. */
  protected dropHeld(): void {
    this.#held.clear()
  }

  /** Counts a message that means nothing here. */
  protected ignore(): void {
    this.#ignored += 1
  }

  protected sendCommand(messageStreamId: number, message: CommandMessage): void {
    this.sendCommandPayload(messageStreamId, encodeCommand(message))
  }

  protected sendCommandPayload(messageStreamId: number, payload: Uint8Array): void {
    const csid = messageStreamId === 0 ? CONNECTION_CSID : STREAM_CSID
    this.link.send({ csid, typeId: MessageTypeId.commandAmf0, messageStreamId, timestamp: 0, payload })
  }

  protected earliestDeadline(): Millis {
    return Math.min(dueAt(this.phase), this.#control.ping.dueAt)
  }

  protected startDeadlines(now: Millis): void {
    this.phase = started(this.phase, now)
    this.#control.ping.tick(now)
  }

  protected checkDeadlines(now: Millis): void {
    if (now >= this.phase) {
      this.phase = NEVER
      this.onPhaseTimeout()
    }
    if (this.#state === 'closed') return
    if (this.#control.ping.isLost(now)) {
      this.end(
        'timeout',
        'the peer is silent',
        this.error('SESSION_PING_TIMEOUT', 'silence after a ping request'),
      )
      return
    }
    const timestamp = this.#control.ping.take(now)
    if (timestamp !== undefined) this.userControl({ kind: 'pingRequest', timestamp })
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
    this.#held.clear()
    this.link.release()
    this.emit(
      error === undefined
        ? { kind: 'closed', reason, description }
        : { kind: 'closed', reason, description, error },
    )
  }

  #fail(error: unknown): void {
    if (isDecodeError(error)) this.end('protocolError', error.message, error)
    else if (isProtocolError(error)) {
      this.end('protocolError', error.message, error as ProtocolError<SessionErrorCode>)
    } else throw error
  }

  /** Acts on one message. Media comes back at once; everything else goes through the queue. */
  #handle(message: Message): Event | SharedEvent | undefined {
    const { typeId } = message
    if (typeId === MessageTypeId.audio || typeId === MessageTypeId.video) {
      const event = this.#onMedia(message)
      if (event !== undefined) return event
    } else if (typeId < MessageTypeId.audio) this.#onControl(message)
    else if (this.#state !== 'connected') this.onUnconnected(message)
    else if (typeId === MessageTypeId.commandAmf0 || typeId === MessageTypeId.commandAmf3)
      this.readCommand(message)
    else if (typeId === MessageTypeId.dataAmf0 || typeId === MessageTypeId.dataAmf3) this.#onData(message)
    else if (typeId === MessageTypeId.aggregate) this.#onAggregate(message)
    else this.emit({ kind: 'otherMessage', message })
    return this.#events.shift()
  }

  #onMedia(message: Message): MediaEvent | undefined {
    if (message.typeId === MessageTypeId.audio) this.#audioMessages += 1
    else this.#videoMessages += 1
    const stream = this.findStream(message.messageStreamId)
    if (stream !== undefined && stream.state === this.#mediaState) return new MediaEvent(stream.id, message)
    const taker = this.#takerOf(message)
    return taker && new MediaEvent(taker.id, message)
  }

  #onData(message: Message): void {
    this.#dataMessages += 1
    const stream = this.#takerOf(message)
    if (stream === undefined) return
    const event = DataEvent.from(stream.id, message)
    if (event !== undefined) this.emit(event)
    else this.warn('DATA_BROKEN', `a data message of ${message.payload.length} bytes has no name`)
  }

  #onAggregate(message: Message): void {
    if (this.#takerOf(message) === undefined) return
    const { limits, strict } = this.options
    const { maxAggregateMessages, maxCommandMessageBytes } = limits
    this.#held.prepend(
      readAggregate(message, {
        strict,
        limits: { maxAggregateMessages, maxAggregateDataLength: maxCommandMessageBytes },
      }),
    )
  }

  /**
   * The message stream that a message with media or data is for. None when it has to wait (it is held then) or belongs
   * nowhere (it is counted and dropped).
   */
  #takerOf(message: Message): MessageStream | undefined {
    if (this.#state !== 'connected') {
      this.onUnconnected(message)
      return undefined
    }
    const stream = this.findStream(message.messageStreamId) ?? this.onlyStream(message.messageStreamId)
    if (stream?.state === this.#mediaState) return stream
    if (stream !== undefined && stream.requestId !== 0) this.hold(message)
    else {
      this.ignore()
      if (!this.#warnedOfMedia && !this.#held.isReplaying) {
        this.#warnedOfMedia = true
        this.warn(
          'MEDIA_UNEXPECTED',
          `message type ${message.typeId} on message stream ${message.messageStreamId}`,
        )
      }
    }
    return undefined
  }

  /** The only message stream, for a message that names stream 0. */
  protected onlyStream(messageStreamId: number): MessageStream | undefined {
    if (messageStreamId !== 0 || this.streams.length !== 1 || !this.options.leniency.streamZero)
      return undefined
    return this.streams[0]
  }

  /** Decodes a command message and acts on it; one that cannot be decoded is ignored a few times. */
  protected readCommand(message: Message): void {
    this.#commands += 1
    let decoded: CommandMessage
    try {
      decoded = decodeCommand(message, { amf3: amf3Codec, strict: this.options.strict })
    } catch (error) {
      if (!isDecodeError(error)) throw error
      this.tolerate('COMMAND_BROKEN', error.message)
      this.#brokenCommands += 1
      if (this.#brokenCommands > this.options.limits.maxBrokenCommands) {
        throw this.error('SESSION_BROKEN_COMMANDS', `${this.#brokenCommands} commands could not be decoded`)
      }
      return
    }
    this.onCommand(parseCommand(decoded, { strict: this.options.strict }), decoded, message)
  }

  #onControl(message: Message): void {
    let event: ControlEvent | undefined
    try {
      event = this.#control.take(message, this.#now)
    } catch (error) {
      if (message.typeId !== MessageTypeId.userControl || !isDecodeError(error)) throw error
      this.tolerate('MESSAGE_BROKEN', error.message)
    }
    if (event === undefined) return
    if (event.kind === 'chunkSizeChanged' || event.kind === 'acknowledged' || event.kind === 'pong')
      this.emit(event)
    else this.onUserControl(event)
  }
}

/** Chunk streams of what a session sends itself; media of a server's batches is on 4, 6 and 7. */
const CONNECTION_CSID = 3
const STREAM_CSID = 5
const DATA_CSID = 8

import { amf3Codec } from '@rtmp/amf3'
import { isDecodeError, UsageError } from '@rtmp/bytes'
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
import type { ControlEvent } from './control.ts'
import { DataEvent } from './data-event.ts'
import { NEVER } from './deadline.ts'
import type { SharedEvent } from './events.ts'
import { MediaEvent } from './media-event.ts'
import type { MessageStream } from './message-stream.ts'
import type { Millis, TraceHook } from './options.ts'
import type { ResolvedOptions } from './resolved-options.ts'
import type { Session } from './session.ts'
import { SessionLife } from './session-life.ts'
import type { StreamState } from './transitions.ts'

/**
 * What both roles do alike with messages: the pull loop, control messages, media, data and aggregates.
 *
 * Nothing is thrown for what a peer sends: `receive` and `nextEvent` turn the errors of the layers below into the end
 * of the session. A role says what commands mean and which state of a message stream takes media.
 */
export abstract class BaseSession<Event extends { readonly kind: string }>
  extends SessionLife<Event>
  implements Session<Event | SharedEvent>
{
  /** The state of a message stream in which the peer sends media. */
  readonly #mediaState: StreamState
  #brokenCommands = 0
  #warnedOfMedia = false

  protected constructor(
    handshake: ServerHandshake | ClientHandshake,
    mediaState: StreamState,
    options: ResolvedOptions,
    trace: TraceHook | undefined,
  ) {
    super(handshake, options, trace)
    this.#mediaState = mediaState
  }

  /** Acts on a command of the peer; `command` is the same with all its values. */
  protected abstract onCommand(typed: TypedCommand, command: CommandMessage, message: Message): void
  /** Acts on a message that came before the connection was accepted. */
  protected abstract onUnconnected(message: Message): void
  /** Acts on a user control event other than pings. */
  protected abstract onUserControl(event: UserControlEvent): void
  /** The handshake is done. */
  protected abstract onHandshakeComplete(): void

  /** See {@link Session.receive}. */
  receive(bytes: Uint8Array, now: Millis): void {
    if (this.state === 'closed') return
    this.tell(now)
    this.control.alive()
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
      this.fail(error)
    }
  }

  /** See {@link Session.nextEvent}. */
  nextEvent(): Event | SharedEvent | undefined {
    const queued = this.events.shift()
    if (queued !== undefined) return queued
    try {
      while (this.state !== 'closed') {
        const message = this.held.next() ?? this.link.read()
        if (message === undefined) {
          this.link.acknowledge()
          break
        }
        const event = this.#handle(message)
        if (event !== undefined) return event
      }
    } catch (error) {
      this.fail(error)
    }
    const last = this.events.shift()
    if (last === undefined) this.forgetTime()
    return last
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
    if (this.requireConnected('userControl')) this.control.send(event)
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

  protected sendCommand(messageStreamId: number, message: CommandMessage): void {
    this.sendCommandPayload(messageStreamId, encodeCommand(message))
  }

  protected sendCommandPayload(messageStreamId: number, payload: Uint8Array): void {
    const csid = messageStreamId === 0 ? CONNECTION_CSID : STREAM_CSID
    this.link.send({ csid, typeId: MessageTypeId.commandAmf0, messageStreamId, timestamp: 0, payload })
  }

  /** Acts on one message. Media comes back at once; everything else goes through the queue. */
  #handle(message: Message): Event | SharedEvent | undefined {
    const { typeId } = message
    if (typeId === MessageTypeId.audio || typeId === MessageTypeId.video) {
      const event = this.#onMedia(message)
      if (event !== undefined) return event
    } else if (typeId < MessageTypeId.audio) this.#onControl(message)
    else if (this.state !== 'connected') this.onUnconnected(message)
    else if (typeId === MessageTypeId.commandAmf0 || typeId === MessageTypeId.commandAmf3)
      this.readCommand(message)
    else if (typeId === MessageTypeId.dataAmf0 || typeId === MessageTypeId.dataAmf3) this.#onData(message)
    else if (typeId === MessageTypeId.aggregate) this.#onAggregate(message)
    else this.emit({ kind: 'otherMessage', message })
    return this.events.shift()
  }

  #onMedia(message: Message): MediaEvent | undefined {
    if (message.typeId === MessageTypeId.audio) this.counts.audio += 1
    else this.counts.video += 1
    const stream = this.findStream(message.messageStreamId)
    if (stream !== undefined && stream.state === this.#mediaState) return new MediaEvent(stream.id, message)
    const taker = this.#takerOf(message)
    return taker && new MediaEvent(taker.id, message)
  }

  #onData(message: Message): void {
    this.counts.data += 1
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
    this.held.prepend(
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
    if (this.state !== 'connected') {
      this.onUnconnected(message)
      return undefined
    }
    const stream = this.findStream(message.messageStreamId) ?? this.onlyStream(message.messageStreamId)
    if (stream?.state === this.#mediaState) return stream
    if (stream !== undefined && stream.requestId !== 0) this.hold(message)
    else {
      this.ignore()
      if (!this.#warnedOfMedia && !this.held.isReplaying) {
        this.#warnedOfMedia = true
        this.warn(
          'MEDIA_UNEXPECTED',
          `message type ${message.typeId} on message stream ${message.messageStreamId}`,
        )
      }
    }
    return undefined
  }

  /** Decodes a command message and acts on it; one that cannot be decoded is ignored a few times. */
  protected readCommand(message: Message): void {
    this.counts.commands += 1
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
      event = this.control.take(message, this.now)
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

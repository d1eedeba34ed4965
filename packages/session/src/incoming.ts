import { amf3Codec } from '@rtmp/amf3'
import { isDecodeError } from '@rtmp/bytes'
import { type Message, MessageTypeId } from '@rtmp/chunk'
import {
  type CommandMessage,
  decodeCommand,
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
import type { MessageRate } from './message-rate.ts'
import type { MessageStream } from './message-stream.ts'
import type { Millis } from './options.ts'
import type { SessionLife } from './session-life.ts'
import type { StreamState } from './transitions.ts'

/** What a role does about messages. */
export interface IncomingRole {
  /** Acts on a command of the peer; `command` is the same with all its values. */
  command(typed: TypedCommand, command: CommandMessage, message: Message): void
  /** How many messages may come. Without it, any number. */
  readonly rate?: MessageRate
  /** Whether a command may be acted on: a peer may not send any number of them. Without it, all may. */
  mayCommand?(message: Message): boolean
  /** Acts on a message that came before the connection was accepted. */
  unconnected(message: Message): void
  /** Acts on a user control event other than pings. */
  userControl(event: UserControlEvent): void
  /** The handshake is done. */
  handshakeComplete(): void
}

/**
 * What both roles do alike with messages that come: the pull loop, control messages, media, data and aggregates.
 *
 * Nothing is thrown for what a peer sends: `receive` and `nextEvent` turn the errors of the layers below into the end
 * of the session. A role says what commands mean and which state of a message stream takes media.
 */
export class Incoming<Event extends { readonly kind: string }> {
  readonly #life: SessionLife<Event>
  readonly #role: IncomingRole
  /** The state of a message stream in which the peer sends media. */
  readonly #mediaState: StreamState
  readonly #rate: MessageRate | undefined
  #brokenCommands = 0
  /** Message streams whose unexpected media has been told of. */
  #warnedOfMedia: Set<number> | undefined

  constructor(life: SessionLife<Event>, mediaState: StreamState, role: IncomingRole) {
    this.#life = life
    this.#mediaState = mediaState
    this.#role = role
    this.#rate = role.rate
  }

  /** See {@link Session.receive}. */
  receive(bytes: Uint8Array, now: Millis): void {
    if (this.#life.state === 'closed') return
    this.#life.tell(now)
    this.#life.control.alive()
    this.#life.startDeadlines(now)
    this.#rate?.came(bytes.length, now)
    try {
      const result = this.#life.link.receive(bytes)
      if (result === undefined) return
      this.#life.move('handshakeComplete')
      this.#life.phase = NEVER
      this.#life.emit({ kind: 'handshakeComplete', result })
      for (const warning of result.warnings) this.#life.warn('HANDSHAKE', warning)
      this.#role.handshakeComplete()
    } catch (error) {
      this.#life.fail(error)
    }
  }

  /** See {@link Session.nextEvent}. */
  nextEvent(): Event | SharedEvent | undefined {
    const queued = this.#life.events.shift()
    if (queued !== undefined) return queued
    try {
      while (this.#life.state !== 'closed') {
        if (this.#rate?.isSpent === true) {
          this.#life.link.keep()
          this.#life.deadlineMade()
          break
        }
        const message = this.#life.held.next() ?? this.#life.link.read()
        if (message === undefined) {
          this.#life.link.acknowledge()
          break
        }
        this.#rate?.take()
        const event = this.#handle(message)
        if (event !== undefined) return event
      }
    } catch (error) {
      this.#life.fail(error)
    }
    const last = this.#life.events.shift()
    if (last === undefined) this.#life.forgetTime()
    return last
  }

  /** Acts on one message. Media comes back at once; everything else goes through the queue. */
  #handle(message: Message): Event | SharedEvent | undefined {
    const { typeId } = message
    this.#life.counts.count(typeId)
    if (typeId === MessageTypeId.audio || typeId === MessageTypeId.video) {
      const event = this.#onMedia(message)
      if (event !== undefined) return event
    } else if (typeId < MessageTypeId.audio) this.#onControl(message)
    else if (this.#life.state !== 'connected') this.#role.unconnected(message)
    else if (typeId === MessageTypeId.commandAmf0 || typeId === MessageTypeId.commandAmf3)
      this.readCommand(message)
    else if (typeId === MessageTypeId.dataAmf0 || typeId === MessageTypeId.dataAmf3) this.#onData(message)
    else if (typeId === MessageTypeId.aggregate) this.#onAggregate(message)
    else this.#life.emit({ kind: 'otherMessage', message })
    return this.#life.events.shift()
  }

  #onMedia(message: Message): MediaEvent | undefined {
    const stream = this.#life.findStream(message.messageStreamId)
    if (stream !== undefined && stream.state === this.#mediaState) return new MediaEvent(stream.id, message)
    const taker = this.#takerOf(message)
    return taker && new MediaEvent(taker.id, message)
  }

  #onData(message: Message): void {
    const stream = this.#takerOf(message)
    if (stream === undefined) return
    const event = DataEvent.from(stream.id, message)
    if (event !== undefined) this.#life.emit(event)
    else this.#life.warn('DATA_BROKEN', `a data message of ${message.payload.length} bytes has no name`)
  }

  #onAggregate(message: Message): void {
    if (this.#takerOf(message) === undefined) return
    const { limits, strict } = this.#life.options
    const { maxAggregateMessages, maxCommandMessageBytes } = limits
    this.#life.held.prepend(
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
    if (this.#life.state !== 'connected') {
      this.#role.unconnected(message)
      return undefined
    }
    const stream =
      this.#life.findStream(message.messageStreamId) ?? this.#life.onlyStream(message.messageStreamId)
    if (stream?.state === this.#mediaState) return stream
    if (stream !== undefined && stream.requestId !== 0) this.#life.hold(message)
    else {
      this.#life.ignore()
      if (!this.#life.held.isReplaying) this.#warnOfMedia(message, stream)
    }
    return undefined
  }

  /** Once for each message stream, and not for ever: a peer that never stops is told of as well. */
  #warnOfMedia({ typeId, messageStreamId }: Message, stream: MessageStream | undefined): void {
    this.#warnedOfMedia ??= new Set()
    if (this.#warnedOfMedia.has(messageStreamId) || this.#warnedOfMedia.size >= MOST_STREAMS_WARNED_OF) return
    this.#warnedOfMedia.add(messageStreamId)
    const what = stream === undefined ? 'which does not exist' : `which is ${stream.state}`
    this.#life.warn(
      'MEDIA_UNEXPECTED',
      `message type ${typeId} on message stream ${messageStreamId}, ${what}`,
    )
  }

  /** Decodes a command message and acts on it; one that cannot be decoded is ignored a few times. */
  readCommand(message: Message): void {
    if (this.#role.mayCommand?.(message) === false) return
    let decoded: CommandMessage
    try {
      decoded = decodeCommand(message, { amf3: amf3Codec, strict: this.#life.options.strict })
    } catch (error) {
      if (!isDecodeError(error)) throw error
      this.#life.tolerate('COMMAND_BROKEN', error.message)
      this.#brokenCommands += 1
      if (this.#brokenCommands > this.#life.options.limits.maxBrokenCommands) {
        throw this.#life.error(
          'SESSION_BROKEN_COMMANDS',
          `${this.#brokenCommands} commands could not be decoded`,
        )
      }
      return
    }
    this.#role.command(parseCommand(decoded, { strict: this.#life.options.strict }), decoded, message)
  }

  #onControl(message: Message): void {
    let event: ControlEvent | undefined
    try {
      event = this.#life.control.take(message, this.#life.now)
    } catch (error) {
      if (message.typeId !== MessageTypeId.userControl || !isDecodeError(error)) throw error
      this.#life.tolerate('MESSAGE_BROKEN', error.message)
    }
    if (event === undefined) return
    switch (event.kind) {
      case 'chunkSizeChanged':
      case 'acknowledged':
      case 'pong':
      case 'pingAnswered':
        this.#life.emit(event)
        break
      default:
        this.#role.userControl(event)
    }
  }
}

/** Ids of message streams are the peer's choice, so warnings of them have a bound. */
const MOST_STREAMS_WARNED_OF = 8

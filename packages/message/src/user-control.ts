import { ByteReader, ByteWriter, DecodeError, UsageError } from '@rtmp/bytes'
import type { MessageErrorCode } from './errors.ts'

/*
 * User Control message, type 4 (RTMP 1.0 §6.2, §7.1.7): on message stream 0, chunk stream 2, timestamp ignored.
 *
 *   event type u16 | event data
 *
 *   type  event                    data
 *     0   streamBegin              messageStreamId u32
 *     1   streamEof                messageStreamId u32
 *     2   streamDry                messageStreamId u32
 *     3   setBufferLength          messageStreamId u32 | milliseconds u32
 *     4   streamIsRecorded         messageStreamId u32
 *     6   pingRequest              timestamp u32
 *     7   pingResponse             timestamp u32, copied from the request
 *    26   swfVerificationRequest   none, or one byte 0x01          (Flash Media Server; not in the specification)
 *    27   swfVerificationResponse  42 bytes                        (same)
 *    31   bufferEmpty              messageStreamId u32             (same, version 3.5 and later)
 *    32   bufferReady              messageStreamId u32             (same)
 *
 * Types 5 and 8 have been seen and mean nothing known; they and all others are kept as they are.
 */

/** Event types of the User Control message (RTMP 1.0 §7.1.7, and those Flash Media Server adds). */
export const UserControlEventType = {
  streamBegin: 0,
  streamEof: 1,
  streamDry: 2,
  setBufferLength: 3,
  streamIsRecorded: 4,
  pingRequest: 6,
  pingResponse: 7,
  swfVerificationRequest: 26,
  swfVerificationResponse: 27,
  bufferEmpty: 31,
  bufferReady: 32,
} as const

/** The event of one User Control message; `kind` is its name. */
export type UserControlEvent =
  | StreamEvent
  | SetBufferLengthEvent
  | PingEvent
  | SwfVerificationEvent
  | UnknownUserControlEvent

/** An event that says something about one message stream, 0 being the connection. */
export interface StreamEvent {
  /**
   * `streamBegin`: usable. `streamEof`: playback is over. `streamDry`: no data for a while. `streamIsRecorded`: not
   * live. `bufferEmpty`: a full client buffer was sent, the server pauses. `bufferReady`: it goes on.
   */
  readonly kind:
    | 'streamBegin'
    | 'streamEof'
    | 'streamDry'
    | 'streamIsRecorded'
    | 'bufferEmpty'
    | 'bufferReady'
  /** The stream, a uint32. */
  readonly messageStreamId: number
}

/** How much the client buffers. librtmp sends one for stream 0 before any stream exists: take it and ignore it. */
export interface SetBufferLengthEvent {
  /** Which user control event it is. */
  readonly kind: 'setBufferLength'
  /** The stream, a uint32. */
  readonly messageStreamId: number
  /** Milliseconds, a uint32. */
  readonly bufferLength: number
}

/** A ping, or the answer to one, which carries the same timestamp. */
export interface PingEvent {
  /** Event type 6 asks, 7 answers. */
  readonly kind: 'pingRequest' | 'pingResponse'
  /** Any uint32; a server writes its time in milliseconds. */
  readonly timestamp: number
}

/** Flash Media Server's check of the SWF file; a client without one ignores the request. */
export interface SwfVerificationEvent {
  /** Event type 26 asks, 27 answers. */
  readonly kind: 'swfVerificationRequest' | 'swfVerificationResponse'
  /** The bytes after the event type: a view of the payload. */
  readonly data: Uint8Array
}

/** An event this package does not know, kept so that it can be sent on unchanged. */
export interface UnknownUserControlEvent {
  /** None of the events that this package knows. */
  readonly kind: 'unknown'
  /** The event type, a uint16. */
  readonly eventType: number
  /** The bytes after the event type: a view of the payload. */
  readonly data: Uint8Array
}

type KnownKind = keyof typeof UserControlEventType

const KIND_OF_TYPE: ReadonlyMap<number, KnownKind> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ Object.entries(UserControlEventType).map(([kind, type]) => [type, kind as KnownKind]),
)

/**
 * The event in the payload of a User Control message (RTMP 1.0 §7.1.7). Bytes beyond an event's fields are ignored.
 *
 * A receiver does well to ignore an event with too little data rather than to close the connection.
 *
 * @throws DecodeError `USER_CONTROL_TRUNCATED`
 */
export const decodeUserControl = (payload: Uint8Array): UserControlEvent => {
  if (payload.length < 2) throw truncated('event type', payload)
  const reader = new ByteReader(payload, 'message')
  const eventType = reader.u16()
  const kind = KIND_OF_TYPE.get(eventType)
  if (kind === undefined) return { kind: 'unknown', eventType, data: payload.subarray(2) }
  if (kind === 'swfVerificationRequest' || kind === 'swfVerificationResponse') {
    return { kind, data: payload.subarray(2) }
  }
  if (reader.remaining < (kind === 'setBufferLength' ? 8 : 4)) throw truncated(kind, payload)
  const value = reader.u32()
  if (kind === 'setBufferLength') return { kind, messageStreamId: value, bufferLength: reader.u32() }
  if (kind === 'pingRequest' || kind === 'pingResponse') return { kind, timestamp: value }
  return { kind, messageStreamId: value }
}

/**
 * The payload of a User Control message (RTMP 1.0 §7.1.7), in memory of its own.
 *
 * @throws UsageError `OUT_OF_RANGE` for a value that is not a uint32 (the event type: a uint16).
 */
export const encodeUserControl = (event: UserControlEvent): Uint8Array<ArrayBuffer> => {
  const writer = new ByteWriter(16)
  if (event.kind === 'unknown') {
    writer.u16(unsigned(event.eventType, 0xffff, 'event.eventType'))
    writer.bytes(event.data)
    return writer.finish()
  }
  writer.u16(UserControlEventType[event.kind])
  if ('data' in event) writer.bytes(event.data)
  else if ('timestamp' in event) writer.u32(unsigned(event.timestamp, 0xffff_ffff, 'event.timestamp'))
  else writer.u32(unsigned(event.messageStreamId, 0xffff_ffff, 'event.messageStreamId'))
  if ('bufferLength' in event) writer.u32(unsigned(event.bufferLength, 0xffff_ffff, 'event.bufferLength'))
  return writer.finish()
}

const truncated = (what: string, payload: Uint8Array): DecodeError<MessageErrorCode> =>
  new DecodeError('USER_CONTROL_TRUNCATED', `${what} is cut short`, payload.length, 'message')

const unsigned = (value: number, max: number, path: string): number => {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value
  throw new UsageError('OUT_OF_RANGE', `${value} is not an integer from 0 to ${max}`, path)
}

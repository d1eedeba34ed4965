import {
  ByteReader,
  ByteWriter,
  DecodeError,
  decodeUtf8,
  isDecodeError,
  UsageError,
  utf8Length,
} from '@rtmp/bytes'
import { type Message, MessageTypeId } from '@rtmp/chunk'
import { requireFormat } from './amf-body.ts'
import type { MessageErrorCode } from './errors.ts'
import type { MessageDecodeOptions, MessageEncodeOptions, MessageEncoding } from './options.ts'
import { encodeEventData, SharedObjectEventReader } from './shared-object-data.ts'
import { SHARED_OBJECT_EVENT_KINDS, type SharedObjectEvent } from './shared-object-event.ts'

/*
 * Shared object message, types 19 and 16 (RTMP 1.0 §7.1.3, which gives no byte layout; this one is what Flash Media
 * Server and Red5 use), on message stream 0:
 *
 *   [format u8]        type 16 only: 0, AMF0 values with the switch to AMF3; Red5 also takes 3, AMF3 values throughout
 *   name               u16 length + UTF-8, without a marker
 *   version            u32
 *   persistence        u32: 2 persistent, 0 not
 *   reserved           u32: 0
 *   events to the end  type u8 | length u32 | data
 */
const AMF3_VALUES = 3

/** What is not put up with in any event. */
const TOO_MANY: MessageErrorCode = 'SHARED_OBJECT_EVENTS'

/** Changes to a shared object, or requests for some. */
export interface SharedObjectMessage {
  /** Which message it is. */
  readonly kind: 'sharedObject'
  /** `amf0`: type 19; `amf3`: type 16, format 0; `amf3Values`: type 16, format 3. */
  readonly encoding: MessageEncoding | 'amf3Values'
  /** The shared object's name. */
  readonly name: string
  /** Counts the object's changes; a uint32. */
  readonly version: number
  /** 2 when the object outlives its users, 0 when not; a uint32. */
  readonly persistence: number
  /** 0 as far as anyone knows; a uint32. */
  readonly reserved: number
  /** In the order they take effect. */
  readonly events: readonly SharedObjectEvent[]
}

/**
 * A shared object message (RTMP 1.0 §7.1.3) with its values in the plain view of `@rtmp/amf0`.
 *
 * Type 16 may lack its format byte, as some senders write it (not in strict mode).
 *
 * An event of an unknown type, or one whose data cannot be read, comes as `unknown` with its bytes (a view of the
 * payload); the events behind it are read on. Strict mode throws for the latter.
 *
 * @param message - A message of type 19 or 16.
 * @throws DecodeError `SHARED_OBJECT_TRUNCATED`, `SHARED_OBJECT_EVENTS`; in strict mode `AMF3_FORMAT` and the codes of
 *   `decodeAmf0`
 */
export const decodeSharedObject = (message: Message, options?: MessageDecodeOptions): SharedObjectMessage => {
  const { payload } = message
  const encoding: MessageEncoding = message.typeId === MessageTypeId.sharedObjectAmf3 ? 'amf3' : 'amf0'
  requireFormat(payload, encoding, options)
  const hasFormat = encoding === 'amf3' && (options?.strict === true || !lacksFormat(payload))
  const reader = new ByteReader(payload, 'message')
  const need = (count: number): void => {
    if (reader.remaining < count) throw truncated(count, reader)
  }
  need(hasFormat ? 3 : 2)
  const format = hasFormat ? reader.u8() : 0
  const nameLength = reader.u16()
  need(nameLength + 12)
  const name = decodeUtf8(payload, reader.position, reader.position + nameLength)
  reader.skip(nameLength)
  const version = reader.u32()
  const persistence = reader.u32()
  const reserved = reader.u32()
  const data = new SharedObjectEventReader(payload, format === AMF3_VALUES, options)
  const events: SharedObjectEvent[] = []
  while (reader.remaining > 0) {
    data.count(reader.position)
    need(5)
    const eventType = reader.u8()
    const length = reader.u32()
    need(length)
    const start = reader.position
    reader.skip(length)
    events.push(readEvent(data, eventType, start, start + length, options?.strict === true))
  }
  return {
    kind: 'sharedObject',
    encoding: format === AMF3_VALUES ? 'amf3Values' : encoding,
    name,
    version,
    persistence,
    reserved,
    events,
  }
}

/**
 * Some senders leave out the format byte of type 16: then the lengths add up without it, and not with it. A name there must
 * be: without one, the first bytes of a payload that was cut off would add up too.
 */
const lacksFormat = (payload: Uint8Array): boolean =>
  !addsUp(payload, 1) && addsUp(payload, 0) && (payload[0] !== 0 || payload[1] !== 0)

/** Whether name, head and events that begin at a position end where the payload does. */
const addsUp = (payload: Uint8Array, start: number): boolean => {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  if (start + 2 > payload.length) return false
  let at = start + 2 + view.getUint16(start) + 12
  while (at + 5 <= payload.length) at += 5 + view.getUint32(at + 1)
  return at === payload.length
}

const readEvent = (
  data: SharedObjectEventReader,
  eventType: number,
  start: number,
  end: number,
  strict: boolean,
): SharedObjectEvent => {
  try {
    const event = data.read(eventType, start, end)
    if (event !== undefined) return event
  } catch (problem) {
    if (strict || !isDecodeError(problem) || problem.code === TOO_MANY) throw problem
  }
  return { kind: 'unknown', eventType, data: data.bytes.subarray(start, end) }
}

const truncated = (count: number, reader: ByteReader): DecodeError<MessageErrorCode> =>
  new DecodeError(
    'SHARED_OBJECT_TRUNCATED',
    `${count} bytes expected, ${reader.remaining} left`,
    reader.position,
    'message',
  )

/**
 * The payload of a shared object message (RTMP 1.0 §7.1.3), in memory of its own. Values are written as AMF0, those of
 * encoding `amf3Values` as AMF3, which needs `options.amf3`.
 *
 * @throws UsageError `OUT_OF_RANGE` for a number that is not a uint32, `NAME_TOO_LONG` for a name of more than 65 535
 *   bytes, and the codes of `encodeAmf0`
 */
export const encodeSharedObject = (
  message: SharedObjectMessage,
  options?: MessageEncodeOptions,
): Uint8Array<ArrayBuffer> => {
  const writer = new ByteWriter()
  const allAmf3 = message.encoding === 'amf3Values'
  if (message.encoding !== 'amf0') writer.u8(allAmf3 ? AMF3_VALUES : 0)
  const nameLength = utf8Length(message.name)
  if (nameLength > 0xffff) {
    throw new UsageError('NAME_TOO_LONG', `${nameLength} bytes, 65535 at most`, 'message.name')
  }
  writer.u16(nameLength)
  writer.utf8(message.name)
  for (const field of ['version', 'persistence', 'reserved'] as const) {
    const value = message[field]
    if (value !== value >>> 0)
      throw new UsageError('OUT_OF_RANGE', `${value} is not a uint32`, `message.${field}`)
    writer.u32(value)
  }
  message.events.forEach((event, index) => {
    writer.u8(event.kind === 'unknown' ? event.eventType : SHARED_OBJECT_EVENT_KINDS.indexOf(event.kind) + 1)
    const lengthAt = writer.length
    writer.u32(0)
    encodeEventData(writer, event, `message.events[${index}]`, allAmf3, options)
    writer.patchU32(lengthAt, writer.length - lengthAt - 4)
  })
  return writer.finish()
}

import { ByteReader, ByteWriter, DecodeError, UsageError } from '@rtmp/bytes'
import { addTimestamp, timestampDifference } from '@rtmp/bytes/time'
import { type Message, MessageTypeId } from '@rtmp/chunk'
import type { AggregateProblemCode } from './errors.ts'
import { DEFAULT_MESSAGE_LIMITS, type MessageLimits } from './limits.ts'

/*
 * Aggregate message, type 22 (RTMP 1.0 §7.1.6): a run of
 *
 *   offset  size  field
 *        0     1  type: 8, 9, 18 (or 15)
 *        1     3  length n of the data, u24
 *        4     3  timestamp bits 23–0
 *        7     1  timestamp bits 31–24: the order of an FLV tag, which §7.1.6 asks for, not the big-endian of §6.1.1
 *        8     3  stream id, ignored: the aggregate's own counts
 *       11     n  data
 *     11+n     4  back pointer: 11 + n
 *
 * Time of a sub-message = the aggregate's timestamp + (its own − the first one's), modulo 2³².
 */
const HEADER_SIZE = 11
const BACK_POINTER_SIZE = 4
const MAX_DATA_LENGTH = 0xff_ffff

/** Types that must not come inside an aggregate: control, shared objects, commands, aggregates, and the invalid 0. */
const refused = (typeId: number): boolean =>
  typeId < 7 ||
  typeId === MessageTypeId.sharedObjectAmf3 ||
  typeId === MessageTypeId.commandAmf3 ||
  typeId === MessageTypeId.sharedObjectAmf0 ||
  typeId === MessageTypeId.commandAmf0 ||
  typeId === MessageTypeId.aggregate

/** Something wrong with an aggregate that was tolerated. */
export interface AggregateProblem {
  /** What it was. */
  readonly code: AggregateProblemCode
  /** What was found, in one sentence. */
  readonly message: string
  /** Bytes from the start of the aggregate's payload. */
  readonly offset: number
}

/** How to read an aggregate. */
export interface ReadAggregateOptions {
  /** Bounds; the default is `DEFAULT_MESSAGE_LIMITS`. */
  readonly limits?: Partial<MessageLimits> | undefined
  /** Throw at the first deviation instead of tolerating it, the missing last back pointer included. Default false. */
  readonly strict?: boolean | undefined
  /** Called for each deviation that is tolerated. */
  readonly report?: ((problem: AggregateProblem) => void) | undefined
}

/**
 * The messages inside an aggregate (RTMP 1.0 §7.1.6), with the aggregate's chunk stream and message stream and their
 * times moved to the aggregate's. Payloads are views of the aggregate's payload.
 *
 * Whatever the bytes, the sound sub-messages are delivered: a wrong back pointer is ignored and the last may be
 * missing; a sub-message that claims more bytes than there are ends the list; commands, control messages, shared
 * objects and aggregates inside are left out, and so is what exceeds the limits. `options.report` is told of each.
 *
 * @param message - A message of type 22; only its payload, times and streams are looked at.
 * @throws DecodeError `AGGREGATE_TRUNCATED`, `AGGREGATE_BACK_POINTER`, `AGGREGATE_TYPE`, `AGGREGATE_LIMIT`, all only
 *   with `options.strict`.
 */
export const readAggregate = (message: Message, options: ReadAggregateOptions = {}): Message[] => {
  const { maxAggregateMessages, maxAggregateDataLength } = { ...DEFAULT_MESSAGE_LIMITS, ...options.limits }
  const { payload, csid, messageStreamId } = message
  const problem = (code: AggregateProblemCode, text: string, offset: number): void => {
    if (options.strict === true) throw new DecodeError(code, text, offset, 'message')
    options.report?.({ code, message: text, offset })
  }
  const reader = new ByteReader(payload, 'message')
  const messages: Message[] = []
  let shift = 0 // from the sub-messages' clock to the aggregate's
  for (let count = 0; reader.remaining > 0; count++) {
    const start = reader.position
    if (count === maxAggregateMessages) {
      problem('AGGREGATE_LIMIT', `more than ${maxAggregateMessages} sub-messages`, start)
      break
    }
    if (reader.remaining < HEADER_SIZE) {
      problem('AGGREGATE_TRUNCATED', `${reader.remaining} bytes where a sub-message should start`, start)
      break
    }
    const typeId = reader.u8()
    const length = reader.u24()
    const ownTime = (reader.u24() | (reader.u8() << 24)) >>> 0
    reader.skip(3)
    if (length > reader.remaining) {
      problem('AGGREGATE_TRUNCATED', `sub-message of ${length} bytes, ${reader.remaining} left`, start + 1)
      break
    }
    const data = reader.view(length)
    if (count === 0) shift = timestampDifference(message.timestamp, ownTime)
    if (refused(typeId)) problem('AGGREGATE_TYPE', `type ${typeId} inside an aggregate`, start)
    else if (isData(typeId) && length > maxAggregateDataLength) {
      problem('AGGREGATE_LIMIT', `data message of ${length} bytes`, start + 1)
    } else
      messages.push({ csid, typeId, messageStreamId, timestamp: addTimestamp(ownTime, shift), payload: data })
    if (reader.remaining < BACK_POINTER_SIZE) {
      problem('AGGREGATE_TRUNCATED', 'the last back pointer is missing', reader.position)
      break
    }
    const backPointer = reader.u32()
    if (backPointer !== HEADER_SIZE + length) {
      problem(
        'AGGREGATE_BACK_POINTER',
        `${backPointer} instead of ${HEADER_SIZE + length}`,
        reader.position - 4,
      )
    }
  }
  return messages
}

const isData = (typeId: number): boolean =>
  typeId === MessageTypeId.dataAmf0 || typeId === MessageTypeId.dataAmf3

/**
 * One aggregate that holds the given messages (RTMP 1.0 §7.1.6), in memory of its own. It has the first one's
 * timestamp, message stream and chunk stream.
 *
 * Few receivers understand type 22: send aggregates only to those known to.
 *
 * @param messages - Audio, video and data messages of one message stream, in the order of their times. An empty list
 *   gives an empty aggregate on stream 0.
 * @throws UsageError `AGGREGATE_TYPE` for a type that may not be inside, `AGGREGATE_STREAM` when the message streams
 *   differ, `AGGREGATE_LENGTH` when a message or the whole is longer than 16 777 215 bytes.
 */
export const buildAggregate = (messages: readonly Message[]): Message => {
  const first = messages[0]
  let length = 0
  messages.forEach((message, index) => {
    const path = `messages[${index}]`
    if (refused(message.typeId)) {
      throw new UsageError(
        'AGGREGATE_TYPE',
        `type ${message.typeId} may not be in an aggregate`,
        `${path}.typeId`,
      )
    }
    if (message.messageStreamId !== first?.messageStreamId) {
      throw new UsageError(
        'AGGREGATE_STREAM',
        'one aggregate is for one message stream',
        `${path}.messageStreamId`,
      )
    }
    length += HEADER_SIZE + message.payload.length + BACK_POINTER_SIZE
    if (length > MAX_DATA_LENGTH) {
      throw new UsageError('AGGREGATE_LENGTH', `${length} bytes exceed a message's ${MAX_DATA_LENGTH}`, path)
    }
  })
  const writer = new ByteWriter(length)
  for (const { typeId, timestamp, payload } of messages) {
    writer.u8(typeId)
    writer.u24(payload.length)
    writer.u24(timestamp)
    writer.u8(timestamp >>> 24)
    writer.u24(0)
    writer.bytes(payload)
    writer.u32(HEADER_SIZE + payload.length)
  }
  return {
    csid: first?.csid ?? 4,
    typeId: MessageTypeId.aggregate,
    messageStreamId: first?.messageStreamId ?? 0,
    timestamp: first?.timestamp ?? 0,
    payload: writer.finish(),
  }
}

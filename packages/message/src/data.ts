import { concat } from '@rtmp/bytes'
import { type Message, MessageTypeId } from '@rtmp/chunk'
import { bodyStart, decodeBody, encodeBody, stringAt, textAt } from './amf-body.ts'
import type { MessageDecodeOptions, MessageEncodeOptions, MessageEncoding } from './options.ts'

/*
 * Data message, types 18 and 15 (RTMP 1.0 §7.1.2): name string | values…
 *
 *   "@setDataFrame"      | name | value         publisher → server: keep and pass on  name | value
 *   "@clearDataFrame"    | name                 publisher → server: forget it
 *   "onMetaData"         | object or ECMA array
 *   "|RtmpSampleAccess"  | boolean | boolean    server → player: may read audio, video samples
 */

/** A data message. */
export interface DataMessage {
  /** Which message it is. */
  readonly kind: 'data'
  /** `amf0`: type 18; `amf3`: type 15. */
  readonly encoding: MessageEncoding
  /** `onMetaData`, `@setDataFrame`, … */
  readonly name: string
  /** What follows the name. */
  readonly args: readonly unknown[]
}

const SET_DATA_FRAME = '@setDataFrame'
const CLEAR_DATA_FRAME = '@clearDataFrame'
const SAMPLE_ACCESS = '|RtmpSampleAccess'

const encodingOf = (message: Message): MessageEncoding =>
  message.typeId === MessageTypeId.dataAmf3 ? 'amf3' : 'amf0'

/**
 * Name of a data message, without touching the rest.
 *
 * @example
 * ```ts
 * if (peekDataName(message) === '@setDataFrame') pass(unwrapDataFrame(message))
 * ```
 *
 * @returns `undefined` when the payload does not start with a string. Never throws.
 */
export const peekDataName = (message: Message): string | undefined =>
  textAt(message.payload, bodyStart(message.payload, encodingOf(message)))

/**
 * A data message with all its values, in the plain view of `@rtmp/amf0` (RTMP 1.0 §7.1.2). Shares no memory with the
 * message.
 *
 * @param message - A message of type 18 or 15.
 * @throws DecodeError `DATA_NAME`, `AMF3_FORMAT`, and the codes of `decodeAmf0`, whose offsets
 *   count from the first value.
 */
export const decodeData = (message: Message, options?: MessageDecodeOptions): DataMessage => {
  const encoding = encodingOf(message)
  const [name, ...args] = decodeBody(message.payload, encoding, 'DATA_NAME', options)
  return { kind: 'data', encoding, name, args }
}

/** The payload of a data message (RTMP 1.0 §7.1.2), in memory of its own. @throws UsageError as `encodeAmf0` */
export const encodeData = (message: DataMessage, options?: MessageEncodeOptions): Uint8Array<ArrayBuffer> =>
  encodeBody([message.name, ...message.args], message.encoding, options)

/**
 * A data message from its parts.
 *
 * @example
 * data('onMetaData', ecmaArray({ width: 1920, height: 1080 }))
 */
export const data = (name: string, ...args: readonly unknown[]): DataMessage => ({
  kind: 'data',
  encoding: 'amf0',
  name,
  args,
})

/**
 * A publisher's order to keep a value, usually `onMetaData`, and to pass it on to players.
 *
 * @example
 * ```ts
 * const payload = encodeData(setDataFrame('onMetaData', { width: 1920, height: 1080 }))
 * ```
 */
export const setDataFrame = (name: string, ...values: readonly unknown[]): DataMessage =>
  data(SET_DATA_FRAME, name, ...values)

/**
 * A publisher's order to forget what {@link setDataFrame} set.
 *
 * @example
 * ```ts
 * const payload = encodeData(clearDataFrame('onMetaData'))
 * ```
 */
export const clearDataFrame = (name: string): DataMessage => data(CLEAR_DATA_FRAME, name)

/** Whether a player's program may read the samples it decodes; servers send it after `NetStream.Play.Start`. */
export const rtmpSampleAccess = (audio: boolean, video: boolean): DataMessage =>
  data(SAMPLE_ACCESS, audio, video)

/** What a data message is for. */
export type ParsedData =
  | { readonly kind: 'setDataFrame'; readonly name: string; readonly values: readonly unknown[] }
  | { readonly kind: 'clearDataFrame'; readonly name: string }
  | { readonly kind: 'rtmpSampleAccess'; readonly audio: boolean; readonly video: boolean }
  | { readonly kind: 'unknown'; readonly name: string; readonly values: readonly unknown[] }

/**
 * Tells the data messages a server acts on from those it passes on. `kind` is `'unknown'` for a bare `onMetaData` too:
 * it is a value like any other, already in the form players get.
 */
export const parseData = (message: DataMessage): ParsedData => {
  const { name, args } = message
  const [first, ...values] = args
  if (name === SET_DATA_FRAME && typeof first === 'string' && values.length > 0) {
    return { kind: 'setDataFrame', name: first, values }
  }
  if (name === CLEAR_DATA_FRAME && typeof first === 'string') return { kind: 'clearDataFrame', name: first }
  if (name === SAMPLE_ACCESS)
    return { kind: 'rtmpSampleAccess', audio: first === true, video: values[0] === true }
  return { kind: 'unknown', name, values: args }
}

/**
 * The message that players get for a publisher's data message: without the leading `@setDataFrame`, all other bytes
 * as they came. Any other message is returned as it is, also one that says `@setDataFrame` in AMF3, to whose text what
 * follows may refer: decode that. Nothing is decoded.
 *
 * The payload is a view of the given one for type 18, a copy for type 15.
 *
 * @example
 * ```ts
 * const forPlayers = unwrapDataFrame(message) // `@setDataFrame`, `onMetaData`, … becomes `onMetaData`, …
 * ```
 */
export const unwrapDataFrame = (message: Message): Message => {
  const { payload } = message
  const start = bodyStart(payload, encodingOf(message))
  const range = stringAt(payload, start)
  const isAmf3 = payload[start] === 0x11
  if (range === undefined || isAmf3 || textAt(payload, start) !== SET_DATA_FRAME) return message
  const body = payload.subarray(range[1])
  return { ...message, payload: start === 0 ? body : concat([payload.subarray(0, start), body]) }
}

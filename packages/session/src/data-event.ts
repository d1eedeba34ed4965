import { type Amf0Plain, decodeAmf0, decodeAmf0Prefix, ecmaArray, encodeAmf0 } from '@rtmp/amf0'
import { amf3BodyFormat, decodeAmf3Body } from '@rtmp/amf0/message-body'
import { amf3Codec, amf3ToAmf0 } from '@rtmp/amf3'
import { isDecodeError, isUsageError } from '@rtmp/bytes'
import { type Message, MessageTypeId } from '@rtmp/chunk'

/**
 * Data message, types 18 and 15 (RTMP 1.0 §7.1.2, §7.2.2.6; E-RTMP v2 "Action Message Format"):
 *
 *   type 15   format byte 0x00 | as type 18        (some senders leave the format byte out)
 *   type 18   name | values                        AMF0, single ones behind the AVM+ marker 0x11 AMF3
 *
 * and two names that speak about another message:
 *
 *   "@setDataFrame"   | name | values     remember, and give to everyone who joins; players get `name | values`
 *   "@clearDataFrame" | name              forget it
 */
const SET_DATA_FRAME = '@setDataFrame'
const CLEAR_DATA_FRAME = '@clearDataFrame'
const METADATA = 'onMetaData'
const AVM_PLUS = 0x11

/** How much longer AMF0 may be than the AMF3 it is made of, and how long at any rate, in bytes. */
const MOST_GROWTH = 16
const SMALL = 4096

/** A value that cannot be read costs that value, and what stands behind it in the message. */
const PARTIAL = { amf3: amf3Codec, partial: true, countReferences: true }

/**
 * A body that holds AMF3, written again in AMF0: players of object encoding 0 read nothing else. `undefined` where there
 * is none after all; the byte of the marker is an ordinary one elsewhere.
 */
const withoutAmf3 = (payload: Uint8Array, isType15: boolean): Uint8Array | undefined => {
  let found = isType15 && amf3BodyFormat(payload).encoding === 'amf3'
  const amf3: typeof amf3Codec = {
    ...amf3Codec,
    read(input, depth) {
      found = true
      return amf3Codec.read(input, depth)
    },
  }
  const options = { ...PARTIAL, amf3 }
  const decoded = isType15 ? decodeAmf3Body(payload, options) : decodeAmf0(payload, options)
  if (!found) return undefined
  const values = decoded.map((value) => amf3ToAmf0(value))
  const written = values.map((value, at) =>
    at > 0 && values[at - 1] === METADATA && isRecord(value) ? ecmaArray(value) : value,
  )
  // AMF3 says once what AMF0 has to say each time: a small message must not become a large one.
  const limits = { maxTotalBytes: payload.length * MOST_GROWTH + SMALL }
  return encodeAmf0(written, { limits })
}

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

/** Name and values as AMF0. */
const bodyOf = ({ payload, typeId }: Message): Uint8Array => {
  const isType15 = typeId === MessageTypeId.dataAmf3
  if (isType15 || payload.includes(AVM_PLUS)) {
    const rewritten = withoutAmf3(payload, isType15)
    if (rewritten !== undefined) return rewritten
  }
  return isType15 ? payload.subarray(amf3BodyFormat(payload).start) : payload
}

/** What a data message asks for: `set` and `clear` a remembered frame, or `send` it to those who are there. */
export type DataAction = 'set' | 'clear' | 'send'

/** One data message (`onMetaData`, a text cue, …). Values are decoded when asked for, not before. */
export class DataEvent {
  /** Which event it is. */
  readonly kind = 'data'
  /** The message stream it belongs to. */
  readonly messageStreamId: number
  /** Milliseconds, uint32; wraps. */
  readonly timestamp: number
  /** Name of the handler the data is for, for example `'onMetaData'`; never `'@setDataFrame'`. */
  readonly name: string
  /** Whether the data is to be remembered, forgotten, or only passed on. */
  readonly action: DataAction
  /**
   * `name` and the values as AMF0, without `@setDataFrame` and without format byte: what players get. A view, unless AMF3
   * had to be written again.
   */
  readonly payload: Uint8Array
  /** The message as it came. */
  readonly message: Message
  #valuesAt: number
  #values: readonly Amf0Plain[] | undefined

  private constructor(
    messageStreamId: number,
    message: Message,
    name: string,
    action: DataAction,
    payload: Uint8Array,
    valuesAt: number,
  ) {
    this.messageStreamId = messageStreamId
    this.timestamp = message.timestamp
    this.name = name
    this.action = action
    this.payload = payload
    this.message = message
    this.#valuesAt = valuesAt
  }

  /** Reads the name of a data message; `undefined` when there is none, as in FFmpeg's raw timecode messages. */
  static from(messageStreamId: number, message: Message): DataEvent | undefined {
    try {
      let payload = bodyOf(message)
      let head = decodeAmf0Prefix(payload)
      let action: DataAction = 'send'
      if (head.value === SET_DATA_FRAME || head.value === CLEAR_DATA_FRAME) {
        action = head.value === SET_DATA_FRAME ? 'set' : 'clear'
        payload = payload.subarray(head.bytesRead)
        head = decodeAmf0Prefix(payload)
      } else if (head.value === METADATA) action = 'set'
      if (typeof head.value !== 'string') return undefined
      return new DataEvent(messageStreamId, message, head.value, action, payload, head.bytesRead)
    } catch (error) {
      if (isDecodeError(error) || isUsageError(error)) return undefined
      throw error
    }
  }

  /** Whether this is the stream's metadata (`onMetaData`). */
  get isMetadata(): boolean {
    return this.name === METADATA
  }

  /**
   * The values after the name; of what cannot be decoded those that come before it, property by property. Decoded once,
   * at the first look.
   */
  get values(): readonly Amf0Plain[] {
    this.#values ??= decodeAmf0(this.payload.subarray(this.#valuesAt), PARTIAL)
    return this.#values
  }
}

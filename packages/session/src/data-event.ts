import { type Amf0Plain, decodeAmf0, decodeAmf0Prefix } from '@rtmp/amf0'
import { amf3Codec } from '@rtmp/amf3'
import { isDecodeError } from '@rtmp/bytes'
import { type Message, MessageTypeId } from '@rtmp/chunk'

/**
 * Data message, types 18 and 15 (RTMP 1.0 §7.1.2, §7.2.2.6; E-RTMP v2 "Action Message Format"):
 *
 *   type 15   format byte 0x00 | as type 18        (some senders leave the format byte out; 0x02 then is a string)
 *   type 18   name AMF0 string | values AMF0
 *
 * and two names that speak about another message:
 *
 *   "@setDataFrame"   | name | values     remember, and give to everyone who joins; players get `name | values`
 *   "@clearDataFrame" | name              forget it
 */
const SET_DATA_FRAME = '@setDataFrame'
const CLEAR_DATA_FRAME = '@clearDataFrame'
const AMF0_STRING = 0x02

/** What a data message asks for: `set` and `clear` a remembered frame, or `send` it to those who are there. */
export type DataAction = 'set' | 'clear' | 'send'

/** One data message (`onMetaData`, a text cue, …). Values are decoded when asked for, not before. */
export class DataEvent {
  readonly kind = 'data'
  /** The message stream it belongs to. */
  readonly messageStreamId: number
  /** Milliseconds, uint32; wraps. */
  readonly timestamp: number
  /** Name of the handler the data is for, for example `'onMetaData'`; never `'@setDataFrame'`. */
  readonly name: string
  /** Whether the data is to be remembered, forgotten, or only passed on. */
  readonly action: DataAction
  /** `name` and the values as AMF0, without `@setDataFrame` and without format byte: what players get. A view. */
  readonly payload: Uint8Array
  /** The message as it came. */
  readonly message: Message
  #valuesAt: number
  #values: readonly Amf0Plain[] | undefined
  #broken = false

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
    let start = 0
    if (message.typeId === MessageTypeId.dataAmf3 && message.payload[0] !== AMF0_STRING) start = 1
    try {
      let payload = message.payload.subarray(start)
      let head = decodeAmf0Prefix(payload)
      let action: DataAction = 'send'
      if (head.value === SET_DATA_FRAME || head.value === CLEAR_DATA_FRAME) {
        action = head.value === SET_DATA_FRAME ? 'set' : 'clear'
        payload = payload.subarray(head.bytesRead)
        head = decodeAmf0Prefix(payload)
      } else if (head.value === 'onMetaData') action = 'set'
      if (typeof head.value !== 'string') return undefined
      return new DataEvent(messageStreamId, message, head.value, action, payload, head.bytesRead)
    } catch (error) {
      if (isDecodeError(error)) return undefined
      throw error
    }
  }

  /** Whether this is the stream's metadata (`onMetaData`). */
  get isMetadata(): boolean {
    return this.name === 'onMetaData'
  }

  /** The values after the name, or `undefined` when they cannot be decoded. Decoded once, at the first look. */
  get values(): readonly Amf0Plain[] | undefined {
    if (this.#values === undefined && !this.#broken) {
      try {
        this.#values = decodeAmf0(this.payload.subarray(this.#valuesAt), { amf3: amf3Codec })
      } catch (error) {
        if (!isDecodeError(error)) throw error
        this.#broken = true
      }
    }
    return this.#values
  }
}

import { decodeAmf0Prefix } from '@rtmp/amf0'
import { concat, isDecodeError, UsageError } from '@rtmp/bytes'
import {
  classifyAudio,
  classifyVideo,
  firstTrackIdOf,
  fromMediaFrame,
  MediaFlags,
  type MediaFrameInit,
} from '@rtmp/ertmp'
import { type FlvTagInit, TagType } from '@rtmp/flv'
import { addSetDataFrame } from '@rtmp/flv/script'
import type { Packet } from './packet.ts'

/** What a publisher takes: a player's packet, an FLV tag, or a typed frame of `@rtmp/ertmp`. */
export type PublisherInput = Packet | FlvTagInit | MediaFrameInit

const HEADER_FLAGS = MediaFlags.sequenceHeader | MediaFlags.metadata | MediaFlags.multichannelConfig

/** One message on its way out. */
export class OutgoingMessage {
  /** 8, 9, 18 or 15. */
  readonly typeId: number
  /** Milliseconds, uint32. */
  readonly timestamp: number
  /** As it goes into the message; the caller's memory. */
  readonly payload: Uint8Array
  readonly flags: number
  /** Data that is to be remembered under this name. */
  readonly dataFrame: string | undefined

  constructor(typeId: number, timestamp: number, payload: Uint8Array, dataFrame: string | undefined) {
    this.typeId = typeId
    this.timestamp = timestamp
    this.payload = payload
    this.dataFrame = dataFrame
    if (typeId === TagType.video) this.flags = classifyVideo(payload)
    else this.flags = typeId === TagType.audio ? classifyAudio(payload) : 0
  }

  get isVideo(): boolean {
    return this.typeId === TagType.video
  }

  get isAudio(): boolean {
    return this.typeId === TagType.audio
  }

  /** A header that decoders need before what follows. */
  get isHeader(): boolean {
    return (this.flags & HEADER_FLAGS) !== 0 && (this.flags & MediaFlags.empty) === 0
  }

  /** A picture or sound that may be left out. */
  get isFrame(): boolean {
    return (this.isVideo || this.isAudio) && !this.isHeader
  }

  /** A picture of the first track at which decoding can start. */
  get isKeyFrame(): boolean {
    return (
      (this.flags & MediaFlags.keyFrame) !== 0 && this.isVideo && firstTrackIdOf('video', this.payload) === 0
    )
  }

  /** The same at another time. */
  at(timestamp: number): OutgoingMessage {
    return new OutgoingMessage(this.typeId, timestamp, this.payload, this.dataFrame)
  }
}

const METADATA = 'onMetaData'

const nameOf = (payload: Uint8Array): string | undefined => {
  try {
    const { value } = decodeAmf0Prefix(payload)
    return typeof value === 'string' ? value : undefined
  } catch (error) {
    if (isDecodeError(error)) return undefined
    throw error
  }
}

/**
 * The message for something written. Metadata gets `@setDataFrame` in front, so that servers keep it for those who join.
 *
 * @throws UsageError `CLIENT_PACKET` for a tag that RTMP has no message for; those of `fromMediaFrame`
 */
export const outgoing = (input: PublisherInput): OutgoingMessage => {
  if (input instanceof OutgoingMessage) return input
  if (!('typeId' in input)) {
    const typeId = input.kind === 'video' ? TagType.video : TagType.audio
    return new OutgoingMessage(typeId, input.dts >>> 0, fromMediaFrame(input), undefined)
  }
  const { typeId, timestamp, payload } = input
  switch (typeId) {
    case TagType.audio:
    case TagType.video:
      return new OutgoingMessage(typeId, timestamp >>> 0, payload, undefined)
    case TagType.script:
    case TagType.scriptAmf3: {
      const selector = typeId === TagType.scriptAmf3 && payload[0] === 0 ? 1 : 0
      const values = payload.subarray(selector)
      if (nameOf(values) !== METADATA) return new OutgoingMessage(typeId, timestamp >>> 0, payload, undefined)
      const framed = addSetDataFrame(values)
      const whole = selector === 1 ? concat([Uint8Array.of(0), framed]) : framed
      return new OutgoingMessage(typeId, timestamp >>> 0, whole, METADATA)
    }
    default:
      throw new UsageError('CLIENT_PACKET', `there is no media message of type ${typeId}`, 'packet.typeId')
  }
}

import type { Amf0Plain } from '@rtmp/amf0'
import { MessageTypeId } from '@rtmp/chunk'
import { classifyAudio, classifyVideo, MediaFlags, type MediaFrame, toMediaFrames } from '@rtmp/ertmp'
import { decodeScriptData } from '@rtmp/flv/script'

/**
 * One audio or video message, as it is in an FLV tag: what a player gives, a publisher takes, and an FLV writer takes.
 */
export class MediaPacket {
  readonly kind: 'audio' | 'video'
  /** 8 audio, 9 video. */
  readonly typeId: 8 | 9
  /** Milliseconds, uint32; wraps. */
  readonly timestamp: number
  /** FLV tag body, legacy or enhanced. Never overwritten; can be a view of larger memory. */
  readonly payload: Uint8Array
  /** Bits of `MediaFlags` of `@rtmp/ertmp`. */
  readonly flags: number

  constructor(typeId: 8 | 9, timestamp: number, payload: Uint8Array) {
    this.kind = typeId === MessageTypeId.audio ? 'audio' : 'video'
    this.typeId = typeId
    this.timestamp = timestamp
    this.payload = payload
    this.flags = typeId === MessageTypeId.audio ? classifyAudio(payload) : classifyVideo(payload)
  }

  /** Whether decoding of video can start here. */
  get keyFrame(): boolean {
    return (this.flags & MediaFlags.keyFrame) !== 0
  }

  /** Whether it holds a codec's configuration and no picture or sound. */
  get sequenceHeader(): boolean {
    return (this.flags & MediaFlags.sequenceHeader) !== 0 && (this.flags & MediaFlags.empty) === 0
  }

  /** The frames in it, one per track. @throws DecodeError for a broken message */
  frames(): MediaFrame[] {
    return toMediaFrames(this.kind, this.timestamp, this.payload)
  }
}

/** One data message: `onMetaData`, a text cue, …. */
export class DataPacket {
  readonly kind = 'data'
  readonly typeId = 18
  /** Milliseconds, uint32; wraps. */
  readonly timestamp: number
  /** Name and values as AMF0, the body of an FLV script tag. */
  readonly payload: Uint8Array
  /** For whom the data is: `'onMetaData'`, `'onTextData'`, …. */
  readonly name: string
  #values: readonly Amf0Plain[] | undefined

  constructor(timestamp: number, payload: Uint8Array, name: string) {
    this.timestamp = timestamp
    this.payload = payload
    this.name = name
  }

  /** The values, decoded at the first look. @throws DecodeError for broken AMF0 */
  get values(): readonly Amf0Plain[] {
    this.#values ??= decodeScriptData(this.payload).values
    return this.#values
  }
}

/** What a player gives. */
export type Packet = MediaPacket | DataPacket

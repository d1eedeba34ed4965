import type { Amf0Plain } from '@rtmp/amf0'
import { isDecodeError } from '@rtmp/bytes'
import { TagType } from '@rtmp/flv'
import { decodeScriptData, stripSetDataFrame } from '@rtmp/flv/script'
import {
  firstTrackIdOf,
  flagsOf,
  HEADER_FLAGS,
  headerKey,
  MediaFlags,
  trackIdsOf,
  UNUSABLE_FLAGS,
  videoEntryPoint,
} from './classify.ts'
import type { EntryPoint } from './codecs/codec.ts'
import { type MediaFrame, toMediaFrames } from './media-frame.ts'

/** Chunk streams that messages of each kind are sent on, apart from those a session uses for its own. */
const ChunkStream = { audio: 4, video: 6, data: 7 } as const

/** What was read, or something else where the bytes are broken. */
const unlessBroken = <T>(read: () => T, otherwise: T): T => {
  try {
    return read()
  } catch (error) {
    if (isDecodeError(error)) return otherwise
    throw error
  }
}

const firstTrack = (typeId: number, payload: Uint8Array, flags: number): number =>
  (flags & MediaFlags.multitrack) === 0
    ? 0
    : firstTrackIdOf(typeId === TagType.video ? 'video' : 'audio', payload)

/**
 * One audio, video or data message: what flows from a publisher to whoever watches, records or cuts it. It is an FLV tag,
 * and an RTMP message on message stream 1, and knows what those who pass it on want to know of it.
 *
 * What is asked of every message is looked up once, when it is made; the rest when it is asked for. The payload is shared
 * by all who hold the message and never written to; it can be a view of larger memory.
 *
 * @example
 * const message = new MediaMessage(9, 40, payload)
 * if (message.keyFrame) start(message.at(0))
 */
export class MediaMessage {
  /** 8 audio, 9 video, 18 data in AMF0, 15 data in AMF3. */
  readonly typeId: number
  /** Milliseconds, uint32; wraps. */
  readonly timestamp: number
  /** The body of an FLV tag or an RTMP message, legacy or enhanced. */
  readonly payload: Uint8Array
  /** Bits of {@link MediaFlags}; 0 for data. */
  readonly flags: number
  /** The track, 0 unless the message is multitrack; the first one where a message holds several. */
  readonly track: number
  /** For whom data is: `'onMetaData'`, `'onTextData'`, …; empty for audio and video. */
  readonly name: string

  /**
   * @param name - Of data.
   * @param flags - Of a message that has been classified already, as `track`.
   */
  constructor(
    typeId: number,
    timestamp: number,
    payload: Uint8Array,
    name = '',
    flags: number = flagsOf(typeId, payload),
    track: number = firstTrack(typeId, payload, flags),
  ) {
    this.typeId = typeId
    this.timestamp = timestamp
    this.payload = payload
    this.flags = flags
    this.track = track
    this.name = name
  }

  /** Type 9, a codec's configuration and commands included; see {@link isCoded}. */
  get isVideo(): boolean {
    return this.typeId === TagType.video
  }

  /** Type 8, a codec's configuration included; see {@link isCoded}. */
  get isAudio(): boolean {
    return this.typeId === TagType.audio
  }

  /** Whose body the payload is. */
  get kind(): 'audio' | 'video' | 'data' {
    return this.typeId === TagType.video ? 'video' : this.typeId === TagType.audio ? 'audio' : 'data'
  }

  /** The chunk stream to send it on: 4 audio, 6 video, 7 data. */
  get csid(): number {
    return this.typeId === TagType.video
      ? ChunkStream.video
      : this.typeId === TagType.audio
        ? ChunkStream.audio
        : ChunkStream.data
  }

  /** 1: what most clients call the first one they create. */
  get messageStreamId(): number {
    return 1
  }

  /** A picture to show, or a part of the sound. */
  get isCoded(): boolean {
    return (this.flags & MediaFlags.coded) !== 0
  }

  /** A video frame at which decoding can start. */
  get keyFrame(): boolean {
    return (this.flags & MediaFlags.keyFrame) !== 0
  }

  /** A codec's configuration, and no picture or sound. */
  get sequenceHeader(): boolean {
    return (this.flags & MediaFlags.sequenceHeader) !== 0 && (this.flags & MediaFlags.empty) === 0
  }

  /** What a decoder must have before frames make sense: a codec's configuration, colour, channel layout. */
  get isHeader(): boolean {
    return (this.flags & HEADER_FLAGS) !== 0 && (this.flags & UNUSABLE_FLAGS) === 0
  }

  /** Where decoding can start by the payload, whatever the frame type says; see {@link videoEntryPoint}. */
  get entryPoint(): EntryPoint {
    return this.isVideo ? videoEntryPoint(this.payload) : 'none'
  }

  /** The tracks it holds, each once; `[0]` unless it is multitrack, none for data. */
  get trackIds(): readonly number[] {
    const { kind } = this
    if (kind === 'data') return []
    return (this.flags & MediaFlags.multitrack) === 0 ? [0] : trackIdsOf(kind, this.payload)
  }

  /** The name under which a header is kept, so that a newer one takes its place; `''` for what is no header. */
  get headerKey(): string {
    const { kind } = this
    return kind === 'data' ? '' : headerKey(kind, this.payload)
  }

  /** The values of data, decoded at each look. @throws DecodeError for broken AMF */
  get values(): readonly Amf0Plain[] {
    return this.kind === 'data' ? decodeScriptData(stripSetDataFrame(this.payload), this.typeId).values : []
  }

  /** What an `onMetaData` says, by name, as a copy; nothing where it cannot be read. Decoded at each look. */
  get properties(): Record<string, Amf0Plain> {
    const [properties] = unlessBroken<readonly Amf0Plain[]>(() => this.values, [])
    return typeof properties === 'object' && properties !== null && !Array.isArray(properties)
      ? { ...(properties as Record<string, Amf0Plain>) }
      : {}
  }

  /** The frames in it, one per track; none for data. @throws DecodeError for a broken message */
  frames(): MediaFrame[] {
    const { kind } = this
    return kind === 'data' ? [] : toMediaFrames(kind, this.timestamp, this.payload)
  }

  /** As {@link frames}, but none of a broken message. */
  readableFrames(): readonly MediaFrame[] {
    return unlessBroken<readonly MediaFrame[]>(() => this.frames(), [])
  }

  /** The same message at another time. */
  at(timestamp: number): MediaMessage {
    if (timestamp === this.timestamp) return this
    return new MediaMessage(this.typeId, timestamp, this.payload, this.name, this.flags, this.track)
  }

  /** The same message as one that decoding can start at, for whoever knows better than its frame type. */
  asKeyFrame(): MediaMessage {
    const { typeId, timestamp, payload, name, flags, track } = this
    return new MediaMessage(typeId, timestamp, payload, name, flags | MediaFlags.keyFrame, track)
  }

  /** The same message with its payload in memory of its own, so that keeping it keeps nothing else alive. */
  detached(): MediaMessage {
    if (this.payload.byteLength === this.payload.buffer.byteLength) return this
    return this.withPayload(this.payload.slice())
  }

  /** The same message with its payload elsewhere in memory, or the start of it. */
  withPayload(payload: Uint8Array): MediaMessage {
    return new MediaMessage(this.typeId, this.timestamp, payload, this.name, this.flags, this.track)
  }
}

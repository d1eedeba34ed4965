import { type Message, MessageTypeId } from '@rtmp/chunk'
import { classifyAudio, classifyVideo, firstTrackIdOf, MediaFlags } from '@rtmp/ertmp'

/** Chunk streams of everything a player is sent, apart from the ones a session uses for its own messages. */
const RelayChunkStream = { audio: 4, video: 6, data: 7 } as const

/** What a late joiner must have before frames make sense: codec configurations, colour, channel layout. */
const HEADER = MediaFlags.sequenceHeader | MediaFlags.metadata | MediaFlags.multichannelConfig

/** Nothing to cache: a header without its record, or one that cannot be read. */
const UNUSABLE = MediaFlags.empty | MediaFlags.broken

/**
 * One audio, video or data message on its way from a publisher to players, with what the relay needs to know of it.
 *
 * The timestamp is on the stream's own timeline. The payload is shared by everybody and never written to.
 */
export class RelayMessage implements Message {
  readonly csid: number
  readonly typeId: number
  readonly messageStreamId: number
  readonly timestamp: number
  readonly payload: Uint8Array
  /** Bits of `MediaFlags`; 0 for data. */
  readonly flags: number
  /** The track, 0 unless the message is multitrack; the first one where a message holds several. */
  readonly track: number

  constructor(
    csid: number,
    typeId: number,
    timestamp: number,
    payload: Uint8Array,
    flags: number,
    track: number,
  ) {
    this.csid = csid
    this.typeId = typeId
    this.messageStreamId = 1
    this.timestamp = timestamp
    this.payload = payload
    this.flags = flags
    this.track = track
  }

  get isVideo(): boolean {
    return this.typeId === MessageTypeId.video
  }

  get isAudio(): boolean {
    return this.typeId === MessageTypeId.audio
  }

  /** A picture to show, or a part of the sound. */
  get isCoded(): boolean {
    return (this.flags & MediaFlags.coded) !== 0
  }

  /** A video frame at which decoding can start. */
  get isKeyFrame(): boolean {
    return (this.flags & MediaFlags.keyFrame) !== 0
  }

  /** A configuration that a late joiner needs. */
  get isHeader(): boolean {
    return (this.flags & HEADER) !== 0 && (this.flags & UNUSABLE) === 0
  }

  /** The same message at another time. */
  at(timestamp: number): RelayMessage {
    return new RelayMessage(this.csid, this.typeId, timestamp, this.payload, this.flags, this.track)
  }

  /** The same message with its payload in memory of its own, so that keeping it keeps nothing else alive. */
  detached(): RelayMessage {
    if (this.payload.byteLength === this.payload.buffer.byteLength) return this
    return this.withPayload(this.payload.slice())
  }

  /** The same message with its payload elsewhere in memory. */
  withPayload(payload: Uint8Array): RelayMessage {
    return new RelayMessage(this.csid, this.typeId, this.timestamp, payload, this.flags, this.track)
  }
}

/** A video message, classified. Keeps the payload. */
export const videoMessage = (timestamp: number, payload: Uint8Array): RelayMessage => {
  const flags = classifyVideo(payload)
  const track = (flags & MediaFlags.multitrack) === 0 ? 0 : firstTrackIdOf('video', payload)
  return new RelayMessage(RelayChunkStream.video, MessageTypeId.video, timestamp, payload, flags, track)
}

/** An audio message, classified. Keeps the payload. */
export const audioMessage = (timestamp: number, payload: Uint8Array): RelayMessage => {
  const flags = classifyAudio(payload)
  const track = (flags & MediaFlags.multitrack) === 0 ? 0 : firstTrackIdOf('audio', payload)
  return new RelayMessage(RelayChunkStream.audio, MessageTypeId.audio, timestamp, payload, flags, track)
}

/** A data message (AMF0) as players get it. Keeps the payload. */
export const dataMessage = (timestamp: number, payload: Uint8Array): RelayMessage =>
  new RelayMessage(RelayChunkStream.data, MessageTypeId.dataAmf0, timestamp, payload, 0, 0)

import type { FourCc } from '../four-cc.ts'

/** What the media themselves say of a codec; what is not said is absent. */
export interface CodecFacts {
  /** As in `MediaFrame`: `'h264'`. */
  readonly codec: string
  /** For browsers (RFC 6381, WebCodecs): `'avc1.64001f'`. */
  readonly codecString?: string
  /** A name: `'High'`, `'Main 10'`, `'AAC LC'`. */
  readonly profile?: string
  /** As people write it: `'3.1'`. */
  readonly level?: string
  /** Pixels. */
  readonly width?: number
  /** Pixels. */
  readonly height?: number
  /** Frames per second, where the record says so. */
  readonly frameRate?: number
  /** Bits of a sample of the picture or of the sound. */
  readonly bitDepth?: number
  /** Hz, as heard. */
  readonly sampleRate?: number
  /** The subwoofer's included, as decoded. */
  readonly channels?: number
}

/** A codec by its one name that both forms of a message share (as FFmpeg spells it). */
export interface Codec<Name extends string = string, Code extends FourCc | undefined = FourCc | undefined> {
  readonly name: Name
  /** For people. */
  readonly title: string
  /** In the enhanced form; `undefined` for codecs that only the legacy form has. */
  readonly fourCc: Code
  /** CodecID or SoundFormat that the legacy form is written with; `undefined` when there is none. */
  readonly legacyId: number | undefined
}

/** An audio codec. */
export type AudioCodec<
  Name extends string = string,
  Code extends FourCc | undefined = FourCc | undefined,
> = Codec<Name, Code>

/** A video codec. */
export interface VideoCodec<
  Name extends string = string,
  Code extends FourCc | undefined = FourCc | undefined,
> extends Codec<Name, Code> {
  /** Whether CodedFrames begin with a composition time offset (E-RTMP v2, ExVideoTagBody). */
  readonly hasCompositionTimeOffset: boolean
  /** Whether an MPEG-2 TS descriptor can stand in the place of its record (MPEG2TSSequenceStart). Default false. */
  readonly hasTsDescriptor?: boolean
  /**
   * What the payload itself says of a coded frame, for senders whose frame type says nothing.
   *
   * @param bytes - A message; the coded frame is in it from `start` to `end`, without any header.
   */
  readonly entryPoint: (bytes: Uint8Array, start: number, end: number) => EntryPoint
}

/**
 * Whether decoding can start at a coded frame: `'key'` at once, `'recovery'` with a whole picture some frames later
 * (gradual decoding refresh, recovery point SEI), `'none'` not at all, or the payload does not tell.
 */
export type EntryPoint = 'none' | 'key' | 'recovery'

/** What facts are read from of a coded frame; a `MediaFrame` is one. */
export interface CodedFrame {
  readonly payload: Uint8Array
  readonly keyFrame: boolean
  /** The message's first byte: rate and channels of legacy sound. */
  readonly headerByte: number
}

/**
 * How a codec says what it is: in its configuration record, in its frames, or in both. Each returns `undefined` when
 * the bytes say nothing, and throws a DecodeError when they are broken.
 */
export interface FactsReader {
  readonly record?: (record: Uint8Array) => CodecFacts | undefined
  readonly frame?: (frame: CodedFrame) => CodecFacts | undefined
  /** Of the MPEG-2 TS descriptor that the codec can have in the place of a record (MPEG2TSSequenceStart). */
  readonly descriptor?: (descriptor: Uint8Array) => CodecFacts | undefined
}

/** Size of the picture in pixels. */
export interface PictureSize {
  /** As shown, without a conformance window's margins where the codec has one. */
  readonly width: number
  /** As `width`. */
  readonly height: number
}

/** Facts of which only the size is known. */
export const sizeFacts = (codec: string, size: PictureSize | undefined): CodecFacts | undefined =>
  size === undefined ? undefined : { codec, width: size.width, height: size.height }

/** The frame rate as a property, or none. */
export const frameRateFact = (frameRate: number | undefined): { frameRate?: number } =>
  frameRate === undefined ? {} : { frameRate }

/** What the header of a frame says about the sound, for codecs that have no configuration record in RTMP. */
export interface AudioFrameInfo {
  /** `'ac3'`, `'eac3'` or `'mp3'`. */
  readonly codec: 'ac3' | 'eac3' | 'mp3'
  /** Hz. */
  readonly sampleRate: number
  /** The subwoofer's included. */
  readonly channels: number
  /** Bytes of the frame; 0 when an MP3 frame does not say (free format). */
  readonly frameSize: number
  /** Samples of each channel. */
  readonly samples: number
}

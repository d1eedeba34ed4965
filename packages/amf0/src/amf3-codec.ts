import type { DecodeError } from '@rtmp/bytes'

/**
 * What AMF0 needs to know of AMF3: one value at a time, from and to bytes, with tables that last for one message
 * (AMF3 §4.1). This package imports none: `amf3Codec` of `@rtmp/amf3` is one for the plain view, `amf3TreeCodec` of
 * `@rtmp/amf3/exact` one for the exact view.
 */
export interface Amf3Codec {
  /**
   * Reads the value at `input.at` and moves `at` behind it, counting the budgets down.
   *
   * @param depth - How many containers are open around it.
   */
  read(input: Amf3Input, depth: number): unknown
  /**
   * Writes one value, marker included.
   *
   * @param path - Where it stands, for errors.
   * @param depth - How many containers are open around it.
   */
  write(value: unknown, output: Amf3Output, path: string, depth: number): Uint8Array
}

/** Bounds of a message, shared by both formats; see `Amf0Limits`. */
export interface Amf3Bounds {
  /** How deep values may nest, those of the AMF0 around it included. */
  readonly maxDepth: number
  /** How many values there may be, at all levels together. */
  readonly maxValues: number
  /** Bytes of one text, name or binary value. */
  readonly maxStringBytes: number
  /** Bytes of all texts together when decoding, bytes written when encoding. */
  readonly maxTotalBytes: number
}

/** A message that is read. */
export interface Amf3Input {
  /** The message. */
  readonly source: Uint8Array
  /** Position of the next byte, counted from the start of the memory that `source` is a view of. */
  at: number
  /** How many values may still be read. */
  valuesLeft: number
  /** How many bytes of text and binary may still be read. */
  textLeft: number
  /** Bounds of the whole message. */
  readonly limits: Amf3Bounds
  /** The options that the decoder of AMF0 was given. */
  readonly options: {
    readonly strict?: boolean
    readonly partial?: boolean
    /** Told of each tolerated fault. */
    readonly onFault?: (fault: DecodeError) => void
    /** Whether references count as what they stand for. */
    readonly countReferences?: boolean
  }
  /** The codec's own, for as long as the message is read. */
  amf3: unknown
}

/** A message that is written. */
export interface Amf3Output {
  /** Bounds of the whole message. */
  readonly limits: Amf3Bounds
  /** The options that the encoder of AMF0 was given. */
  readonly options: { readonly strict?: boolean }
  /** The codec's own, for as long as the message is written. */
  amf3: unknown
}

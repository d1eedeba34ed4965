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
  readonly maxDepth: number
  readonly maxValues: number
  readonly maxStringBytes: number
  readonly maxTotalBytes: number
}

/** A message that is read. */
export interface Amf3Input {
  readonly source: Uint8Array
  /** Position of the next byte, counted from the start of the memory that `source` is a view of. */
  at: number
  /** How many values, and how many bytes of text and binary, may still be read. */
  valuesLeft: number
  textLeft: number
  readonly limits: Amf3Bounds
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
  readonly limits: Amf3Bounds
  readonly options: { readonly strict?: boolean }
  /** The codec's own, for as long as the message is written. */
  amf3: unknown
}

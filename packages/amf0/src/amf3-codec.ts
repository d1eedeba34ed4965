/**
 * What AMF0 needs to know of AMF3: one value at a time, from and to bytes, with tables that last for one message
 * (AMF3 §4.1). `amf3Codec` of `@rtmp/amf3` is one; this package imports none.
 */
export interface Amf3Codec {
  /** Starts the AMF3 side of one message that is read. */
  openReader(bytes: Uint8Array, options: Amf3ReaderOptions): Amf3ValueReader
  /** Starts the AMF3 side of one message that is written. */
  openWriter(options: Amf3WriterOptions): Amf3ValueWriter
}

/** Bounds and tolerance shared by the two formats inside one message. */
export interface Amf3ReaderOptions {
  readonly limits: {
    readonly maxDepth: number
    readonly maxValues: number
    readonly maxStringBytes: number
    readonly maxTotalBytes: number
  }
  readonly strict: boolean
  /** Told of each tolerated fault. */
  readonly onFault?: ((fault: Error) => void) | undefined
}

/** The AMF3 side of one message that is read. */
export interface Amf3ValueReader {
  /** Where the next value starts; behind it after a call. */
  position: number
  /** How many values may still be read; counted down. */
  valuesLeft: number
  /** How many bytes of text and binary may still be read; counted down. */
  bytesLeft: number
  /** The value at `position` in the plain view. `depth`: how many containers are open around it. */
  read(depth: number): unknown
  /** The same in the exact view. */
  readNode(depth: number): object
}

/** Bounds of what is written. */
export interface Amf3WriterOptions {
  readonly limits: Amf3ReaderOptions['limits']
  readonly strict: boolean
}

/** The AMF3 side of one message that is written. */
export interface Amf3ValueWriter {
  /** The bytes of one value, marker included. `path` and `depth` say where it stands, for errors and limits. */
  write(value: unknown, path: string, depth: number): Uint8Array
  /** The bytes of one value of the exact view. */
  writeNode(node: object, path: string): Uint8Array
}

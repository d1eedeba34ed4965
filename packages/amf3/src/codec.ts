import type { Amf3ClassHandler, Amf3DecodeOptions } from './options.ts'
import { PlainReader } from './plain-reader.ts'
import { PlainWriter } from './plain-writer.ts'
import type { Amf3Limits } from './limits.ts'
import type { Amf3Node } from './tree.ts'
import { TreeReader } from './tree-reader.ts'
import { TreeWriter } from './tree-writer.ts'

/** Bounds and tolerance of the message around the AMF3 values. */
export interface CodecReaderOptions {
  readonly limits: Amf3Limits
  readonly strict: boolean
  readonly onFault?: ((fault: Error) => void) | undefined
}

/** Bounds of the message around the AMF3 values. */
export interface CodecWriterOptions {
  readonly limits: Amf3Limits
  readonly strict: boolean
}

/** The AMF3 values of one message that is read. Position and budgets are handed over at each value. */
class CodecReader {
  position = 0
  valuesLeft = 0
  bytesLeft = 0
  readonly #plain: PlainReader
  readonly #tree: TreeReader

  constructor(bytes: Uint8Array, options: Amf3DecodeOptions) {
    this.#plain = new PlainReader(bytes, 0, options)
    this.#tree = new TreeReader(bytes, 0, options)
  }

  read(depth: number): unknown {
    return this.#with(this.#plain, depth)
  }

  readNode(depth: number): object {
    return this.#with(this.#tree, depth) as object
  }

  #with(reader: PlainReader | TreeReader, depth: number): unknown {
    reader.position = this.position
    reader.valuesLeft = this.valuesLeft
    reader.bytesLeft = this.bytesLeft
    const value = reader.read(depth)
    this.position = reader.position
    this.valuesLeft = reader.valuesLeft
    this.bytesLeft = reader.bytesLeft
    return value
  }
}

/** The AMF3 values of one message that is written. */
class CodecWriter {
  readonly #plain: PlainWriter
  readonly #tree: TreeWriter

  constructor(options: CodecWriterOptions, classes: readonly Amf3ClassHandler[]) {
    this.#plain = new PlainWriter({ ...options, classes })
    this.#tree = new TreeWriter(options)
  }

  write(value: unknown, path: string, depth: number): Uint8Array {
    return this.#plain.write(value, path, depth)
  }

  writeNode(node: object, path: string): Uint8Array {
    this.#tree.append(node as Amf3Node, path)
    return this.#tree.finish()
  }
}

/** What `@rtmp/amf0` asks of AMF3; see `Amf3Codec` there. */
export interface MessageCodec {
  openReader(bytes: Uint8Array, options: CodecReaderOptions): CodecReader
  openWriter(options: CodecWriterOptions): CodecWriter
}

/**
 * The codec to hand to `@rtmp/amf0`, with handlers of your own for typed and externalizable objects.
 *
 * @example
 * decodeAmf0(bytes, { amf3: createAmf3Codec({ classes: [myHandler] }) })
 */
export const createAmf3Codec = ({
  classes = [],
}: {
  readonly classes?: readonly Amf3ClassHandler[]
} = {}): MessageCodec => ({
  openReader: (bytes, { limits, strict, onFault }) =>
    new CodecReader(bytes, { limits, strict, classes, ...(onFault === undefined ? {} : { onFault }) }),
  openWriter: (options) => new CodecWriter(options, classes),
})

/**
 * The codec to hand to `@rtmp/amf0` for AMF3 values inside AMF0 (marker 0x11).
 *
 * @example
 * decodeAmf0(bytes, { amf3: amf3Codec })
 */
export const amf3Codec: MessageCodec = createAmf3Codec()

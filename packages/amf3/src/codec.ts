import type { Amf3ClassHandler, Amf3DecodeOptions } from './options.ts'
import type { Amf3Limits } from './limits.ts'
import type { Amf3Input } from './input.ts'
import { PlainReader } from './plain-reader.ts'
import { PlainWriter } from './plain-writer.ts'

/** The AMF0 message around the AMF3 values that are read; `Amf3Input` of `@rtmp/amf0`. */
export interface OuterInput {
  /** The message. */
  readonly source: Uint8Array
  /** Position of the next byte, counted from the start of the memory that `source` is a view of. */
  at: number
  /** How many values may still be read. */
  valuesLeft: number
  /** How many bytes of text and binary may still be read. */
  textLeft: number
  /** Bounds of the whole message. */
  readonly limits: Amf3Limits
  /** The options that the decoder of AMF0 was given. */
  readonly options: Pick<Amf3DecodeOptions, 'strict' | 'partial' | 'onFault' | 'countReferences'>
  /** Our reader, whose tables last for the message. */
  amf3: unknown
}

/** The AMF0 message around the AMF3 values that are written; `Amf3Output` of `@rtmp/amf0`. */
export interface OuterOutput {
  /** Bounds of the whole message. */
  readonly limits: Amf3Limits
  /** The options that the encoder of AMF0 was given. */
  readonly options: { readonly strict?: boolean }
  /** Our writer, whose tables last for the message. */
  amf3: unknown
}

/** What `@rtmp/amf0` asks of AMF3; `Amf3Codec` there. */
export interface MessageCodec {
  /** Reads the value at `input.at`, inside of `depth` containers, and moves `at` behind it. */
  read(input: OuterInput, depth: number): unknown
  /** One value, marker included; `path` is where it stands, for errors. */
  write(value: unknown, output: OuterOutput, path: string, depth: number): Uint8Array
}

/** The handlers of a codec. */
export interface CodecOptions {
  /** Handlers for typed and externalizable objects. */
  readonly classes?: readonly Amf3ClassHandler[]
}

/** Options for the AMF3 side of a message. */
export const innerOptions = (
  { limits, options: { strict, partial, onFault, countReferences } }: OuterInput,
  { classes = [] }: CodecOptions,
): Amf3DecodeOptions => ({
  limits,
  classes,
  strict: strict === true,
  partial: partial === true,
  countReferences: countReferences === true,
  ...(onFault === undefined ? {} : { onFault }),
})

/** Reads one value of a message: position and budgets are handed over and back. */
export const readInside = <T>(
  input: OuterInput,
  reader: Amf3Input & { read(depth: number): T },
  depth: number,
): T => {
  const { byteOffset } = input.source
  reader.position = input.at - byteOffset
  reader.valuesLeft = input.valuesLeft
  reader.bytesLeft = input.textLeft
  const value = reader.read(depth)
  input.at = reader.position + byteOffset
  input.valuesLeft = reader.valuesLeft
  input.textLeft = reader.bytesLeft
  return value
}

/**
 * The codec to hand to `@rtmp/amf0`, with handlers of your own for typed and externalizable objects.
 *
 * @example
 * decodeAmf0(bytes, { amf3: createAmf3Codec({ classes: [myHandler] }) })
 */
export const createAmf3Codec = (options: CodecOptions = {}): MessageCodec => ({
  read(input, depth) {
    input.amf3 ??= new PlainReader(input.source, 0, innerOptions(input, options))
    return readInside(input, input.amf3 as PlainReader, depth)
  },
  write(value, output, path, depth) {
    const {
      limits,
      options: { strict },
    } = output
    output.amf3 ??= new PlainWriter({ limits, strict: strict === true, ...options })
    return (output.amf3 as PlainWriter).write(value, path, depth)
  },
})

/**
 * The codec to hand to `@rtmp/amf0` for AMF3 values inside AMF0 (marker 0x11).
 *
 * @example
 * decodeAmf0(bytes, { amf3: amf3Codec })
 */
export const amf3Codec: MessageCodec = createAmf3Codec()

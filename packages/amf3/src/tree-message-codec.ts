import { type CodecOptions, innerOptions, type MessageCodec, readInside } from './codec.ts'
import type { Amf3Node } from './tree.ts'
import { TreeReader } from './tree-reader.ts'
import { TreeWriter } from './tree-writer.ts'

/**
 * As `createAmf3Codec`, for the exact view: hand it to `decodeAmf0Tree` and `encodeAmf0Tree` of `@rtmp/amf0/exact`. The
 * `node` of an `avmPlus` node is then an {@link Amf3Node}.
 */
export const createAmf3TreeCodec = (options: CodecOptions = {}): MessageCodec => ({
  read(input, depth) {
    input.amf3 ??= new TreeReader(input.source, 0, innerOptions(input, options))
    return readInside(input, input.amf3 as TreeReader, depth)
  },
  write(node, { limits }, path, depth) {
    return new TreeWriter({ limits }).write(node as Amf3Node, path, depth)
  },
})

/** The codec for AMF3 values in the exact view of AMF0. */
export const amf3TreeCodec: MessageCodec = createAmf3TreeCodec()

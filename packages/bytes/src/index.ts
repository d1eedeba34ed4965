/**
 * Byte reader, writer and queue, UTF-8, and the error families shared by the `@rtmp` packages. Runs anywhere.
 *
 * @packageDocumentation
 */
export { requireArray, requireBytes } from './arguments.ts'
export { BitReader } from './bit-reader.ts'
export { BitWriter } from './bit-writer.ts'
export { ByteQueue } from './byte-queue.ts'
export { ByteReader } from './byte-reader.ts'
export { ByteWriter } from './byte-writer.ts'
export { concat } from './concat.ts'
export {
  DecodeError,
  isDecodeError,
  isProtocolError,
  isUsageError,
  type Phase,
  ProtocolError,
  UsageError,
} from './errors.ts'
export {
  decodeUtf8,
  decodeUtf8Strict,
  encodeUtf8,
  loneSurrogateAt,
  utf8Length,
  writeUtf8,
} from './utf8.ts'

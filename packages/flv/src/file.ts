/**
 * Working on whole FLV files: index, duration fix-up, append, concatenate, seek; and the envelope of encrypted tags.
 * Runs anywhere.
 *
 * @packageDocumentation
 */
export {
  decodeEncryptedBody,
  type EncryptedBody,
  type EncryptedBodyInit,
  encodeEncryptedBody,
} from './encryption.ts'
export { type FlvFile, type FlvFileOptions, metadataOfTag, readFlvFile } from './flv-file.ts'
export { ElapsedTime } from './elapsed-time.ts'
export { encodeFlvHead, type FlvHeadInit, indexFlv } from './flv-head.ts'
export { appendFlv, concatFlv, concatTags } from './flv-join.ts'
export { type FlvPatch, patchMetadata } from './flv-patch.ts'
export { type FlvSeekPoint, seekFlv } from './flv-seek.ts'
export { TimeRebaser, type TimeRebaserOptions } from './rebase.ts'
export { type PlacedTag, SeekableHead, type SeekableHeadInit } from './seekable-head.ts'
export { type SeekEntry, SeekIndex } from './seek-index.ts'

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
export {
  appendFlv,
  concatFlv,
  concatTags,
  encodeFlvHead,
  type FlvFile,
  type FlvFileOptions,
  type FlvHeadInit,
  type FlvPatch,
  type FlvSeekPoint,
  indexFlv,
  metadataOfTag,
  patchMetadata,
  readFlvFile,
  seekFlv,
} from './flv-file.ts'
export { TimeRebaser, type TimeRebaserOptions } from './rebase.ts'

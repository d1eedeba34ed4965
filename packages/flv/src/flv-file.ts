import type { Amf0DecodeOptions } from '@rtmp/amf0'
import { isDecodeError } from '@rtmp/bytes'
import { type FlvFacts, FlvFactsCollector, type FlvFactsOptions } from './facts.ts'
import type { FlvHeader } from './file-header.ts'
import { FlvReader } from './flv-reader.ts'
import { type FlvMetadata, metadataOf } from './metadata.ts'
import type { FlvReaderOptions } from './reader-options.ts'
import type { FourCcName } from './rules.ts'
import { decodeScriptData } from './script-data.ts'
import { type FlvTag, type FlvTagInit, TagType } from './tag.ts'

/** A whole file, read. */
export interface FlvFile {
  /** `undefined` where the file has none (option `header: 'optional'`). */
  readonly header: FlvHeader | undefined
  /** The typed onMetaData, where the first tags have one. */
  readonly metadata: FlvMetadata | undefined
  /** All tags; payloads are views of the file's bytes. */
  readonly tags: readonly FlvTag[]
  /** What the tags say of it, whatever its header and metadata say. */
  readonly facts: FlvFacts
  /** Whether the file ends inside a tag. */
  readonly truncated: boolean
}

/** How whole files are read: a reader's policies, and how tags are told apart. */
export interface FlvFileOptions extends FlvReaderOptions, FlvFactsOptions {
  /** How onMetaData is read. */
  readonly amf?: Amf0DecodeOptions
}

/**
 * Reads a whole file.
 *
 * @throws DecodeError as `FlvReader.read`
 */
export const readFlvFile = (bytes: Uint8Array, options: FlvFileOptions = {}): FlvFile => {
  const reader = new FlvReader(options)
  const collector = new FlvFactsCollector(options)
  const tags: FlvTag[] = []
  reader.push(bytes)
  reader.end()
  for (let tag = reader.read(); tag !== undefined; tag = reader.read()) {
    tags.push(tag)
    collector.add(tag, tag.offset)
  }
  const metadata = tags
    .map((tag) => metadataOfTag(tag, options.amf, options.fourCcName))
    .find((found) => found !== undefined)
  return { header: reader.header, metadata, tags, facts: collector.facts(), truncated: reader.truncated }
}

/** The typed onMetaData of a tag; `undefined` when it is no script tag, has another name, or cannot be read. */
export const metadataOfTag = (
  tag: FlvTagInit,
  options?: Amf0DecodeOptions,
  fourCcName?: FourCcName,
): FlvMetadata | undefined => {
  if ((tag.typeId !== TagType.script && tag.typeId !== TagType.scriptAmf3) || tag.filtered) return undefined
  try {
    return metadataOf(decodeScriptData(tag.payload, tag.typeId, options), fourCcName)
  } catch (error) {
    if (isDecodeError(error)) return undefined
    throw error
  }
}

import { concat } from '@rtmp/bytes'
import { FLV_HEADER_SIZE } from './file-header.ts'
import { type FlvFileOptions, metadataOfTag, readFlvFile } from './flv-file.ts'
import { indexFlv } from './flv-head.ts'
import { FlvReader } from './flv-reader.ts'
import { FlvWriter } from './flv-writer.ts'
import { TimeRebaser } from './rebase.ts'
import { CompleteRules, rulesMissing } from './rules.ts'
import type { FlvTagInit } from './tag.ts'

/**
 * A file and more tags behind it, their time continuing where the file's ends. A truncated tag at the end of the file
 * is cut off. Run the result through {@link indexFlv} for a true duration.
 *
 * @throws DecodeError as `FlvReader.read`; UsageError `FLV_FIELD_RANGE`, and `FLV_RULES` for a file with enhanced tags and
 *   no rules for them
 */
export const appendFlv = (
  bytes: Uint8Array,
  tags: Iterable<FlvTagInit>,
  options: FlvFileOptions = {},
): Uint8Array<ArrayBuffer> => {
  const { facts } = readFlvFile(bytes, options)
  const end = Math.max(facts.fileSize, FLV_HEADER_SIZE + 4)
  if (facts.tagsWithoutRules > 0) throw rulesMissing()
  const rebaser = new TimeRebaser({ ...options, start: facts.firstTimestamp + facts.duration })
  const writer = new FlvWriter({ header: false, position: end })
  const slices = [bytes.subarray(0, end)]
  for (const tag of tags) slices.push(...writer.write(rebaser.map(tag)))
  return concat(slices)
}

/**
 * The tags of several files as one file has them: time goes on from file to file, a sequence header is repeated only
 * where it changes, and onMetaData stays that of the first file.
 *
 * @throws DecodeError as `FlvReader.read`; UsageError `FLV_RULES` for a file with enhanced tags and no rules for them
 */
export function* concatTags(
  files: Iterable<Uint8Array>,
  options: FlvFileOptions = {},
): Generator<FlvTagInit, void, undefined> {
  const rules = new CompleteRules(options)
  const rebaser = new TimeRebaser(options)
  const headers = new Map<string, Uint8Array>()
  let hasMetadata = false
  for (const bytes of files) {
    const reader = new FlvReader(options)
    reader.push(bytes)
    reader.end()
    rebaser.nextSource()
    for (let tag = reader.read(); tag !== undefined; tag = reader.read()) {
      if (metadataOfTag(tag, options.amf) !== undefined) {
        if (hasMetadata) continue
        hasMetadata = true
      }
      rules.requireHeaders(tag)
      if (rules.isSequenceHeader(tag)) {
        const key = rules.headerKey(tag)
        const last = headers.get(key)
        if (key !== '') headers.set(key, tag.payload)
        if (last !== undefined && sameBytes(last, tag.payload)) continue
      }
      yield rebaser.map(tag)
    }
  }
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])

/**
 * Several files as one, indexed, with a true duration.
 *
 * @throws DecodeError as `FlvReader.read`; UsageError `FLV_RULES` for a file with enhanced tags and no rules for them
 */
export const concatFlv = (
  files: Iterable<Uint8Array>,
  options: FlvFileOptions = {},
): Uint8Array<ArrayBuffer> => {
  const writer = new FlvWriter()
  const slices = writer.start()
  for (const tag of concatTags(files, options)) slices.push(...writer.write(tag))
  return indexFlv(concat(slices), options)
}

import { concat } from '@rtmp/bytes'
import { FlvReader, type FlvReaderOptions, type FlvTag, type FlvTagInit, FlvWriter } from '../src/index.ts'

/** Everything a reader says about a delivery. */
export interface Outcome {
  readonly tags: readonly FlvTag[]
  readonly truncated: boolean
  readonly error: string | undefined
  readonly reader: FlvReader
}

/** Reads slices as they come: push one, read all, push the next. */
export const readSlices = (slices: readonly Uint8Array[], options: FlvReaderOptions = {}): Outcome => {
  const reader = new FlvReader(options)
  const tags: FlvTag[] = []
  let error: string | undefined
  try {
    for (const slice of slices) {
      reader.push(slice)
      for (let tag = reader.read(); tag !== undefined; tag = reader.read()) tags.push(tag)
    }
    reader.end()
    for (let tag = reader.read(); tag !== undefined; tag = reader.read()) tags.push(tag)
  } catch (thrown) {
    error = (thrown as { code?: string }).code ?? String(thrown)
  }
  return { tags, truncated: reader.truncated, error, reader }
}

/** A file of the given tags. */
export const fileOf = (tags: readonly FlvTagInit[]): Uint8Array<ArrayBuffer> => {
  const writer = new FlvWriter()
  const slices = writer.start()
  for (const tag of tags) slices.push(...writer.write(tag))
  return concat(slices)
}

/** A short text that says all of a tag that can be compared, without notices and position. */
export const print = (tag: FlvTagInit): string =>
  `${tag.typeId}${tag.filtered === true ? '*' : ''} ${tag.timestamp} ${tag.payload.length} ${fingerprint(tag.payload)}`

const fingerprint = (bytes: Uint8Array): number => {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

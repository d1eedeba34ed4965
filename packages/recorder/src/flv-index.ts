import { isDecodeError } from '@rtmp/bytes'
import { MediaMessage } from '@rtmp/e-rtmp'
import { type FlvTag, type KeyframeIndex, TagType } from '@rtmp/flv'
import { metadataOfTag } from '@rtmp/flv/file'
import type { FlvMetadata } from '@rtmp/flv/script'
import type { FileIndex } from './file-shelf.ts'
import type { RecordingFile } from './files.ts'
import { tagsOf } from './flv-tags.ts'
import type { RecordingStart } from './recording-reader.ts'

/** How far headers are looked for from the beginning on, in bytes. */
const HEAD = 4 * 1024 * 1024

/** What a header takes beside its payload, and a place in the index, in bytes. */
const HEADER_BYTES = 256
const PLACE_BYTES = 64

/** A header, and where it stands in the file. */
export interface FlvHeader {
  readonly position: number
  readonly message: MediaMessage
}

/** What headers take in memory, in bytes. */
export const headerBytes = (headers: readonly FlvHeader[]): number =>
  headers.reduce((sum, { message }) => sum + message.payload.length + HEADER_BYTES, 0)

/** A tag as a message. */
export const messageOf = (tag: FlvTag, name = ''): MediaMessage =>
  new MediaMessage(tag.typeId, tag.timestamp, tag.payload, name)

/** What is known of an FLV file: the same for all who read it. */
export class FlvIndex implements FileIndex {
  readonly durationMs: number
  readonly metadata: FlvMetadata | undefined
  /** Those at its beginning. */
  readonly headers: readonly FlvHeader[]
  #starts: readonly RecordingStart[] | undefined
  #finding: Promise<readonly RecordingStart[]> | undefined

  private constructor(metadata: FlvMetadata | undefined, headers: readonly FlvHeader[], durationMs: number) {
    this.metadata = metadata
    this.headers = headers
    this.durationMs = durationMs
  }

  /** Looks at the beginning of a file. */
  static async of(file: RecordingFile): Promise<FlvIndex> {
    const { metadata, headers } = await headOf(file)
    const told = (metadata?.duration ?? 0) * 1000
    const durationMs = told > 0 ? told : await measured(file)
    return new FlvIndex(metadata, headers, durationMs)
  }

  /** What is known of a file that is being written, by who writes it. */
  static async growing(
    file: RecordingFile,
    starts: readonly RecordingStart[],
    durationMs: number,
  ): Promise<FlvIndex> {
    const { metadata, headers } = await headOf(file)
    const index = new FlvIndex(metadata, headers, durationMs)
    // Sound has no key frames: then they are looked for.
    if (starts.length > 0) index.#finding = Promise.resolve(starts)
    return index
  }

  get heldBytes(): number {
    const places = (this.#starts?.length ?? 0) + (this.metadata?.keyframes?.times.length ?? 0)
    return headerBytes(this.headers) + places * PLACE_BYTES
  }

  /** Where decoding can start. @param file - Of whoever asks: it is read once, for all of them. */
  async starts(file: RecordingFile): Promise<readonly RecordingStart[]> {
    if (this.#finding === undefined) return this.#find(file)
    // Whoever looks for them may go, and with him his file.
    const found = await this.#finding.catch(() => undefined)
    return found ?? (await this.#find(file))
  }

  async #find(file: RecordingFile): Promise<readonly RecordingStart[]> {
    this.#finding = (async () => (await this.#indexed(file)) ?? (await startsOf(file)))()
    this.#starts = await this.#finding
    return this.#starts
  }

  /** What the index of the file says, if it is a good one. */
  async #indexed(file: RecordingFile): Promise<readonly RecordingStart[] | undefined> {
    const index = this.metadata?.keyframes
    if (index === undefined || !(await isGood(file, index))) return undefined
    const { times, filePositions } = index
    return (
      times
        .map((time, i) => ({ time: time * 1000, position: filePositions[i] ?? 0 }))
        // Of several tracks whose key frames are side by side, the first is gone by.
        .filter(({ time }, i) => i === 0 || time > (times[i - 1] ?? 0) * 1000)
    )
  }
}

/** Metadata, and headers before the first frames. */
const headOf = async (
  file: RecordingFile,
): Promise<{ readonly metadata: FlvMetadata | undefined; readonly headers: readonly FlvHeader[] }> => {
  let metadata: FlvMetadata | undefined
  const headers: FlvHeader[] = []
  let coded = 0
  for await (const tag of tagsOf(file, 0)) {
    metadata ??= metadataOfTag(tag)
    const message = messageOf(tag)
    if (message.isHeader) headers.push({ position: tag.offset, message: message.detached() })
    if (message.isCoded) coded += 1
    if (coded > 50 || tag.offset > HEAD) break
  }
  return { metadata, headers }
}

/** The time of the key frame that stands at a position. */
const keyFrameAt = async (file: RecordingFile, position: number): Promise<number | undefined> => {
  for await (const tag of tagsOf(file, position)) {
    return tag.offset === position && messageOf(tag).keyFrame ? tag.timestamp : undefined
  }
  return undefined
}

/** Whether an index leads to key frames, by its first and its last entry. */
const isGood = async (file: RecordingFile, { times, filePositions }: KeyframeIndex): Promise<boolean> => {
  if (times.length !== filePositions.length || times.length === 0) return false
  for (const i of [0, times.length - 1]) {
    const time = await keyFrameAt(file, filePositions[i] ?? 0)
    if (time === undefined || Math.abs(time - (times[i] ?? 0) * 1000) > 1) return false
  }
  return true
}

const MOST_PLACES = 100_000

/** Without video, this much sound lies between two places. Milliseconds. */
const SOUND_MS = 2000

const startsOf = async (file: RecordingFile): Promise<readonly RecordingStart[]> => {
  const pictures: RecordingStart[] = []
  const sounds: RecordingStart[] = []
  let hasVideo = false
  for await (const tag of tagsOf(file, 0)) {
    if (tag.typeId !== TagType.video && tag.typeId !== TagType.audio) continue
    const { isCoded, keyFrame, track } = messageOf(tag)
    if (!isCoded) continue
    const place = { position: tag.offset, time: tag.timestamp }
    hasVideo ||= tag.typeId === TagType.video
    if (tag.typeId === TagType.video) {
      if (keyFrame && track === 0 && pictures.length < MOST_PLACES) pictures.push(place)
    } else if (
      sounds.length < MOST_PLACES &&
      tag.timestamp - (sounds.at(-1)?.time ?? -SOUND_MS) >= SOUND_MS
    ) {
      sounds.push(place)
    }
  }
  return hasVideo ? pictures : sounds
}

/** How long a file is whose metadata do not say. */
const measured = async (file: RecordingFile): Promise<number> => {
  let last = 0
  try {
    for await (const { typeId, timestamp } of tagsOf(file, 0))
      if (typeId === TagType.audio || typeId === TagType.video) last = Math.max(last, timestamp)
  } catch (error) {
    if (!isDecodeError(error)) throw error
  }
  return last
}

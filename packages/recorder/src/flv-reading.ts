import { isDecodeError } from '@rtmp/bytes'
import { MediaMessage } from '@rtmp/e-rtmp'
import { FlvReader, type FlvTag, type KeyframeIndex, TagType } from '@rtmp/flv'
import { metadataOfTag } from '@rtmp/flv/file'
import { encodeMetadata, type FlvMetadata } from '@rtmp/flv/script'
import type { RecordingFile } from './files.ts'
import type { RecordingReader, RecordingStart } from './recording-reader.ts'

/** What is read at a time, in bytes. */
const SLICE = 256 * 1024

/** How far headers are looked for from the beginning on, in bytes. */
const HEAD = 4 * 1024 * 1024

/** What a header takes beside its payload, and a place in the index, in bytes. */
const HEADER_BYTES = 256
const PLACE_BYTES = 64

interface Header {
  readonly position: number
  readonly message: MediaMessage
}

/** What belongs to a file and not to its stream. */
const OF_FILE = /^(?:keyframes|spacer_*|filesize|datasize|audiosize|videosize|lastkeyframelocation)$/

const messageOf = (tag: FlvTag, name = ''): MediaMessage =>
  new MediaMessage(tag.typeId, tag.timestamp, tag.payload, name)

/** Reads FLV, whoever has written it. */
export class FlvReading implements RecordingReader {
  readonly durationMs: number
  readonly #file: RecordingFile
  readonly #metadata: FlvMetadata | undefined
  /** Headers that were met so far, in order. */
  #headers: Header[]
  #starts: readonly RecordingStart[] | undefined
  #reader: FlvReader
  #at: number
  #preamble = true

  private constructor(
    file: RecordingFile,
    metadata: FlvMetadata | undefined,
    headers: Header[],
    durationMs: number,
  ) {
    this.#file = file
    this.#metadata = metadata
    this.#headers = headers
    this.durationMs = durationMs
    this.#reader = new FlvReader()
    this.#at = 0
  }

  static async open(file: RecordingFile): Promise<FlvReading> {
    let metadata: FlvMetadata | undefined
    const headers: Header[] = []
    let coded = 0
    for await (const tag of tagsOf(file, 0)) {
      metadata ??= metadataOfTag(tag)
      const message = messageOf(tag)
      if (message.isHeader) headers.push({ position: tag.offset, message: message.detached() })
      if (message.isCoded) coded += 1
      if (coded > 50 || tag.offset > HEAD) break
    }
    const told = (metadata?.duration ?? 0) * 1000
    const durationMs = told > 0 ? told : await measured(file)
    return new FlvReading(file, metadata, headers, durationMs)
  }

  get heldBytes(): number {
    const headers = this.#headers.reduce((sum, { message }) => sum + message.payload.length, 0)
    // What was read, what of it is in whole messages, and one that is not.
    const places = (this.#starts?.length ?? 0) + (this.#metadata?.keyframes?.times.length ?? 0)
    return 2 * SLICE + headers + this.#headers.length * HEADER_BYTES + places * PLACE_BYTES
  }

  async starts(): Promise<readonly RecordingStart[]> {
    this.#starts ??= (await this.#indexed()) ?? (await startsOf(this.#file))
    return this.#starts
  }

  /** What the index of the file says, if it is a good one. */
  async #indexed(): Promise<readonly RecordingStart[] | undefined> {
    const index = this.#metadata?.keyframes
    if (index === undefined || !(await this.#isGood(index))) return undefined
    const { times, filePositions } = index
    return (
      times
        .map((time, i) => ({ time: time * 1000, position: filePositions[i] ?? 0 }))
        // Of several tracks whose key frames are side by side, the first is gone by.
        .filter(({ time }, i) => i === 0 || time > (times[i - 1] ?? 0) * 1000)
    )
  }

  /** Whether an index leads to key frames, by its first and its last entry. */
  async #isGood({ times, filePositions }: KeyframeIndex): Promise<boolean> {
    if (times.length !== filePositions.length || times.length === 0) return false
    for (const i of [0, times.length - 1]) {
      const time = await this.#isKeyFrame(filePositions[i] ?? 0)
      if (time === undefined || Math.abs(time - (times[i] ?? 0) * 1000) > 1) return false
    }
    return true
  }

  async seek(ms: number): Promise<number> {
    const starts = await this.starts()
    const [first = { position: 0, time: 0 }] = starts
    const near = await this.#nearest(starts.findLast(({ time }) => time <= ms) ?? first, ms)
    // What stands before the first key frame belongs to it.
    const found = near.position === first.position ? { ...first, position: 0 } : near
    this.#at = found.position
    this.#reader =
      found.position === 0 ? new FlvReader() : new FlvReader({ header: 'optional', position: found.position })
    this.#preamble = true
    return found.time
  }

  async next(): Promise<readonly MediaMessage[] | undefined> {
    const messages: MediaMessage[] = []
    if (this.#preamble) messages.push(...this.#beginning())
    const isBeginning = this.#preamble
    this.#preamble = false
    for (;;) {
      const slice = new Uint8Array(SLICE)
      const read = await this.#file.read(slice, this.#at)
      this.#at += read
      if (read === 0) this.#reader.end()
      else this.#reader.push(slice.subarray(0, read))
      for (let tag = this.#reader.read(); tag !== undefined; tag = this.#reader.read()) {
        const message = this.#taken(tag)
        if (message !== undefined) messages.push(message)
      }
      if (messages.length > 0 && !(isBeginning && messages.every(({ isCoded }) => !isCoded) && read > 0))
        return messages
      if (read === 0) return messages.length > 0 ? messages : undefined
    }
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  #taken(tag: FlvTag): MediaMessage | undefined {
    if (tag.filtered) return undefined
    const isData = tag.typeId === TagType.script || tag.typeId === TagType.scriptAmf3
    if (!isData && tag.typeId !== TagType.audio && tag.typeId !== TagType.video) return undefined
    // The one in front was given with the beginning.
    if (isData && metadataOfTag(tag) !== undefined) return undefined
    const message = messageOf(tag)
    if (message.isHeader && !this.#headers.some(({ position }) => position === tag.offset)) {
      this.#headers = [...this.#headers.slice(-1000), { position: tag.offset, message: message.detached() }]
    }
    return message
  }

  #beginning(): MediaMessage[] {
    const { properties = {} } = this.#metadata ?? {}
    const kept = Object.fromEntries(Object.entries(properties).filter(([name]) => !OF_FILE.test(name)))
    const payload = encodeMetadata({
      properties: { ...kept, duration: this.durationMs / 1000, canSeekToEnd: true },
    })
    const metadata = new MediaMessage(TagType.script, 0, payload, 'onMetaData')
    const inForce = new Map<string, MediaMessage>()
    for (const { position, message } of this.#headers) {
      // At the very beginning they come by themselves.
      if (position < this.#at && this.#at > 0) inForce.set(message.headerKey, message)
    }
    return [metadata, ...inForce.values()]
  }

  /** The time of the key frame that stands at a position. */
  async #isKeyFrame(position: number): Promise<number | undefined> {
    for await (const tag of tagsOf(this.#file, position)) {
      return tag.offset === position && messageOf(tag).keyFrame ? tag.timestamp : undefined
    }
    return undefined
  }

  /** Indexes leave out key frames: looks for a later one that is not too late. */
  async #nearest(from: RecordingStart, ms: number): Promise<RecordingStart> {
    let found = from
    let track: number | undefined
    if (from.position === 0) return from
    for await (const tag of tagsOf(this.#file, from.position)) {
      const message = messageOf(tag)
      // A place in sound: every one of them is in the list.
      if (tag.offset === from.position && tag.typeId === TagType.audio) return from
      if (!message.keyFrame || message.track !== (track ??= message.track)) continue
      if (tag.timestamp > ms && tag.offset !== from.position) break
      found = { position: tag.offset, time: tag.timestamp }
    }
    return found
  }
}

/** The tags from a position on; damage is passed over. */
async function* tagsOf(file: RecordingFile, position: number): AsyncGenerator<FlvTag, void, undefined> {
  const reader = position === 0 ? new FlvReader() : new FlvReader({ header: 'optional', position })
  for (let at = position; ; ) {
    const slice = new Uint8Array(SLICE)
    const read = await file.read(slice, at)
    at += read
    if (read === 0) reader.end()
    else reader.push(slice.subarray(0, read))
    for (let tag = reader.read(); tag !== undefined; tag = reader.read()) yield tag
    if (read === 0) return
  }
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

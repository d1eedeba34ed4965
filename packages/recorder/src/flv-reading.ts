import { MediaMessage } from '@rtmp/e-rtmp'
import { FlvReader, type FlvTag, TagType } from '@rtmp/flv'
import { metadataOfTag } from '@rtmp/flv/file'
import { encodeMetadata } from '@rtmp/flv/script'
import type { Loan } from './file-shelf.ts'
import type { RecordingFile } from './files.ts'
import { type FlvHeader, type FlvIndex, headerBytes, messageOf } from './flv-index.ts'
import { SLICE, tagsOf } from './flv-tags.ts'
import type { RecordingReader, RecordingStart } from './recording-reader.ts'

/** What belongs to a file and not to its stream. */
const OF_FILE = /^(?:keyframes|spacer_*|filesize|datasize|audiosize|videosize|lastkeyframelocation)$/

/** Reads FLV, whoever has written it. */
export class FlvReading implements RecordingReader {
  readonly #file: RecordingFile
  readonly #loan: Loan<FlvIndex>
  /** Headers that were met so far, in order. */
  #headers: readonly FlvHeader[]
  #reader: FlvReader = new FlvReader()
  #at = 0
  #preamble = true
  readonly #grows: () => boolean

  /**
   * @param loan - Shared by all who read the file.
   * @param grows - Whether more is being written: then at its end there is nothing for now.
   */
  constructor(file: RecordingFile, loan: Loan<FlvIndex>, grows: () => boolean = () => false) {
    this.#grows = grows
    this.#file = file
    this.#loan = loan
    this.#headers = loan.index.headers
  }

  get durationMs(): number {
    return this.#loan.index.durationMs
  }

  get heldBytes(): number {
    const { headers } = this.#loan.index
    const own = this.#headers === headers ? 0 : headerBytes(this.#headers.slice(headers.length))
    // What was read, what of it is in whole messages, and one that is not.
    return 2 * SLICE + own + this.#loan.heldBytes
  }

  starts(): Promise<readonly RecordingStart[]> {
    return this.#loan.index.starts(this.#file)
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
      const grows = this.#grows()
      const read = await this.#file.read(slice, this.#at)
      this.#at += read
      if (read === 0 && grows) return messages
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
    this.#loan.leave()
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
    const { properties = {} } = this.#loan.index.metadata ?? {}
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

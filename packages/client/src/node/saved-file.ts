import { type FileHandle, open } from 'node:fs/promises'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type { Amf0Plain } from '@rtmp/amf0'
import { flvRules, MediaMessage } from '@rtmp/e-rtmp'
import { type FlvFacts, type FlvHeader, type FlvTagInit, FlvWriter } from '@rtmp/flv'
import { SeekableHead } from '@rtmp/flv/file'

/** Bytes gathered before they are written. */
const BLOCK_BYTES = 65_536

/** FLV on its way to a file or a stream. */
export interface FlvSink {
  /** Bytes so far, those that wait included. */
  readonly bytes: number
  /** @param time - In milliseconds, without wrap. */
  add(tag: FlvTagInit, time: number): void
  /** Writes what was gathered, if that is enough. */
  flush(): Promise<void>
  /** Writes all of it, and what is only known in the end. */
  finish(): Promise<FlvFacts>
}

/** What was added and not yet written. */
class Gathered {
  #slices: Uint8Array[] = []
  #bytes = 0

  get isEnough(): boolean {
    return this.#bytes >= BLOCK_BYTES
  }

  add(slices: readonly Uint8Array[]): void {
    for (const slice of slices) {
      this.#slices.push(slice)
      this.#bytes += slice.length
    }
  }

  take(): Uint8Array {
    const bytes = Buffer.concat(this.#slices)
    this.#slices = []
    this.#bytes = 0
    return bytes
  }
}

/** What a file begins with. */
export interface SavedFileStart {
  readonly properties: Readonly<Record<string, Amf0Plain>>
  /** Places in the index. */
  readonly room: number
  readonly hasAudio: boolean
  readonly hasVideo: boolean
  /** Where its duration counts from. */
  readonly start: 0 | 'first'
}

/** An FLV file with duration, sizes, flags and key frame index in front, over the room that is kept for them. */
export class SavedFile implements FlvSink {
  readonly #file: FileHandle
  readonly #head: SeekableHead
  readonly #writer: FlvWriter
  readonly #gathered = new Gathered()

  private constructor(file: FileHandle, start: SavedFileStart) {
    this.#file = file
    this.#head = new SeekableHead(start)
    this.#gathered.add([this.#head.encode()])
    this.#writer = new FlvWriter({ ...flvRules, header: false, position: this.#head.length })
  }

  /** Creates it; what was there under this name is overwritten. */
  static async create(path: string | URL, start: SavedFileStart): Promise<SavedFile> {
    return new SavedFile(await open(path, 'w'), start)
  }

  get bytes(): number {
    return this.#writer.position
  }

  add(tag: FlvTagInit, time: number): void {
    const { typeId, timestamp, payload } = tag
    const { position } = this.#writer
    this.#gathered.add(this.#writer.write(tag))
    const { isCoded: isFrame, keyFrame: isKeyFrame } = new MediaMessage(typeId, timestamp, payload)
    this.#head.add({ typeId, size: payload.length, position, time, isFrame, isKeyFrame })
  }

  async flush(): Promise<void> {
    if (this.#gathered.isEnough) await this.#file.writeFile(this.#gathered.take())
  }

  async finish(): Promise<FlvFacts> {
    try {
      await this.#file.writeFile(this.#gathered.take())
      const head = this.#head.encode()
      await this.#file.write(head, 0, head.length, 0)
    } finally {
      await this.#file.close()
    }
    const facts = this.#writer.facts()
    return { ...facts, fileSize: this.bytes, scriptSize: facts.scriptSize + this.#head.length - FILE_HEADER }
  }
}

/** File header and PreviousTagSize0. */
const FILE_HEADER = 13

/** FLV to a stream, which is not ended: nothing can be corrected there. */
export class SavedStream implements FlvSink {
  readonly #stream: Writable
  readonly #writer: FlvWriter
  readonly #gathered = new Gathered()

  /** @param header - Says which tracks there are. */
  constructor(stream: Writable, header: Partial<FlvHeader>) {
    this.#stream = stream
    this.#writer = new FlvWriter({ ...flvRules, header })
    this.#gathered.add(this.#writer.start())
  }

  get bytes(): number {
    return this.#writer.position
  }

  add(tag: FlvTagInit): void {
    this.#gathered.add(this.#writer.write(tag))
  }

  async flush(): Promise<void> {
    if (this.#gathered.isEnough) await this.#write()
  }

  async finish(): Promise<FlvFacts> {
    await this.#write()
    return this.#writer.facts()
  }

  async #write(): Promise<void> {
    const bytes = this.#gathered.take()
    if (bytes.length > 0 && !this.#stream.write(bytes)) await once(this.#stream, 'drain')
  }
}

import type { MediaMessage } from '@rtmp/e-rtmp'
import { TAG_HEADER_SIZE, TAG_OVERHEAD, writeTagHeader } from '@rtmp/flv'
import { SeekableHead } from '@rtmp/flv/file'
import type { Block } from './block.ts'
import {
  type BuilderOptions,
  type FileBuilder,
  type FilePatch,
  type FileStart,
  PLACE_BYTES,
} from './file-builder.ts'
import type { RecordingStart } from './recording-reader.ts'

/**
 * An FLV file: every message as it came, with the numbers and the index of onMetaData filled in at the end, in place. It can
 * be read while it grows, and where it was cut off.
 */
export class FlvBuilder implements FileBuilder {
  readonly extension = 'flv'
  readonly #room: number
  #head: SeekableHead | undefined
  /** The track that the index goes by: that of the first key frame, or one before it. */
  #track = Number.POSITIVE_INFINITY
  /** Places of the index that are taken. */
  #places = 0
  readonly #header = new Uint8Array(TAG_HEADER_SIZE)
  readonly #backPointer = new Uint8Array(TAG_OVERHEAD - TAG_HEADER_SIZE)

  constructor({ indexEntries }: Pick<BuilderOptions, 'indexEntries'>) {
    this.#room = indexEntries
  }

  get position(): number {
    return this.#head?.fileSize ?? 0
  }

  get bytes(): number {
    return this.position
  }

  get indexBytes(): number {
    return this.#places * PLACE_BYTES
  }

  get durationMs(): number {
    return this.#head?.durationMs ?? 0
  }

  get starts(): readonly RecordingStart[] {
    return this.#head?.entries ?? []
  }

  begin({ headers, metadata, hasAudio, hasVideo }: FileStart, out: Block): void {
    const properties = metadata?.properties ?? {}
    this.#head = new SeekableHead({ properties, room: this.#room, hasAudio, hasVideo })
    out.add(this.#head.encode())
    for (const header of headers) this.add(header, 0, out)
  }

  add(message: MediaMessage, time: number, out: Block): void {
    const { typeId, payload } = message
    const tagSize = payload.length + TAG_HEADER_SIZE
    writeTagHeader(this.#header, 0, typeId, false, payload.length, time >>> 0, 0)
    const pointer = this.#backPointer
    pointer[0] = tagSize >>> 24
    pointer[1] = tagSize >>> 16
    pointer[2] = tagSize >>> 8
    pointer[3] = tagSize
    out.add(this.#header)
    out.add(payload)
    out.add(pointer)
    if (message.keyFrame) this.#track = Math.min(this.#track, message.track)
    if (message.keyFrame && this.#places < this.#room) this.#places += 1
    this.#head?.add({
      typeId,
      size: payload.length,
      position: this.position,
      time,
      isFrame: message.isCoded,
      isKeyFrame: message.keyFrame && message.track === this.#track,
    })
  }

  cut(): void {}

  keep(): void {
    this.#head?.keep()
  }

  revert(): void {
    this.#head?.revert()
  }

  finish(): void {}

  patches(): readonly FilePatch[] {
    return this.#head === undefined ? [] : [{ position: 0, bytes: this.#head.encode() }]
  }
}

import { type FlvFacts, FlvFactsCollector, type FlvFactsOptions } from './facts.ts'
import { encodeFlvHeader, type FlvHeader } from './file-header.ts'
import {
  checkTag,
  type FlvTagInit,
  TAG_HEADER_SIZE,
  TAG_OVERHEAD,
  writeBackPointer,
  writeTagHeader,
} from './tag.ts'

/** How a writer begins. */
export interface FlvWriterOptions extends FlvFactsOptions {
  /** What the file header announces; both kinds by default. `false` writes none, to append to what is there. */
  readonly header?: Partial<FlvHeader> | false
  /** Position in the file of the first byte written; default 0. */
  readonly position?: number
}

/**
 * Writes an FLV file or stream, tag by tag, as lists of slices for the caller to send or store in order. Header bytes
 * are fresh, payloads are the caller's own arrays: nothing is copied.
 *
 * @example
 * const writer = new FlvWriter()
 * for (const tag of tags) for (const slice of writer.write(tag)) file.write(slice)
 * const { duration, keyframes } = writer.facts()
 */
export class FlvWriter {
  readonly #facts: FlvFactsCollector
  readonly #header: Partial<FlvHeader> | undefined
  #started: boolean
  #position: number

  /** @param options - Header and start position; every one has a default. */
  constructor(options: FlvWriterOptions = {}) {
    this.#facts = new FlvFactsCollector(options)
    this.#header = options.header === false ? undefined : (options.header ?? {})
    this.#started = options.header === false
    this.#position = options.position ?? 0
  }

  /** Position in the file behind the last byte written. */
  get position(): number {
    return this.#position
  }

  /** The file header and PreviousTagSize0, if not written yet; for live streams that send it before any tag. */
  start(): Uint8Array[] {
    if (this.#started) return []
    this.#started = true
    const header = encodeFlvHeader(this.#header)
    this.#position += header.length
    return [header]
  }

  /**
   * A tag with its back pointer; the first one has the file header before it. The payload is passed through, not
   * copied.
   *
   * @throws UsageError `FLV_FIELD_RANGE`
   */
  write(tag: FlvTagInit): Uint8Array[] {
    checkTag(tag)
    const slices = this.start()
    const { typeId, timestamp, payload, streamId = 0, filtered = false } = tag
    // Two small arrays: views of one would move it out of the engine's own heap, which costs ten times as much.
    const header = new Uint8Array(TAG_HEADER_SIZE)
    const backPointer = new Uint8Array(TAG_OVERHEAD - TAG_HEADER_SIZE)
    writeTagHeader(header, 0, typeId, filtered, payload.length, timestamp, streamId)
    writeBackPointer(backPointer, 0, TAG_HEADER_SIZE + payload.length)
    this.#facts.add(tag, this.#position)
    this.#position += TAG_OVERHEAD + payload.length
    slices.push(header, payload, backPointer)
    return slices
  }

  /** What the tags written so far amount to: duration, sizes, key frames. */
  facts(): FlvFacts {
    return this.#facts.facts()
  }
}

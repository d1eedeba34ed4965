import type { MediaMessage } from '@rtmp/e-rtmp'

/** Codecs whose frames mean nothing to a decoder that has not seen a sequence header. */
const NEEDS_HEADER: ReadonlySet<string> = new Set(['h264', 'hevc', 'vvc', 'av1', 'aac', 'flac'])

/** Tells tracks whose frames come before any sequence header: the beginning of the file, where it stood, is gone. */
export class HeaderCheck {
  /** By kind and track: whether frames came first. */
  readonly #bare = new Map<string, boolean>()

  note(message: MediaMessage): void {
    for (const { kind, trackId, codec, type } of message.readableFrames()) {
      const key = `${kind} ${trackId}`
      if (this.#bare.has(key)) continue
      if (type === 'sequenceHeader' || type === 'mpeg2TsSequenceHeader') this.#bare.set(key, false)
      else if (type === 'coded' && NEEDS_HEADER.has(codec)) this.#bare.set(key, true)
    }
  }

  /** How many tracks they are. */
  get tracks(): number {
    return [...this.#bare.values()].filter((isBare) => isBare).length
  }
}

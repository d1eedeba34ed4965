import type { MediaMessage } from '@rtmp/e-rtmp'

/** Codecs whose frames mean nothing to a decoder that has not seen a sequence header. */
const NEEDS_HEADER: ReadonlySet<string> = new Set(['h264', 'hevc', 'vvc', 'av1', 'aac', 'flac'])

/** Tells tracks whose frames come before any sequence header: the beginning of the file, where it stood, is gone. */
export class HeaderCheck {
  /** How many tracks they are. */
  tracks = 0
  /** Kind and id of each track that has begun. */
  readonly #begun = new Set<string>()

  note(message: MediaMessage): void {
    for (const { kind, trackId, codec, type } of message.readableFrames()) {
      const track = `${kind} ${trackId}`
      const isHeader = type === 'sequenceHeader' || type === 'mpeg2TsSequenceHeader'
      if (this.#begun.has(track) || !(isHeader || type === 'coded')) continue
      this.#begun.add(track)
      if (!isHeader && NEEDS_HEADER.has(codec)) this.tracks += 1
    }
  }
}

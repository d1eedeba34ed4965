import type { MediaFrame, MediaMessage } from '@rtmp/e-rtmp'

/** Codecs whose pictures are made of NAL units behind their lengths. */
const OF_NAL_UNITS: ReadonlySet<string> = new Set(['h264', 'hevc', 'vvc'])

/** What lengths take, as in practice everywhere, in bytes. */
const LENGTH_SIZE = 4

/** How many pictures have to be whole before one is called broken. */
const ENOUGH = 10

/**
 * Tells pictures of which bytes were overwritten: their NAL units do not fill them any more, and browsers give up at one. Tracks that do
 * not begin with whole ones are left alone, since some senders write start codes.
 */
export class PictureCheck {
  /** Whole pictures at the beginning of each track; below 0 where there was another one among them. */
  readonly #whole = new Map<number, number>()

  /** Whether it is a picture that was whole once. */
  isBroken(message: MediaMessage): boolean {
    if (!message.isVideo || !message.isCoded) return false
    return message.readableFrames().some((frame) => this.#isBroken(frame))
  }

  #isBroken({ codec, type, trackId, payload }: MediaFrame): boolean {
    if (type !== 'coded' || payload.length === 0 || !OF_NAL_UNITS.has(codec)) return false
    const whole = this.#whole.get(trackId) ?? 0
    if (whole < 0) return false
    const addsUp = isFilled(payload)
    if (whole >= ENOUGH) return !addsUp
    this.#whole.set(trackId, addsUp ? whole + 1 : -1)
    return false
  }
}

const isFilled = (bytes: Uint8Array): boolean => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  while (at + LENGTH_SIZE <= bytes.length) at += LENGTH_SIZE + view.getUint32(at)
  return at === bytes.length
}

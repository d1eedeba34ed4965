import type { MediaFrame, MediaMessage } from '@rtmp/e-rtmp'

/** Codecs whose pictures are made of NAL units behind their lengths. */
const OF_NAL_UNITS: ReadonlySet<string> = new Set(['h264', 'hevc', 'vvc'])

const LENGTH_SIZES = [4, 2, 1]

/**
 * Tells pictures of which bytes were overwritten: their NAL units do not fill them any more, and browsers give up at one. Tracks in which
 * that was never so are left alone, since some senders write start codes.
 */
export class PictureCheck {
  /** How long lengths are in each track, once a picture was whole, in bytes. */
  readonly #sizes = new Map<number, number>()

  /** Whether it is a picture that was whole once. */
  isBroken(message: MediaMessage): boolean {
    if (!message.isVideo || !message.isCoded) return false
    return message.readableFrames().some((frame) => this.#isBroken(frame))
  }

  #isBroken({ codec, type, trackId, payload }: MediaFrame): boolean {
    if (type !== 'coded' || payload.length === 0 || !OF_NAL_UNITS.has(codec)) return false
    const known = this.#sizes.get(trackId)
    if (known !== undefined) return !addsUp(payload, known)
    const size = LENGTH_SIZES.find((one) => addsUp(payload, one))
    if (size !== undefined) this.#sizes.set(trackId, size)
    return false
  }
}

const addsUp = (bytes: Uint8Array, lengthSize: number): boolean => {
  let at = 0
  while (at + lengthSize <= bytes.length) {
    let length = 0
    for (let i = 0; i < lengthSize; i++) length = length * 256 + (bytes[at + i] ?? 0)
    at += lengthSize + length
  }
  return at === bytes.length
}

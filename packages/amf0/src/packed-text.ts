import { decodeUtf8 } from '@rtmp/bytes'

/** Shortest and longest text that is recognised by its bytes. */
export const MIN_PACKED = 4
export const MAX_PACKED = 64
/** How many texts are kept: two for each hash; one that comes again pushes none out. */
const HASHES = 1024

/** A text of {@link MIN_PACKED} to {@link MAX_PACKED} bytes: their number, and the bytes four to a word. */
export interface PackedText {
  readonly size: number
  readonly words: Int32Array
  readonly text: string
}

/** The last word of a text whose size is not a multiple of four overlaps the one before it. */
export const packText = (text: string, view: DataView, start: number, size: number): PackedText => {
  const words = new Int32Array((size + 3) >> 2)
  for (let i = 0; i < words.length; i++) words[i] = view.getInt32(Math.min(start + i * 4, start + size - 4))
  return { size, words, text }
}

/** Whether the bytes from `start` on, as many as the text has, are those of the text. */
export const isText = ({ size, words }: PackedText, view: DataView, start: number): boolean => {
  const last = start + size - 4
  let at = start
  for (let i = 0; i < words.length; i++, at += 4) {
    if (view.getInt32(at < last ? at : last) !== words[i]) return false
  }
  return true
}

const known: (PackedText | undefined)[] = Array.from({ length: HASHES * 2 })

/**
 * The text of `size` bytes at `start`, which is `at` in `bytes`; ill-formed UTF-8 reads as U+FFFD. Short texts that
 * were read before are found again: senders repeat names, codes, versions and addresses.
 */
export const readText = (bytes: Uint8Array, view: DataView, start: number, size: number): string => {
  const at = start - bytes.byteOffset
  if (size < MIN_PACKED || size > MAX_PACKED) return decodeUtf8(bytes, at, at + size)
  const last = start + size - 4
  let hash = size
  for (let i = start; i < last; i += 4) hash = Math.imul(hash ^ view.getInt32(i), 0x9e3779b1) ^ (hash >>> 15)
  const place = (Math.imul(hash ^ view.getInt32(last), 0x85ebca6b) >>> 22) * 2
  for (let i = place; i < place + 2; i++) {
    const packed = known[i]
    if (packed !== undefined && packed.size === size && isText(packed, view, start)) return packed.text
  }
  const text = decodeUtf8(bytes, at, at + size)
  known[place + 1] = known[place]
  known[place] = packText(text, view, start, size)
  return text
}

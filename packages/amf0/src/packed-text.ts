import { decodeUtf8 } from '@rtmp/bytes'

/** Shortest and longest text that is recognised by its bytes. */
export const MIN_PACKED = 2
export const MAX_PACKED = 64
/** How many texts are kept: two for each hash; one that comes again pushes none out. */
const HASHES = 1024

/**
 * A text of {@link MIN_PACKED} to {@link MAX_PACKED} bytes as it stands in a message: the last two bytes of its length,
 * which come before it whatever it is, and the bytes, four to a word.
 */
export interface PackedText {
  /** Without those of the length. */
  readonly size: number
  readonly words: Int32Array
  readonly text: string
}

/** `start`: position of the length's last two bytes. The last word overlaps the one before it where it must. */
export const packText = (text: string, view: DataView, start: number, size: number): PackedText => {
  const words = new Int32Array((size + 5) >> 2)
  for (let i = 0; i < words.length; i++) words[i] = view.getInt32(Math.min(start + i * 4, start + size - 2))
  return { size, words, text }
}

/** Whether length and bytes at `start` are those of the text; there are as many bytes as it takes. */
export const isText = ({ size, words }: PackedText, view: DataView, start: number): boolean => {
  const last = words.length - 1
  for (let i = 0; i < last; i++) if (view.getInt32(start + i * 4) !== words[i]) return false
  return view.getInt32(start + size - 2) === words[last]
}

const known: (PackedText | undefined)[] = Array.from({ length: HASHES * 2 })

const decode = (bytes: Uint8Array, start: number, size: number): string => {
  // Asked for only here, since it is slow to ask for.
  const at = start - bytes.byteOffset
  return decodeUtf8(bytes, at, at + size)
}

/**
 * The text of `size` bytes at `start` in `view`, behind its length; `bytes` are of the same memory. Ill-formed UTF-8
 * reads as U+FFFD. Short texts that were read before are found again: senders repeat names, codes, versions and
 * addresses.
 */
export const readText = (bytes: Uint8Array, view: DataView, start: number, size: number): string => {
  if (size < MIN_PACKED || size > MAX_PACKED) return size === 0 ? '' : decode(bytes, start, size)
  const from = start - 2
  const last = from + size - 2
  let hash = view.getInt32(last)
  for (let i = from; i < last; i += 4) hash = Math.imul(hash ^ view.getInt32(i), 0x1e3779b1)
  const place = (Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 22) * 2
  for (let i = place; i < place + 2; i++) {
    const packed = known[i]
    if (packed !== undefined && isText(packed, view, from)) return packed.text
  }
  const text = decode(bytes, start, size)
  known[place + 1] = known[place]
  known[place] = packText(text, view, from, size)
  return text
}

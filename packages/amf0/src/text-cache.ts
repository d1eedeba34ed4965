import { decodeUtf8 } from '@rtmp/bytes'
import { equalWords, packWords } from './shape.ts'

/**
 * Short ASCII texts that were decoded before, found again by their bytes: senders repeat names, codes, versions and
 * addresses. Two places per hash; a text that comes again pushes none out.
 */
const SETS = 512
/** Longest text kept, in bytes. */
const MAX_TEXT = 64

interface Entry {
  readonly size: number
  readonly words: Int32Array
  readonly text: string
}
const nothing: Entry = { size: -1, words: new Int32Array(0), text: '' }
const entries: Entry[] = new Array<Entry>(SETS * 2).fill(nothing)

/** The text of `bytes[start, end)`, which must be there; ill-formed UTF-8 reads as U+FFFD. */
export const cachedText = (bytes: Uint8Array, start: number, end: number): string => {
  const size = end - start
  if (size === 0) return ''
  if (size > MAX_TEXT) return decodeUtf8(bytes, start, end)
  // A few bytes from all over the text; whether it is the one is decided by all of them.
  const hash = Math.imul(
    (bytes[start] as number) ^
      ((bytes[end - 1] as number) << 7) ^
      ((bytes[start + (size >> 1)] as number) << 14) ^
      ((bytes[start + (size >> 2)] as number) << 21) ^
      Math.imul((bytes[end - 1 - (size >> 2)] as number) + (size << 8), 0x2c1b3c6d),
    0x9e3779b1,
  )
  const at = (hash >>> 23) << 1
  const first = entries[at] as Entry
  if (first.size === size && equalWords(first.words, size, bytes, start)) return first.text
  const second = entries[at + 1] as Entry
  if (second.size === size && equalWords(second.words, size, bytes, start)) return second.text
  const text = decodeUtf8(bytes, start, end)
  // Only ASCII is as long as its bytes.
  if (text.length === size) {
    entries[at + 1] = first
    entries[at] = { size, words: packWords(bytes, start, end), text }
  }
  return text
}

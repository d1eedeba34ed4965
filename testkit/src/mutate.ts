import type { SeededRandom } from './random.ts'

const INTERESTING = [0x00, 0x01, 0x02, 0x03, 0x0a, 0x10, 0x11, 0x3f, 0x7f, 0x80, 0xc0, 0xc3, 0xfe, 0xff]

/** A damaged copy of a seed: bits flipped, bytes replaced, pieces removed, doubled, inserted or cut off. */
export const mutate = (seed: Uint8Array, random: SeededRandom): Uint8Array => {
  let bytes: Uint8Array = Uint8Array.from(seed)
  for (let edits = 1 + random.below(4); edits > 0; edits--) bytes = edit(bytes, random)
  return bytes
}

const edit = (bytes: Uint8Array, random: SeededRandom): Uint8Array => {
  const at = random.below(bytes.length + 1)
  const length = Math.min(random.below(16), bytes.length - at)
  switch (random.below(6)) {
    case 0: {
      const flipped = Uint8Array.from(bytes)
      if (at < bytes.length) flipped[at] = (flipped[at] as number) ^ (1 << random.below(8))
      return flipped
    }
    case 1: {
      const replaced = Uint8Array.from(bytes)
      if (at < bytes.length) replaced[at] = random.pick(INTERESTING)
      return replaced
    }
    case 2:
      return splice(bytes, at, length, new Uint8Array(0))
    case 3:
      return splice(bytes, at, 0, bytes.slice(at, at + length))
    case 4:
      return splice(bytes, at, 0, random.bytes(random.below(8)))
    default:
      return bytes.slice(0, at)
  }
}

const splice = (bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array => {
  const result = new Uint8Array(bytes.length - remove + insert.length)
  result.set(bytes.subarray(0, at))
  result.set(insert, at)
  result.set(bytes.subarray(at + remove), at + insert.length)
  return result
}

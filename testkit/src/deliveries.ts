import fc from 'fast-check'

/** The ways a byte stream can arrive: whole, one byte at a time, cut anywhere (also into empty slices). */
export const deliveries = (bytes: Uint8Array): fc.Arbitrary<readonly Uint8Array[]> =>
  fc.oneof(
    fc.constant<readonly Uint8Array[]>([bytes]),
    fc.constant<readonly Uint8Array[]>(byteByByte(bytes)),
    fc.array(fc.nat({ max: bytes.length }), { maxLength: 24 }).map((cuts) => cutAt(bytes, cuts)),
  )

/** The same bytes one at a time. */
export const byteByByte = (bytes: Uint8Array): Uint8Array[] =>
  Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))

/** The same bytes cut at the given positions, in any order. */
export const cutAt = (bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
  const at = [0, ...[...cuts].sort((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, i) => bytes.subarray(at[i] ?? 0, end))
}

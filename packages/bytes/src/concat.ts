/** The given slices one behind the other, in memory of their own. */
export const concat = (slices: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  let length = 0
  for (const slice of slices) length += slice.length
  const joined = new Uint8Array(length)
  let at = 0
  for (const slice of slices) {
    joined.set(slice, at)
    at += slice.length
  }
  return joined
}

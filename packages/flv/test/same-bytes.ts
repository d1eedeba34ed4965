/** Position of the first difference of two arrays, or -1: much faster than deep equality on long ones. */
export const differenceAt = (a: Uint8Array, b: Uint8Array): number => {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) if (a[at] !== b[at]) return at
  return a.length === b.length ? -1 : length
}

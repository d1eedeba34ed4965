/** Up to this many bytes a loop is used: it makes no garbage. Beyond, the platform's copy is faster by more than that. */
const LOOP_LIMIT = 256

/**
 * Copies `count` bytes without making an object when they are few.
 *
 * `Uint8Array.set` takes a whole array, so copying a range costs a short-lived view.
 */
export const copyBytes = (
  target: Uint8Array,
  to: number,
  source: Uint8Array,
  from: number,
  count: number,
): void => {
  if (count > LOOP_LIMIT) target.set(new Uint8Array(source.buffer, source.byteOffset + from, count), to)
  else for (let at = 0; at < count; at++) target[to + at] = source[from + at] as number
}

/**
 * Moves the chunks of a run together: `target[start, end)` holds chunks of `chunkSize` bytes, the last one perhaps
 * shorter, each behind a gap of `gap` bytes. One move per chunk, within the cache, no garbage.
 */
export const closeGaps = (
  target: Uint8Array,
  start: number,
  end: number,
  chunkSize: number,
  gap: number,
): void => {
  let to = start
  for (let from = start + gap; from < end; from += chunkSize + gap, to += chunkSize)
    target.copyWithin(to, from, from + chunkSize < end ? from + chunkSize : end)
}

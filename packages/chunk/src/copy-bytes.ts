/** Up to this many bytes a loop is used: it makes no garbage. Beyond, the platform's copy is much faster. */
const LOOP_LIMIT = 512

/**
 * Copies `count` bytes without making an object when they are few.
 *
 * `Uint8Array.set` takes a whole array, so copying a range costs a short-lived view, which at a chunk size of 128 is
 * more than the copying itself. Words read and written through a `DataView` are not bound to alignment, and reading
 * eight before writing eight lets the processor overlap them.
 */
export const copyBytes = (
  target: Uint8Array,
  targetView: DataView,
  to: number,
  source: Uint8Array,
  sourceView: DataView,
  from: number,
  count: number,
): void => {
  if (count > LOOP_LIMIT) {
    target.set(new Uint8Array(source.buffer, source.byteOffset + from, count), to)
    return
  }
  const end = from + count
  const shift = to - from
  let at = from
  for (const last = end - 31; at < last; at += 32) {
    const a = sourceView.getInt32(at, true)
    const b = sourceView.getInt32(at + 4, true)
    const c = sourceView.getInt32(at + 8, true)
    const d = sourceView.getInt32(at + 12, true)
    const e = sourceView.getInt32(at + 16, true)
    const f = sourceView.getInt32(at + 20, true)
    const g = sourceView.getInt32(at + 24, true)
    const h = sourceView.getInt32(at + 28, true)
    const out = at + shift
    targetView.setInt32(out, a, true)
    targetView.setInt32(out + 4, b, true)
    targetView.setInt32(out + 8, c, true)
    targetView.setInt32(out + 12, d, true)
    targetView.setInt32(out + 16, e, true)
    targetView.setInt32(out + 20, f, true)
    targetView.setInt32(out + 24, g, true)
    targetView.setInt32(out + 28, h, true)
  }
  for (const last = end - 3; at < last; at += 4)
    targetView.setInt32(at + shift, sourceView.getInt32(at, true), true)
  for (; at < end; at++) target[at + shift] = source[at] as number
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

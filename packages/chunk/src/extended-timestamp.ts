import { NO_EXTENSION, type ReceiveStream } from './receive-stream.ts'

// RTMP 1.0 §5.3.1.3 has every fmt 3 chunk repeat the extended timestamp of the header before. Some senders leave it out
// of the chunks that continue a message, others write zero there; which is found out at the first such chunk of each
// chunk stream. Four zeros could be payload as well: they are taken for it once another chunk stream of the peer has
// been found to leave the field out.

/**
 * Bytes of extended timestamp in a header that has one by the rules: 4, or 0, or −1 when it is not known yet.
 *
 * @param tolerant - Whether it may be missing, or zero.
 * @param omitsElsewhere - Whether another chunk stream of the peer leaves it out.
 */
export const extensionSize = (
  stream: ReceiveStream,
  fmt: number,
  tolerant: boolean,
  omitsElsewhere: boolean,
  bytes: Uint8Array,
  at: number,
  end: number,
): number => {
  if (tolerant && fmt === 3 && stream.pending) {
    if (stream.habit === 'unknown') {
      // Senders that repeat it repeat the value of the header, or (some relays) the message's absolute time.
      const alike = beginsAs(bytes, at, end, stream.extension) || beginsAs(bytes, at, end, stream.timestamp)
      const zero = !omitsElsewhere && beginsAs(bytes, at, end, 0)
      if ((alike || zero) && end - at < 4) return -1
      stream.habit = alike ? 'repeats' : zero ? 'zero' : 'omits'
    }
    if (stream.habit === 'omits') return 0
  }
  return end - at < 4 ? -1 : 4
}

/** Bytes of the header of a chunk that continues a message, or 0 when each has to be looked at. */
export const nextHeaderSize = (stream: ReceiveStream, tolerant: boolean): number => {
  if (stream.csid >= 64) return 0
  if (stream.extension === NO_EXTENSION) return 1
  if (tolerant && stream.habit === 'unknown') return 0
  return tolerant && stream.habit === 'omits' ? 1 : 5
}

/** Whether the bytes that have arrived of a u32 are those of `value`. */
const beginsAs = (bytes: Uint8Array, at: number, end: number, value: number): boolean => {
  const last = Math.min(end, at + 4)
  for (let i = at, shift = 24; i < last; i++, shift -= 8)
    if (bytes[i] !== ((value >>> shift) & 0xff)) return false
  return true
}

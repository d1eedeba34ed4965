import { NO_EXTENSION, type ReceiveStream } from './receive-stream.ts'
import type { SlabPool } from './slab-pool.ts'
import { basicHeaderSize } from './wire.ts'

// Where the payload of an unfinished message is put together. Announced lengths and chunk sizes never allocate: memory
// follows what has arrived.

/** A message whose bytes have not all arrived gets room for at least this many, */
const LEAST_CAPACITY = 2048
/** and while it has less than this, for four times what has arrived; beyond, for twice. */
const LARGE_CAPACITY = 65_536

/**
 * Gives a message memory for `needed` bytes of payload.
 *
 * @param available - Bytes of the slice from the payload on.
 * @param wire - As {@link wireLength} says.
 * @returns how many bytes more it keeps alive by itself
 */
export const makeRoom = (
  stream: ReceiveStream,
  pool: SlabPool,
  needed: number,
  available: number,
  wire: number,
): number => {
  const fresh = stream.capacity === 0
  if (fresh && wire <= available && wire <= pool.largest) {
    // The whole message is here. Room for its headers too, since a run of chunks is copied with them.
    stream.start = pool.take(wire)
    stream.memory = pool.memory
    stream.capacity = wire
    stream.inSlab = true
    return 0
  }
  const arrived = fresh ? available : needed
  const roomy = Math.max(LEAST_CAPACITY, arrived * (arrived < LARGE_CAPACITY ? 4 : 2))
  return moveTo(stream, pool, roomy)
}

/**
 * Moves an unfinished message out of its slab, into memory that is no larger than what has arrived asks for.
 *
 * @returns how many bytes more it keeps alive by itself
 */
export const leaveSlab = (stream: ReceiveStream, pool: SlabPool): number =>
  stream.inSlab ? moveTo(stream, pool, Math.max(LEAST_CAPACITY, stream.received * 2)) : 0

const moveTo = (stream: ReceiveStream, pool: SlabPool, room: number): number => {
  const before = stream.ownBytes
  stream.moveTo(pool.allocate(Math.min(stream.length, room)))
  return stream.ownBytes - before
}

/**
 * Bytes of a message from its first payload byte on, if no other chunk stream comes between.
 *
 * @param left - Payload bytes in its first chunk.
 */
export const wireLength = (stream: ReceiveStream, left: number, chunkSize: number): number => {
  const { length } = stream
  if (length <= left) return length
  const header = basicHeaderSize(stream.csid) + (stream.extension === NO_EXTENSION ? 0 : 4)
  return length + Math.floor((length - 1) / chunkSize) * header
}

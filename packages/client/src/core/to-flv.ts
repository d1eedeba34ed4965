import { encodeFlvHeader, encodeFlvTag } from '@rtmp/flv'
import type { Packet } from './packet.ts'

/** How packets become FLV. */
export interface ToFlvOptions {
  /** Begin at time 0 instead of the stream's own time. Default true. */
  readonly fromZero?: boolean
}

/**
 * Packets as an FLV stream: the file header first, then one array for each tag. The stream can be cut after any of them.
 *
 * @example
 * for await (const bytes of toFlv(player)) response.write(bytes)
 */
export async function* toFlv(
  packets: AsyncIterable<Packet> | Iterable<Packet>,
  { fromZero = true }: ToFlvOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  yield encodeFlvHeader()
  const clock = new ZeroClock(fromZero)
  for await (const packet of packets) {
    const { typeId, payload } = packet
    yield encodeFlvTag({ typeId, timestamp: clock.map(packet), payload })
  }
}

/** Moves a stream's time to begin at 0. */
export class ZeroClock {
  readonly #fromZero: boolean
  #base: number | undefined

  constructor(fromZero: boolean) {
    this.#fromZero = fromZero
  }

  map(packet: Packet): number {
    const { timestamp } = packet
    if (!this.#fromZero) return timestamp
    // Data and headers may carry any time; the first frame tells it.
    const isFrame = packet.kind !== 'data' && !packet.sequenceHeader
    if (isFrame) this.#base ??= timestamp
    const elapsed = this.#base === undefined ? 0 : (timestamp - this.#base) | 0
    return Math.max(0, elapsed) >>> 0
  }
}

import type { PeerBandwidthLimitType } from '@rtmp/chunk'

/*
 * Set Peer Bandwidth, type 6 (RTMP 1.0 §5.4.5); its bytes are read and written by `@rtmp/chunk`.
 *
 *   limit type  effect on the receiver's unacknowledged output
 *   0 hard      limited to the window
 *   1 soft      limited to the smaller of the window and the limit in force
 *   2 dynamic   as hard if the limit in force was set as hard, otherwise no effect
 */

/**
 * What the peer's Set Peer Bandwidth messages allow us to have under way (RTMP 1.0 §5.4.5).
 *
 * In practice servers announce `dynamic` and nobody limits by it. A sender that does enforce the limit must have seen
 * an acknowledgement first: many peers never send one, and would be starved.
 *
 * @example
 * ```ts
 * const limiter = new PeerBandwidthLimiter()
 * limiter.receive(2_500_000, PeerBandwidthLimitType.hard)
 * if (limiter.allows(unacknowledged)) send()
 * ```
 */
export class PeerBandwidthLimiter {
  #limit: number | undefined
  #hard = false
  #announced: number | undefined

  /** Most bytes to have sent and not acknowledged; `undefined` while there is no limit. */
  get limit(): number | undefined {
    return this.#limit
  }

  /**
   * Takes a Set Peer Bandwidth message. A window of 0 is ignored: it would stop all output for good.
   *
   * @param windowAckSize - Bytes, a uint32.
   * @param limitType - As `decodeSetPeerBandwidth` returns it; a number, that is an unknown type, is ignored.
   * @returns The Window Acknowledgement Size to answer with, or `undefined` when the peer knows this size already.
   *   The answer is due whatever the limit type, as FFmpeg and librtmp give it, and is taken to be sent.
   */
  receive(windowAckSize: number, limitType: PeerBandwidthLimitType | number): number | undefined {
    if (windowAckSize === 0) return undefined
    switch (limitType) {
      case 'hard':
        this.#limit = windowAckSize
        this.#hard = true
        break
      case 'soft':
        this.#limit = Math.min(windowAckSize, this.#limit ?? windowAckSize)
        this.#hard = false
        break
      case 'dynamic':
        if (this.#hard) this.#limit = windowAckSize
        break
      default:
        return undefined
    }
    if (windowAckSize === this.#announced) return undefined
    this.#announced = windowAckSize
    return windowAckSize
  }

  /** Notes a Window Acknowledgement Size that was sent for another reason, so that it is not sent again. */
  noteAnnounced(windowAckSize: number): void {
    this.#announced = windowAckSize
  }

  /** Whether another message may leave while `unacknowledged` bytes are under way. */
  allows(unacknowledged: number): boolean {
    return this.#limit === undefined || unacknowledged < this.#limit
  }
}

import { timestampDelta } from '@rtmp/bytes/time'

/**
 * Acknowledgements in both directions (RTMP 1.0 §5.4.3, §5.4.4). Counters start behind the handshake, as FFmpeg's and
 * nginx-rtmp's do, grow without end and go over the wire modulo 2³².
 */

/** What we have received, and when to acknowledge it. */
export class ReceiveWindow {
  /** Bytes received in total. */
  received = 0
  /** Bytes the peer wants acknowledged at the latest; 0 for no acknowledgements. */
  size: number
  /** Acknowledgements sent. */
  sent = 0
  #acknowledged = 0
  #exempt = 0

  constructor(size: number) {
    this.size = size
  }

  /**
   * Bytes of an acknowledgement that was received: they ask for no acknowledgement themselves, or two sides with tiny
   * windows would acknowledge each other's acknowledgements for ever.
   */
  exempt(bytes: number): void {
    this.#exempt += bytes
  }

  /** The sequence number to send now, or `undefined`. Half the window is early enough for reads of any usual size. */
  take(): number | undefined {
    if (this.size === 0) return undefined
    const fresh = this.received - this.#acknowledged - this.#exempt
    if (fresh === 0 || fresh < this.size / 2) return undefined
    this.#acknowledged = this.received
    this.#exempt = 0
    this.sent += 1
    return this.received >>> 0
  }
}

/** What we have sent, and how much of it the peer has acknowledged. */
export class SendWindow {
  /** Bytes sent in total. */
  sent = 0
  /** Acknowledgements received. */
  received = 0
  #acknowledged = 0

  /**
   * Takes a sequence number from the peer. Some peers start over at 0xf0000000, count the handshake, or send
   * nonsense: a number that lies ahead of what was sent says nothing.
   */
  acknowledge(sequenceNumber: number): void {
    this.received += 1
    const underWay = timestampDelta(this.sent, sequenceNumber)
    if (underWay < 0x8000_0000 && underWay <= this.sent) this.#acknowledged = this.sent - underWay
  }

  /** Bytes sent and not acknowledged. Grows for ever with a peer that acknowledges nothing. */
  get unacknowledged(): number {
    return this.sent - this.#acknowledged
  }
}

import { AUDIO_STAMP, VIDEO_STAMP } from './live-source.ts'
import { stampMs, stampSequence } from './stamp.ts'

/** What a player has seen since its counters were last reset. */
export class PlayerCounters {
  bytes = 0
  messages = 0
  /** Messages whose sequence number was not the last one's plus one. */
  gaps = 0
  /** Messages whose timestamp was before the last one's. */
  backwards = 0
  /** Milliseconds from sending to reading, video only, when samples are kept. */
  latencies: number[] = []
  /** Messages sent before this moment are catch-up: no latency. */
  liveFrom = Number.POSITIVE_INFINITY
  /** Keep latencies. */
  sampled = false
  #sequence = -1
  #timestamp = 0

  reset(): void {
    this.bytes = 0
    this.messages = 0
    this.gaps = 0
    this.backwards = 0
    this.latencies = []
  }

  /** An audio or video message has come. @param head - Its first bytes. */
  count(typeId: number, timestamp: number, head: Uint8Array): void {
    if (head[1] !== 1) return // a sequence header
    const at = typeId === 9 ? VIDEO_STAMP : AUDIO_STAMP
    const sequence = stampSequence(head, at)
    this.messages += 1
    if (this.#sequence >= 0 && sequence !== this.#sequence + 1) this.gaps += 1
    if (timestamp < this.#timestamp) this.backwards += 1
    this.#sequence = sequence
    this.#timestamp = timestamp
    if (!this.sampled || typeId !== 9) return
    const sent = stampMs(head, at)
    if (sent > this.liveFrom) this.latencies.push(performance.now() - sent)
  }
}

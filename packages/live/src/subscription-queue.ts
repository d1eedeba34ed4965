import type { MediaMessage } from '@rtmp/e-rtmp'
import type { Frames, Gap } from './frames.ts'
import type { OutboxTransport } from './outbox.ts'

interface Entry {
  readonly frames: Frames
  readonly done: (() => void) | undefined
}

/**
 * What an iterator has been given and has not taken. It does not say what memory it holds: whoever iterates may keep
 * everything.
 */
export class SubscriptionQueue implements OutboxTransport<Frames> {
  readonly #arrived: () => void
  #entries: Entry[] = []
  /** How many messages of the first entry have been taken. */
  #taken = 0
  #bytes = 0

  /** @param arrived - Called when there is something to take. */
  constructor(arrived: () => void) {
    this.#arrived = arrived
  }

  get pendingBytes(): number {
    return this.#bytes
  }

  write(frames: Frames, done?: () => void): void {
    this.#entries.push({ frames, done })
    this.#bytes += frames.length
    this.#arrived()
  }

  /** The next item, if there is one. The bytes of a batch count as taken with its last message. */
  take(): MediaMessage | Gap | undefined {
    const entry = this.#entries[0]
    if (entry === undefined) return undefined
    const { frames, done } = entry
    const item = frames.gap ?? (frames.messages[this.#taken] as MediaMessage)
    this.#taken += 1
    if (this.#taken >= frames.messages.length) {
      this.#entries.shift()
      this.#taken = 0
      this.#bytes -= frames.length
      done?.()
    }
    return item
  }

  clear(): void {
    this.#entries = []
    this.#taken = 0
    this.#bytes = 0
  }
}

import { headerKey } from '@rtmp/ertmp'
import type { OutgoingMessage } from './outgoing.ts'

/** Headers and data frames kept at most; a stream has a few. */
const MAX_ENTRIES = 256

/** What a server that knows nothing of a stream must be told before its next key frame: data frames and headers. */
export class Replay {
  readonly #data = new Map<string, OutgoingMessage>()
  readonly #headers = new Map<string, OutgoingMessage>()

  /** Takes part in what is sent or left out, in order. */
  note(message: OutgoingMessage): void {
    const { dataFrame } = message
    if (dataFrame !== undefined) keep(this.#data, dataFrame, message)
    else if (message.isHeader) {
      keep(this.#headers, headerKey(message.isVideo ? 'video' : 'audio', message.payload), message)
    }
  }

  /** Forgets a data frame. */
  forget(name: string): void {
    this.#data.delete(name)
  }

  /** The messages, moved to a time. */
  messages(timestamp: number): OutgoingMessage[] {
    return [...this.#data.values(), ...this.#headers.values()].map((message) => message.at(timestamp))
  }
}

const keep = (kept: Map<string, OutgoingMessage>, key: string, message: OutgoingMessage): void => {
  kept.delete(key)
  if (kept.size < MAX_ENTRIES) kept.set(key, message)
}

import type { MediaMessage } from '@rtmp/e-rtmp'

/** Headers and data frames kept at most; a stream has a few. */
const MAX_ENTRIES = 256

/** What a server that knows nothing of a stream must be told before its next key frame: data frames and headers. */
export class Replay {
  readonly #data = new Map<string, MediaMessage>()
  readonly #headers = new Map<string, MediaMessage>()

  /** Takes part in what is sent or left out, in order. */
  note(message: MediaMessage): void {
    if (message.name !== '') keep(this.#data, message.name, message)
    else if (message.isHeader) keep(this.#headers, message.headerKey, message)
  }

  /** Forgets a data frame. */
  forget(name: string): void {
    this.#data.delete(name)
  }

  /** The messages, moved to a time. */
  messages(timestamp: number): MediaMessage[] {
    return [...this.#data.values(), ...this.#headers.values()].map((message) => message.at(timestamp))
  }
}

const keep = (kept: Map<string, MediaMessage>, key: string, message: MediaMessage): void => {
  kept.delete(key)
  if (kept.size < MAX_ENTRIES) kept.set(key, message)
}

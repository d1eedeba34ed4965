import type { LiveStream } from '../relay/live-stream.ts'
import type { Connection } from './connection.ts'
import type { ServerCore } from './server-core.ts'

/** What a server keeps of what it relays. */
export interface MemoryUse {
  /** For late joiners. */
  readonly cachedBytes: number
  /** For players that are behind, what they share counted once. */
  readonly queuedBytes: number
}

/** Keeps what the server holds in memory below a bound, by giving up what serves the fewest. */
export class MemoryBudget {
  readonly #core: ServerCore
  #shedPlayers = 0
  #shedCaches = 0
  #isOver = false

  constructor(core: ServerCore) {
    this.#core = core
  }

  /** Whether the bound was broken when it was last looked at. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Connections that were given up for it. */
  get shedPlayers(): number {
    return this.#shedPlayers
  }

  /** Groups of pictures that were forgotten for it. */
  get shedCaches(): number {
    return this.#shedCaches
  }

  /** What is held now. */
  measure(): MemoryUse {
    let cachedBytes = 0
    let queuedBytes = 0
    for (const stream of this.#core.streams()) {
      cachedBytes += stream.cache.bytes
      queuedBytes += sharedQueue(stream)
    }
    for (const { outbox, activities } of this.#core.connections) {
      if (activities.playbacks.length === 0) queuedBytes += outbox.queuedBytes
    }
    return { cachedBytes, queuedBytes }
  }

  /** Looks at it, and sheds what is too much. */
  check(now: number): void {
    const bound = this.#core.limits.memoryBytes
    this.#isOver = false
    if (bound === 0) return
    let { cachedBytes, queuedBytes } = this.measure()
    if (cachedBytes + queuedBytes <= bound) return
    this.#isOver = true
    const before = this.#shedPlayers + this.#shedCaches
    for (const connection of this.#slowest()) {
      if (cachedBytes + queuedBytes <= bound) break
      connection.abandon(now)
      this.#shedPlayers += 1
      queuedBytes = this.measure().queuedBytes
    }
    const largest = [...this.#core.streams()].toSorted((a, b) => b.cache.bytes - a.cache.bytes)
    for (const { cache } of largest) {
      if (cachedBytes + queuedBytes <= bound) break
      const held = cache.bytes
      cache.forgetGroup()
      if (cache.bytes === held) continue
      this.#shedCaches += 1
      cachedBytes += cache.bytes - held
    }
    if (this.#shedPlayers + this.#shedCaches > before && this.#core.events.has('memoryShed')) {
      this.#core.events.emit('memoryShed', { cachedBytes, queuedBytes, limitBytes: bound })
    }
  }

  /** Those who are behind, the farthest first. */
  #slowest(): Connection[] {
    return [...this.#core.connections]
      .filter(({ isOpen, outbox }) => isOpen && outbox.congested && outbox.queuedBytes > 0)
      .toSorted((a, b) => b.outbox.queuedBytes - a.outbox.queuedBytes)
  }
}

/** Players of a stream share the bytes that wait for them: what the slowest lacks holds what all the others lack. */
const sharedQueue = (stream: LiveStream): number => {
  let most = 0
  for (const { outbox } of stream.players) most = Math.max(most, outbox.queuedBytes)
  return most
}

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { ServerEvents } from '../contract/events.ts'

/** Less than so much given up is left to the engine's own time, in bytes; and so much of the bound. */
const LEAST_BYTES = 16 * 1024 * 1024
const BOUND_SHARE = 1 / 4

type Collect = () => void

/** The engine's collection, where it can be had: not everywhere that runs Node's programs. */
const collectNow = (): Collect | undefined => {
  try {
    setFlagsFromString('--expose-gc')
    const collect: unknown = runInNewContext('gc')
    setFlagsFromString('--no-expose-gc')
    return typeof collect === 'function' ? (collect as Collect) : undefined
  } catch {
    return undefined
  }
}

/**
 * Collects what was given up to save memory. The engine would let it lie until its heap has grown to several times what is used, and
 * bounds on memory would bound half of it. Only where much was given up at once: nobody who behaves comes here.
 */
export class GarbageCollection {
  #collect: Collect | undefined
  #isLooked = false
  #freed = 0

  /** @param collect - Collects everything at once; by default the engine's own way. */
  constructor(collect?: Collect) {
    this.#collect = collect
    this.#isLooked = collect !== undefined
  }

  /** So much has been given up. */
  shed({ freedBytes, limitBytes }: Pick<ServerEvents['memoryShed'], 'freedBytes' | 'limitBytes'>): void {
    this.#freed += freedBytes
    if (this.#freed < Math.max(LEAST_BYTES, limitBytes * BOUND_SHARE)) return
    this.#freed = 0
    if (!this.#isLooked) this.#collect = collectNow()
    this.#isLooked = true
    this.#collect?.()
  }
}

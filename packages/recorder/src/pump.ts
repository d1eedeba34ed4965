import type { RecordingClock } from './recording-options.ts'

/** What to do next: the source's next item, its end, a look at what was gathered, or nothing more. */
export type Pumped<Item> =
  | { readonly kind: 'item'; readonly item: Item }
  | { readonly kind: 'sourceEnded' }
  | { readonly kind: 'idle' }
  | { readonly kind: 'stopped' }

/**
 * Takes from a source, and wakes up now and then when nothing comes. However long it waits, it holds no more than one
 * request and one timer.
 */
export class Pump<Item> {
  readonly #source: AsyncIterator<Item>
  readonly #clock: RecordingClock
  readonly #idleMs: number
  #requested = false
  #arrived: IteratorResult<Item> | undefined
  #failure: { readonly error: unknown } | undefined
  #stopped = false
  #wake: (() => void) | undefined

  constructor(source: AsyncIterable<Item>, clock: RecordingClock, idleMs: number) {
    this.#source = source[Symbol.asyncIterator]()
    this.#clock = clock
    this.#idleMs = idleMs
  }

  /** Nothing more is wanted. */
  readonly stop = (): void => {
    if (this.#stopped) return
    this.#stopped = true
    this.#wake?.()
    void this.#source.return?.()?.catch(() => {})
  }

  /** What to do next. @throws what the source throws */
  async next(): Promise<Pumped<Item>> {
    let isIdle = false
    for (;;) {
      if (this.#stopped) return { kind: 'stopped' }
      if (this.#failure !== undefined) throw this.#failure.error
      const arrived = this.#arrived
      if (arrived !== undefined) {
        this.#arrived = undefined
        this.#requested = false
        return arrived.done === true ? { kind: 'sourceEnded' } : { kind: 'item', item: arrived.value }
      }
      if (isIdle) return { kind: 'idle' }
      this.#request()
      isIdle = await this.#woken()
    }
  }

  #request(): void {
    if (this.#requested) return
    this.#requested = true
    this.#source.next().then(
      (result) => {
        this.#arrived = result
        this.#wake?.()
      },
      (error: unknown) => {
        this.#failure = { error }
        this.#wake?.()
      },
    )
  }

  /** Resolves when something has come (false), or nothing for a while (true). */
  #woken(): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(this.#idleMs, () => {
        this.#wake = undefined
        resolve(true)
      })
      this.#wake = () => {
        this.#wake = undefined
        cancel()
        resolve(false)
      }
    })
  }
}

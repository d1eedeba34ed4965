/** Somebody who waits for something that is still to come. */
interface Waiting {
  /** Whether it has come, or will never come. */
  readonly isReady: () => boolean
  readonly answer: (timedOut: boolean) => void
  readonly deadline: number
}

/** What is needed of an `AbortSignal`. */
export interface AbortSource {
  /** Looked at before waiting: who has gone already gets no place. */
  readonly aborted: boolean
  /** Called once for each wait. */
  addEventListener(type: 'abort', listener: () => void): void
  /** Called when the wait ends otherwise, so that a long-lived signal gathers no listeners. */
  removeEventListener(type: 'abort', listener: () => void): void
}

/** Requests that are answered when what they ask for is there: blocking reloads, hinted parts, first playlists. */
export class WaitingRoom {
  readonly #places: number
  #waiting: Set<Waiting> = new Set()

  /** @param places - How many may wait. */
  constructor(places: number) {
    this.#places = places
  }

  get size(): number {
    return this.#waiting.size
  }

  get isFull(): boolean {
    return this.#waiting.size >= this.#places
  }

  /** The earliest deadline, in milliseconds; `undefined` when nobody waits. */
  get nextDeadline(): number | undefined {
    let next: number | undefined
    for (const { deadline } of this.#waiting) if (next === undefined || deadline < next) next = deadline
    return next
  }

  /** Waits. Resolves with `'ready'`, `'timedOut'`, or `'aborted'` when whoever asks has gone. */
  wait(
    isReady: () => boolean,
    deadline: number,
    signal?: AbortSource,
  ): Promise<'ready' | 'timedOut' | 'aborted'> {
    return new Promise((resolve) => {
      const abort = (): void => {
        this.#waiting.delete(waiting)
        resolve('aborted')
      }
      const waiting: Waiting = {
        isReady,
        deadline,
        answer: (timedOut) => {
          signal?.removeEventListener('abort', abort)
          resolve(timedOut ? 'timedOut' : 'ready')
        },
      }
      if (signal?.aborted === true) {
        resolve('aborted')
        return
      }
      signal?.addEventListener('abort', abort)
      this.#waiting.add(waiting)
    })
  }

  /** Something has come: answers whom it concerns. */
  look(): void {
    for (const waiting of this.#waiting) {
      if (!waiting.isReady()) continue
      this.#waiting.delete(waiting)
      waiting.answer(false)
    }
  }

  /** Answers those who have waited long enough. */
  expire(now: number): void {
    for (const waiting of this.#waiting) {
      if (waiting.deadline > now) continue
      this.#waiting.delete(waiting)
      waiting.answer(true)
    }
  }
}

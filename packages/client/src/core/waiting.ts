import type { ClientHost } from './host.ts'

/** A promise that is settled from outside; nobody has to wait for it. */
export class Deferred<Value> {
  readonly promise: Promise<Value>
  #resolve!: (value: Value) => void
  #reject!: (error: unknown) => void

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.promise.catch(() => {})
  }

  resolve(value: Value): void {
    this.#resolve(value)
  }

  reject(error: unknown): void {
    this.#reject(error)
  }
}

/** Waits; rejects with the signal's reason when it is aborted first. */
export const sleep = (host: ClientHost, ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason)
      return
    }
    const stop = (): void => {
      cancel()
      reject(signal.reason)
    }
    const cancel = host.schedule(ms, () => {
      signal.removeEventListener('abort', stop)
      resolve()
    })
    signal.addEventListener('abort', stop, { once: true })
  })

/** How long something may take, and what to do when it takes longer. */
export interface TimeLimit {
  /** Milliseconds; 0 for no limit. */
  readonly ms: number
  readonly signal: AbortSignal
  /** The error when the time is over. */
  readonly error: () => Error
}

/**
 * Runs something that can be aborted, within a time. What it gives too late goes to `discard`.
 */
export const within = <Value>(
  host: ClientHost,
  { ms, signal, error }: TimeLimit,
  run: (signal: AbortSignal) => Promise<Value>,
  discard: (late: Value) => void,
): Promise<Value> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason)
      return
    }
    const inner = new AbortController()
    let over = false
    const finish = (): void => {
      over = true
      cancel()
      signal.removeEventListener('abort', stop)
    }
    const giveUp = (why: unknown): void => {
      finish()
      reject(why)
      inner.abort(why)
    }
    const stop = (): void => giveUp(signal.reason)
    const cancel = ms > 0 ? host.schedule(ms, () => giveUp(error())) : () => {}
    signal.addEventListener('abort', stop, { once: true })
    run(inner.signal).then(
      (value) => {
        if (over) discard(value)
        else {
          finish()
          resolve(value)
        }
      },
      (failure: unknown) => {
        if (over) return
        finish()
        reject(failure)
      },
    )
  })

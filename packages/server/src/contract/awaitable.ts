/** Something, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>

/** Whether something is a promise. */
export const isPromise = <T>(value: Awaitable<T>): value is PromiseLike<T> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

/**
 * Waits for something that has a `then`, of whatever make: it may throw where it is asked, and settle more than once; one of
 * the two is called once.
 *
 * @param checked - Says what it is taken for, or throws.
 */
export const whenSettled = <T>(
  value: PromiseLike<unknown>,
  checked: (value: unknown) => T,
  resolved: (value: T) => void,
  rejected: (error: unknown) => void,
): void => {
  let isOver = false
  const fail = (error: unknown): void => {
    if (isOver) return
    isOver = true
    rejected(error)
  }
  const settle = (said: unknown): void => {
    if (isOver) return
    let known: T
    try {
      known = checked(said)
    } catch (error) {
      fail(error)
      return
    }
    isOver = true
    resolved(known)
  }
  try {
    value.then(settle, fail)
  } catch (error) {
    fail(error)
  }
}

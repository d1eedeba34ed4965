import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Backoff } from '../src/backoff.ts'

test('waits double up to the maximum, and start over after a success', () => {
  const backoff = new Backoff({ initialMs: 100, maximumMs: 500, jitter: 0 }, () => 0)
  expect([1, 2, 3, 4, 5].map(() => backoff.next())).toEqual([100, 200, 400, 500, 500])
  backoff.reset()
  expect(backoff.next()).toBe(100)
})

test('jitter only shortens, by at most its share', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.integer({ min: 1, max: 8 }),
      (chance, failures) => {
        const backoff = new Backoff({ initialMs: 100, maximumMs: 2000, jitter: 0.4 }, () => chance)
        let wait: number | undefined
        for (let i = 0; i < failures; i++) wait = backoff.next()
        const full = Math.min(2000, 100 * 2 ** (failures - 1))
        expect(wait).toBeLessThanOrEqual(full)
        expect(wait).toBeGreaterThanOrEqual(full * 0.6 - 1)
      },
    ),
  )
})

test('the last try has no wait after it', () => {
  const backoff = new Backoff({ tries: 2 }, () => 0)
  expect(backoff.next()).toBeDefined()
  expect(backoff.next()).toBeUndefined()
})

test('nonsense is refused', () => {
  expect(() => new Backoff({ initialMs: 100, maximumMs: 10 }, () => 0)).toThrow(/initialMs/)
})

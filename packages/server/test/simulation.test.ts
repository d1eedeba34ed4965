import { expect, test } from 'vitest'
import { simulate } from '../simulation/simulate.ts'

// The short share of `npm run simulate`: hundreds of clients for some minutes.
test.each([1, 2])('everything holds in ten minutes of seed %d', { timeout: 60_000 }, (seed) => {
  const { violation, figures } = simulate(seed, 1 / 6)
  expect(violation).toBeUndefined()
  expect(figures['publishers']).toBeGreaterThan(100)
  expect(figures['players']).toBeGreaterThan(200)
  expect(figures['frames']).toBeGreaterThan(1000)
})

test('a seed gives the same run again, event by event, and another seed another one', {
  timeout: 60_000,
}, () => {
  const run = (seed: number): { trace: string[]; hash: string } => {
    const trace: string[] = []
    const { hash } = simulate(seed, 0.05, (line) => trace.push(line))
    return { trace, hash }
  }
  const first = run(7)
  const again = run(7)
  expect(first.trace.length).toBeGreaterThan(500)
  expect(again).toEqual(first)
  expect(run(8).hash).not.toBe(first.hash)
})

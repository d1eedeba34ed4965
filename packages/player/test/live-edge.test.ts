import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LiveEdge } from '../src/live-edge.ts'

const OPTIONS = { target: 250, most: 2000, maxRate: 1.1, jumpAbove: 4000 }

/** A player in virtual time: what is ahead shrinks as fast as it plays beyond the rate of the stream. */
const simulate = (
  edge: LiveEdge,
  ahead: number,
  seconds: number,
  from = 0,
): { ahead: number; jumps: number } => {
  let jumps = 0
  for (let step = 0; step < seconds * 10; step++) {
    const { rate, jumpTo } = edge.step(ahead, from + step * 100)
    if (jumpTo !== undefined) {
      jumps += 1
      ahead = jumpTo
    } else ahead -= (rate - 1) * 100
  }
  return { ahead, jumps }
}

describe('the live edge', () => {
  test('a reserve above the target is played off by rate, without a jump', () => {
    const { ahead, jumps } = simulate(new LiveEdge(OPTIONS), 2000, 30)
    expect(jumps).toBe(0)
    expect(ahead).toBeGreaterThan(200)
    expect(ahead).toBeLessThan(260)
  })

  test('far behind it jumps, once, to the target', () => {
    const { ahead, jumps } = simulate(new LiveEdge(OPTIONS), 10_000, 5)
    expect(jumps).toBe(1)
    expect(ahead).toBe(250)
  })

  test('at the limit it does not jump, one beyond it does', () => {
    expect(new LiveEdge(OPTIONS).step(4000, 0).jumpTo).toBeUndefined()
    expect(new LiveEdge(OPTIONS).step(4001, 0).jumpTo).toBe(250)
  })

  test('next to nothing in reserve makes it slower until there is some', () => {
    const edge = new LiveEdge(OPTIONS)
    expect(edge.step(10, 0).rate).toBe(0.95)
    expect(simulate(edge, 10, 30, 100).ahead).toBeGreaterThan(OPTIONS.target / 2 - 10)
  })

  test('stalls make the reserve larger, up to the most; calm makes it smaller, down to the target', () => {
    const edge = new LiveEdge(OPTIONS)
    for (let at = 0; at < 100; at++) edge.stalled(at)
    expect(edge.target).toBe(2000)
    for (let at = 0; at < 1000; at++) edge.step(2000, at * 1000)
    expect(edge.target).toBe(250)
  })

  test('an uneven network is measured by its worst moment', () => {
    const edge = new LiveEdge(OPTIONS)
    // From 300 to 700 ms within each second: no reason to hurry.
    for (let at = 0; at < 100; at++)
      expect(edge.step(300 + ((at * 100) % 500), at * 100).rate).toBeLessThanOrEqual(1.05)
    const { rate } = edge.step(300, 10_000)
    expect(rate).toBe(1)
  })

  test('rates stay within what was asked for, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 10_000, noNaN: true })), (samples) => {
        const edge = new LiveEdge(OPTIONS)
        samples.forEach((ahead, at) => {
          const { rate, jumpTo } = edge.step(ahead, at * 100)
          expect(rate).toBeGreaterThanOrEqual(0.95)
          expect(rate).toBeLessThanOrEqual(1.1)
          expect(jumpTo === undefined || ahead > 4000).toBe(true)
        })
      }),
    )
  })
})

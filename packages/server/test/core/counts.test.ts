import { expect, test } from 'vitest'
import { Counts } from '../../src/core/counts.ts'

test('each name is counted for itself, and none that is back at nothing is kept', () => {
  const counts = new Counts()
  expect([counts.of('a'), counts.size]).toEqual([0, 0])
  counts.add('a', 1)
  counts.add('a', 1)
  counts.add('b', 1)
  expect([counts.of('a'), counts.of('b'), counts.size]).toEqual([2, 1, 2])
  counts.add('a', -1)
  counts.add('b', -1)
  expect([counts.of('a'), counts.of('b'), counts.size]).toEqual([1, 0, 1])
  counts.add('c', -1)
  expect([counts.of('c'), counts.size]).toEqual([0, 1])
  counts.clear()
  expect([counts.of('a'), counts.size]).toEqual([0, 0])
})

import { expect, test } from 'vitest'
import { defaultMemoryBytes, memoryPart } from '../../src/node/memory-allowed.ts'

const GIB = 1024 * 1024 * 1024

test('the default is half of the heap, and at most a quarter of the memory that there is or that a container may have', () => {
  const machine = { heapLimit: 4 * GIB, constrained: 0, total: 64 * GIB }
  expect(defaultMemoryBytes(machine)).toBe(2 * GIB)
  expect(defaultMemoryBytes({ ...machine, heapLimit: GIB / 2 })).toBe(GIB / 4)
  expect(defaultMemoryBytes({ ...machine, constrained: 2 * GIB })).toBe(GIB / 2)
  // What is said where there is no such limit.
  expect(defaultMemoryBytes({ ...machine, constrained: 2 ** 64 })).toBe(2 * GIB)
  expect(defaultMemoryBytes({ ...machine, total: 4 * GIB })).toBe(GIB)
  expect(defaultMemoryBytes(machine, 16)).toBe(GIB)
})

test('workers share a limit, and the memory of the machine', () => {
  expect(memoryPart(1000, 3)).toBe(334)
  expect(memoryPart(0, 3)).toBe(0)
  expect(memoryPart('auto', 4)).toBeLessThanOrEqual(defaultMemoryBytes())
  expect(memoryPart('auto', 1000)).toBeLessThan(defaultMemoryBytes())
})

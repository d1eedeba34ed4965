import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import type { Configuration } from '../config/configuration.ts'
import type { MemoryLimit } from '../config/memory-limit.ts'
import type { ServerLimits } from '../contract/limits.ts'

/** Of the heap that Node allows: messages and records of clients lie in it, and the server's own beside. */
const HEAP_SHARE = 1 / 2

/** Of the memory that the process is allowed: payloads lie outside the heap, and others may live on the machine. */
const MEMORY_SHARE = 1 / 4

/** What of the machine a process is told about its memory, in bytes. */
export interface MemoryFacts {
  /** The most that the heap may grow to (`--max-old-space-size`). */
  readonly heapLimit: number
  /** What the group of processes may have (cgroup, as containers set it); 0 or more than there is for no such limit. */
  readonly constrained: number
  /** What the machine has. */
  readonly total: number
}

const facts = (): MemoryFacts => ({
  heapLimit: getHeapStatistics().heap_size_limit,
  // Deno and others may not have it.
  constrained: (process.constrainedMemory as (() => number | undefined) | undefined)?.() ?? 0,
  total: totalmem(),
})

/**
 * The default of `limits.memoryBytes`: half of what Node allows its heap to grow to, and at most a quarter of the memory that the process
 * is allowed.
 *
 * @param processes - How many share that memory; each has a heap of its own.
 */
export const defaultMemoryBytes = (
  { heapLimit, constrained, total }: MemoryFacts = facts(),
  processes = 1,
): number => {
  const allowed = constrained > 0 && constrained < total ? constrained : total
  return Math.floor(Math.min(heapLimit * HEAP_SHARE, (allowed * MEMORY_SHARE) / processes))
}

/** The part of one of several processes in a configuration's limit. */
export const memoryPart = (limit: MemoryLimit, processes: number): number =>
  limit === 'auto' ? defaultMemoryBytes(facts(), processes) : Math.ceil(limit / processes)

/** Limits of a configuration, the automatic one worked out. */
export const limitsOf = ({ limits }: Configuration): ServerLimits => ({
  ...limits,
  memoryBytes: limits.memoryBytes === 'auto' ? defaultMemoryBytes() : limits.memoryBytes,
})

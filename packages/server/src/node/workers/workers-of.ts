import { availableParallelism } from 'node:os'
import type { Configuration } from '../../config/configuration.ts'

/** How many workers a configuration means. */
export const workersOf = ({ workers }: Configuration): number =>
  workers === 'auto' ? availableParallelism() : workers

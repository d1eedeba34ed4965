import { Town } from './town.ts'
import { Violation } from './world.ts'

/** What came of one seed. */
export interface SeedReport {
  readonly seed: number
  readonly hours: number
  /** Two runs with the same hash have been the same run. */
  readonly hash: string
  readonly events: number
  readonly cpuSeconds: number
  readonly figures: Readonly<Record<string, number>>
  readonly violation?: string
}

const HOUR = 3_600_000

/** Runs one seed for some hours of virtual time. */
export const simulate = (seed: number, hours: number, sink?: (line: string) => void): SeedReport => {
  const before = process.cpuUsage()
  const town = new Town(seed, sink)
  let violation: string | undefined
  try {
    town.run(Math.round(hours * HOUR))
  } catch (error) {
    violation =
      error instanceof Violation
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error)
  }
  const { user, system } = process.cpuUsage(before)
  return {
    seed,
    hours,
    hash: town.world.trace.hash,
    events: town.world.trace.events,
    cpuSeconds: (user + system) / 1e6,
    figures: town.figures,
    ...(violation === undefined ? {} : { violation }),
  }
}

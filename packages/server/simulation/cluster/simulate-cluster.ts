import { ClusterTown } from './cluster-town.ts'

/** What came of one seed. */
export interface ClusterReport {
  readonly seed: number
  readonly faults: readonly string[]
  readonly frames: number
  readonly cpuSeconds: number
  readonly violation?: string
}

/** Runs one seed: five nodes and so many faults. */
export const simulateCluster = async (seed: number, faults: number): Promise<ClusterReport> => {
  const before = process.cpuUsage()
  const town = new ClusterTown(seed)
  let violation: string | undefined
  try {
    await town.run(faults)
  } catch (error) {
    violation = error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  const { user, system } = process.cpuUsage(before)
  return {
    seed,
    faults: town.faults,
    frames: town.frames,
    cpuSeconds: (user + system) / 1e6,
    ...(violation === undefined ? {} : { violation }),
  }
}

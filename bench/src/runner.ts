import type { Contender, Scenario, ScenarioResult } from './scenario.ts'

/** Middle of the values. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/**
 * Runs a scenario: each contender once to warm up, then all of them in turn, round after round, so that a change in the
 * machine's speed meets everybody.
 */
export const runScenario = async (scenario: Scenario, rounds: number): Promise<ScenarioResult> => {
  const contenders: [string | undefined, Contender][] = [
    [undefined, scenario.ours],
    ...Object.entries(scenario.peers),
  ]
  const values = new Map<string | undefined, number[]>()
  const failed: Record<string, string> = {}
  for (let round = -1; round < rounds; round++) {
    for (const [name, contender] of contenders) {
      if (name !== undefined && failed[name] !== undefined) continue
      try {
        const value = await contender.measure()
        if (round >= 0) values.set(name, [...(values.get(name) ?? []), value])
      } catch (error) {
        if (name === undefined) throw error
        failed[name] = error instanceof Error ? error.message : String(error)
        values.delete(name)
      }
    }
  }
  const peers: Record<string, number> = {}
  for (const name of Object.keys(scenario.peers)) {
    const measured = values.get(name)
    if (measured !== undefined) peers[name] = median(measured)
  }
  const { name, metric, unit, better } = scenario
  return {
    scenario: name,
    metric,
    unit,
    better,
    ours: median(values.get(undefined) ?? []),
    peers,
    failed,
    rounds,
  }
}

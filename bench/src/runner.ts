import { ratioOf } from './interval.ts'
import type { Contender, Ratio, Scenario, ScenarioResult } from './scenario.ts'

/** Middle of the values. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** Everybody in turn, every other round backwards. */
export const inTurn = <T>(all: readonly T[], round: number): readonly T[] =>
  round % 2 === 0 ? all : [...all].reverse()

/**
 * Runs a scenario: each contender once to warm up, then all of them in turn, round after round and every other one
 * backwards, so that a change in the machine's speed meets everybody.
 */
export const runScenario = async (scenario: Scenario, rounds: number): Promise<ScenarioResult> => {
  const contenders: [string | undefined, Contender][] = [
    [undefined, scenario.ours],
    ...Object.entries(scenario.peers),
  ]
  const values = new Map<string | undefined, number[]>()
  const failed: Record<string, string> = {}
  for (let round = -1; round < rounds; round++) {
    for (const [name, contender] of inTurn(contenders, round)) {
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
  const own = values.get(undefined) ?? []
  const peers: Record<string, number> = {}
  const ratios: Record<string, Ratio> = {}
  for (const name of Object.keys(scenario.peers)) {
    const measured = values.get(name)
    if (measured === undefined) continue
    peers[name] = median(measured)
    const ratio = ratioOf(own, measured)
    if (ratio !== undefined) ratios[name] = ratio
  }
  const { name, metric, unit, better } = scenario
  return {
    scenario: name,
    metric,
    unit,
    better,
    ours: median(own),
    peers,
    failed,
    ratios,
    rounds,
  }
}

import { median } from '../runner.ts'
import type { ScenarioResult } from '../scenario.ts'
import type { Figures } from './figures.ts'
import { plan, type ServerScenario } from './plan.ts'
import type { ServerKind } from './server-process.ts'
import { installedPeers } from './servers.ts'

/** Runs the chosen scenarios: our server and every peer in turn, round after round, a fresh process each time. */
export const runServerBench = async (
  filter: string | undefined,
  rounds: number,
  report: (result: ScenarioResult) => void,
): Promise<ScenarioResult[]> => {
  const peers = installedPeers()
  console.log(`Peers found: ${peers.map(({ name }) => name).join(', ') || 'none'}`)
  const groups = groupByMeasurement(plan.filter(({ name }) => filter === undefined || name.includes(filter)))
  const results: ScenarioResult[] = []
  for (const group of groups) {
    const measured = await measureGroup(group, peers, rounds)
    for (const result of measured) report(result)
    results.push(...measured)
  }
  return results
}

/** Scenarios that differ only in our setting share the peers' measurements of the same rounds. */
const groupByMeasurement = (scenarios: readonly ServerScenario[]): ServerScenario[][] => {
  const groups = new Map<string, ServerScenario[]>()
  for (const scenario of scenarios) {
    const key = scenario.name.split(',')[0] === scenario.name ? scenario.name : measurementOf(scenario.name)
    groups.set(key, [...(groups.get(key) ?? []), scenario])
  }
  return [...groups.values()]
}

const measurementOf = (name: string): string =>
  name.startsWith('fan-out') ? (name.split(',')[0] as string) : name

/** What has been measured of a group of scenarios. */
class Rounds {
  /** Others that could not do it, and why. They are left out from then on. */
  readonly failed: Record<string, string> = {}
  readonly #figures = new Map<string, Figures[]>()

  async measure(scenario: ServerScenario, kind: ServerKind): Promise<void> {
    if (this.failed[kind.name] !== undefined) return
    try {
      this.of(scenario, kind).push(await scenario.measure(kind))
    } catch (error) {
      if (kind === scenario.ours) throw error
      this.failed[kind.name] = error instanceof Error ? error.message : String(error)
    }
  }

  of(scenario: ServerScenario, kind: ServerKind): Figures[] {
    const key = `${scenario.name}: ${kind.name}`
    const figures = this.#figures.get(key) ?? []
    this.#figures.set(key, figures)
    return figures
  }
}

const middle = (rounds: readonly Figures[], metric: string): number =>
  median(rounds.map((figures) => figures[metric]?.value ?? Number.NaN))

const measureGroup = async (
  group: readonly ServerScenario[],
  peers: readonly ServerKind[],
  rounds: number,
): Promise<ScenarioResult[]> => {
  const measured = new Rounds()
  const first = group[0] as ServerScenario
  for (let round = 0; round < rounds; round++) {
    for (const scenario of group) {
      await measured.measure(scenario, scenario.ours)
      if (scenario.bare !== undefined) await measured.measure(scenario, scenario.bare)
    }
    for (const peer of peers) await measured.measure(first, peer)
  }
  return group.flatMap((scenario) => {
    const own = measured.of(scenario, scenario.ours)
    const others = [
      ...(scenario.bare === undefined ? [] : [[scenario, scenario.bare] as const]),
      ...peers.map((peer) => [first, peer] as const),
    ].filter(([, { name }]) => measured.failed[name] === undefined)
    return Object.entries(own[0] ?? {}).map(([metric, { unit, better }]) => ({
      scenario: scenario.name,
      metric,
      unit,
      better,
      ours: middle(own, metric),
      peers: Object.fromEntries(
        others.map(([where, kind]) => [kind.name, middle(measured.of(where, kind), metric)]),
      ),
      failed: measured.failed,
      rounds,
    }))
  })
}

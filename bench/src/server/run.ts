import { median } from '../runner.ts'
import type { ScenarioResult } from '../scenario.ts'
import type { Figures } from './figures.ts'
import { plan, type ServerScenario } from './plan.ts'
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

const measureGroup = async (
  group: readonly ServerScenario[],
  peers: ReturnType<typeof installedPeers>,
  rounds: number,
): Promise<ScenarioResult[]> => {
  const ourRounds = new Map<ServerScenario, Figures[]>()
  const bareRounds = new Map<ServerScenario, Figures[]>()
  const peerRounds = new Map<string, Figures[]>()
  const failed: Record<string, string> = {}
  const first = group[0] as ServerScenario
  for (let round = 0; round < rounds; round++) {
    for (const scenario of group) {
      ourRounds.set(scenario, [...(ourRounds.get(scenario) ?? []), await scenario.measure(scenario.ours)])
      bareRounds.set(scenario, [...(bareRounds.get(scenario) ?? []), await scenario.measure(scenario.bare)])
    }
    for (const peer of peers) {
      if (failed[peer.name] !== undefined) continue
      try {
        peerRounds.set(peer.name, [...(peerRounds.get(peer.name) ?? []), await first.measure(peer)])
      } catch (error) {
        failed[peer.name] = error instanceof Error ? error.message : String(error)
      }
    }
  }
  return group.flatMap((scenario) => {
    const own = ourRounds.get(scenario) ?? []
    return Object.entries(own[0] ?? {}).map(([metric, { unit, better }]) => {
      const middle = (all: readonly Figures[]): number =>
        median(all.map((figures) => figures[metric]?.value ?? Number.NaN))
      return {
        scenario: scenario.name,
        metric,
        unit,
        better,
        ours: middle(own),
        peers: Object.fromEntries(
          [[scenario.bare.name, bareRounds.get(scenario) ?? []] as const, ...peerRounds].map(
            ([name, all]) => [name, middle(all)],
          ),
        ),
        failed,
        rounds,
      }
    })
  })
}

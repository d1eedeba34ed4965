import { ratioOf } from '../interval.ts'
import { inTurn, median } from '../runner.ts'
import type { Ratio, ScenarioResult } from '../scenario.ts'
import type { Figures } from './figures.ts'
import { planWith, type ServerScenario } from './plan.ts'
import type { ServerKind } from './server-process.ts'
import { installedPeers } from './servers.ts'

/** What to run, and beside whom. */
export interface ServerBenchOptions {
  /** Only scenarios whose name contains this. */
  readonly filter?: string
  readonly rounds: number
  /** Root of another built checkout that takes part. */
  readonly baseline?: string
  /** Whether others take part that are installed here; else only ours and the baseline. */
  readonly peers: boolean
}

/**
 * Runs the chosen scenarios: our server and every peer in turn, round after round and every other one backwards, a
 * fresh process each time.
 */
export const runServerBench = async (
  { filter, rounds, baseline, peers: withPeers }: ServerBenchOptions,
  report: (result: ScenarioResult) => void,
): Promise<ScenarioResult[]> => {
  const peers = withPeers ? installedPeers() : []
  console.log(`Peers found: ${peers.map(({ name }) => name).join(', ') || 'none'}`)
  const plan = planWith(baseline).map((scenario) => (withPeers ? scenario : withoutBare(scenario)))
  const groups = groupByMeasurement(plan.filter(({ name }) => filter === undefined || name.includes(filter)))
  const results: ScenarioResult[] = []
  for (const group of groups) {
    const measured = await measureGroup(group, withPeers ? (group[0]?.peers ?? peers) : [], rounds)
    for (const result of measured) report(result)
    results.push(...measured)
  }
  return results
}

const withoutBare = (scenario: ServerScenario): ServerScenario => {
  const { bare: _, ...rest } = scenario
  return rest
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

const valuesOf = (rounds: readonly Figures[], metric: string): number[] =>
  rounds.map((figures) => figures[metric]?.value ?? Number.NaN)

const measureGroup = async (
  group: readonly ServerScenario[],
  peers: readonly ServerKind[],
  rounds: number,
): Promise<ScenarioResult[]> => {
  const measured = new Rounds()
  const first = group[0] as ServerScenario
  /** Whose rounds stand beside a scenario's: its own, and those of peers, which know nothing of our settings. */
  const beside = (scenario: ServerScenario): [ServerScenario, ServerKind][] => [
    ...[scenario.baseline, scenario.bare].flatMap((kind): [ServerScenario, ServerKind][] =>
      kind === undefined ? [] : [[scenario, kind]],
    ),
    ...peers.map((peer): [ServerScenario, ServerKind] => [first, peer]),
  ]
  const contenders = [
    ...group.flatMap((scenario): [ServerScenario, ServerKind][] => [
      [scenario, scenario.ours],
      ...beside(scenario).filter(([, kind]) => !peers.includes(kind)),
    ]),
    ...peers.map((peer): [ServerScenario, ServerKind] => [first, peer]),
  ]
  for (let round = 0; round < rounds; round++) {
    for (const [scenario, kind] of inTurn(contenders, round)) await measured.measure(scenario, kind)
  }
  return group.flatMap((scenario) => {
    const own = measured.of(scenario, scenario.ours)
    const others = beside(scenario).filter(([, { name }]) => measured.failed[name] === undefined)
    return Object.entries(own[0] ?? {}).map(([metric, { unit, better }]) => {
      const ratios: Record<string, Ratio> = {}
      for (const [where, kind] of others) {
        const ratio = ratioOf(valuesOf(own, metric), valuesOf(measured.of(where, kind), metric))
        if (ratio !== undefined) ratios[kind.name] = ratio
      }
      return {
        scenario: scenario.name,
        metric,
        unit,
        better,
        ours: median(valuesOf(own, metric)),
        peers: Object.fromEntries(
          others.map(([where, kind]) => [kind.name, median(valuesOf(measured.of(where, kind), metric))]),
        ),
        failed: measured.failed,
        ratios,
        rounds,
      }
    })
  })
}

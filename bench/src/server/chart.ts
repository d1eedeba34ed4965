import { parse, View } from 'vega'
import { compile } from 'vega-lite'
import type { ScenarioResult } from '../scenario.ts'
import { BARE } from './servers.ts'

const METRIC = 'CPU per GB'

interface Bar {
  readonly players: string
  readonly server: string
  readonly value: number
}

/** "fan-out to 200, window 50 ms" → our setting, and how many players. */
const fanOutScenario = /^fan-out to (\d+), (.+)$/

const barsOf = (results: readonly ScenarioResult[]): Bar[] => {
  const bars = new Map<string, Bar>()
  for (const { scenario, metric, ours, peers } of results) {
    const [, players, setting] = fanOutScenario.exec(scenario) ?? []
    if (metric !== METRIC || players === undefined || setting === undefined) continue
    // At one player the figure is the cost of being there at all; it would dwarf everything else.
    if (Number(players) < 50) continue
    for (const [server, value] of [[`ours, ${setting}`, ours] as const, ...Object.entries(peers)]) {
      // There is one of them for each setting, and nobody would run it.
      if (server === BARE) continue
      bars.set(`${players} ${server}`, { players, server, value })
    }
  }
  return [...bars.values()]
}

/** A bar chart of what fan-out costs each server, as SVG. */
export const fanOutChart = async (results: readonly ScenarioResult[]): Promise<string> => {
  const { spec } = compile({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: 'Server CPU per GB delivered, one 2 Mbit/s stream (less is better)',
    data: { values: barsOf(results) },
    facet: {
      row: { field: 'players', type: 'ordinal', sort: ['50', '200', '500', '1000'], title: 'players' },
    },
    spec: {
      width: 480,
      mark: { type: 'bar', tooltip: true },
      encoding: {
        x: { field: 'value', type: 'quantitative', title: 'CPU seconds per GB' },
        y: { field: 'server', type: 'nominal', title: null, sort: '-x' },
        color: { field: 'server', type: 'nominal', legend: null },
      },
    },
    resolve: { scale: { y: 'independent' } },
    background: 'white',
  })
  return new View(parse(spec), { renderer: 'none' }).toSVG()
}

import { connects, idle, startup } from './connections.ts'
import { fanOut } from './fan-out.ts'
import type { Figures } from './figures.ts'
import { fastPublisher, ingest } from './ingest.ts'
import type { ServerKind } from './server-process.ts'
import { ours } from './servers.ts'
import { stalledPlayers } from './stalled.ts'

/** A scenario: one of our settings against every peer. */
export interface ServerScenario {
  readonly name: string
  readonly ours: ServerKind
  measure(kind: ServerKind): Promise<Figures>
}

const FAN_OUT_SECONDS = 12

const byDefault = ours('ours')

/** The settings a fan-out is measured with, by the suffix of the scenario's name. */
const settings: readonly (readonly [string, ServerKind])[] = [
  ['default', byDefault],
  ['lowest latency', ours('ours', 'low')],
  ['window 50 ms', ours('ours', '50')],
  ['window 350 ms', ours('ours', '350')],
]

const fanOutTo = (players: number, chosen = settings): ServerScenario[] =>
  chosen.map(([setting, kind]) => ({
    name: `fan-out to ${players}, ${setting}`,
    ours: kind,
    measure: (server) => fanOut(server, players, FAN_OUT_SECONDS),
  }))

const simple = (name: string, measure: (kind: ServerKind) => Promise<Figures>): ServerScenario => ({
  name,
  ours: byDefault,
  measure,
})

/** Everything `npm run bench -- server` measures, in order. */
export const plan: readonly ServerScenario[] = [
  ...fanOutTo(1, settings.slice(0, 1)),
  ...fanOutTo(50, settings.slice(0, 1)),
  ...fanOutTo(200),
  ...fanOutTo(500, settings.slice(0, 1)),
  ...fanOutTo(1000),
  simple('ingest of 50 publishers', (kind) => ingest(kind, 50, 10)),
  simple('ingest of 200 publishers', (kind) => ingest(kind, 200, 10)),
  simple('one publisher as fast as it can', (kind) => fastPublisher(kind, 6)),
  simple('connections, 20 at once', (kind) => connects(kind, 20, 4)),
  simple('connections, 400 at once', (kind) => connects(kind, 400, 4)),
  simple('1000 idle connections', (kind) => idle(kind, 1000, false)),
  simple('1000 idle players', (kind) => idle(kind, 1000, true)),
  simple('20 of 50 players stop reading', (kind) => stalledPlayers(kind, 45)),
  simple('start', (kind) => startup(kind)),
]

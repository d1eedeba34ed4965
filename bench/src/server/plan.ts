import { connects, idle, startup } from './connections.ts'
import { fanOut } from './fan-out.ts'
import type { Figures } from './figures.ts'
import { fastPublisher, ingest } from './ingest.ts'
import type { ServerKind } from './server-process.ts'
import { bare, ours } from './servers.ts'
import { stalledPlayers } from './stalled.ts'

/** A scenario: one of our settings against every peer. */
export interface ServerScenario {
  readonly name: string
  readonly ours: ServerKind
  /** The least a Node program can do for the same, where there is one: it knows no backpressure. */
  readonly bare?: ServerKind
  measure(kind: ServerKind): Promise<Figures>
}

const FAN_OUT_SECONDS = 12

const byDefault = ours('ours')

/** A setting of ours, and the bare program that writes as often. */
interface Setting {
  readonly name: string
  readonly ours: ServerKind
  readonly bare: ServerKind
}

/** The settings a fan-out is measured with. */
const settings: readonly Setting[] = [
  { name: 'default', ours: byDefault, bare: bare() },
  { name: 'lowest latency', ours: ours('ours', 'low'), bare: bare('0') },
  { name: 'window 50 ms', ours: ours('ours', '50'), bare: bare('50') },
  { name: 'window 350 ms', ours: ours('ours', '350'), bare: bare('350') },
]

const fanOutTo = (players: number, chosen = settings): ServerScenario[] =>
  chosen.map((setting) => ({
    ...setting,
    name: `fan-out to ${players}, ${setting.name}`,
    measure: (server) => fanOut(server, players, FAN_OUT_SECONDS),
  }))

const simple = (name: string, measure: (kind: ServerKind) => Promise<Figures>): ServerScenario => ({
  name,
  ours: byDefault,
  bare: bare(),
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
  {
    name: '20 of 50 players stop reading',
    ours: byDefault,
    measure: (kind) => stalledPlayers(kind, 45),
  },
  simple('start', (kind) => startup(kind)),
]

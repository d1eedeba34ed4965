import { connects, idle, startup } from './connections.ts'
import { fanOut } from './fan-out.ts'
import type { Figures } from './figures.ts'
import { hlsOfStreams, hlsViewers } from './hls.ts'
import { fastPublisher, ingest } from './ingest.ts'
import type { ServerKind } from './server-process.ts'
import { record } from './record.ts'
import {
  bare,
  byRtmp,
  hlsPeers,
  oneWorker,
  ours,
  oursBy,
  peersWithoutHls,
  recording,
  recordingPeers,
  withHls,
  withoutHls,
  workers,
} from './servers.ts'
import { stalledPlayers } from './stalled.ts'

/** A scenario: one of our settings against every peer. */
export interface ServerScenario {
  readonly name: string
  readonly ours: ServerKind
  /** Another checkout's server with the same setting. */
  readonly baseline?: ServerKind
  /** The least a Node program can do for the same, where there is one: it knows no backpressure. */
  readonly bare?: ServerKind
  /** Who else can do it; by default everybody who is installed. */
  readonly peers?: readonly ServerKind[]
  measure(kind: ServerKind): Promise<Figures>
}

const FAN_OUT_SECONDS = 12

/** A setting of ours, the same one elsewhere, and the bare program that writes as often. */
interface Setting {
  readonly ours: ServerKind
  readonly baseline?: ServerKind
  readonly bare: ServerKind
}

const setting = (baseline: string | undefined, latency?: string, windowMs?: string): Setting => ({
  ours: ours(latency),
  ...(baseline === undefined ? {} : { baseline: ours(latency, baseline) }),
  bare: bare(windowMs),
})

/**
 * Everything `npm run bench -- server` measures, in order.
 *
 * @param baseline - Root of another built checkout that takes part.
 */
export const planWith = (baseline?: string): readonly ServerScenario[] => {
  const byDefault = setting(baseline)
  const settings: Readonly<Record<string, Setting>> = {
    default: byDefault,
    'lowest latency': setting(baseline, 'low', '0'),
    'window 50 ms': setting(baseline, '50', '50'),
    'window 350 ms': setting(baseline, '350', '350'),
  }
  const fanOutTo = (players: number, names = Object.keys(settings)): ServerScenario[] =>
    names.map((name) => ({
      ...(settings[name] ?? byDefault),
      name: `fan-out to ${players}, ${name}`,
      measure: (server) => fanOut(server, players, FAN_OUT_SECONDS),
    }))
  const simple = (name: string, measure: (kind: ServerKind) => Promise<Figures>): ServerScenario => ({
    ...byDefault,
    name,
    measure,
  })
  const { bare: _, ...withoutBare } = byDefault
  return [
    ...fanOutTo(1, ['default']),
    ...fanOutTo(50, ['default']),
    ...fanOutTo(200),
    ...fanOutTo(500, ['default']),
    ...fanOutTo(1000),
    ...(['http-flv', 'ws-flv'] as const).map((by) => ({
      name: `${by} fan-out to 1000`,
      ours: oursBy(by),
      baseline: byRtmp,
      measure: (kind: ServerKind) => fanOut(kind, 1000, FAN_OUT_SECONDS, 1, by),
    })),
    {
      name: '1000 players, two workers beside one',
      ours: workers(2),
      baseline: oneWorker,
      measure: (kind) => fanOut(kind, 1000, FAN_OUT_SECONDS),
    },
    {
      name: '10000 players at 250 kbit/s',
      ours: ours('throughput'),
      measure: (kind) => fanOut(kind, 10_000, FAN_OUT_SECONDS, 0.125),
    },
    simple('ingest of 50 publishers', (kind) => ingest(kind, 50, 10)),
    simple('ingest of 200 publishers', (kind) => ingest(kind, 200, 10)),
    ...(['flv', 'fmp4'] as const).map(
      (format): ServerScenario => ({
        name: `record 20 publishers as ${format}`,
        ours: recording(format),
        ...(baseline === undefined ? {} : { baseline: recording(format, baseline) }),
        peers: recordingPeers(),
        measure: (kind) => record(kind, 20, 10),
      }),
    ),
    ...(
      [
        ['HLS', 0],
        ['LL-HLS', 200],
      ] as const
    ).map(
      ([name, partMs]): ServerScenario => ({
        name: `${name} of 20 publishers`,
        ours: withHls('always', partMs),
        baseline: baseline === undefined ? withoutHls : withHls('always', partMs, baseline),
        peers: [...hlsPeers(partMs), ...peersWithoutHls()],
        measure: (kind) => hlsOfStreams(kind, 20, 20),
      }),
    ),
    {
      name: '200 viewers of HLS',
      ours: withHls('always'),
      ...(baseline === undefined ? {} : { baseline: withHls('always', 0, baseline) }),
      peers: hlsPeers(0),
      measure: (kind) => hlsViewers(kind, 200, 20),
    },
    simple('one publisher as fast as it can', (kind) => fastPublisher(kind, 6)),
    simple('connections, 20 at once', (kind) => connects(kind, 20, 4)),
    simple('connections, 400 at once', (kind) => connects(kind, 400, 4)),
    simple('1000 idle connections', (kind) => idle(kind, 1000, false)),
    simple('1000 idle players', (kind) => idle(kind, 1000, true)),
    {
      ...withoutBare,
      name: '20 of 50 players stop reading',
      measure: (kind) => stalledPlayers(kind, 45),
    },
    simple('start', (kind) => startup(kind)),
  ]
}

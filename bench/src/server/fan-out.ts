import { quantile, sleep, withServer } from './bench-run.ts'
import { type Figures, lower } from './figures.ts'
import type { FlvCarrier } from './light-flv-reader.ts'
import type { ServerKind } from './server-process.ts'

/** At most this many players have their latency taken, spread over the order of joining. */
const SAMPLED = 50
/** A load process busier than this share of a core would be measuring itself. */
const LOAD_LIMIT = 0.85

/**
 * One publisher to `players` players.
 *
 * @param scale - 1 is 2 Mbit/s.
 * @param by - How servers are played that have no way of their own here.
 */
export const fanOut = (
  kind: ServerKind,
  players: number,
  seconds: number,
  scale = 1,
  by: 'rtmp' | FlvCarrier = 'rtmp',
): Promise<Figures> =>
  withServer(kind, async ({ server, near, far }) => {
    const before = server.rssKb
    const { port, httpPort } = server
    const { playedBy = by, hasFlv = false } = kind
    if (playedBy !== 'rtmp' && !hasFlv) throw new Error(`${kind.name} has no ${playedBy}`)
    const how = playedBy === 'rtmp' ? { port } : { port: httpPort, by: playedBy }
    const play = { kind: 'play', name: 'bench', ...how } as const
    const sampled = Math.min(players, SAMPLED)
    const bulk = players - sampled
    await near.tell({ kind: 'publish', port, names: ['bench'], scale })
    if (bulk > 0) await far.tell({ ...play, count: Math.ceil(bulk / 2), sampled: false })
    await near.tell({ ...play, count: sampled, sampled: true })
    if (bulk > 1) await far.tell({ ...play, count: Math.floor(bulk / 2), sampled: false })
    await sleep(kind.warmUpMs)

    await Promise.all([near.tell({ kind: 'reset' }), far.tell({ kind: 'reset' })])
    const cpuBefore = server.cpuMs
    const start = performance.now()
    await sleep(seconds * 1000)
    const cpu = server.cpuMs - cpuBefore
    const wall = performance.now() - start
    const [a, b] = await Promise.all([near.tell({ kind: 'read' }), far.tell({ kind: 'read' })])

    verify(kind, players, seconds, [a, b])
    const bytes = a.received + b.received
    return {
      'CPU per GB': lower(cpu / 1000 / (bytes / 1e9), 's/GB'),
      CPU: lower((100 * cpu) / wall, '%'),
      'latency p50': lower(quantile(a.latencies, 0.5), 'ms'),
      'latency p99': lower(quantile(a.latencies, 0.99), 'ms'),
      'memory per player': lower((server.rssKb - before) / players, 'kB'),
      memory: lower(server.rssKb / 1000, 'MB'),
      'load generator': lower(100 * Math.max(a.cpuMs / a.wallMs, b.cpuMs / b.wallMs), '% of a core'),
    }
  })

interface Received {
  readonly messages: number
  readonly gaps: number
  readonly backwards: number
  readonly closed: number
  readonly cpuMs: number
  readonly wallMs: number
}

/** Nothing lost, nothing out of order, nobody thrown out, and a load generator that kept up. */
const verify = (kind: ServerKind, players: number, seconds: number, parts: readonly Received[]): void => {
  const sum = (pick: (part: Received) => number): number =>
    parts.reduce((total, part) => total + pick(part), 0)
  const expected = players * seconds * 73
  const messages = sum((part) => part.messages)
  const faults = [
    [sum((part) => part.gaps), 'gaps'],
    [sum((part) => part.backwards), 'timestamps going back'],
    [sum((part) => part.closed), 'players disconnected'],
  ].filter(([count]) => count !== 0)
  if (faults.length > 0)
    throw new Error(`${kind.name}: ${faults.map(([count, what]) => `${count} ${what}`).join(', ')}`)
  if (messages < expected * 0.95) throw new Error(`${kind.name}: ${messages} of ${expected} messages arrived`)
  const busiest = Math.max(...parts.map((part) => part.cpuMs / part.wallMs))
  if (busiest > LOAD_LIMIT)
    console.error(`${kind.name}: the load generator used ${(100 * busiest).toFixed(0)} % of a core`)
}

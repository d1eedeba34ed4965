import { quantile, sleep, withServer } from './bench-run.ts'
import { type Figures, lower } from './figures.ts'
import type { ServerKind } from './server-process.ts'

/** 2 Mbit/s times this. */
const SCALE = 10
const PLAYERS = 50
const STALLED = 20
const FLAT_AFTER_MS = 30_000

/** 20 of 50 players of a 20 Mbit/s stream stop reading: what it costs the server's memory and the other players. */
export const stalledPlayers = (kind: ServerKind, seconds: number): Promise<Figures> =>
  withServer(kind, async ({ server, near, far }) => {
    const { port } = server
    await near.tell({ kind: 'publish', port, names: ['bench'], scale: SCALE })
    await near.tell({ kind: 'play', port, name: 'bench', count: PLAYERS - STALLED, sampled: true })
    await far.tell({ kind: 'play', port, name: 'bench', count: STALLED, sampled: false })
    await sleep(4000)
    const calm = await near.tell({ kind: 'read' })
    await near.tell({ kind: 'reset' })
    const before = server.rssKb
    await far.tell({ kind: 'stall', count: STALLED })
    let at30 = before
    let peakAfter = before
    const started = performance.now()
    while (performance.now() - started < seconds * 1000) {
      await sleep(500)
      if (performance.now() - started < FLAT_AFTER_MS) at30 = Math.max(at30, server.rssKb)
      else peakAfter = Math.max(peakAfter, server.rssKb)
    }
    const others = await near.tell({ kind: 'read' })
    // The server's view: who does not read does not see that it has been disconnected either.
    const connected = server.connections - 1 - (PLAYERS - STALLED)
    if (others.gaps > 0 || others.closed > 0) {
      throw new Error(
        `${kind.name}: the other players suffered: ${others.gaps} gaps, ${others.closed} disconnected`,
      )
    }
    return {
      'memory growth': lower((Math.max(at30, peakAfter) - before) / 1000, 'MB'),
      'growth after 30 s': lower(Math.max(0, peakAfter - at30) / 1000, 'MB'),
      'stalled players still connected': lower(connected, ''),
      'others p99 before': lower(quantile(calm.latencies, 0.99), 'ms'),
      'others p99 during': lower(quantile(others.latencies, 0.99), 'ms'),
    }
  })

import { quantile, sleep, withServer } from './bench-run.ts'
import { type Figures, higher, lower } from './figures.ts'
import type { ServerKind } from './server-process.ts'

/** Dial, handshake, connect, answer, close, over and over. */
export const connects = (kind: ServerKind, atOnce: number, seconds: number): Promise<Figures> =>
  withServer(kind, async ({ server, near }) => {
    await near.tell({ kind: 'connects', port: server.port, atOnce, seconds: 1 })
    await near.tell({ kind: 'reset' })
    const cpuBefore = server.cpuMs
    const { connects: times } = await near.tell({ kind: 'connects', port: server.port, atOnce, seconds })
    const cpu = server.cpuMs - cpuBefore
    return {
      'connections per second': higher(times.length / seconds, '1/s'),
      'CPU per connection': lower(cpu / times.length, 'ms'),
      'answer to connect p50': lower(quantile(times, 0.5), 'ms'),
      'answer to connect p99': lower(quantile(times, 0.99), 'ms'),
    }
  })

/** Connections that have connected (and asked for a stream that is not there) and then say nothing. */
export const idle = (kind: ServerKind, count: number, play: boolean): Promise<Figures> =>
  withServer(kind, async ({ server, near }) => {
    await sleep(500)
    const before = server.rssKb
    await near.tell({ kind: 'idle', port: server.port, count, play })
    await sleep(1500)
    return { 'memory per connection': lower((server.rssKb - before) / count, 'kB') }
  })

/** From starting the process to its first accepted connection. */
export const startup = (kind: ServerKind): Promise<Figures> =>
  withServer(kind, ({ server }) => Promise.resolve({ 'time to listening': lower(server.startMs, 'ms') }))

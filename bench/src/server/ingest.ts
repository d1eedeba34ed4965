import { sleep, withServer } from './bench-run.ts'
import { type Figures, higher, lower } from './figures.ts'
import type { ServerKind } from './server-process.ts'

/** Many publishers at 1 Mbit/s each, no players. */
export const ingest = (kind: ServerKind, publishers: number, seconds: number): Promise<Figures> =>
  withServer(kind, async ({ server, near, far }) => {
    const before = server.rssKb
    const names = Array.from({ length: publishers }, (_, i) => `bench${i}`)
    const half = publishers >> 1
    const publish = { kind: 'publish', port: server.port, scale: 0.5 } as const
    await Promise.all([
      near.tell({ ...publish, names: names.slice(0, half) }),
      far.tell({ ...publish, names: names.slice(half) }),
    ])
    await sleep(kind.warmUpMs)
    await Promise.all([near.tell({ kind: 'reset' }), far.tell({ kind: 'reset' })])
    const cpuBefore = server.cpuMs
    await sleep(seconds * 1000)
    const cpu = server.cpuMs - cpuBefore
    const parts = await Promise.all([near.tell({ kind: 'read' }), far.tell({ kind: 'read' })])
    const bytes = parts.reduce((total, { sent }) => total + sent, 0)
    const expected = publishers * seconds * 125_000
    if (bytes < expected * 0.9)
      throw new Error(`${kind.name}: only ${bytes} of ${expected} bytes could be sent`)
    return {
      'CPU per GB': lower(cpu / 1000 / (bytes / 1e9), 's/GB'),
      'memory per publisher': lower((server.rssKb - before) / publishers, 'kB'),
    }
  })

/** One publisher as fast as the server takes it. */
export const fastPublisher = (kind: ServerKind, seconds: number): Promise<Figures> =>
  withServer(kind, async ({ server, near }) => {
    await near.tell({ kind: 'publishFast', port: server.port, name: 'bench' })
    await sleep(1000)
    await near.tell({ kind: 'reset' })
    const cpuBefore = server.cpuMs
    await sleep(seconds * 1000)
    const cpu = server.cpuMs - cpuBefore
    const { sent, wallMs } = await near.tell({ kind: 'read' })
    return {
      throughput: higher(sent / 1e6 / (wallMs / 1000), 'MB/s'),
      'CPU per GB': lower(cpu / 1000 / (sent / 1e9), 's/GB'),
    }
  })

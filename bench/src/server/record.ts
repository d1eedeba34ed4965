import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { sleep, withServer } from './bench-run.ts'
import { type Figures, lower } from './figures.ts'
import type { ServerKind } from './server-process.ts'
import { RECORDINGS } from './servers.ts'

/** Bytes in all files of a folder. */
const bytesIn = (folder: string): number =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)

/** Many publishers at 2 Mbit/s each, all of them recorded: what it costs to take in a gigabyte and to write it. */
export const record = (kind: ServerKind, publishers: number, seconds: number): Promise<Figures> =>
  withServer(kind, async ({ server, folder, near, far }) => {
    const names = Array.from({ length: publishers }, (_, i) => `bench${i}`)
    const half = publishers >> 1
    const publish = { kind: 'publish', port: server.port, scale: 1 } as const
    await Promise.all([
      near.tell({ ...publish, names: names.slice(0, half) }),
      far.tell({ ...publish, names: names.slice(half) }),
    ])
    await sleep(kind.warmUpMs)
    const recordings = join(folder, RECORDINGS)
    const bytesBefore = bytesIn(recordings)
    const cpuBefore = server.cpuMs
    await sleep(seconds * 1000)
    const cpu = server.cpuMs - cpuBefore
    const bytes = bytesIn(recordings) - bytesBefore
    const expected = publishers * seconds * 250_000
    if (bytes < expected * 0.85)
      throw new Error(`${kind.name}: only ${bytes} of ${expected} bytes were recorded`)
    return { 'CPU per recorded GB': lower(cpu / 1000 / (bytes / 1e9), 's/GB') }
  })

import { quantile, sleep, withServer } from './bench-run.ts'
import { type Figures, lower } from './figures.ts'
import type { ServerKind, ServerProcess } from './server-process.ts'

/** One publisher at 2 Mbit/s. */
const BYTES_PER_SECOND = 250_000

/** Many publishers at 2 Mbit/s each that nobody watches, all of them made HLS of where the server does that. */
export const hlsOfStreams = (kind: ServerKind, publishers: number, seconds: number): Promise<Figures> =>
  withServer(kind, async ({ server, near, far }) => {
    const names = Array.from({ length: publishers }, (_, i) => `bench${i}`)
    const half = publishers >> 1
    const publish = { kind: 'publish', port: server.port, scale: 1 } as const
    const before = server.rssKb
    await Promise.all([
      near.tell({ ...publish, names: names.slice(0, half) }),
      far.tell({ ...publish, names: names.slice(half) }),
    ])
    await sleep(kind.warmUpMs)
    const cpuBefore = server.cpuMs
    const start = performance.now()
    await sleep(seconds * 1000)
    const cpu = server.cpuMs - cpuBefore
    const wall = performance.now() - start
    const memory = (server.rssKb - before) / publishers
    const newest = await Promise.all(names.map((name) => newestSegment(kind, server, `live/${name}`)))
    if (newest.some((bytes) => bytes !== undefined && bytes < BYTES_PER_SECOND))
      throw new Error(
        `${kind.name}: a newest segment has ${quantile(
          newest.filter((bytes) => bytes !== undefined),
          0,
        )} bytes`,
      )
    return {
      'CPU per stream': lower((100 * cpu) / wall / publishers, '% of a core'),
      'memory per stream': lower(memory, 'kB'),
    }
  })

/** Bytes of the newest segment of a stream's first rendition; `undefined` where no HLS is made. */
const newestSegment = async (
  kind: ServerKind,
  { httpPort }: ServerProcess,
  path: string,
): Promise<number | undefined> => {
  if (kind.hlsAt === undefined) return undefined
  let url = new URL(kind.hlsAt(path), `http://127.0.0.1:${httpPort}`)
  // A multivariant playlist, where there is one; the playlist; the segment.
  for (;;) {
    const response = await fetch(url)
    if (!response.ok) throw new Error(`${kind.name}: ${response.status} for ${url.pathname}`)
    if (!url.pathname.endsWith('.m3u8')) return (await response.arrayBuffer()).byteLength
    const uris = (await response.text()).split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'))
    url = new URL(uris.at(-1) ?? '', url)
  }
}

/** One publisher at 2 Mbit/s, watched as HLS. */
export const hlsViewers = (kind: ServerKind, viewers: number, seconds: number): Promise<Figures> =>
  withServer(kind, async ({ server, near, far }) => {
    if (kind.hlsAt === undefined) throw new Error(`${kind.name} has no HLS`)
    await near.tell({ kind: 'publish', port: server.port, names: ['bench'], scale: 1 })
    const before = server.rssKb
    await far.tell({ kind: 'playHls', port: server.httpPort, at: kind.hlsAt('live/bench'), count: viewers })
    await sleep(kind.warmUpMs)
    await far.tell({ kind: 'reset' })
    const cpuBefore = server.cpuMs
    const start = performance.now()
    await sleep(seconds * 1000)
    const cpu = server.cpuMs - cpuBefore
    const wall = performance.now() - start
    const { received, gaps, closed, cpuMs, wallMs } = await far.tell({ kind: 'read' })
    const expected = viewers * seconds * BYTES_PER_SECOND
    if (gaps + closed > 0)
      throw new Error(`${kind.name}: ${gaps} viewers missed segments, ${closed} got no answer`)
    // A segment more or less at each end.
    if (received < expected * 0.8) throw new Error(`${kind.name}: ${received} of ${expected} bytes arrived`)
    return {
      'CPU per GB': lower(cpu / 1000 / (received / 1e9), 's/GB'),
      CPU: lower((100 * cpu) / wall, '%'),
      'memory per viewer': lower((server.rssKb - before) / viewers, 'kB'),
      'load generator': lower((100 * cpuMs) / wallMs, '% of a core'),
    }
  })

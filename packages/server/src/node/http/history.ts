import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { HistorySample } from '../../contract/history-sample.ts'
import type { ServerCore } from '../../core/server-core.ts'
import { serverStats } from '../../core/statistics.ts'

/** From one sample to the next, and how long they are kept, in milliseconds. */
export const HISTORY = { everyMs: 5000, keptMs: 3_600_000 } as const

const MOST_SAMPLES = HISTORY.keptMs / HISTORY.everyMs

/** How finely delays of the event loop are looked at, in milliseconds. */
const RESOLUTION_MS = 20

/** The last hour of a server: 720 samples, whatever happens. */
export class History {
  readonly #core: ServerCore
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  readonly #samples: HistorySample[] = []
  #timer: NodeJS.Timeout | undefined
  #cpu = process.cpuUsage()
  #at: number
  #bytesIn: number
  #bytesOut: number

  constructor(core: ServerCore) {
    this.#core = core
    const { bytesReceived, bytesSent } = serverStats(core, core.now())
    this.#at = core.now()
    this.#bytesIn = bytesReceived
    this.#bytesOut = bytesSent
  }

  /** Oldest first. */
  get samples(): readonly HistorySample[] {
    return this.#samples
  }

  /** Begins to look. */
  start(): void {
    this.#delay.enable()
    this.#timer = setInterval(() => this.take(), HISTORY.everyMs).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#delay.disable()
  }

  /** Takes a sample now. */
  take(): void {
    const now = this.#core.now()
    const elapsed = now - this.#at
    if (elapsed <= 0) return
    const stats = serverStats(this.#core, now)
    const cpu = process.cpuUsage()
    const { rss, heapUsed } = memoryNow()
    const cpuMs = (cpu.user - this.#cpu.user + cpu.system - this.#cpu.system) / 1000
    this.#samples.push({
      at: Date.now(),
      bitsPerSecondIn: rate(stats.bytesReceived - this.#bytesIn, elapsed),
      bitsPerSecondOut: rate(stats.bytesSent - this.#bytesOut, elapsed),
      publishers: stats.publishers,
      players: stats.players,
      streams: stats.streams,
      connections: stats.connections.open,
      cpuPercent: rounded((cpuMs / elapsed) * 100),
      memoryBytes: rss,
      heapBytes: heapUsed,
      mediaBytes: stats.memory.cachedBytes + stats.memory.queuedBytes,
      loopDelayMs: late(this.#delay.percentile(99)),
      loopDelayMaxMs: late(this.#delay.max),
    })
    if (this.#samples.length > MOST_SAMPLES) this.#samples.shift()
    this.#cpu = cpu
    this.#at = now
    this.#bytesIn = stats.bytesReceived
    this.#bytesOut = stats.bytesSent
    this.#delay.reset()
  }
}

/** Bytes of the process and of its heap. Without `/proc`, as in a root that has none, Node cannot tell the first, and throws. */
const memoryNow = (): { readonly rss: number; readonly heapUsed: number } => {
  try {
    return process.memoryUsage()
  } catch {
    return { rss: 0, heapUsed: getHeapStatistics().used_heap_size }
  }
}

/** Bits in a second. What has gone with a connection that was counted otherwise before may make it less than nothing. */
const rate = (bytes: number, ms: number): number => Math.max(0, Math.round((bytes * 8000) / ms))

const rounded = (value: number): number => Math.round(value * 10) / 10

/** What a delay in nanoseconds is beyond the rhythm in which it is looked at, in milliseconds. */
const late = (nanoseconds: number): number =>
  Number.isFinite(nanoseconds) ? rounded(Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)) : 0

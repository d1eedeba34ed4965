import { ContinuousClock, TimestampUnwrapper } from '@rtmp/bytes/time'
import type { MediaMessage } from '@rtmp/e-rtmp'
import { timeOfMark, CLOCK_MARK } from './clock-mark.ts'
import type { LiveReport } from './probe-report.ts'
import { SpreadCollector } from './spread.ts'

/** What comes this soon after the first frame is taken for what the server had kept, in milliseconds. */
const BURST_MS = 500

/** Frames whose arrival is remembered. */
const MAX_FRAMES = 100_000

/** Collects a {@link LiveReport}. All times are milliseconds of one clock. */
export class LiveTiming {
  readonly #askedAt: number
  readonly #clock = new ContinuousClock({ jumps: 'mend' })
  readonly #unwrapper = new TimestampUnwrapper()
  readonly #latency = new SpreadCollector()
  /** Time of the stream minus time of arrival, frame by frame. */
  readonly #leads: number[] = []
  readonly #arrivals: number[] = []
  #startedAt: number | undefined
  #firstAt: number | undefined
  #firstKeyAt: number | undefined

  constructor(askedAt: number) {
    this.#askedAt = askedAt
  }

  /** The server has agreed. */
  started(now: number): void {
    this.#startedAt ??= now
  }

  /** Takes note of a packet. @param utc - Milliseconds since 1970. */
  add(packet: MediaMessage, now: number, utc: number): void {
    if (packet.kind === 'data') {
      const sent = packet.name === CLOCK_MARK ? timeOfMark(packet.values) : undefined
      // Marks out of the server's memory are old, and say nothing of the way.
      if (sent !== undefined && this.#firstAt !== undefined && now - this.#firstAt > BURST_MS)
        this.#latency.add(utc - sent)
      return
    }
    if (packet.sequenceHeader || packet.payload.length === 0) return
    this.#firstAt ??= now
    if (packet.keyFrame) this.#firstKeyAt ??= now
    if (this.#leads.length < MAX_FRAMES) {
      const time = this.#clock.map(packet.typeId, packet.timestamp, now)
      this.#leads.push(this.#unwrapper.unwrap(time) - now)
      this.#arrivals.push(now)
    }
  }

  /** What is known now. */
  report(now: number, rttMs: number | undefined): LiveReport {
    const started = this.#startedAt ?? now
    const since = (at: number | undefined): number | null =>
      at === undefined ? null : Math.round(at - started)
    const newest = this.#leads.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
    const first = this.#leads[0]
    const jitter = new SpreadCollector()
    this.#leads.forEach((lead, at) => {
      if ((this.#arrivals[at] ?? 0) - (this.#firstAt ?? 0) > BURST_MS) jitter.add(Math.round(newest - lead))
    })
    return {
      startedMs: Math.round(started - this.#askedAt),
      firstFrameMs: since(this.#firstAt),
      firstKeyFrameMs: since(this.#firstKeyAt),
      behindLiveMs: first === undefined ? null : Math.round(newest - first),
      jitterMs: jitter.spread ?? null,
      rttMs: rttMs === undefined ? null : Math.round(rttMs * 10) / 10,
      latencyMs: this.#latency.spread ?? null,
      watchedMs: Math.round(now - started),
    }
  }
}

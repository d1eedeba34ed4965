import type { Spread } from './spread.ts'
import type { MediaReport } from './media-facts.ts'

/** How a live stream came; times are milliseconds. */
export interface LiveReport {
  /** Until the server had agreed to play. */
  readonly startedMs: number
  /** From then on, until the first frame came. */
  readonly firstFrameMs: number | null
  /** From then on, until the first key frame came. */
  readonly firstKeyFrameMs: number | null
  /** How much older than the newest the first frame was: what the server had kept for those who join. */
  readonly behindLiveMs: number | null
  /** How late frames came, against the earliest that could have. */
  readonly jitterMs: Spread | null
  /** Round trip of a ping to the server; only where pings are asked for (`--ping`). */
  readonly rttMs: number | null
  /**
   * From the publisher to here, by the clocks of both machines; only of streams with clock marks, as `rtmp publish
   * --clock` sends them.
   */
  readonly latencyMs: Spread | null
  /** How long it was looked at. */
  readonly watchedMs: number
}

/** The answer of `rtmp probe`. */
export interface ProbeReport extends MediaReport {
  /** The file, or the URL without secrets. */
  readonly source: string
  readonly format: 'flv' | 'rtmp'
  /** Of a file: all its bytes. */
  readonly fileBytes?: number
  readonly live?: LiveReport
}

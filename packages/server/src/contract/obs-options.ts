import type { LadderRule } from './ladders.ts'

/** What OBS is told that asks what to send ("Enhanced Broadcasting"). */
export interface ObsOptions {
  /** Which renditions streams are asked for; the first rule that fits a stream counts. By default by the person's canvas. */
  readonly ladders?: readonly LadderRule[]
  /**
   * Where OBS publishes: `'rtmp://host:1935'` or `'rtmps://host'`. By default the host that was asked, and the first port of RTMP.
   */
  readonly ingest?: readonly string[]
}

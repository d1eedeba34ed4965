/** Streams as HLS, at `/{path}.m3u8`. */
export interface HlsServerOptions {
  /**
   * When a stream is made HLS of: from the first request until nobody has asked for a while (`'onDemand'`, default), or as long as it is
   * published (`'always'`), so that the first viewer has all of the window at once.
   */
  readonly mode?: 'onDemand' | 'always'
  /** How long a segment should be, in milliseconds. Default 2000; key frames further apart make longer ones. */
  readonly segmentMs?: number
  /** How long a part should be, in milliseconds; 0 for HLS without low latency. Default 200. */
  readonly partMs?: number
  /** How far back viewers can go, in milliseconds. Default 12,000. */
  readonly windowMs?: number
  /** A folder for segments that are out of sight of the live edge, for long windows. Default none: all of it is in memory. */
  readonly folder?: string
  /** The most of a stream that may be in memory, in bytes. Default 64 MiB: beyond it the window gets shorter. */
  readonly maxBytes?: number
  /** How long a viewer may ask for nothing before it has gone, in milliseconds. Default 15,000. */
  readonly viewerIdleMs?: number
  /** How long a stream is kept without viewers, in milliseconds. Default 30,000; only `'onDemand'`. */
  readonly lingerMs?: number
}

export const DEFAULT_HLS: Required<Omit<HlsServerOptions, 'folder'>> = {
  mode: 'onDemand',
  segmentMs: 2000,
  partMs: 200,
  windowMs: 12_000,
  maxBytes: 64 * 1024 * 1024,
  viewerIdleMs: 15_000,
  lingerMs: 30_000,
}

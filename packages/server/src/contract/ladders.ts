/** One rendition that OBS is asked for. */
export interface LadderRung {
  /** Lines; one that is higher than the person's canvas is left out. */
  readonly height: number
  /** Frames a second, at most those of the canvas. */
  readonly fps?: number
  /** kbit/s; by default by height, rate and codec. */
  readonly bitrate?: number
  /** In order of preference; the first that the person's GPU makes. Default H.264. */
  readonly codecs?: readonly ('h264' | 'hevc' | 'av1')[]
}

/** Which renditions streams are asked for. */
export interface LadderRule {
  /** `'app/name'`, `*` for any text; all streams by default. */
  readonly stream?: string
  /** Best first. */
  readonly rungs: readonly LadderRung[]
  /** From one key frame to the next, in seconds, the same for all rungs. Default 2. */
  readonly keyFrameSeconds?: number
}

/** From one key frame to the next where no rule says it, in seconds. */
export const DEFAULT_KEY_FRAME_SECONDS = 2

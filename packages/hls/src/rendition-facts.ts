import type { TrackConfig } from '@rtmp/cmaf'
import type { Rendition } from './rendition.ts'
import type { TrackHeaders, VideoRange } from './track-headers.ts'
import type { TrackNames } from './track-names.ts'

/** A rendition as the multivariant playlist speaks of it. */
export interface RenditionFacts {
  readonly rendition: string
  readonly trackId: number
  readonly config: TrackConfig
  /** Bits per second. */
  readonly peak: number
  readonly average: number
  readonly frameRate: number | undefined
  readonly videoRange: VideoRange | undefined
  /** A quoted-string can hold it. */
  readonly name: string | undefined
  readonly language: string | undefined
}

/** The renditions of which something can be played, in order of their tracks. */
export const renditionFacts = (
  renditions: Iterable<Rendition>,
  headers: TrackHeaders,
  names: TrackNames,
): RenditionFacts[] =>
  [...renditions]
    .sort((a, b) => a.trackId - b.trackId)
    .flatMap((rendition) => {
      const { name, trackId, kind, config, list, frameRate } = rendition
      const isThere = list.open !== undefined || list.listed.some((segment) => !segment.isGap)
      if (config === undefined || !isThere) return []
      return {
        rendition: name,
        trackId,
        config,
        ...ratesOf(rendition),
        frameRate: kind === 'video' ? frameRate.perSecond : undefined,
        videoRange: headers.rangeOf(name),
        name: names.nameOf(kind, trackId),
        language: names.languageOf(kind, trackId),
      }
    })

/** Of the segments; before the first one of what there is of it. */
const ratesOf = ({ bitRate, list }: Rendition): { peak: number; average: number } => {
  if (bitRate.average > 0) return { peak: bitRate.peak, average: bitRate.average }
  const { byteLength = 0, duration = 0 } = list.open ?? {}
  const soFar = duration === 0 ? 0 : Math.ceil((byteLength * 8000) / duration)
  return { peak: soFar, average: soFar }
}

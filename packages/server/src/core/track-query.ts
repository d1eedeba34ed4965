import type { TrackChoice } from '@rtmp/e-rtmp'
import type { QueryParameters } from '@rtmp/message'

/** Parameters that choose a track, the first one given counts. */
const NAMES = { video: ['track', 'video'], audio: ['audioTrack', 'audio'] } as const

/**
 * Which tracks a query asks for: `?track=1` or `?video=1`, `?audioTrack=1` or `?audio=1`; of the kind that is not named the
 * first. `undefined` for all tracks.
 *
 * @param refused - Called for a value that is no track id, with its parameter; without it such a parameter is somebody else's.
 */
export const tracksIn = (
  query: QueryParameters,
  refused: (name: string) => void = () => {},
): TrackChoice | undefined => {
  const chosen = (kind: 'video' | 'audio'): number | undefined => {
    const name = NAMES[kind].find((each) => each in query)
    if (name === undefined) return undefined
    const text = query[name] ?? ''
    if (/^\d{1,3}$/.test(text) && Number(text) < 256) return Number(text)
    refused(name)
    return undefined
  }
  const [video, audio] = [chosen('video'), chosen('audio')]
  return video === undefined && audio === undefined ? undefined : { video: video ?? 0, audio: audio ?? 0 }
}

import type { Pace } from './pace.ts'
import type { PlaylistForm } from './playlist-texts.ts'
import type { Rendition } from './rendition.ts'
import type { WaitingRoom } from './waiting-room.ts'

/** What answers are made of. */
export interface HlsInside {
  readonly pace: Pace
  /** When the stream ended, in milliseconds since 1970. */
  endedAt: number | undefined
  /** Requests that wait. */
  readonly waiting: WaitingRoom
  /** The Discontinuity Sequence Number of what comes now. */
  epoch(): number
  /** A rendition by its name in playlists: `v0`, `a1`. */
  rendition(name: string): Rendition | undefined
  /** The multivariant playlist as of now. */
  multivariantText(base: string): string
  /** A media playlist as of now, made once for all who ask. */
  playlistText(rendition: Rendition, form: PlaylistForm): string
}

import type { PlayerError, PlayerState, PlayerStats, PlayerTrack } from '@rtmp/player'

/** What the page shows of its player. */
export interface Shown {
  readonly state: PlayerState
  readonly stats: PlayerStats | undefined
  readonly tracks: readonly PlayerTrack[]
  readonly error: PlayerError | undefined
}

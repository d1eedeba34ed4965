import type { MediaKind } from '@rtmp/e-rtmp'
import type { PlayerData } from './engine/protocol.ts'
import type { PlayerError } from './player-error.ts'
import type { PlayerStats } from './player-stats.ts'
import type { PlayerTrack } from './player-track.ts'
import type { AutoplayOutcome } from './stage.ts'

/** Where a player stands. */
export type PlayerState =
  /** The server is being asked. */
  | 'connecting'
  /** The stream is not there, and is asked for again (`whenAbsent: 'wait'`). */
  | 'absent'
  /** Something comes, and there is not yet, or not now, enough of it to play. */
  | 'buffering'
  | 'playing'
  | 'paused'
  /** The connection was lost and is made anew; what is buffered plays on. */
  | 'reconnecting'
  /** The stream is over. With `whenAbsent: 'wait'` it is asked for again. */
  | 'ended'
  /** An error that is fatal; see the event. */
  | 'failed'
  /** `close` was called. */
  | 'closed'

/** What a player tells. */
export interface PlayerEvents {
  /** Each change, and never the same twice in a row. */
  readonly state: PlayerState
  /** The tracks, each time something about them changes. */
  readonly tracks: readonly PlayerTrack[]
  /** The values of `onMetaData`. */
  readonly metadata: Readonly<Record<string, unknown>>
  /** Other data of the stream: captions, cue points. */
  readonly data: PlayerData
  /** With `fatal` it is the last: the state is `'failed'`. Without, it plays on. */
  readonly error: PlayerError
  /** What came of starting by itself; again after each new start, as when the connection was lost. */
  readonly autoplay: AutoplayOutcome
  /** Each second. */
  readonly stats: PlayerStats
}

/** Plays one live stream in a video element; `createPlayer` makes one. */
export interface Player {
  /** The element that was given. Its controls, volume and size remain the page's. */
  readonly video: HTMLVideoElement
  /** As it was given. */
  readonly url: string
  /** See the event `state`, which tells each change of it. */
  readonly state: PlayerState
  /** All of the stream, those that the browser cannot play included; empty before the first is known. */
  readonly tracks: readonly PlayerTrack[]
  /** The newest values of `onMetaData`. */
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  /** The error that ended it. */
  readonly error: PlayerError | undefined
  /** How it does now. */
  readonly stats: PlayerStats
  /** Calls `listener` at every event of that name; returns a function that takes it away again. */
  on<Name extends keyof PlayerEvents>(name: Name, listener: (event: PlayerEvents[Name]) => void): () => void
  /**
   * Starts the element, or goes on after a pause: at the newest picture if it has fallen far behind. From a click it may
   * have sound.
   */
  play(): Promise<AutoplayOutcome>
  /**
   * Goes over to another track, at its next key frame; sound at once.
   *
   * @throws UsageError `PLAYER_TRACK` when there is no such track, or the browser cannot play it
   */
  selectTrack(kind: MediaKind, trackId: number): void
  /** Ends it: the connection is closed and the element is empty. Can be called at any time, and more than once. */
  close(): void
}

/**
 * Plays live FLV over HTTP or WebSocket in a browser, through Media Source Extensions: every codec the browser has,
 * choice of tracks, near to the newest picture, over as many connections as it takes.
 *
 * @packageDocumentation
 */
export { createPlayer } from './create-player.ts'
export type { PlayerData } from './engine/protocol.ts'
export type { Player, PlayerEvents, PlayerState } from './player.ts'
export {
  isPlayerError,
  type MissingCodec,
  PlayerError,
  type PlayerErrorCode,
  type PlayerErrorDetails,
} from './player-error.ts'
export type {
  BufferOptions,
  LatencyOptions,
  PlayerOptions,
  PlayerUsageCode,
  ReconnectOptions,
  RequestOptions,
} from './player-options.ts'
export type { PlayerStats } from './player-stats.ts'
export type { PlayerTrack } from './player-track.ts'
export type { AutoplayOutcome } from './stage.ts'

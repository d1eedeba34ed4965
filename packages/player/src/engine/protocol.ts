// What is said between a player, beside its video element, and its engine, which may live in a worker: plain values.
import type { MediaKind } from '@rtmp/e-rtmp'
import type { PlayerErrorDetails } from '../player-error.ts'
import type { ResolvedOptions } from '../player-options.ts'
import type { PlayerTrack } from '../player-track.ts'

/** Where the engine stands with the server. */
export type EnginePhase = 'connecting' | 'absent' | 'receiving' | 'reconnecting' | 'ended' | 'failed'

/** What an engine is told. */
export type EngineCommand =
  | { readonly type: 'start'; readonly url: string; readonly options: ResolvedOptions }
  | { readonly type: 'select'; readonly kind: MediaKind; readonly trackId: number }
  /** Where the video element stands, in seconds. */
  | { readonly type: 'playhead'; readonly time: number }
  /** The element has failed with what it was given: begin anew. */
  | { readonly type: 'rebuild'; readonly reason: string }
  | { readonly type: 'close' }

/** What only counts up. */
export interface EngineCounters {
  /** Bytes from the network, on all connections. */
  readonly bytesReceived: number
  /** Bytes of sound and of pictures in what was received, all tracks. */
  readonly audioBytes: number
  readonly videoBytes: number
  readonly reconnects: number
  /** Messages that could not be read. */
  readonly brokenMessages: number
  /** When the newest frame that is played is to be shown, in milliseconds on the player's timeline. */
  readonly newestTime: number
  /** When counted, in milliseconds of `performance.now()`. */
  readonly at: number
}

/** Data of the stream. */
export interface PlayerData {
  /** `'onTextData'`, `'onCuePoint'`, … */
  readonly name: string
  /** What followed the name, decoded from AMF. */
  readonly values: readonly unknown[]
  /** When, in milliseconds on the player's timeline (`video.currentTime * 1000`). */
  readonly time: number
}

/** What an engine tells. */
export type EngineReport =
  /** A worker is there, and can make a media source. */
  | { readonly type: 'ready'; readonly able: boolean }
  /** What the video element plays from now on: of a worker a handle. */
  | { readonly type: 'source'; readonly source: MediaSource | MediaSourceHandle; readonly managed: boolean }
  | { readonly type: 'phase'; readonly phase: EnginePhase }
  | { readonly type: 'tracks'; readonly tracks: readonly PlayerTrack[] }
  | { readonly type: 'metadata'; readonly values: Readonly<Record<string, unknown>> }
  | { readonly type: 'data'; readonly data: PlayerData }
  | { readonly type: 'counters'; readonly counters: EngineCounters }
  | { readonly type: 'problem'; readonly problem: PlayerErrorDetails }

/** An engine as a player sees it, wherever it runs. */
export interface EnginePort {
  readonly inWorker: boolean
  send(command: EngineCommand): void
  close(): void
}

import type { MediaKind } from '@rtmp/e-rtmp'

/** Why a player could not do, or go on with, what it was asked; stable. */
export type PlayerErrorCode =
  /** This browser has no Media Source Extensions. */
  | 'PLAYER_NO_MSE'
  /** The browser lacks what the stream needs; see `missing`. */
  | 'PLAYER_CODEC'
  /** There is no such stream (404), and `whenAbsent` is `'fail'`. */
  | 'PLAYER_ABSENT'
  /** The server refused: see `status`. */
  | 'PLAYER_REFUSED'
  /** The server cannot be reached, or the connection was lost more often than `reconnect` allows. */
  | 'PLAYER_CONNECTION'
  /** What came is not FLV. */
  | 'PLAYER_NOT_FLV'
  /** Nothing that can be shown came in time: no track, or none that is described. */
  | 'PLAYER_NO_MEDIA'
  /** The browser could not decode what it said it could, more often than is worth trying again. */
  | 'PLAYER_MEDIA'

/** A track that the browser cannot play. */
export interface MissingCodec {
  /** Whether it is sound or pictures. */
  readonly kind: MediaKind
  /** As in the stream, 0 to 255; sound and pictures count separately. */
  readonly trackId: number
  /** What people call it: `'H.265'`, `'AC-3'`. */
  readonly title: string
  /** The name of `@rtmp/e-rtmp`: `'hevc'`, `'ac3'`. */
  readonly codec: string
  /** What the browser was asked and denied; absent where no browser could (Speex, Sorenson H.263). */
  readonly mimeType?: string
}

/** Facts of a {@link PlayerError}; plain, so that they come out of a worker. */
export interface PlayerErrorDetails {
  /** To act on; the message may change. */
  readonly code: PlayerErrorCode
  /** A sentence for whoever watches, in English. */
  readonly message: string
  /** Playing has ended by it. Otherwise the player goes on: without these tracks, or with another connection. */
  readonly fatal: boolean
  /** Of `PLAYER_CODEC`. */
  readonly missing?: readonly MissingCodec[]
  /** The HTTP status, where there was one. */
  readonly status?: number
}

const BRAND = Symbol.for('@rtmp/player.PlayerError')

/** What went wrong, in words for people and as a code. */
export class PlayerError extends Error {
  /** The same in every copy of the package; {@link isPlayerError} asks for more. */
  override readonly name = 'PlayerError'
  /** To act on; the message may change. */
  readonly code: PlayerErrorCode
  /** Playing has ended by it. */
  readonly fatal: boolean
  /** The tracks that the browser cannot play; empty unless the code is `PLAYER_CODEC`. */
  readonly missing: readonly MissingCodec[]
  /** The HTTP status of a refusal, where there was one. */
  readonly status: number | undefined

  constructor({ code, message, fatal, missing = [], status }: PlayerErrorDetails) {
    super(message)
    this.code = code
    this.fatal = fatal
    this.missing = missing
    this.status = status
    Object.defineProperty(this, BRAND, { value: true })
  }
}

/** Whether an error is a {@link PlayerError}, of whichever installed copy of this package. */
export const isPlayerError = (error: unknown): error is PlayerError =>
  typeof error === 'object' && error !== null && BRAND in error

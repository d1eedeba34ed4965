import type { MediaMessage } from '@rtmp/e-rtmp'

/** Listens to a stream. Called while the stream is at work: must not call back at once. */
export interface StreamTap {
  /** Gets every message, on the stream's timeline. */
  message(message: MediaMessage, now: number): void
  /** The stream is over. It may begin anew. */
  ended?(now: number): void
}

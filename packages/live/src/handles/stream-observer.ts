import type { LiveStream } from './live-stream.ts'

/** What happens to streams, for logs and hooks. Called while the stream is at work: must not call back at once. */
export interface StreamObserver {
  /** Somebody publishes a name that nobody had before. */
  streamStarted?(stream: LiveStream, now: number): void
  /** The first subscriber has come; whoever has the media may begin to bring it. */
  firstSubscriber?(stream: LiveStream, now: number): void
  /** The last subscriber has gone. */
  lastSubscriber?(stream: LiveStream, now: number): void
  /** The publisher was lost; subscribers wait for it. */
  publisherLost?(stream: LiveStream, graceMs: number, now: number): void
  /** The name was taken up again within the grace period. */
  publisherReturned?(stream: LiveStream, now: number): void
  /** A video track has sent nothing for ten seconds that those who join can start with. Once for each publisher and track. */
  keyFrameMissing?(stream: LiveStream, track: number, waitedMs: number, now: number): void
  /** The stream is over. Exactly once for each stream that somebody has published. */
  streamEnded?(stream: LiveStream, now: number): void
}

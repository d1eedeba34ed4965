import {
  type Frames,
  framesFormat,
  type LiveStream,
  Outbox,
  type OutboxTransport,
  type Publication,
  Subscriber,
  type SubscriberEndReason,
} from '@rtmp/live'
import type { HlsStream } from './hls-stream.ts'

/** A subscription that feeds a stream's HLS. */
export interface HlsFeed {
  /** To be joined: `registry.subscribe(app, name, feed.subscriber, now)`. */
  readonly subscriber: Subscriber<Frames>
  /** Tells which live stream it has joined, by which a publisher that has come back is seen. */
  joined(stream: LiveStream): void
}

/**
 * A subscriber of `@rtmp/live` that gives all it gets to an {@link HlsStream}: gaps and changes of publisher become
 * discontinuities, the end of the stream its end.
 *
 * @example
 * ```ts
 * const feed = hlsFeed(hls, Date.now)
 * registry.subscribe('live', 'show', feed.subscriber, performance.now())
 * ```
 *
 * @param wallClock - Milliseconds since 1970, now.
 * @param ended - Called when the stream has ended, after the playlists say so.
 * @param fed - Called when a batch has been taken: what is held may have changed.
 */
export const hlsFeed = (
  hls: HlsStream,
  wallClock: () => number,
  ended: (reason: SubscriberEndReason) => void = () => {},
  fed: () => void = () => {},
): HlsFeed => {
  let live: LiveStream | undefined
  let publication: Publication | undefined
  const transport: OutboxTransport<Frames> = {
    // It is used at once.
    pendingBytes: 0,
    write: ({ messages, gap }) => {
      const now = wallClock()
      if (gap !== undefined) hls.discontinuity(now)
      const present = live?.publication
      if (present !== undefined && present !== publication) {
        if (publication !== undefined) hls.discontinuity(now)
        publication = present
      }
      for (const message of messages) hls.push(message, now)
      fed()
    },
    addMemoryTo: (memory) => hls.addMemoryTo(memory),
  }
  const subscriber = new Subscriber<Frames>({
    format: framesFormat,
    outbox: new Outbox(transport),
    overflow: 'gap',
    owner: {
      subscriberEnded: (_subscriber, reason) => {
        hls.end(wallClock())
        ended(reason)
      },
    },
  })
  return { subscriber, joined: (stream) => (live = stream) }
}

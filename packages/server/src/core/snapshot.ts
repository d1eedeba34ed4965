import type { LiveStream, LiveStreamState } from '../relay/live-stream.ts'

/** One stream at one moment. Times in milliseconds. */
export interface StreamSnapshot {
  readonly app: string
  readonly streamName: string
  readonly state: LiveStreamState
  /** Since somebody first published or asked for it. */
  readonly ageMs: number
  readonly players: number
  readonly peakPlayers: number
  /** The stream's latest timestamp. */
  readonly timestamp: number
  /** Payload bytes kept for late joiners. */
  readonly cachedBytes: number
  /** The present publisher; `undefined` when there is none. */
  readonly publisher: PublisherSnapshot | undefined
}

/** One publisher at one moment. */
export interface PublisherSnapshot {
  /** Since it began, in milliseconds. */
  readonly ageMs: number
  readonly audioMessages: number
  readonly videoMessages: number
  readonly dataMessages: number
  readonly keyFrames: number
  /** Payload bytes. */
  readonly bytes: number
}

/** A stream as it is now. */
export const snapshotOf = (stream: LiveStream, now: number): StreamSnapshot => {
  const { publication } = stream
  return {
    app: stream.app,
    streamName: stream.name,
    state: stream.state,
    ageMs: now - stream.createdAt,
    players: stream.players.length,
    peakPlayers: stream.counters.peakPlayers,
    timestamp: stream.time,
    cachedBytes: stream.cache.bytes,
    publisher: publication && { ageMs: now - publication.startedAt, ...publication.counters },
  }
}

import type { MediaMessage } from '@rtmp/e-rtmp'

/** A stream that has never sent a key frame is looked at for other places to start after this time, in milliseconds. */
const FIRST_LOOK_MS = 2000

/** When joiners have had nothing to start with for this long it is told, in milliseconds. */
const TELL_MS = 10_000

/** When a stream can be started at, beside key frames. Times in milliseconds. */
export interface EntryRules {
  /** How long a key frame is good for those who join: the cache keeps its group no longer. */
  readonly keyFrameMs: number
  /** After so long without a place to start any frame is one; 0 never. */
  readonly startWithoutKeyFrameMs: number
}

/** What is known of one video track. */
interface TrackEntry {
  /** When its last place to start came, or its first picture. */
  at: number
  /** Whether it has ever had one. */
  started: boolean
  told: boolean
}

/**
 * Where those who join can start with the video of a publisher.
 *
 * That is a key frame. A stream with intra refresh has none, and one with long groups of pictures has none in the cache:
 * once a track has gone without for as long as the cache keeps a group, a recovery point is taken for one, and, where
 * the rules say so, any frame after a while.
 */
export class EntryWatch {
  readonly #rules: EntryRules
  readonly #missing: (track: number, waitedMs: number, now: number) => void
  readonly #tracks = new Map<number, TrackEntry>()
  /** The track that was looked up last, and until when nothing can be said of its frames. */
  #lastTrack = -1
  #quietUntil = 0

  /** @param missing - Told once for each track that those who join have had nothing to start with for ten seconds. */
  constructor(rules: EntryRules, missing: (track: number, waitedMs: number, now: number) => void) {
    this.#rules = rules
    this.#missing = missing
  }

  /** A video message as it is to be sent on: a place to start is marked as a key frame. */
  admit(message: MediaMessage, now: number): MediaMessage {
    if (!message.isCoded) return message
    if (!message.keyFrame && message.track === this.#lastTrack && now < this.#quietUntil) return message
    const entry = this.#tracks.get(message.track)
    if (message.keyFrame) {
      this.#started(message.track, entry, now)
      return message
    }
    if (entry === undefined) {
      this.#tracks.set(message.track, { at: now, started: false, told: false })
      this.#quietFrom(message.track, now)
      return message
    }
    const waited = now - entry.at
    if (waited < FIRST_LOOK_MS) {
      this.#quietFrom(message.track, entry.at)
      return message
    }
    if (this.#isPlaceToStart(message, entry, waited)) {
      this.#started(message.track, entry, now)
      return message.asKeyFrame()
    }
    if (!entry.told && this.#isMissing(entry, now)) {
      entry.told = true
      this.#missing(message.track, waited, now)
    }
    return message
  }

  /** Milliseconds since the main track's last place to start, or its first picture; `undefined` without video. */
  waitedMs(now: number): number | undefined {
    const entry = this.#tracks.get(0) ?? this.#tracks.values().next().value
    return entry === undefined ? undefined : now - entry.at
  }

  /** Tracks that nobody who joins can start with, for ten seconds at least. */
  missingTracks(now: number): number[] {
    return [...this.#tracks].filter(([, entry]) => this.#isMissing(entry, now)).map(([track]) => track)
  }

  /** The cache has forgotten the last place to start, if there was one, and that is ten seconds ago. */
  #isMissing({ at, started }: TrackEntry, now: number): boolean {
    return now - at >= TELL_MS + (started ? this.#rules.keyFrameMs : 0)
  }

  #isPlaceToStart(message: MediaMessage, { started }: TrackEntry, waited: number): boolean {
    const { keyFrameMs, startWithoutKeyFrameMs } = this.#rules
    if (startWithoutKeyFrameMs > 0 && waited >= startWithoutKeyFrameMs) return true
    return waited >= (started ? keyFrameMs : FIRST_LOOK_MS) && message.entryPoint === 'recovery'
  }

  #quietFrom(track: number, at: number): void {
    this.#lastTrack = track
    this.#quietUntil = at + FIRST_LOOK_MS
  }

  #started(track: number, entry: TrackEntry | undefined, now: number): void {
    this.#quietFrom(track, now)
    if (entry === undefined) this.#tracks.set(track, { at: now, started: true, told: false })
    else {
      entry.at = now
      entry.started = true
    }
  }
}

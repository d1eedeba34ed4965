import type { MediaFrame, MediaKind } from '@rtmp/e-rtmp'
import type { MissingCodec } from '../player-error.ts'
import type { PlayerTrack } from '../player-track.ts'
import { StreamTrack } from './stream-track.ts'
import { type FeedPiece, TrackFeed } from './track-feed.ts'

/** The tracks of a stream, and which of them are played. */
export class TrackChoice {
  readonly #tracks = new Map<string, StreamTrack>()
  readonly #feeds = new Map<MediaKind, TrackFeed>()
  readonly #wanted: { video?: number; audio?: number }

  /** @param wanted - Tracks to begin with, where they can be played. */
  constructor(wanted: { readonly video?: number; readonly audio?: number }) {
    this.#wanted = { ...wanted }
  }

  get shown(): readonly PlayerTrack[] {
    return [...this.#tracks.values()]
      .map((track) => track.shown(this.#feeds.get(track.kind)?.selected === track))
      .sort((a, b) => (a.kind === b.kind ? a.trackId - b.trackId : a.kind === 'video' ? -1 : 1))
  }

  /** Whether a kind has come, and can be chosen from. */
  isKnown(kind: MediaKind): boolean {
    const tracks = this.#of(kind)
    return tracks.length > 0 && tracks.every(({ playable }) => playable !== undefined)
  }

  has(kind: MediaKind): boolean {
    return this.#of(kind).length > 0
  }

  isPlayable(kind: MediaKind): boolean {
    return this.#of(kind).some(({ playable }) => playable === true)
  }

  isFed(kind: MediaKind): boolean {
    return this.#feeds.has(kind)
  }

  /** The tracks of a kind of which the browser plays none. */
  missing(kind: MediaKind): MissingCodec[] {
    return this.isPlayable(kind)
      ? []
      : this.#of(kind)
          .filter(({ playable }) => playable === false)
          .map((track) => track.missing())
  }

  /** Takes note of a frame; gives whether the list of tracks has changed. */
  learn(frame: MediaFrame): boolean {
    if (frame.type === 'silence' || frame.type === 'unknown' || frame.type === 'command') return false
    const key = `${frame.kind} ${frame.trackId}`
    const known = this.#tracks.get(key)
    const track = known ?? new StreamTrack(frame)
    if (known === undefined) this.#tracks.set(key, track)
    return track.learn(frame) || known === undefined
  }

  /** Chooses a track of each of these kinds, and gives what buffers have to take. */
  begin(kinds: readonly MediaKind[]): ReadonlyMap<MediaKind, string> {
    this.#feeds.clear()
    const types = new Map<MediaKind, string>()
    for (const kind of kinds) {
      const playable = this.#of(kind).filter((track) => track.playable === true)
      const track = playable.find(({ trackId }) => trackId === this.#wanted[kind]) ?? playable[0]
      if (track?.mimeType === undefined) continue
      this.#feeds.set(kind, new TrackFeed(track))
      types.set(kind, track.mimeType)
    }
    return types
  }

  /** Goes over to a track at its next key frame; gives whether it can be. */
  select(kind: MediaKind, trackId: number): boolean {
    this.#wanted[kind] = trackId
    const track = this.#tracks.get(`${kind} ${trackId}`)
    const feed = this.#feeds.get(kind)
    if (track?.playable !== true || feed === undefined) return false
    feed.select(track)
    return true
  }

  /** Hands a frame to the feed of its kind; gives whether it is played. */
  push(frame: MediaFrame): boolean {
    return this.#feeds.get(frame.kind)?.push(frame) === true
  }

  *take(): Generator<readonly [MediaKind, FeedPiece[]]> {
    for (const [kind, feed] of this.#feeds) yield [kind, feed.take()]
  }

  /** Forgets the tracks: another stream may follow. */
  clear(): void {
    this.#tracks.clear()
    this.#feeds.clear()
  }

  #of(kind: MediaKind): StreamTrack[] {
    return [...this.#tracks.values()].filter((track) => track.kind === kind)
  }
}

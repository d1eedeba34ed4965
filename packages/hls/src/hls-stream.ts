import { isDecodeError } from '@rtmp/bytes'
import { TimestampUnwrapper } from '@rtmp/bytes/time'
import type { MediaFrame, MediaMessage } from '@rtmp/e-rtmp'
import type { HlsInside } from './hls-inside.ts'
import { type MediaPlaylistState, mediaPlaylist, reportOf } from './media-playlist.ts'
import { multivariantPlaylist } from './multivariant-playlist.ts'
import { type HlsOptions, type ResolvedHlsOptions, resolveOptions } from './options.ts'
import { Pace } from './pace.ts'
import { type PlaylistForm, PlaylistTexts } from './playlist-texts.ts'
import { Rendition, type RenditionOwner } from './rendition.ts'
import { type RenditionFacts, renditionFacts } from './rendition-facts.ts'
import { renditionName } from './resource-name.ts'
import { TrackHeaders } from './track-headers.ts'
import { TrackNames } from './track-names.ts'
import { WallClock } from './wall-clock.ts'
import { WaitingRoom } from './waiting-room.ts'

/** A step of the stream's clock that is no step of a stream any more, in milliseconds. */
const JUMP_MS = 10_000
/** A track's own step back that is more than disorder: its publisher's clock has begun again. Milliseconds. */
const STEP_BACK_MS = 1000
/** Tracks that are this far behind the others, or a target duration, have stopped. Milliseconds. */
const STOPPED_MS = 3000
/** The most tracks of a kind that become renditions. */
const MOST_TRACKS = 32

/** For this package only, which does not export it. */
export let insideOf: (stream: HlsStream) => HlsInside

/**
 * A live stream as HLS: messages in; playlists, init segments, segments and parts out. Sans-io: time is an argument, in
 * milliseconds since 1970 (UTC).
 *
 * Each track is a rendition of its own, since CMAF has one track a file. What a publisher sends is used as it is: no frame is
 * changed, no time is moved.
 *
 * @example
 * const hls = new HlsStream()
 * hls.push(message, Date.now()) // for each message of the stream
 * const response = await answerRequest(hls, request, Date.now())
 */
export class HlsStream {
  /** As given, with every default filled in. */
  readonly options: ResolvedHlsOptions
  readonly #pace: Pace
  readonly #inside: HlsInside
  readonly #renditions = new Map<string, Rendition>()
  readonly #texts: PlaylistTexts<Rendition> = new PlaylistTexts()
  #clock: TimestampUnwrapper = new TimestampUnwrapper()
  readonly #wallClock: WallClock = new WallClock()
  readonly #names: TrackNames = new TrackNames()
  readonly #headers: TrackHeaders = new TrackHeaders()
  readonly #owner: RenditionOwner
  #leader: Rendition | undefined
  #leaderSegments = 0
  #epoch = 0
  /** Something has come since the last discontinuity. */
  #hasFrames = false
  #latest: number | undefined
  #isReady = false
  #hasEnded = false
  /** There are parts or segments that those who wait have not been told of. */
  #isNew = false

  static {
    insideOf = (stream) => stream.#inside
  }

  /** @throws UsageError `HLS_OPTION_RANGE` */
  constructor(options: HlsOptions = {}) {
    this.options = resolveOptions(options)
    this.#pace = new Pace(this.options.segmentMs, this.options.partMs)
    this.#inside = {
      pace: this.#pace,
      endedAt: undefined,
      waiting: new WaitingRoom(this.options.maxWaiting),
      epoch: () => this.#epoch,
      rendition: (name) => this.#renditions.get(name),
      multivariantText: (base) => multivariantPlaylist(this.#facts(), base),
      playlistText: (rendition, form) =>
        this.#texts.of(rendition, form, () =>
          mediaPlaylist(this.#stateOf(rendition, form), form === 'delta'),
        ),
    }
    this.#owner = this.#ownerOfRenditions()
  }

  /** Whether there is something to play: the multivariant playlist has variants. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** Whether `end` was called: the playlists are final, and what is pushed goes nowhere. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Bytes in memory: segments, parts, what is not yet in one, and a little for each. */
  get heldBytes(): number {
    let bytes = 0
    for (const rendition of this.#renditions.values()) bytes += rendition.heldBytes
    return bytes
  }

  /** How far the longest playlist reaches back, in milliseconds. */
  get windowMs(): number {
    return Math.max(0, ...[...this.#renditions.values()].map(({ list }) => list.listedMs))
  }

  /** Adds the memory of payloads that were pushed and are in no part yet; parts are in memory of their own. */
  addMemoryTo(memory: Set<ArrayBufferLike>): void {
    for (const rendition of this.#renditions.values()) rendition.addMemoryTo(memory)
  }

  /** Takes a message of the stream. Its payload is read until it is in a part, see {@link addMemoryTo}. */
  push(message: MediaMessage, now: number): void {
    if (this.#hasEnded) return
    if (message.kind === 'data') {
      this.#names.add(message)
      return
    }
    let frames: MediaFrame[]
    try {
      frames = message.frames()
    } catch (error) {
      if (!isDecodeError(error)) throw error
      this.options.onFault(error)
      return
    }
    for (const frame of frames) this.#pushFrame(frame, now)
    this.#keepBounds()
    this.#tell()
  }

  /** Frames are missing here, or another publisher goes on: video waits for a key frame. */
  discontinuity(now: number): void {
    if (this.#hasEnded) return
    this.#breakAll(now, true)
    this.#tell()
  }

  /** The stream is over: playlists say so. Who waits for more of its parts is given the last ones, and the word half a second later, by `tick`. */
  end(now: number): void {
    if (this.#hasEnded) return
    for (const rendition of this.#renditions.values()) rendition.break(now, true)
    this.#hasEnded = true
    this.#inside.endedAt = now
    this.#isReady ||= this.#facts().length > 0
    this.#texts.clear()
    this.#inside.waiting.look()
  }

  /** Answers requests that have waited long enough. Call it about once a second. */
  tick(now: number): void {
    this.#inside.waiting.expire(now)
  }

  /** Lets all segments go, in memory and in the storage. */
  close(): void {
    this.#hasEnded = true
    for (const rendition of this.#renditions.values()) rendition.clear()
    this.#renditions.clear()
    this.#texts.clear()
    this.#inside.waiting.look()
  }

  #stateOf({ name, list }: Rendition, form: PlaylistForm): MediaPlaylistState {
    const isComplete = form === 'last'
    const hasEnded = this.#hasEnded && !isComplete
    const reports = [...this.#renditions.values()]
      .filter((other) => !hasEnded && other.name !== name && other.list.nextSequence > 0)
      .map((other) => reportOf(other.name, other.list))
    return { rendition: name, list, pace: this.#pace, epoch: this.#epoch, reports, hasEnded, isComplete }
  }

  #facts(): RenditionFacts[] {
    return renditionFacts(this.#renditions.values(), this.#headers, this.#names)
  }

  #pushFrame(frame: MediaFrame, now: number): void {
    if (frame.type !== 'coded') {
      this.#pushHeader(frame, now)
      return
    }
    const rendition = this.#renditionOf(frame.kind, frame.trackId)
    if (frame.payload.length === 0 || rendition === undefined) return
    const time = this.#timeOf(frame.dts, rendition, now)
    this.#wallClock.add(time, now)
    this.#hasFrames = true
    this.#bridge(rendition, time, now)
    rendition.push({ ...frame, dts: time, pts: time + (frame.pts - frame.dts) }, now)
    this.#elect(rendition, time)
  }

  /** A time on the stream's clock. A step that is none of a stream begins another stretch, at its own time. */
  #timeOf(dts: number, { newest = -Infinity }: Rendition, now: number): number {
    const before = this.#latest
    const time = this.#clock.unwrap(dts)
    const isStepBack = newest - time >= STEP_BACK_MS
    if (before !== undefined && (Math.abs(time - before) > JUMP_MS || time < 0 || isStepBack)) {
      this.#breakAll(now, false)
      for (const rendition of this.#renditions.values()) rendition.restartClock()
      this.#clock = new TimestampUnwrapper()
      this.#latest = this.#clock.unwrap(dts)
      return this.#latest
    }
    this.#latest = Math.max(before ?? 0, time)
    return time
  }

  #renditionOf(kind: 'audio' | 'video', trackId: number): Rendition | undefined {
    const name = renditionName(kind, trackId)
    let rendition = this.#renditions.get(name)
    if (rendition === undefined) {
      const same = [...this.#renditions.values()].filter((other) => other.kind === kind)
      if (same.length >= MOST_TRACKS) return undefined
      rendition = new Rendition(this.#owner, kind, trackId)
      this.#renditions.set(name, rendition)
    }
    return rendition
  }

  /** A header that says something new. Behind frames it begins another stretch, of all renditions alike. */
  #pushHeader(frame: MediaFrame, now: number): void {
    const { type } = frame
    if (type !== 'sequenceHeader' && type !== 'mpeg2TsSequenceHeader' && type !== 'metadata') return
    const trackId = this.#headers.trackOf(frame)
    const rendition = trackId === undefined ? undefined : this.#renditionOf(frame.kind, trackId)
    if (rendition === undefined || !this.#headers.add(rendition.name, frame)) return
    if (rendition.coveredUntil !== undefined) this.#breakAll(now, false)
    rendition.pushHeader({ ...frame, trackId: rendition.trackId })
  }

  #breakAll(now: number, needsKeyFrame: boolean): void {
    if (!this.#hasFrames) return
    for (const rendition of this.#renditions.values()) rendition.break(now, needsKeyFrame)
    this.#nextEpoch()
  }

  #nextEpoch(): void {
    this.#epoch += 1
    this.#hasFrames = false
    for (const rendition of this.#renditions.values()) rendition.cutAt = undefined
    this.#wallClock.restart()
    this.#texts.clear()
  }

  /** Before a track goes on that had paused: what it missed is a gap in its playlist. */
  #bridge(rendition: Rendition, time: number, now: number): void {
    const { list, coveredUntil } = rendition
    if (coveredUntil === undefined) return
    const isInGap = list.open === undefined && list.last?.isGap === true
    const most = isInGap ? rendition.frameMs : this.#pace.targetSeconds * 1000
    if (time - coveredUntil > most) rendition.fillGap(coveredUntil, time, now)
  }

  /** The leader is the first video track that is alive; sound leads where there is no video. */
  #elect(rendition: Rendition, time: number): void {
    const leader = this.#leader
    if (leader === rendition) return
    const limit = Math.max(STOPPED_MS, this.#pace.targetSeconds * 2000)
    const isAlive = leader?.newest !== undefined && time - leader.newest < limit
    const isBetter =
      leader === undefined ||
      (rendition.kind === 'video' &&
        (leader.kind === 'audio' || (rendition.trackId < leader.trackId && !this.#isReady)))
    if (rendition.newest === undefined || (isAlive && !isBetter)) return
    this.#leader = rendition
    for (const each of this.#renditions.values())
      each.follows = each.kind === 'audio' && rendition.kind === 'video'
  }

  #ownerOfRenditions(): RenditionOwner {
    return {
      options: this.options,
      pace: this.#pace,
      epochNow: () => this.#epoch,
      wallClockAt: (time) => this.#wallClock.at(time),
      settleWallClock: () => this.#wallClock.settle(),
      changed: () => this.#changed(),
      segmentClosed: (rendition, at, now) => this.#segmentClosed(rendition, at, now),
      configurationChanged: (rendition, now) => {
        for (const other of this.#renditions.values()) if (other !== rendition) other.break(now, false)
        this.#nextEpoch()
        this.#hasFrames = true
      },
    }
  }

  #changed(): void {
    if (!this.#isReady) return
    this.#texts.clear()
    this.#isNew = true
  }

  /** Those who wait are told of what has come, once all of it has. */
  #tell(): void {
    if (!this.#isNew) return
    this.#isNew = false
    this.#inside.waiting.look()
  }

  #segmentClosed(rendition: Rendition, at: number, now: number): void {
    const isLeader = rendition === this.#leader
    if (isLeader) this.#leaderSegments += 1
    if (!this.#isReady) this.#begin()
    if (!isLeader) return
    for (const other of this.#renditions.values()) {
      if (other === rendition) continue
      if (other.follows) other.cutAt = at
      const { newest, hasBegun } = other
      const start = rendition.list.last?.place.start ?? at
      if (hasBegun && newest !== undefined && newest < start - STOPPED_MS / 3) other.fillGap(start, at, now)
    }
  }

  /**
   * Once each video track has a segment there is something to play, and it is known how long segments and parts are. A track
   * whose key frames are much further apart is waited for no longer than for a second segment of the leader's.
   */
  #begin(): void {
    const begun = [...this.#renditions.values()].filter(({ newest }) => newest !== undefined)
    const isEach = begun.every(
      ({ kind, list, hasBegun }) => hasBegun && (kind === 'audio' || list.nextSequence > 0),
    )
    if (this.#leaderSegments === 0 || (!isEach && this.#leaderSegments < 2)) return
    // A segment that is open may already be longer than those that are there.
    const longest = Math.max(
      ...begun.flatMap(({ list: { listed, open }, newest = 0, frameMs }) => [
        ...listed.map(({ duration }) => duration),
        open === undefined ? 0 : newest + frameMs - open.place.start,
      ]),
    )
    this.#pace.decide(
      longest,
      begun.map(({ frameMs }) => frameMs),
    )
    this.#isReady = true
  }

  /** Beyond the bound the oldest segments go, of all renditions alike. */
  #keepBounds(): void {
    while (this.heldBytes > this.options.maxBytes) {
      let dropped = false
      for (const { list } of this.#renditions.values()) dropped = list.dropFirst() || dropped
      if (!dropped) return
      this.#texts.clear()
    }
  }
}

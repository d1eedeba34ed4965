import { type Batch, type BatchPart, NO_VIDEO } from './batch.ts'
import type { BatchFormat } from './batch-format.ts'
import { DEFAULT_PLAYER_LIMITS, type PlayerLimits } from './limits.ts'
import type { Outbox } from './outbox.ts'
import type { WheelTimer } from './timer-wheel.ts'
import { ALL_TRACKS } from './track-set.ts'

/** Why the relay ends a play on its own account. */
export type PlayStopReason =
  /** The publisher ended the stream, or did not come back within the grace period. */
  | 'streamEnded'
  /** No publisher came within the time a player may wait. */
  | 'notFound'
  /** The player did not take what it was sent, up to the hard bound. Its connection is of no more use. */
  | 'stalled'

/** Who a player belongs to. Called while the stream is at work: must not call back into the relay at once. */
export interface PlayerOwner {
  /** The player is out of its stream, by the relay's decision. Not called for a play that its owner ended. */
  playStopped(player: Player, reason: PlayStopReason, now: number): void
  /** The player has fallen behind and gets no video for now (`true`), or gets all again (`false`). */
  playThrottled?(player: Player, throttled: boolean, now: number): void
}

/** What has happened to a player. */
export interface PlayerCounters {
  /** Batches written. */
  readonly batches: number
  /** Video messages it did not get, because it had fallen behind or no key frame had come yet. */
  readonly videoWithheld: number
  /** How often it went over the soft bound. */
  readonly throttles: number
  /** How often it got all again. */
  readonly recoveries: number
}

/**
 * One play of a stream, and the policy of what it gets.
 *
 * A player that keeps up gets every batch as it is. Over the soft bound it gets sound only, until it has drained and a
 * key frame comes; over the hard bound it is stopped. Video headers are always sent, since they are small and a key
 * frame is of no use without them.
 */
export class Player {
  readonly format: BatchFormat
  readonly outbox: Outbox
  readonly owner: PlayerOwner
  /** @internal Its place in its stream's list, -1 when in none. */
  index = -1
  /** @internal Set while the player waits for its stream to begin. */
  waitTimer: WheelTimer | undefined
  readonly #limits: PlayerLimits
  #audio = true
  #video = true
  #paused = false
  /** Video waits for a key frame. */
  #withheld = false
  /** ... and that for the outbox to drain. */
  #throttled = false
  /** Tracks that have had a key frame since video was withheld, as bits. */
  #started: number = ALL_TRACKS
  /** Messages of the stream's open batch that the player has had already. */
  #from = 0
  /** The outbox's total at the end of the catch-up. */
  #catchUpEnd = 0
  /** Whether every batch goes out as it is. */
  #steady = true
  // The counters are fields of the player, which is at hand when a batch is written.
  #batches = 0
  #videoWithheld = 0
  #throttles = 0
  #recoveries = 0

  constructor(
    format: BatchFormat,
    outbox: Outbox,
    owner: PlayerOwner,
    limits: PlayerLimits = DEFAULT_PLAYER_LIMITS,
  ) {
    this.format = format
    this.outbox = outbox
    this.owner = owner
    this.#limits = limits
  }

  /** What has happened so far. */
  get counters(): PlayerCounters {
    return {
      batches: this.#batches,
      videoWithheld: this.#videoWithheld,
      throttles: this.#throttles,
      recoveries: this.#recoveries,
    }
  }

  /** Whether the player wants sound. */
  get audio(): boolean {
    return this.#audio
  }

  /** Whether the player wants video. */
  get video(): boolean {
    return this.#video
  }

  /** Whether the player has paused. */
  get paused(): boolean {
    return this.#paused
  }

  /** Whether the player has fallen behind and gets no video until it has drained and a key frame comes. */
  get throttled(): boolean {
    return this.#throttled
  }

  /** @internal Sets the choice of audio and video; returns whether video is new to the player. */
  select(audio: boolean, video: boolean): boolean {
    const newVideo = video && !this.#video
    this.#audio = audio
    this.#video = video
    this.#settle()
    return newVideo
  }

  /** @internal */
  pause(): void {
    this.#paused = true
    this.#settle()
  }

  /** @internal */
  unpause(): void {
    this.#paused = false
    this.#settle()
  }

  /** @internal Video waits for the next key frame. */
  awaitKeyFrame(): void {
    this.#withheld = true
    this.#started = 0
    this.#settle()
  }

  /**
   * @internal Writes a catch-up, and skips what of the open batch is in it.
   *
   * @param started - Tracks that have their key frame in it; the others wait for one. None: video waits.
   * @param held - Messages in the open batch.
   */
  catchUp(pieces: readonly Uint8Array[], started: number, held: number, now: number): void {
    for (const piece of pieces) this.outbox.write(piece, now)
    this.#withheld = started === 0
    this.#started = started
    this.#settle()
    this.#catchUpEnd = this.outbox.totalBytes
    this.#from = held
  }

  /** @internal Gives the player its part of a batch. Returns false when it is beyond the hard bound. */
  deliver(batch: Batch, now: number): boolean {
    if (this.#steady && this.#from === 0 && !this.outbox.congested) {
      this.outbox.write(batch.whole(this.format), now)
      this.#batches += 1
      return true
    }
    return this.#deliverPart(batch, now)
  }

  #deliverPart(batch: Batch, now: number): boolean {
    const from = this.#from
    this.#from = 0
    if (this.outbox.congested) {
      const exempt = this.outbox.remainingOf(this.#catchUpEnd)
      if (this.outbox.exceeds(this.#limits.hard, now, exempt)) return false
      if (
        !this.#throttled &&
        this.#video &&
        !this.#paused &&
        this.outbox.exceeds(this.#limits.soft, now, exempt)
      ) {
        this.#throttle(now)
      }
    }
    if (this.#paused) return true
    const resuming = this.#withheld && this.#video
    const part: BatchPart = {
      from,
      audio: this.#audio,
      video: this.#video,
      videoFrom: this.#videoFrom(batch, from),
      started: this.#started,
    }
    if (resuming) this.#resume(batch, part, now)
    const whole = this.#isWhole(batch, part, resuming)
    const bytes = whole ? batch.whole(this.format) : batch.part(this.format, part)
    if (bytes === undefined) return true
    this.outbox.write(bytes, now)
    this.#batches += 1
    return true
  }

  /** Whether a part is all of its batch; counts the tracks that start in it. */
  #isWhole(batch: Batch, part: BatchPart, resuming: boolean): boolean {
    if (this.#started === ALL_TRACKS) return part.from === 0 && this.#steady && !resuming
    if (part.videoFrom === NO_VIDEO) return false
    this.#started = batch.startedAfter(part)
    this.#settle()
    return part.from === 0 && this.#audio && !resuming && !batch.withholds(part)
  }

  #videoFrom(batch: Batch, from: number): number {
    if (!this.#video) return NO_VIDEO
    if (!this.#withheld) return from
    if (this.#throttled && this.outbox.congested) return NO_VIDEO
    return batch.keyFrameFrom(from)
  }

  #throttle(now: number): void {
    this.#throttled = true
    this.#withheld = true
    this.#started = 0
    this.#throttles += 1
    this.#settle()
    this.owner.playThrottled?.(this, true, now)
  }

  /** Video goes on if there is a key frame to go on with. */
  #resume(batch: Batch, part: BatchPart, now: number): void {
    const end = part.videoFrom === NO_VIDEO ? batch.messages.length : part.videoFrom
    this.#videoWithheld += batch.videoFramesBetween(part.from, end)
    if (part.videoFrom === NO_VIDEO) return
    this.#withheld = false
    if (this.#throttled) {
      this.#throttled = false
      this.#recoveries += 1
      this.owner.playThrottled?.(this, false, now)
    }
    this.#settle()
  }

  #settle(): void {
    this.#steady =
      this.#audio && this.#video && !this.#paused && !this.#withheld && this.#started === ALL_TRACKS
  }
}

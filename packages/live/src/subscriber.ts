import { type Batch, type BatchPart, NO_VIDEO } from './batch.ts'
import type { BatchFormat, Piece } from './batch-format.ts'
import { Delivery } from './delivery.ts'
import type { Gap } from './frames.ts'
import { type SubscriberBounds, type SubscriberLimits, subscriberLimits } from './limits.ts'
import type { Outbox } from './outbox.ts'
import type { OpenGap, Overflow } from './overflow.ts'
import type { SubscriberCounters } from './subscriber-counters.ts'
import type { SubscriberEndReason } from './subscriber-end-reason.ts'
import type { WheelTimer } from './timer-wheel.ts'
import { ALL_TRACKS } from './track-set.ts'

/** Who a subscriber belongs to. Called while the stream is at work: must not call back into it at once. */
export interface SubscriberOwner {
  /** The subscriber is out of its stream, by decision of the stream. Not called when its owner has ended the subscription. */
  subscriberEnded(subscriber: Subscriber, reason: SubscriberEndReason, now: number): void
  /** The subscriber has fallen behind and does not get all for now (`true`), or gets all again (`false`). */
  subscriberThrottled?(subscriber: Subscriber, throttled: boolean, now: number): void
}

/** What a {@link Subscriber} is made of. */
export interface SubscriberSetup<P extends Piece = Uint8Array> {
  /** What it is given. */
  readonly format: BatchFormat<P>
  /** Its way out. Several subscribers may share one, as the plays of a connection do. */
  readonly outbox: Outbox<P>
  /** Told when the stream ends the subscription; not when `LiveStream.leave` does. */
  readonly owner: SubscriberOwner
  /** How much may wait. Default 4 MiB or 3 s, and 16 MiB or 30 s. */
  readonly limits?: SubscriberBounds
  /** Default `'audioFirst'`. */
  readonly overflow?: Overflow
  /** Whether what comes may come some tens of milliseconds later, together, where that saves work: a recorder minds nothing. Default false. */
  readonly patient?: boolean
}

/**
 * One subscription of a stream, and the policy of what it gets. Whoever gets a stream is one of these: players, recorders,
 * segmenters, pushes to other servers, iterators. They differ in their format, in their transport and in their bounds.
 *
 * A subscriber that keeps up gets every batch as it is. One that does not is treated by its {@link Overflow} rule. Video
 * headers are sent even while frames are left out, since they are small and a key frame is of no use without them.
 *
 * What it has switched on, and a catch-up, wait until its last catch-up has left: so whoever asks again and again costs no
 * memory.
 */
export class Subscriber<P extends Piece = Piece> {
  /** Changed by the stream to the object that equal subscribers share. */
  format: BatchFormat<P>
  /** Its way out, which several may share. */
  readonly outbox: Outbox<P>
  /** Who is told when the stream ends the subscription. */
  readonly owner: SubscriberOwner
  /** What happens to it when it falls behind. */
  readonly overflow: Overflow
  /** See {@link SubscriberSetup.patient}. */
  readonly patient: boolean
  /** Its place in its stream's list, -1 when in none. */
  index = -1
  /** Set while the subscriber waits for its stream to begin. */
  waitTimer: WheelTimer | undefined
  /** Set while the subscriber, by the rule `'gap'`, gets nothing. */
  gap: OpenGap | undefined
  /** It has joined, and its catch-up has still to be made. */
  owesCatchUp = false
  /** It has switched on something that it is not sent yet. */
  owesSwitch = false
  /** It is over the soft bound by the rule `'hold'`. */
  holds = false
  readonly #limits: SubscriberLimits
  // What it has asked for ...
  #audio = true
  #video = true
  #paused = false
  // ... and what it is sent, which may be less until its last catch-up has left.
  #sendsAudio = true
  #sendsVideo = true
  #silent = false
  /** Video waits for a key frame. */
  #withheld = false
  /** ... and that for the outbox to drain. */
  #throttled = false
  /** Tracks that have had a key frame since video was withheld, as bits. */
  #started: number = ALL_TRACKS
  /** Messages of the stream's open batch that the subscriber has had already. */
  #from = 0
  /** Whether every batch goes out as it is. */
  #steady = true
  // The counters are fields of the subscriber, which is at hand when a batch is written.
  #batches = 0
  #videoWithheld = 0
  #throttles = 0
  #recoveries = 0

  constructor(setup: SubscriberSetup<P>) {
    const { format, outbox, owner, limits = {}, overflow = 'audioFirst', patient = false } = setup
    this.format = format
    this.outbox = outbox
    this.owner = owner
    this.overflow = overflow
    this.patient = patient
    const { soft, hard } = subscriberLimits(limits)
    this.#limits = { soft, hard: overflow === 'hold' ? { ...hard, ms: Number.POSITIVE_INFINITY } : hard }
  }

  /** What has happened so far. */
  get counters(): SubscriberCounters {
    return {
      batches: this.#batches,
      videoWithheld: this.#videoWithheld,
      throttles: this.#throttles,
      recoveries: this.#recoveries,
    }
  }

  /** Whether the subscriber wants sound. */
  get audio(): boolean {
    return this.#audio
  }

  /** Whether the subscriber wants video. */
  get video(): boolean {
    return this.#video
  }

  /** Whether the subscriber has paused. */
  get paused(): boolean {
    return this.#paused
  }

  /** Whether the subscriber has fallen behind, and does not get all until it has drained and a key frame comes. */
  get throttled(): boolean {
    return this.#throttled
  }

  /** Whether it gets nothing, by the rule `'gap'`. */
  get isInGap(): boolean {
    return this.#throttled && this.overflow === 'gap'
  }

  /** Whether it has asked for more than it is sent. */
  get wantsMore(): boolean {
    return this.#silent || (this.#audio && !this.#sendsAudio) || (this.#video && !this.#sendsVideo)
  }

  /** Chooses what it is sent, before it joins. Afterwards see `LiveStream.select`. */
  select(audio: boolean, video: boolean): void {
    this.#audio = audio
    this.#video = video
    this.#sendsAudio &&= audio
    this.#sendsVideo &&= video
    this.#settle()
  }

  /** Sends nothing from now on. */
  pause(): void {
    this.#paused = true
    this.#silent = true
    this.owesSwitch = false
    this.#settle()
  }

  /** The subscriber wants to go on; it is sent something again by {@link takeUp} or a catch-up. */
  unpause(): void {
    this.#paused = false
    if (this.owesCatchUp || this.isInGap) this.#silent = false
  }

  /** Begins to send all that was asked for; says what of it is new. Headers go before. */
  takeUp(): { readonly audio: boolean; readonly video: boolean } {
    const audio = this.#audio && (this.#silent || !this.#sendsAudio)
    const video = this.#video && (this.#silent || !this.#sendsVideo)
    this.#silent = false
    this.#sendsAudio = this.#audio
    this.#sendsVideo = this.#video
    this.owesSwitch = false
    if (video) this.awaitKeyFrame()
    else this.#settle()
    return { audio, video }
  }

  /** Video waits for the next key frame. */
  awaitKeyFrame(): void {
    this.#withheld = true
    this.#started = 0
    this.#settle()
  }

  /** The catch-up has to wait. */
  oweCatchUp(): void {
    this.owesCatchUp = true
    this.#settle()
  }

  /** What it has switched on has to wait. */
  oweSwitch(): void {
    this.owesSwitch = true
    this.#settle()
  }

  /**
   * Writes a catch-up, and skips what of the open batch is in it.
   *
   * @param started - Tracks that have their key frame in it; the others wait for one. None: video waits.
   * @param held - Messages in the open batch.
   */
  catchUp(pieces: readonly P[], started: number, held: number, now: number): void {
    this.writeAhead(pieces, now)
    this.owesCatchUp = false
    this.owesSwitch = false
    this.#silent = this.#paused
    this.#sendsAudio = this.#audio
    this.#sendsVideo = this.#video
    this.#withheld = started === 0
    this.#started = started
    this.#from = held
    this.#settle()
  }

  /** Writes what comes before live messages; until it has left, nothing of the kind is written again. */
  writeAhead(pieces: readonly P[], now: number): void {
    if (pieces.length === 0) return
    for (const piece of pieces) this.outbox.write(piece, now)
    this.outbox.markCatchUp()
  }

  /** All has left, and it goes on: says where something is missing. A catch-up or headers follow. */
  endGap(to: number, now: number): void {
    const { from = to } = this.gap ?? {}
    this.gap = undefined
    this.#throttled = false
    this.#recoveries += 1
    this.takeUp()
    this.awaitKeyFrame()
    const gap: Gap = { kind: 'gap', from, to }
    const piece = this.format.gap?.(gap)
    if (piece !== undefined) this.outbox.write(piece, now)
    this.owner.subscriberThrottled?.(this, false, now)
  }

  /** Gives the subscriber its part of a batch. Returns one of {@link Delivery}. */
  deliver(batch: Batch, now: number): number {
    if (this.#steady && this.#from === 0 && !this.outbox.congested) {
      this.outbox.write(batch.whole(this.format), now)
      this.#batches += 1
      return Delivery.done
    }
    return this.#deliverPart(batch, now)
  }

  #deliverPart(batch: Batch, now: number): number {
    const from = this.#from
    this.#from = 0
    if (this.outbox.congested && !this.#keepsBounds(now)) return Delivery.over
    const isReady = (this.owesCatchUp || this.owesSwitch) && this.outbox.catchUpBytes === 0
    // What comes now will be in the catch-up.
    if (this.owesCatchUp || this.#silent) return isReady && !this.#paused ? Delivery.attend : Delivery.done
    if (this.isInGap) {
      this.#videoWithheld += batch.videoFramesBetween(from, batch.messages.length)
      return Delivery.attend
    }
    this.#write(batch, from, now)
    return isReady || this.holds ? Delivery.attend : Delivery.done
  }

  #write(batch: Batch, from: number, now: number): void {
    const resuming = this.#withheld && this.#sendsVideo
    const part: BatchPart = {
      from,
      audio: this.#sendsAudio,
      video: this.#sendsVideo,
      videoFrom: this.#videoFrom(batch, from),
      started: this.#started,
    }
    if (resuming) this.#resume(batch, part, now)
    const whole = this.#isWhole(batch, part, resuming)
    const piece = whole ? batch.whole(this.format) : batch.part(this.format, part)
    if (piece === undefined) return
    this.outbox.write(piece, now)
    this.#batches += 1
  }

  /** False beyond the hard bound. Beyond the soft bound the overflow rule begins to work. */
  #keepsBounds(now: number): boolean {
    const exempt = this.outbox.catchUpBytes
    if (this.outbox.exceeds(this.#limits.hard, now, exempt)) return false
    if (this.#throttled || this.#silent || this.owesCatchUp || this.holds) return true
    if (this.overflow === 'audioFirst' && !this.#sendsVideo) return true
    if (!this.outbox.exceeds(this.#limits.soft, now, exempt)) return true
    if (this.overflow === 'hold') this.holds = true
    else this.#throttle(now)
    return true
  }

  /** Whether a part is all of its batch; counts the tracks that start in it. */
  #isWhole(batch: Batch, part: BatchPart, resuming: boolean): boolean {
    if (this.#started === ALL_TRACKS) return part.from === 0 && this.#steady && !resuming
    if (part.videoFrom === NO_VIDEO) return false
    const withheld = batch.withheldBy(part)
    this.#videoWithheld += withheld
    this.#started = batch.startedAfter(part)
    this.#settle()
    return part.from === 0 && this.#sendsAudio && !resuming && withheld === 0
  }

  #videoFrom(batch: Batch, from: number): number {
    if (!this.#sendsVideo) return NO_VIDEO
    if (!this.#withheld) return from
    if (this.#throttled && this.outbox.congested) return NO_VIDEO
    return batch.keyFrameFrom(from)
  }

  #throttle(now: number): void {
    this.#throttled = true
    this.#throttles += 1
    this.awaitKeyFrame()
    this.owner.subscriberThrottled?.(this, true, now)
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
      this.owner.subscriberThrottled?.(this, false, now)
    }
    this.#settle()
  }

  #settle(): void {
    this.#steady =
      this.#sendsAudio &&
      this.#sendsVideo &&
      !this.#silent &&
      !this.#withheld &&
      !this.owesCatchUp &&
      !this.owesSwitch &&
      this.#started === ALL_TRACKS
  }
}

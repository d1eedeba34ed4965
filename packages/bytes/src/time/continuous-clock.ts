import { addTimestamp, timestampDifference } from './timestamp.ts'
import { LEAST_STEP_MS, TrackTime } from './track-time.ts'

/** A further source whose first frame is no further ahead than the time that passed and this is on the same clock. */
const SAME_CLOCK_MS = 5000

/** A track that steps back by more than this has been set anew; less is the order of frames. */
const JUMP_BACK_MS = 1000

/** A track that is ahead of everything by more than this, and the time that passed, has been set anew. */
const JUMP_AHEAD_MS = 60_000

/** After this much of a new source nothing of it is kept from falling behind the old one any longer. */
const SPLICE_MS = 2000

/** Senders that never write the extended timestamp start again at 0 after 4 h 39 min. */
const WRAP_24 = 0x1_000000

/** How a {@link ContinuousClock} takes what happens inside one source. */
export interface ContinuousClockOptions {
  /**
   * What becomes of a source that sets its own clock anew: a track back by more than a second, or ahead of all tracks by
   * more than a minute and the time that passed.
   *
   * `follow` (default) passes it on as it is: what a server or a player does, whose times are the publisher's.
   * `mend` lets time go on, as a file needs it: after a jump by the usual distance of the track's frames, after a wrap of
   * 24 bits exactly; a single wild timestamp is moved to where it belongs and leaves the rest as it was.
   */
  readonly jumps?: 'follow' | 'mend'
}

/**
 * One clock for frames of several sources, one after the other: publishers of a stream, connections of a player, files
 * that are joined.
 *
 * The first source's timestamps stand as they are. The first frame of a further one decides: if its clock goes on where
 * the last one stopped (moved as before, or not moved at all), it is left alone; else it is moved so that time goes on
 * by as much as really passed. No track falls behind itself at such a place. All times are uint32 milliseconds in
 * serial order, so the wrap after 49.7 days is no discontinuity.
 *
 * @example
 * const clock = new ContinuousClock()
 * clock.map(9, 20_000, 1000) // 20000: a picture, at second 1 of the wall clock
 * clock.begin() // the publisher comes back, and starts at 0
 * clock.map(9, 0, 4000) // 23000
 */
export class ContinuousClock {
  readonly #mends: boolean
  /** Mostly there are two, so that to look at them is faster than a table. */
  #first: TrackTime | undefined
  #second: TrackTime | undefined
  readonly #others = new Map<number, TrackTime>()
  #offset = 0
  #latest: number | undefined
  /** When that frame came; not a number where that was not said. */
  #latestAt = Number.NaN
  /** A further source's first frame has not come yet. */
  #undecided = false
  /** While splicing: the time that nothing without a past of its own may fall behind. */
  #floor: number | undefined
  #leap = 0

  /** @param options - Whether jumps inside a source are followed or mended. */
  constructor({ jumps = 'follow' }: ContinuousClockOptions = {}) {
    this.#mends = jumps === 'mend'
  }

  /** Time of the latest frame of all tracks; 0 before any. */
  get latest(): number {
    return this.#latest ?? 0
  }

  /** Whether there has been a frame. */
  get started(): boolean {
    return this.#latest !== undefined
  }

  /** Whether a further source has begun and none of its frames has come. */
  get undecided(): boolean {
    return this.#undecided
  }

  /**
   * By how many milliseconds the last frame's own time was off what could follow in its source: negative for a jump
   * back, 0 for none. Only where jumps are mended.
   */
  get leap(): number {
    return this.#leap
  }

  /** The frames that follow are another source's. */
  begin(): void {
    this.#undecided = this.started
    this.#floor = undefined
    if (!this.started) this.#offset = 0
    for (const track of this.#tracks()) track.endSplice()
  }

  /** Forgets what was: the next frame's time stands as it is. */
  restart(): void {
    this.#first = this.#second = undefined
    this.#others.clear()
    this.#offset = 0
    this.#latest = this.#floor = undefined
    this.#latestAt = Number.NaN
    this.#undecided = false
  }

  /** Says what time a timestamp of the present source stands for, for example of a frame that is known already. */
  align(timestamp: number, time: number): void {
    this.#splice(timestampDifference(time, timestamp))
    this.#floor = this.#latest ?? time
  }

  /** Time of what is no frame (a header, data): it takes part in the clock and does not move it. */
  at(timestamp: number): number {
    if (this.#undecided) return this.latest
    const time = addTimestamp(timestamp, this.#offset)
    return this.#floor === undefined ? time : notBehind(time, this.#floor)
  }

  /**
   * Whether a frame stands at or before the last of its track from before the present source: servers repeat the group
   * of pictures to those who join, and who has had it leaves it out. True until a frame behind that was mapped.
   *
   * @param track - Any small number, the same for the same track.
   * @param now - Milliseconds of a wall clock, where there is one.
   */
  repeats(track: number, timestamp: number, now?: number): boolean {
    if (this.#undecided) this.#decide(timestamp, now)
    return this.#known(track)?.repeats(addTimestamp(timestamp, this.#offset)) ?? false
  }

  /**
   * Time of a frame.
   *
   * @param track - Any small number, the same for the same track; tracks may be any distance apart.
   * @param timestamp - The source's, uint32.
   * @param now - Milliseconds of a wall clock, where there is one.
   */
  map(track: number, timestamp: number, now?: number): number {
    if (this.#undecided) this.#decide(timestamp, now)
    const of = this.#track(track)
    const offset = this.#mends ? this.#mended(of, timestamp, now) : this.#offset
    const time = of.notBehindItself(addTimestamp(timestamp, offset), SPLICE_MS)
    if (this.#floor !== undefined && timestampDifference(time, this.#floor) >= SPLICE_MS)
      this.#floor = undefined
    const latest = this.#latest
    if (
      latest === undefined ||
      timestampDifference(time, latest) > 0 ||
      (of.last !== undefined && timestampDifference(of.last, time) > JUMP_BACK_MS)
    )
      this.#latest = time
    of.add(time)
    this.#latestAt = now ?? Number.NaN
    return time
  }

  #track(number: number): TrackTime {
    const known = this.#known(number)
    if (known !== undefined) return known
    const track = new TrackTime(number, this.#offset, this.#floor)
    if (this.#first === undefined) this.#first = track
    else if (this.#second === undefined) this.#second = track
    else this.#others.set(number, track)
    return track
  }

  #known(number: number): TrackTime | undefined {
    if (this.#first?.number === number) return this.#first
    if (this.#second?.number === number) return this.#second
    return this.#others.get(number)
  }

  *#tracks(): Generator<TrackTime> {
    if (this.#first !== undefined) yield this.#first
    if (this.#second !== undefined) yield this.#second
    yield* this.#others.values()
  }

  #passed(now: number | undefined): number {
    return now === undefined || Number.isNaN(this.#latestAt)
      ? 0
      : Math.max(0, Math.round(now - this.#latestAt))
  }

  /** The first frame of a further source: whether its clock goes on, or where it is moved to. */
  #decide(timestamp: number, now: number | undefined): void {
    const passed = Math.max(LEAST_STEP_MS, this.#passed(now))
    const goesOn = (offset: number): boolean => {
      const ahead = timestampDifference(addTimestamp(timestamp, offset), this.latest)
      return ahead >= 0 && ahead <= passed + SAME_CLOCK_MS
    }
    const next = addTimestamp(this.latest, passed)
    this.#splice([this.#offset, 0].find(goesOn) ?? timestampDifference(next, timestamp))
  }

  #splice(offset: number): void {
    this.#undecided = false
    this.#offset = offset
    this.#floor = this.#latest
    for (const track of this.#tracks()) track.beginSplice(offset)
  }

  /** The offset under which a frame follows its track: the track's own, another track's new one, the one before a wild timestamp, past 24 bits. */
  #mended(track: TrackTime, timestamp: number, now: number | undefined): number {
    this.#leap = 0
    const { last } = track
    if (last === undefined) return track.offset
    const most = this.#passed(now) + JUMP_AHEAD_MS
    const front = timestampDifference(this.latest, last) > 0 ? this.latest : last
    const follows = (offset: number): boolean => {
      const time = addTimestamp(timestamp, offset)
      return timestampDifference(time, last) >= -JUMP_BACK_MS && timestampDifference(time, front) <= most
    }
    const { offset, offsetBefore } = track
    if (follows(offset)) return offset
    const known = [this.#offset, offsetBefore].find(follows)
    if (known !== undefined) {
      this.#offset = known
      return track.follow(known)
    }
    this.#leap = timestampDifference(addTimestamp(timestamp, offset), last)
    const unwrapped = addTimestamp(offset, WRAP_24)
    const step = now === undefined ? track.step : Math.max(LEAST_STEP_MS, this.#passed(now))
    const next = addTimestamp(last, step)
    this.#offset = follows(unwrapped) ? unwrapped : timestampDifference(next, timestamp)
    return track.follow(this.#offset)
  }
}

/** A little behind a splice is moved to it; far behind is a clock that was set anew. */
const notBehind = (time: number, floor: number): number => {
  const above = timestampDifference(time, floor)
  return above < 0 && above > -SPLICE_MS ? floor : time
}

import { LiveEdge } from './live-edge.ts'
import type { ResolvedOptions } from './player-options.ts'

/** Playing has stood still for this long with something further ahead: there is a gap. Milliseconds. */
const GAP_AFTER = 200

/** Less than this is as good as nothing, in seconds. */
const NOTHING = 0.05

/** HTMLMediaElement.HAVE_METADATA */
const METADATA = 1

/** What starting to play came to. */
export interface AutoplayOutcome {
  /** Whether it plays; if not, the browser wants the viewer to start it: call `play` from a click. */
  readonly playing: boolean
  /** Whether it is without sound because the browser allows no other start: offer a button that unmutes. */
  readonly muted: boolean
}

/** A video element that follows the newest picture: where it begins, how fast it goes, when it jumps. */
export class Stage {
  readonly video: HTMLVideoElement
  readonly edge: LiveEdge
  stalls = 0
  jumps = 0
  readonly #live: boolean
  readonly #autoplay: boolean
  readonly #started: (outcome: AutoplayOutcome) => void
  /** The first picture of the present source has not been looked for yet. */
  #beginning = true
  #hasStarted = false
  #goesOn = false
  #stuckSince: number | undefined

  constructor(
    video: HTMLVideoElement,
    options: ResolvedOptions,
    autoplay: boolean,
    started: (outcome: AutoplayOutcome) => void,
  ) {
    this.video = video
    this.edge = new LiveEdge(options.latency)
    this.#live = options.live
    this.#autoplay = autoplay
    this.#started = started
  }

  /** Another source was set; whether the one before it was played. */
  begin(played: boolean): void {
    this.#beginning = true
    this.#goesOn = played
    this.#stuckSince = undefined
    this.edge.moved()
  }

  /** The end of what can be played, in seconds. */
  get end(): number | undefined {
    const { buffered } = this.video
    return buffered.length === 0 ? undefined : buffered.end(buffered.length - 1)
  }

  /** Milliseconds from the picture that is shown to the end of what can be played. */
  get ahead(): number {
    const { end } = this
    return end === undefined ? 0 : Math.max(0, (end - this.video.currentTime) * 1000)
  }

  /** Milliseconds from the start of what is buffered around the picture that is shown. */
  get behind(): number {
    const { buffered, currentTime } = this.video
    for (let at = buffered.length - 1; at >= 0; at--) {
      if (buffered.start(at) <= currentTime) return (currentTime - buffered.start(at)) * 1000
    }
    return 0
  }

  /** For want of data. */
  stalled(now: number): void {
    if (this.#beginning || this.video.seeking || this.video.paused) return
    this.stalls += 1
    this.edge.stalled(now)
  }

  /** Looks at where the element stands; called some ten times a second. */
  step(now: number): void {
    const { video } = this
    // Before the metadata a kind of which nothing has come does not count in what is buffered.
    if (video.buffered.length === 0 || video.readyState < METADATA) return
    if (this.#beginning) {
      this.#findStart()
      return
    }
    if (video.paused || video.ended) return
    this.#crossGap(now)
    if (!this.#live || video.seeking) return
    const { rate, jumpTo } = this.edge.step(this.ahead, now)
    if (jumpTo !== undefined) this.#jump(jumpTo)
    if (video.playbackRate !== rate) video.playbackRate = rate
  }

  /** Goes to the newest picture. */
  #jump(reserve: number): void {
    const { buffered } = this.video
    const last = buffered.length - 1
    this.#moveTo(Math.max(buffered.start(last), buffered.end(last) - reserve / 1000))
  }

  #moveTo(time: number): void {
    this.jumps += 1
    this.video.currentTime = time
    this.edge.moved()
  }

  #findStart(): void {
    const { buffered } = this.video
    const last = buffered.length - 1
    const reserve = this.edge.target / 1000
    const start = this.#live
      ? Math.max(buffered.start(last), buffered.end(last) - reserve)
      : buffered.start(0)
    this.#beginning = false
    if (Math.abs(this.video.currentTime - start) > 0.001) this.video.currentTime = start
    this.edge.moved()
    if (this.#goesOn || (this.#autoplay && !this.#hasStarted)) void this.play()
    this.#hasStarted = true
  }

  /** Plays; without sound, if that is the only way. */
  async play(): Promise<AutoplayOutcome> {
    const outcome = await this.#tryToPlay()
    this.#started(outcome)
    return outcome
  }

  async #tryToPlay(): Promise<AutoplayOutcome> {
    const { video } = this
    try {
      await video.play()
      return { playing: true, muted: video.muted }
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError' || video.muted)
        return { playing: !video.paused, muted: video.muted }
    }
    video.muted = true
    return this.#tryToPlay()
  }

  /** Where nothing comes before something else goes on, as after a lost connection, playing goes on there. */
  #crossGap(now: number): void {
    const { video } = this
    const { buffered, currentTime } = video
    const ranges = [...Array(buffered.length).keys()]
    const next = ranges.find((at) => buffered.start(at) > currentTime)
    const hasMore = ranges.some(
      (at) => buffered.start(at) <= currentTime && buffered.end(at) > currentTime + NOTHING,
    )
    if (next === undefined || hasMore) {
      this.#stuckSince = undefined
      return
    }
    this.#stuckSince ??= now
    if (now - this.#stuckSince < GAP_AFTER) return
    this.#stuckSince = undefined
    this.#moveTo(buffered.start(next) + 0.001)
  }
}

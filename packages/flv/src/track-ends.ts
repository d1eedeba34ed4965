/** Longer distances between two frames are pauses. Milliseconds. */
const MOST_STEP_MS = 10_000

interface Track {
  last: number
  step: number
}

/** Where the tracks of a file end: behind their last frames, which last as long as those before. Times in milliseconds. */
export class TrackEnds {
  readonly #tracks = new Map<number, Track>()
  #most = Number.POSITIVE_INFINITY

  /** A frame. @param track - Any number. */
  add(track: number, time: number): void {
    const known = this.#tracks.get(track)
    this.#most = Number.POSITIVE_INFINITY
    if (known === undefined) {
      this.#tracks.set(track, { last: time, step: 0 })
      return
    }
    const step = time - known.last
    if (step > 0 && step <= MOST_STEP_MS) known.step = step
    if (step > 0) known.last = time
  }

  /** The latest end of all tracks. */
  get latest(): number {
    let latest = 0
    for (const { last, step } of this.#tracks.values()) latest = Math.max(latest, last + step)
    return Math.min(latest, this.#most)
  }

  /** What is behind a time does not count. */
  cut(time: number): void {
    this.#most = time
  }
}

/** Tracks whose first frames stand side by side and are further apart than this have clocks of their own. */
const APART_MS = 10_000

/**
 * How much of a stream has passed at each of its frames, counted from its first one, whatever its tracks' clocks begin
 * with: one that begins more than ten seconds away from where the others are is counted from there.
 */
export class ElapsedTime {
  readonly #bases = new Map<number, number>()
  #first: number | undefined
  #latest = 0
  #apart = 0

  /** Time of the first frame; `undefined` before it. */
  get first(): number | undefined {
    return this.#first
  }

  /** By how many milliseconds tracks are apart that have clocks of their own; 0 when they have one. */
  get tracksApart(): number {
    return this.#apart
  }

  /**
   * Milliseconds from the first frame to this one, never negative.
   *
   * @param track - Any small number.
   * @param time - Milliseconds on a clock that does not wrap.
   */
  add(track: number, time: number): number {
    this.#first ??= time
    let base = this.#bases.get(track)
    if (base === undefined) {
      const away = time - this.#first - this.#latest
      const apart = Math.abs(away) > APART_MS
      if (apart && Math.abs(away) > Math.abs(this.#apart)) this.#apart = away
      base = apart ? time - this.#latest : this.#first
      this.#bases.set(track, base)
    }
    const elapsed = Math.max(0, time - base)
    if (elapsed > this.#latest) this.#latest = elapsed
    return elapsed
  }
}

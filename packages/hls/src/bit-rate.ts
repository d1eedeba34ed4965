/** The peak and the mean of a rendition's segment bit rates (RFC 8216bis §4.1), in bits per second. */
export class BitRate {
  #peak = 0
  #bits = 0
  #ms = 0
  /** The last segments, together no longer than one and a half target durations. */
  #run: { readonly bits: number; readonly ms: number }[] = []

  /** Of the segments so far; 0 before any. */
  get peak(): number {
    return Math.max(Math.ceil(this.#peak), this.average)
  }

  get average(): number {
    return this.#ms === 0 ? 0 : Math.ceil((this.#bits * 1000) / this.#ms)
  }

  /** Takes in a segment. Runs of segments between a half and one and a half target durations count for the peak. */
  add(bytes: number, ms: number, targetMs: number): void {
    if (ms <= 0) return
    this.#bits += bytes * 8
    this.#ms += ms
    this.#run.push({ bits: bytes * 8, ms })
    let bits = 0
    let length = 0
    for (let i = this.#run.length - 1; i >= 0; i--) {
      const segment = this.#run[i] as { bits: number; ms: number }
      if (length + segment.ms > 1.5 * targetMs) {
        this.#run.splice(0, i + 1)
        break
      }
      bits += segment.bits
      length += segment.ms
      if (length >= 0.5 * targetMs) this.#peak = Math.max(this.#peak, (bits * 1000) / length)
    }
  }
}

/** Where decoding can start in a file. */
export interface SeekEntry {
  /** Milliseconds from the file's beginning. */
  readonly time: number
  /** Of the tag or fragment, in the file. */
  readonly position: number
}

/** The key frames of a file, as many as there is room for: beyond, every second one is left out, and again. */
export class SeekIndex<Entry extends SeekEntry = SeekEntry> {
  readonly #room: number
  #entries: Entry[] = []
  #every = 1
  #seen = 0

  /** @param room - How many entries, 2 or more. */
  constructor(room: number) {
    this.#room = room
  }

  /** In the order in which they were added. Read it anew after `add` and `cut`. */
  get entries(): readonly Entry[] {
    return this.#entries
  }

  /** In order of position. */
  add(entry: Entry): void {
    const wanted = this.#seen % this.#every === 0
    this.#seen += 1
    if (!wanted) return
    if (this.#entries.length === this.#room) {
      this.#entries = this.#entries.filter((_, i) => i % 2 === 0)
      this.#every *= 2
      if ((this.#seen - 1) % this.#every !== 0) return
    }
    this.#entries.push(entry)
  }

  /** Forgets what lies at a position or behind it. */
  cut(position: number): void {
    this.#entries = this.#entries.filter((entry) => entry.position < position)
  }
}

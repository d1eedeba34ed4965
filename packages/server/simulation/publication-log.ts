/** What a numbered message is. */
export const Kind = {
  audio: 0,
  keyFrame: 1,
  interFrame: 2,
  videoHeader: 3,
  audioHeader: 4,
  /** A data frame that is kept for those who join. */
  dataFrame: 5,
  /** A data message that is only passed on. */
  cue: 6,
} as const

/** One of {@link Kind}. */
export type Kind = (typeof Kind)[keyof typeof Kind]

/** Everything one publisher has sent, by number: what players are measured by. */
export class PublicationLog {
  readonly id: number
  /** The stream's name. */
  readonly name: string
  readonly #now: () => number
  readonly #entries: number[] = []
  readonly #times: number[] = []
  /** How many of its messages the server has taken, once the publication is over. */
  taken: number | undefined
  /** When the server began to take them; `undefined` before. */
  acceptedAt: number | undefined

  constructor(id: number, name: string, now: () => number) {
    this.id = id
    this.name = name
    this.#now = now
  }

  /** How many messages were sent. */
  get size(): number {
    return this.#entries.length
  }

  /** Notes the next message; returns its number. */
  add(kind: Kind, track: number): number {
    this.#entries.push(kind | (track << 4))
    this.#times.push(this.#now())
    return this.#entries.length - 1
  }

  kind(number: number): Kind | undefined {
    const entry = this.#entries[number]
    return entry === undefined ? undefined : ((entry & 15) as Kind)
  }

  track(number: number): number {
    return (this.#entries[number] ?? 0) >> 4
  }

  /** When the server could have taken a message, in milliseconds. */
  availableAt(number: number): number {
    return Math.max(this.#times[number] ?? 0, this.acceptedAt ?? 0)
  }
}

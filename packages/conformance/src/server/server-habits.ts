/** What a connection is there for once it is more than connected. */
export type Streaming = 'publish' | 'play'

/** What a run has found out of the server under test: things that no specification forbids, and that many cases meet. */
export class ServerHabits {
  /** Whether it has a stream only when its timestamps have gone on for seconds; `undefined` until that is known. */
  startsLate: boolean | undefined
  #rewrites: Promise<boolean> | undefined
  readonly #ignores = new Map<Streaming, Promise<boolean>>()
  readonly #found = new Map<Streaming, boolean>()

  /** Notes of an ordinary stream whether it was written anew, so that none needs to be published to find out. */
  noteRewrites(rewrites: boolean): void {
    this.#rewrites ??= Promise.resolve(rewrites)
  }

  /** Whether it writes streams anew: asked once a run, and only when a message came otherwise than it was sent. */
  rewrites(find: () => Promise<boolean>): Promise<boolean> {
    this.#rewrites ??= find().catch(() => false)
    return this.#rewrites
  }

  /** How many habits are known that change what cases do. */
  get count(): number {
    return [this.startsLate, ...this.#found.values()].filter((is) => is === true).length
  }

  /** What {@link ignoresCommands} came to; `undefined` before. */
  knowsToIgnore(streaming: Streaming): boolean | undefined {
    return this.#found.get(streaming)
  }

  /** Whether it answers no createStream on an ordinary connection that streams: asked once a run for each kind. */
  ignoresCommands(streaming: Streaming, find: () => Promise<boolean>): Promise<boolean> {
    const found = async (): Promise<boolean> => {
      const is = await find().catch(() => false)
      this.#found.set(streaming, is)
      return is
    }
    const asked = this.#ignores.get(streaming) ?? found()
    this.#ignores.set(streaming, asked)
    return asked
  }
}

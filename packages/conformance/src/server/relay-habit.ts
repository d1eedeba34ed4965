/** Whether the server under test writes streams anew: asked once a run, and only when a message came otherwise than it was sent. */
export class RelayHabit {
  #rewrites: Promise<boolean> | undefined

  rewrites(find: () => Promise<boolean>): Promise<boolean> {
    this.#rewrites ??= find().catch(() => false)
    return this.#rewrites
  }
}

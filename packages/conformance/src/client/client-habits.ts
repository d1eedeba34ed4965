/** What a run has found out of the client under test. */
export class ClientHabits {
  #ignoresPings: Promise<boolean> | undefined

  /** Whether it answers no ping while it publishes (OBS throws away what it receives then): asked once a run. */
  ignoresPings(find: () => Promise<boolean>): Promise<boolean> {
    this.#ignoresPings ??= find().catch(() => false)
    return this.#ignoresPings
  }
}

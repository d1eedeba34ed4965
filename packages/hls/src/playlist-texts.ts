/** The texts of media playlists as they stand, each made once for all who ask. */
export class PlaylistTexts<Key> {
  readonly #full: Map<Key, string> = new Map()
  readonly #delta: Map<Key, string> = new Map()

  /** @param make - Makes the text that is not there. */
  of(key: Key, isDelta: boolean, make: () => string): string {
    const texts = isDelta ? this.#delta : this.#full
    let text = texts.get(key)
    if (text === undefined) texts.set(key, (text = make()))
    return text
  }

  /** They are not as they stand any more. */
  clear(): void {
    this.#full.clear()
    this.#delta.clear()
  }
}

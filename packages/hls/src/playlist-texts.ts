/**
 * How a media playlist is told: whole, as a Playlist Delta Update, or, of a stream that has ended, as it stood with its last part and before the end was
 * said.
 */
export type PlaylistForm = 'whole' | 'delta' | 'last'

/** The texts of media playlists as they stand, each made once for all who ask. */
export class PlaylistTexts<Key> {
  readonly #texts: Record<PlaylistForm, Map<Key, string>> = {
    whole: new Map(),
    delta: new Map(),
    last: new Map(),
  }

  /** @param make - Makes the text that is not there. */
  of(key: Key, form: PlaylistForm, make: () => string): string {
    const texts = this.#texts[form]
    let text = texts.get(key)
    if (text === undefined) texts.set(key, (text = make()))
    return text
  }

  /** They are not as they stand any more. */
  clear(): void {
    for (const texts of Object.values(this.#texts)) texts.clear()
  }
}

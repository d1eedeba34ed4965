import { type MediaKind, type MediaMessage, parseTrackInfoMaps } from '@rtmp/e-rtmp'
import { shownText } from '@rtmp/bytes/text'

/** The most characters of a name. */
const MOST = 64

/** Which properties of a track's description in `onMetaData` are its name, the first that is there. */
const NAME_PROPERTIES = ['name', 'title', 'label', 'language'] as const

/** Names of tracks by the publisher's metadata. */
export class TrackNames {
  readonly #names = new Map<string, string>()
  readonly #languages = new Map<string, string>()

  /** Takes in a data message. What cannot be read, and what says nothing of tracks, is passed over. */
  add(message: MediaMessage): void {
    if (message.name !== 'onMetaData') return
    let maps: ReturnType<typeof parseTrackInfoMaps>
    try {
      maps = parseTrackInfoMaps(message.values.at(-1))
    } catch {
      return
    }
    this.#names.clear()
    this.#languages.clear()
    for (const kind of ['video', 'audio'] as const) {
      for (const [trackId, info] of maps[kind]) {
        const name = NAME_PROPERTIES.map((property) => info[property]).find(isText)
        if (name !== undefined) this.#names.set(`${kind}${trackId}`, quotable(name))
        const { language } = info as { language?: unknown }
        if (typeof language === 'string' && /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$/.test(language))
          this.#languages.set(`${kind}${trackId}`, language)
      }
    }
  }

  nameOf(kind: MediaKind, trackId: number): string | undefined {
    return this.#names.get(`${kind}${trackId}`)
  }

  /** A language tag (RFC 5646). */
  languageOf(kind: MediaKind, trackId: number): string | undefined {
    return this.#languages.get(`${kind}${trackId}`)
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''

/** A stranger's text as a quoted-string of a playlist (RFC 8216bis §4.1 to §4.3): no quotes, no line breaks, NFC, no reference to a variable. */
const quotable = (text: string): string =>
  shownText(text, MOST).normalize('NFC').replaceAll('"', "'").replaceAll('{$', '{ $')

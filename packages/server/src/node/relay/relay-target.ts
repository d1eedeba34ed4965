import { isUsageError, UsageError } from '@rtmp/bytes'
import { parseRtmpUrl } from '@rtmp/client'

/** What can be wrong with a rule. */
export type RelayUsageCode =
  /** A rule that contradicts itself, or lacks something; the path names it. */
  | 'RELAY_INVALID'
  /** A URL of a rule that is no address of RTMP. */
  | 'RELAY_URL_INVALID'

const PLACEHOLDER = /\{([^{}]*)\}/g

/** What is wrong with a URL, without the place that the error is about by itself. */
const wordsOf = (cause: unknown): string =>
  isUsageError(cause) ? cause.message.replace(` (${cause.code} at ${cause.path})`, '') : String(cause)

/** App and name of a stream at the other server. */
export interface RelayPlace {
  readonly app: string
  readonly streamName: string
}

/**
 * A URL with placeholders. They are filled in after the URL has been taken apart, so that no name, whatever stands in it,
 * leads to another host or app.
 */
export class RelayTarget {
  /** As it was given: may hold a password. */
  readonly url: string
  readonly #app: string
  readonly #streamName: string

  /**
   * @param path - Of the option, for errors.
   * @throws UsageError `RELAY_URL_INVALID`
   */
  constructor(url: string, path: string) {
    const fail = (why: string, cause?: unknown): UsageError<RelayUsageCode> =>
      new UsageError('RELAY_URL_INVALID', why, path, { cause })
    try {
      const { app, streamName } = parseRtmpUrl(url)
      this.#app = app
      this.#streamName = streamName
    } catch (cause) {
      throw fail(wordsOf(cause), cause)
    }
    this.url = url
    if (this.#streamName === '') throw fail('the stream name is missing: rtmp://host/app/{streamName}')
    for (const [text, name] of url.matchAll(PLACEHOLDER)) {
      const isKnown = name === 'app' || name === 'streamName'
      if (!isKnown) throw fail(`there is no ${text}: {app} and {streamName} stand for those of the stream`)
      if (!this.#app.includes(text) && !this.#streamName.includes(text)) {
        throw fail(`${text} may stand in the path only`)
      }
    }
  }

  /** Where a stream of this server is at the other one. */
  placeOf(app: string, streamName: string): RelayPlace {
    const fill = (text: string): string =>
      text.replace(PLACEHOLDER, (_, name: string) => (name === 'app' ? app : streamName))
    return { app: fill(this.#app), streamName: fill(this.#streamName) }
  }
}

import { type MediaMessage, type PerformanceReport, performanceReports } from '@rtmp/e-rtmp'

/** How one rendition of a publisher is doing on the publisher's machine, since the publication began. */
export interface RenditionPerformance {
  /** Of the rendition in the publisher's messages; 0 for the first. */
  readonly trackId: number
  /** Pictures given to its encoder. */
  readonly input: number
  /** ... left out, because the encoder is too slow. */
  readonly skipped: number
  /** ... encoded. */
  readonly output: number
  /** How long the encoder took for the picture that was last told of, in milliseconds. */
  readonly encodeMs: number | undefined
  /** From composing that picture to sending it, in milliseconds. */
  readonly delayMs: number | undefined
}

/** What a publisher tells of its own machine (OBS with several renditions), since the publication began. */
export interface PublisherPerformance {
  /** Pictures rendered. */
  readonly rendered: number
  /** ... rendered too late: the machine is too slow for the scene. */
  readonly lagged: number
  /** ... of all renditions, not sent: the way to this server is too slow. */
  readonly dropped: number
  /** ... of all renditions, sent. */
  readonly output: number
  /** At most 16, one for each track that has told something. */
  readonly renditions: readonly RenditionPerformance[]
}

/** No publisher that tells has more. */
const MOST_TRACKS = 16

const difference = (from: number | undefined, to: number | undefined): number | undefined =>
  from === undefined || to === undefined ? undefined : Math.max(0, to - from)

/** Who has told nothing with so many key frames ... */
const SILENT_AFTER = 8
/** ... is listened to with each of so many only: to look costs what a message costs ten times. */
const LISTENED_TO = 32

/** Adds up what a publisher tells with its key frames. */
export class PerformanceWatch {
  readonly #renditions = new Map<number, RenditionPerformance>()
  #session = { rendered: 0, lagged: 0, dropped: 0, output: 0 }
  /** The session is told of with each track; one of them is listened to. */
  #teller: number | undefined
  /** Key frames since the last one that told something. */
  #untold = 0

  /** So far; `undefined` for who tells nothing. */
  get report(): PublisherPerformance | undefined {
    if (this.#renditions.size === 0) return undefined
    const renditions = [...this.#renditions.values()].sort((a, b) => a.trackId - b.trackId)
    return { ...this.#session, renditions }
  }

  /** A key frame has come. */
  look(message: MediaMessage): void {
    const untold = this.#untold++
    if (untold >= SILENT_AFTER && untold % LISTENED_TO !== 0) return
    for (const report of performanceReports(message)) {
      this.#untold = 0
      this.#add(report)
    }
  }

  #add({ trackId, picture, session, rendition }: PerformanceReport): void {
    const known = this.#renditions.get(trackId)
    if (known === undefined && this.#renditions.size >= MOST_TRACKS) return
    this.#renditions.set(trackId, {
      trackId,
      input: (known?.input ?? 0) + (rendition?.input ?? 0),
      skipped: (known?.skipped ?? 0) + (rendition?.skipped ?? 0),
      output: (known?.output ?? 0) + (rendition?.output ?? 0),
      encodeMs: difference(picture.encodeBeganAt, picture.encodeEndedAt) ?? known?.encodeMs,
      delayMs: difference(picture.composedAt, picture.sentAt) ?? known?.delayMs,
    })
    if (session === undefined) return
    this.#teller ??= trackId
    if (this.#teller !== trackId) return
    const { rendered, lagged, dropped, output } = this.#session
    this.#session = {
      rendered: rendered + session.rendered,
      lagged: lagged + session.lagged,
      dropped: dropped + session.dropped,
      output: output + session.output,
    }
  }
}

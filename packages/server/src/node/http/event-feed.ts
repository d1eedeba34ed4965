import { shownText } from '@rtmp/bytes/text'
import type { ServerCore } from '../../core/server-core.ts'
import type { Facts, Level } from '../log.ts'
import { logEvents } from '../log-events.ts'

/** One line of what happens. */
interface FeedEntry {
  readonly id: number
  /** The event's name. */
  readonly event: string
  /** Its JSON. */
  readonly data: string
}

/** Lines that are kept for those who come or come back, while anybody listens. */
const MOST_KEPT = 500

/** Listeners at once. */
const MOST_LISTENERS = 32

/** What may wait for a listener, in characters; who is slower comes again, and is told what he has missed as far as it is kept. */
const MOST_WAITING = 1_000_000

/** How often a listener is sent a sign of life, in milliseconds. */
const ALIVE_MS = 15_000

/** Longest text of a line and of a fact in it, in characters. */
const MOST_TEXT = 1000
const MOST_FACT = 300

/** What happens, as Server-Sent Events. Nothing is looked at while nobody listens. */
export class EventFeed {
  readonly #core: ServerCore
  readonly #listeners = new Set<ReadableStreamDefaultController<string>>()
  readonly #kept: FeedEntry[] = []
  #lastId = 0
  #stop: (() => void) | undefined
  #alive: NodeJS.Timeout | undefined

  constructor(core: ServerCore) {
    this.#core = core
  }

  /** Whether another listener may come. */
  get isFull(): boolean {
    return this.#listeners.size >= MOST_LISTENERS
  }

  /**
   * Listens from now on.
   *
   * @param after - The number of the last line that the listener has: what is kept of those behind it comes first.
   */
  listen(after: number | undefined): ReadableStream<Uint8Array> {
    let own: ReadableStreamDefaultController<string> | undefined
    const stream = new ReadableStream<string>(
      {
        start: (controller) => {
          own = controller
          controller.enqueue('retry: 2000\n\n')
          for (const entry of this.#kept)
            if (after !== undefined && entry.id > after) controller.enqueue(written(entry))
          this.#entered(controller)
        },
        cancel: () => {
          if (own !== undefined) this.#left(own)
        },
      },
      { highWaterMark: MOST_WAITING, size: (text?: string) => text?.length ?? 0 },
    )
    return stream.pipeThrough(new TextEncoderStream())
  }

  /** Ends all. */
  close(): void {
    for (const controller of Array.from(this.#listeners)) this.#end(controller)
  }

  #entered(controller: ReadableStreamDefaultController<string>): void {
    this.#listeners.add(controller)
    if (this.#stop !== undefined) return
    this.#stop = logEvents(this.#core.events, {
      writes: () => true,
      write: (level, text, facts) => this.#tell(level, text, facts ?? {}),
    })
    this.#alive = setInterval(() => this.#send(': alive\n\n'), ALIVE_MS).unref()
  }

  #left(controller: ReadableStreamDefaultController<string>): void {
    this.#listeners.delete(controller)
    if (this.#listeners.size > 0) return
    clearInterval(this.#alive)
    this.#stop?.()
    this.#stop = undefined
    this.#kept.length = 0
  }

  #end(controller: ReadableStreamDefaultController<string>): void {
    this.#left(controller)
    controller.close()
  }

  #tell(level: Level, text: string, facts: Facts): void {
    const { event, ...rest } = facts
    const shown = Object.fromEntries(Object.entries(rest).map(([name, fact]) => [name, shownFact(fact)]))
    const data = JSON.stringify({ at: Date.now(), level, text: shownText(text, MOST_TEXT), ...shown })
    const entry = { id: ++this.#lastId, event: String(event), data }
    this.#kept.push(entry)
    if (this.#kept.length > MOST_KEPT) this.#kept.shift()
    this.#send(written(entry))
  }

  #send(text: string): void {
    for (const controller of Array.from(this.#listeners)) {
      if ((controller.desiredSize ?? 0) < text.length) this.#end(controller)
      else controller.enqueue(text)
    }
  }
}

const written = ({ id, event, data }: FeedEntry): string => `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`

const shownFact = (fact: unknown): unknown => {
  if (typeof fact === 'string') return shownText(fact, MOST_FACT)
  return fact instanceof Error ? shownText(fact.message, MOST_TEXT) : fact
}

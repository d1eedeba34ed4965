import { shownText } from '@rtmp/bytes/text'
import type { LoggedLine } from '../../contract/logged-line.ts'
import type { ServerEvents } from '../../contract/events.ts'
import type { ServerCore } from '../../core/server-core.ts'
import { type EventSource, logEvents } from '../log-events.ts'

/** Lines that are kept of a connection, and connections that are remembered when they have gone. */
export const CONNECTION_LOGS = { mostLines: 40, mostGone: 200 } as const

/** Longest text of a line, in characters. */
const MOST_TEXT = 300

/** What a line costs beside its text, in bytes. */
const LINE_BYTES = 160

/** Events that are about one connection. */
const NAMES: ReadonlySet<keyof ServerEvents> = new Set([
  'connectionOpened',
  'connected',
  'warning',
  'connectionClosed',
  'publishStarted',
  'publishEnded',
  'playStarted',
  'playEnded',
  'playThrottled',
  'refused',
] as const)

interface Kept {
  readonly lines: LoggedLine[]
  bytes: number
}

const logsOf = new WeakMap<ServerCore, ConnectionLogs>()

/** What has happened to each connection: its latest lines, counted in the memory of the server. */
export class ConnectionLogs {
  readonly #core: ServerCore
  readonly #open = new Map<number, Kept>()
  /** The oldest first. */
  readonly #gone = new Map<number, Kept>()

  private constructor(core: ServerCore) {
    this.#core = core
    const source: EventSource = {
      on: (name, listener) => (NAMES.has(name) ? core.events.on(name, listener) : () => {}),
    }
    logEvents(source, {
      writes: () => true,
      write: (level, text, facts) => {
        const { connection, event } = facts ?? {}
        if (typeof connection !== 'number') return
        const line = { at: Date.now(), level, event: String(event), text: shownText(text, MOST_TEXT) }
        this.#add(connection, line)
        if (event === 'connectionClosed') this.#leave(connection)
      },
    })
  }

  /** Those of a server, from the first call on. */
  static of(core: ServerCore): ConnectionLogs {
    const present = logsOf.get(core) ?? new ConnectionLogs(core)
    logsOf.set(core, present)
    return present
  }

  /** Oldest first; `undefined` for a connection that nothing is known of. */
  linesOf(connection: number): readonly LoggedLine[] | undefined {
    return (this.#open.get(connection) ?? this.#gone.get(connection))?.lines
  }

  #add(connection: number, line: LoggedLine): void {
    const kept = this.#open.get(connection) ?? { lines: [], bytes: 0 }
    this.#open.set(connection, kept)
    kept.lines.push(line)
    let change = costOf(line)
    if (kept.lines.length > CONNECTION_LOGS.mostLines) {
      const [oldest] = kept.lines.splice(0, 1)
      if (oldest !== undefined) change -= costOf(oldest)
    }
    kept.bytes += change
    this.#core.registry.memory.count(change)
  }

  /** Remembers it for a while. */
  #leave(connection: number): void {
    const kept = this.#open.get(connection)
    if (kept === undefined) return
    this.#open.delete(connection)
    this.#gone.set(connection, kept)
    if (this.#gone.size <= CONNECTION_LOGS.mostGone) return
    const [oldest] = this.#gone
    if (oldest === undefined) return
    this.#gone.delete(oldest[0])
    this.#core.registry.memory.count(-oldest[1].bytes)
  }
}

const costOf = ({ text, event }: LoggedLine): number => LINE_BYTES + 2 * (text.length + event.length)

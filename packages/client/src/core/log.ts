/** How much a log line matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** What a {@link LogEntry} is about; stable. */
export type LogEvent =
  // On the way to a connection.
  | 'connecting'
  | 'connected'
  | 'authenticating'
  | 'classic'
  | 'redirected'
  | 'retrying'
  | 'gaveUp'
  // The stream.
  | 'live'
  | 'playing'
  | 'unpublished'
  | 'dropping'
  | 'caughtUp'
  | 'lost'
  // What the server asks and says beside it.
  | 'callFailed'
  | 'sharedObject'
  // To another server, at the wish of this one.
  | 'moving'
  | 'moved'
  | 'notMoved'
  // The end.
  | 'ended'
  | 'failed'

/**
 * What happened, in words for the person who streams, and as a name to sort by. Stream keys are left out. Programs act on the events
 * of a publisher or player, which carry the facts, not the words.
 */
export interface LogEntry {
  /** How much it matters to who streams: `'warn'` for what it goes on after by itself. */
  readonly level: LogLevel
  /** Stable. */
  readonly event: LogEvent
  /** One sentence. */
  readonly text: string
}

/** Takes log lines; must not throw. */
export type LogSink = (entry: LogEntry) => void

/** A duration for people: `320 ms`, `4.2 s`, `2 min 5 s`. */
export const inWords = (ms: number): string => {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

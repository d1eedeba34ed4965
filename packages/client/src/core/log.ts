/** How much a log line matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** What happened, in words for the person who streams, and as a name for programs. Stream keys are left out. */
export interface LogEntry {
  readonly level: LogLevel
  /** Stable, for programs: `'connecting'`, `'live'`, `'lost'`, `'retrying'`, … */
  readonly event: string
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

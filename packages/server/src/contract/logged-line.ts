/** One line of what has happened. */
export interface LoggedLine {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** The name of the event. */
  readonly event: string
  /** For people, with what strangers have chosen cut and harmless. */
  readonly text: string
}

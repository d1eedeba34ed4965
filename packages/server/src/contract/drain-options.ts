/** How a server is emptied. */
export interface DrainOptions {
  /** How long clients may take to leave, in milliseconds; then they are ended. Default 10,000. */
  readonly deadlineMs?: number
  /** Where clients that know reconnect requests are sent: a URL, or a reference to resolve against theirs. Default the same address. */
  readonly tcUrl?: string
  /** For people. */
  readonly description?: string
}

/** Default of {@link DrainOptions.deadlineMs}. */
export const DEFAULT_DRAIN_MS = 10_000

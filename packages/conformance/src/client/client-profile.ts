import type { Link } from '../wire/link.ts'

/** What a client is asked to do in a case. */
export type ClientRole = 'publish' | 'play'

/** A client that runs. */
export interface RunningClient {
  /** Resolves when it has ended by itself, with whether it counts that as a success. */
  readonly ended: Promise<boolean>
  /** Ends it at once, with all that it started. Does nothing when it has ended. */
  stop(): void
}

/** The client under test, and how the tester listens for it. */
export interface ClientProfile {
  /** For the report. */
  readonly name: string
  /** Roles that it has. */
  readonly roles: readonly ClientRole[]
  /** Starts it against a URL of the tester. */
  start(role: ClientRole, url: string): RunningClient
  /** Listens for connections; resolves with the URL up to the app. */
  listen(onLink: (link: Link) => void): Promise<{ readonly url: string; close(): void }>
  /** For something that must come, in milliseconds; a client that is started by hand takes long. */
  readonly answerMs: number
  /** For something that must not come, in milliseconds. */
  readonly quietMs: number
}

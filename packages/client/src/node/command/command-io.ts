import type { Readable } from 'node:stream'

/** Standard output or error, or something in their place. */
export interface Output extends NodeJS.WritableStream {
  readonly isTTY?: boolean
  /** Characters in a line of the terminal. */
  readonly columns?: number
}

/** The world around the command, so that it runs without a process of its own. */
export interface CommandIo {
  readonly stdin: Readable
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  /** Asks the command to come to an orderly end; the reason is an `Interruption`. */
  readonly signal: AbortSignal
}

import type { Writable } from 'node:stream'

/** Where the command writes, and what ends it early. */
export interface CommandIo {
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly signal: AbortSignal
}

/** How the command ends. */
export const ExitCode = {
  /** Every case that counts passed. */
  done: 0,
  /** A case failed. */
  failed: 1,
  /** Wrong command line, or a target that is not allowed. */
  usage: 2,
  /** The peer could not be reached at all. */
  unreachable: 3,
  /** Ctrl-C. */
  interrupted: 130,
} as const

/** A wrong command line: what was wrong and what to do, for the person who typed it. */
export class UsageProblem extends Error {
  override readonly name = 'UsageProblem'
}

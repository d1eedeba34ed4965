/**
 * Why a directory could not do what it was asked.
 *
 * - `DIRECTORY_AWAY`: it cannot be reached, does not answer in time, or cannot write at the moment. Try again.
 * - `DIRECTORY_DENIED`: it wants other credentials, or more rights.
 * - `DIRECTORY_REPLY`: it answered something that no directory answers: another program's keys, a version that lacks a
 *   command.
 * - `DIRECTORY_CLOSED`: `close` was called.
 * - `DIRECTORY_FIELD`: an argument that cannot be: the message names it.
 * - `DIRECTORY_LIBRARY`: the client library is not installed.
 */
export type DirectoryErrorCode =
  | 'DIRECTORY_AWAY'
  | 'DIRECTORY_DENIED'
  | 'DIRECTORY_REPLY'
  | 'DIRECTORY_CLOSED'
  | 'DIRECTORY_FIELD'
  | 'DIRECTORY_LIBRARY'

const BRAND = Symbol.for('@rtmp/DirectoryError')

/** What a {@link Directory}'s calls reject with. */
export class DirectoryError extends Error {
  /** The same in every copy of the package. */
  override readonly name = 'DirectoryError'
  /** Stable under semver. */
  readonly code: DirectoryErrorCode

  constructor(code: DirectoryErrorCode, message: string, options?: { cause?: unknown }) {
    super(`${message} (${code})`, options)
    this.code = code
    Object.defineProperty(this, BRAND, { value: true })
  }
}

/** Whether a thrown value is a {@link DirectoryError}, of whichever copy of this package. */
export const isDirectoryError = (error: unknown): error is DirectoryError =>
  typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[BRAND] === true

/**
 * The three error families of every `@rtmp` package.
 *
 * - {@link DecodeError}: the peer's bytes are illegal.
 * - {@link ProtocolError}: the bytes are legal, but come at the wrong time or break an agreed limit.
 * - {@link UsageError}: our caller asked for something that cannot be done.
 *
 * Packages are versioned independently, so two copies of this module can be loaded at once. Recognise errors with
 * {@link isDecodeError} and its siblings (they look at a brand), not with `instanceof`.
 */

const DECODE = Symbol.for('@rtmp/DecodeError')
const PROTOCOL = Symbol.for('@rtmp/ProtocolError')
const USAGE = Symbol.for('@rtmp/UsageError')

const brand = (error: object, mark: symbol): void => {
  Object.defineProperty(error, mark, { value: true })
}

const branded = (error: unknown, mark: symbol): boolean =>
  typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[mark] === true

/** Where in a connection or file an error arose, for example `'handshake'`, `'chunk'`, `'amf0'`, `'flv'`. */
export type Phase = string

/** Bytes from a peer or a file that no reading of the specification allows. */
export class DecodeError<Code extends string = string> extends Error {
  /** The same in every copy of the package; ask with `isDecodeError`. */
  override readonly name = 'DecodeError'
  /** What is wrong, stable under semver; each package documents its codes. */
  declare readonly code: Code
  /** Bytes from the start of the input (or of the stream) to the offending field. */
  declare readonly offset: number
  /** The layer that refused the bytes. */
  declare readonly phase: Phase

  /**
   * @param code - Stable identifier of the fault.
   * @param message - What was found and what was expected, in one sentence.
   * @param offset - Bytes from the start of the input or stream to the offending field.
   * @param phase - The layer that refused the bytes.
   */
  constructor(code: Code, message: string, offset: number, phase: Phase, options?: { cause?: unknown }) {
    super(`${message} (${code} at byte ${offset}, ${phase})`, options)
    this.code = code
    this.offset = offset
    this.phase = phase
    brand(this, DECODE)
  }
}

/** Legal bytes at the wrong time, or beyond a limit: the peer breaks the protocol's order or our bounds. */
export class ProtocolError<Code extends string = string> extends Error {
  /** The same in every copy of the package; ask with `isProtocolError`. */
  override readonly name = 'ProtocolError'
  /** What is wrong, stable under semver. */
  declare readonly code: Code
  /** The state the connection was in when it happened. */
  declare readonly phase: Phase

  /**
   * @param code - Stable identifier of the fault.
   * @param message - What happened and what was allowed, in one sentence.
   * @param phase - The state the connection was in.
   */
  constructor(code: Code, message: string, phase: Phase, options?: { cause?: unknown }) {
    super(`${message} (${code}, ${phase})`, options)
    this.code = code
    this.phase = phase
    brand(this, PROTOCOL)
  }
}

/** A caller of ours passed something that cannot be represented or is out of range. */
export class UsageError<Code extends string = string> extends Error {
  /** The same in every copy of the package; ask with `isUsageError`. */
  override readonly name = 'UsageError'
  /** What is wrong, stable under semver. */
  declare readonly code: Code
  /** The argument, or the path inside it, for example `'$.list[3].when'`. */
  declare readonly path: string

  /**
   * @param code - Stable identifier of the mistake.
   * @param message - What was wrong and what to do instead, in one sentence.
   * @param path - The argument, or the path inside it.
   */
  constructor(code: Code, message: string, path: string, options?: { cause?: unknown }) {
    super(`${message} (${code} at ${path})`, options)
    this.code = code
    this.path = path
    brand(this, USAGE)
  }
}

/** Whether a thrown value is a {@link DecodeError}, of whichever copy of this package. */
export const isDecodeError = (error: unknown): error is DecodeError => branded(error, DECODE)

/** Whether a thrown value is a {@link ProtocolError}, of whichever copy of this package. */
export const isProtocolError = (error: unknown): error is ProtocolError => branded(error, PROTOCOL)

/** Whether a thrown value is a {@link UsageError}, of whichever copy of this package. */
export const isUsageError = (error: unknown): error is UsageError => branded(error, USAGE)

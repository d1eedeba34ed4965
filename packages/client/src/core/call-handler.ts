/** A function of ours that the server calls (RTMP 1.0 §7.2.1.2). */
export interface ServerCall {
  /** Of the function; none of those that RTMP has itself. */
  readonly name: string
  /** What came after the command object. */
  readonly values: readonly unknown[]
  /** `null` from most servers. */
  readonly commandObject: unknown
  /** 0 for the connection. */
  readonly messageStreamId: number
  /** Whether the server waits for an answer. */
  readonly wantsAnswer: boolean
}

/**
 * Answers a call: with what is returned, or what its promise gives; an array for several values. Nothing at all, and an
 * error, refuse it.
 */
export type CallHandler = (call: ServerCall) => unknown

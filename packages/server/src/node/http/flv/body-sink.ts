import type { Framing } from '@rtmp/live/engine'
import type { WebAnswer } from '../../../web/web-answer.ts'

/** Where the body of an answer goes: past Node's response, through it, into a stream of the web, into a WebSocket. */
export interface BodySink {
  /** What has to stand around bytes that leave together. */
  readonly framing: Framing
  /** Bytes that were written and are still held here. */
  readonly pendingBytes: number
  /** Begins the answer: a body of FLV follows. */
  open(): void
  /** See `OutboxTransport.write`. */
  write(bytes: Uint8Array, done?: () => void): void
  /** Ends the body behind what was written. */
  end(why: WebAnswer): void
  /** Answers without a body of FLV; {@link open} has not been called. */
  refuse(why: WebAnswer): void
  /** Ends everything at once. */
  destroy(): void
  /** Calls once, later, when nobody reads any more. Not called after {@link refuse}. */
  whenClosed(call: (error: Error | undefined) => void): void
}

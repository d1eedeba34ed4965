import type { ServerInfo } from './server-info.ts'
import type { RemoteSharedObject, SharedObjectOptions } from './shared-object.ts'

/** What the server has answered to a call. */
export interface CallReply {
  /** `_result` (true) or `_error` (false). */
  readonly ok: boolean
  /** What came after the command object, decoded from AMF. Often one, an object. */
  readonly values: readonly unknown[]
  /** What came before them: `null` from most servers. */
  readonly commandObject: unknown
}

/** What is said to the server beside the stream, and asked of it; on whichever connection there is. */
export interface ServerHandle {
  /** What it has said of itself on the present connection; `undefined` while there is none. */
  readonly info: ServerInfo | undefined
  /**
   * Calls a procedure of the server, and waits for its answer.
   *
   * @throws RtmpClientError `TIMEOUT` after `deadlines.request`, `CONNECTION_LOST`, `CLOSED`; UsageError for values that AMF0
   *   cannot hold, or too many calls at once
   */
  call(name: string, ...values: readonly unknown[]): Promise<CallReply>
  /** Calls a procedure of the server that does not answer. @throws RtmpClientError `CONNECTION_LOST`; UsageError */
  notify(name: string, ...values: readonly unknown[]): void
  /**
   * Milliseconds to the server and back, by a ping request (RTMP 1.0 §7.1.7). Some servers know none from a client.
   *
   * @throws RtmpClientError `TIMEOUT` after `deadlines.request`, `CONNECTION_LOST`, `CLOSED`
   */
  ping(): Promise<number>
  /**
   * Uses a shared object of the server (RTMP 1.0 §7.1.3), over as many connections as it takes. One for each name: asked
   * for again it is the same, until it is closed.
   *
   * @throws UsageError `NAME_TOO_LONG` for a name of more than 65 535 bytes
   */
  sharedObject(name: string, options?: SharedObjectOptions): RemoteSharedObject
}

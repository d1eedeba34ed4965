import type { StatusDetails, UserControlEvent } from '@rtmp/message'
import type { OwnEndReason } from '@rtmp/session'
import type { DrainOptions } from './drain-options.ts'

/** What a client answered to a call. */
export interface CallAnswer {
  /** `_result` (true) or `_error` (false). */
  readonly ok: boolean
  /** What came after the command object, decoded from AMF; objects are plain, without prototype. */
  readonly values: readonly unknown[]
}

/** A message to one client, of any type but those that the connection itself is made of. */
export interface ClientMessage {
  /** 16 and 19 shared object, 15 and 18 data, 17 and 20 command, … */
  readonly typeId: number
  /** 0 for the connection, which is the default. */
  readonly messageStreamId?: number
  /** Milliseconds, uint32. Default 0. */
  readonly timestamp?: number
  /** Kept until it has been sent: must not change. */
  readonly payload: Uint8Array
}

/**
 * What an application can say to one client and ask of it. After the end of the connection nothing happens any more.
 *
 * Everything but {@link ClientHandle.kick} needs a client whose `connect` was accepted.
 */
export interface ClientHandle {
  /** Ends the connection in order: what it publishes and plays ends, the client is told, what was written is sent. */
  kick(description?: string, reason?: OwnEndReason): void

  /** Ends a publish; the connection ends with it unless it does something else. False when there is none. */
  endPublish(messageStreamId: number, description?: string, reason?: OwnEndReason, code?: string): boolean

  /** Ends a play; the connection goes on. False when there is none. */
  endPlay(messageStreamId: number, description?: string, reason?: OwnEndReason, code?: string): boolean

  /**
   * Sends `onStatus`.
   *
   * @param messageStreamId - 0 for the connection.
   * @throws UsageError `SESSION_NOT_CONNECTED`, or details that cannot be encoded
   */
  status(messageStreamId: number, code: string, details?: StatusDetails): void

  /**
   * Sends a user control message: `streamDry`, `streamIsRecorded`, `pingRequest` and the others.
   *
   * @throws UsageError `SESSION_NOT_CONNECTED`, or a field out of range
   */
  userControl(event: UserControlEvent): void

  /**
   * Sends a message as it is: a shared object (`encodeSharedObject` of `@rtmp/message`), or any other type; what comes of the kind is told
   * by the event `message`.
   *
   * @throws UsageError `SESSION_NOT_CONNECTED`, `SESSION_MESSAGE_TYPE` for Set Chunk Size and Abort
   */
  send(message: ClientMessage): void

  /**
   * Asks the client to connect again, here or elsewhere (E-RTMP v2, Reconnect Request). False when it has not said that it knows
   * the request, or is not connected.
   */
  askToReconnect(options?: Pick<DrainOptions, 'tcUrl' | 'description'>): boolean

  /**
   * Sends a data message to a player, beside its stream.
   *
   * @throws UsageError `SESSION_NOT_CONNECTED`, or values that cannot be encoded
   */
  data(messageStreamId: number, timestamp: number, name: string, ...values: readonly unknown[]): void

  /**
   * Calls a function of the client that is not answered.
   *
   * @throws UsageError `SESSION_NOT_CONNECTED`, or values that cannot be encoded
   */
  notify(messageStreamId: number, name: string, ...values: readonly unknown[]): void

  /**
   * Calls a function of the client and waits for its answer. Rejects when none comes in time or the connection ends.
   *
   * @throws UsageError `SESSION_NOT_CONNECTED`, too many calls, or values that cannot be encoded
   */
  call(name: string, ...values: readonly unknown[]): Promise<CallAnswer>
}

import type { StatusDetails, UserControlEvent } from '@rtmp/message'
import type { OwnEndReason, ServerSession } from '@rtmp/session'
import type { Connection } from './connection.ts'

/** What a client answered to a call. */
export interface CallAnswer {
  /** `_result` (true) or `_error` (false). */
  readonly ok: boolean
  readonly values: readonly unknown[]
}

interface Waiting {
  readonly resolve: (answer: CallAnswer) => void
  readonly reject: (error: Error) => void
}

/**
 * What an application can say to one client and ask of it. After the end of the connection nothing happens any more.
 *
 * Everything but {@link kick} needs a client whose `connect` was accepted.
 */
export class ClientHandle {
  readonly #connection: Connection
  readonly #session: ServerSession
  readonly #calls = new Map<number, Waiting>()

  /** @internal */
  constructor(connection: Connection, session: ServerSession) {
    this.#connection = connection
    this.#session = session
  }

  /** Ends the connection in order: what it publishes and plays ends, the client is told, what was written is sent. */
  kick(description = 'ended by the server', reason: OwnEndReason = 'kicked'): void {
    this.#connection.close(reason, description, this.#connection.core.now())
  }

  /** Ends a publish; the connection ends with it unless it does something else. False when there is none. */
  endPublish(
    messageStreamId: number,
    description = 'ended by the server',
    reason: OwnEndReason = 'kicked',
    code?: string,
  ): boolean {
    const why = { kind: 'reject' as const, description, ...(code === undefined ? {} : { code }) }
    return this.#connection.activities.endPublish(messageStreamId, why, reason)
  }

  /** Ends a play; the connection goes on. False when there is none. */
  endPlay(
    messageStreamId: number,
    description = 'ended by the server',
    reason: OwnEndReason = 'kicked',
    code?: string,
  ): boolean {
    const why = { kind: 'reject' as const, description, ...(code === undefined ? {} : { code }) }
    return this.#connection.activities.endPlay(messageStreamId, why, reason)
  }

  /**
   * Sends `onStatus`.
   *
   * @param messageStreamId - 0 for the connection.
   * @throws UsageError `SESSION_NOT_CONNECTED`, or details that cannot be encoded
   */
  status(messageStreamId: number, code: string, details?: StatusDetails): void {
    this.#act(() => this.#session.onStatus(messageStreamId, code, details))
  }

  /**
   * Sends a user control message: `streamDry`, `streamIsRecorded`, `pingRequest` and the others.
   *
   * @throws UsageError `SESSION_NOT_CONNECTED`, or a field out of range
   */
  userControl(event: UserControlEvent): void {
    this.#act(() => this.#session.userControl(event))
  }

  /**
   * Sends a data message to a player, beside its stream.
   *
   * @throws UsageError `SESSION_NOT_CONNECTED`, or values that cannot be encoded
   */
  data(messageStreamId: number, timestamp: number, name: string, ...values: readonly unknown[]): void {
    this.#act(() => this.#session.sendData(messageStreamId, timestamp, name, ...values))
  }

  /**
   * Calls a function of the client that is not answered.
   *
   * @throws UsageError `SESSION_NOT_CONNECTED`, or values that cannot be encoded
   */
  notify(messageStreamId: number, name: string, ...values: readonly unknown[]): void {
    this.#act(() => this.#session.notify(messageStreamId, name, ...values))
  }

  /**
   * Calls a function of the client and waits for its answer. Rejects when none comes in time or the connection ends.
   *
   * @throws UsageError `SESSION_NOT_CONNECTED`, too many calls, or values that cannot be encoded
   */
  async call(name: string, ...values: readonly unknown[]): Promise<CallAnswer> {
    if (!this.#connection.isOpen) throw new Error('the connection has ended')
    let requestId = 0
    this.#act(() => {
      requestId = this.#session.call(name, ...values)
    })
    return new Promise((resolve, reject) => {
      this.#calls.set(requestId, { resolve, reject })
    })
  }

  /** @internal The answer to a call has come. */
  answered(requestId: number, answer: CallAnswer): void {
    this.#calls.get(requestId)?.resolve(answer)
    this.#calls.delete(requestId)
  }

  /** @internal No answer will come. */
  unanswered(requestId: number, why: string): void {
    this.#calls.get(requestId)?.reject(new Error(why))
    this.#calls.delete(requestId)
  }

  #act(action: () => void): void {
    this.#connection.act(this.#connection.core.now(), action)
  }
}

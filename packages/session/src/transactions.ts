import { UsageError } from '@rtmp/bytes'
import { type CommandMessage, command, error, result, StatusCode } from '@rtmp/message'
import type { SessionLife, SessionTimer } from './session-life.ts'
import type { Outgoing } from './outgoing.ts'
import { type RejectDetails, rejection } from './decisions.ts'
import type { EndReason } from './end-reason.ts'
import type { RequestKind, SharedEvent } from './events.ts'
import type { MessageStream } from './message-stream.ts'
import type { Millis } from './options.ts'
import { Pending, type PendingEntry } from './pending.ts'

/** A call or request of ours that waits for its answer, by transaction id. */
export interface PendingCall extends PendingEntry {
  readonly requestId: number
  readonly request: RequestKind
  readonly name: string
  /** The message stream that is to publish or play. */
  readonly stream: MessageStream | undefined
}

/** A request of the peer that waits for the host's decision, by request id. */
export interface PendingRequest extends PendingEntry {
  readonly request: RequestKind
  readonly transactionId: number
  /** What it is about; none for connect and commands on the connection. */
  readonly stream: MessageStream | undefined
  /** play: whether Play.Reset is to be sent. */
  readonly reset: boolean
  /** fcPublish: the name as sent, since there is no message stream yet. */
  readonly announced: string
}

/** What a role does about transactions. */
export interface TransactionRole {
  /** The answer to a request of ours that is no plain call, or its absence. */
  answered(call: PendingCall, answer: CommandMessage | undefined): void
  /** A call of ours has not been answered in time; an answer may still come. */
  callExpired?(transactionId: number, call: PendingCall): void
  /** Refuses a request of the peer for the host, who did not decide in time. */
  refuseExpired(requestId: number): void
}

/**
 * Transactions in both directions (RTMP 1.0 §7.1.1, §7.2.1.2): our calls wait for answers, the peer's requests for
 * decisions, each until its deadline, each ending exactly once.
 */
export class Transactions<Event extends { readonly kind: string }> implements SessionTimer {
  readonly calls: Pending<PendingCall> = new Pending<PendingCall>()
  readonly requests: Pending<PendingRequest> = new Pending<PendingRequest>()
  readonly #life: SessionLife<Event>
  readonly #outgoing: Outgoing<Event>
  readonly #role: TransactionRole
  #requestIds = 0
  #transactionIds = 0

  constructor(life: SessionLife<Event>, outgoing: Outgoing<Event>, role: TransactionRole) {
    this.#life = life
    this.#outgoing = outgoing
    this.#role = role
  }

  /**
   * Calls a procedure of the peer (RTMP 1.0 §7.2.1.2). Ends in exactly one of `callAnswered`, `requestTimedOut` and
   * `requestWithdrawn`.
   *
   * @returns The request id those events carry; 0 after the end of the session.
   * @throws UsageError `SESSION_NOT_CONNECTED`, `SESSION_TOO_MANY_CALLS`, or values that AMF0 cannot hold
   */
  call(name: string, ...values: readonly unknown[]): number {
    if (!this.#life.requireConnected('call')) return 0
    return this.request('call', 0, undefined, (transactionId) =>
      command(name, transactionId, null, ...values),
    )
  }

  /**
   * As {@link call}, but wants no answer (transaction id 0).
   *
   * @param messageStreamId - 0 for the connection.
   * @throws UsageError
   */
  notify(messageStreamId: number, name: string, ...values: readonly unknown[]): void {
    if (this.#life.requireConnected('notify'))
      this.#outgoing.sendCommand(messageStreamId, command(name, 0, null, ...values))
  }

  nextRequestId(): number {
    return ++this.#requestIds
  }

  /** A transaction id for a command whose answer does not matter. */
  nextTransactionId(): number {
    return ++this.#transactionIds
  }

  /**
   * Sends a command that wants an answer, and returns its request id.
   *
   * @throws UsageError `SESSION_TOO_MANY_CALLS`
   */
  request(
    request: RequestKind,
    messageStreamId: number,
    stream: MessageStream | undefined,
    build: (transactionId: number) => CommandMessage,
    requestId: number = this.nextRequestId(),
  ): number {
    const { limits, deadlines } = this.#life.options
    if (this.calls.size >= limits.maxPendingCalls) {
      throw new UsageError(
        'SESSION_TOO_MANY_CALLS',
        `${limits.maxPendingCalls} calls wait for answers`,
        'session',
      )
    }
    const transactionId = this.#transactionIds + 1
    const message = build(transactionId)
    this.#outgoing.sendCommand(messageStreamId, message)
    this.#transactionIds = transactionId
    const deadline = this.#life.deadline(request === 'connect' ? deadlines.connect : deadlines.call)
    this.calls.add(transactionId, { requestId, request, name: message.name, stream, deadline })
    return requestId
  }

  /** Takes an answer of the peer. */
  readAnswer(answer: CommandMessage): void {
    const { transactionId, name } = answer
    const call = this.calls.take(transactionId)
    if (call !== undefined) this.#settle(call, answer)
    else if (transactionId > this.#transactionIds || transactionId < 1) {
      this.#life.warn('ANSWER_UNKNOWN', `${name} for transaction ${transactionId}, which never was`)
    }
  }

  #settle(call: PendingCall, answer: CommandMessage | undefined): void {
    if (call.request !== 'call') {
      this.#role.answered(call, answer)
      return
    }
    const { requestId, name } = call
    if (answer === undefined) this.#life.emit({ kind: 'requestTimedOut', requestId, name })
    else {
      const { commandObject, args: values } = answer
      this.#life.emit({
        kind: 'callAnswered',
        requestId,
        name,
        ok: answer.name === '_result',
        commandObject,
        values,
      })
    }
  }

  /** Hands a command without a meaning here to the host. */
  onUnknownCommand(unknown: CommandMessage, messageStreamId: number): void {
    const { name, transactionId, commandObject, args: values } = unknown
    let requestId: number | undefined
    if (transactionId !== 0) {
      requestId = this.tryAddRequest('command', transactionId, this.#life.findStream(messageStreamId))
      if (requestId === undefined) return
    }
    this.#life.emit({
      kind: 'commandReceived',
      requestId,
      name,
      transactionId,
      commandObject,
      values,
      messageStreamId,
    })
  }

  addRequest(
    request: RequestKind,
    transactionId: number,
    stream: MessageStream | undefined,
    { reset = false, announced = '' }: { readonly reset?: boolean; readonly announced?: string } = {},
  ): number {
    const requestId = this.nextRequestId()
    const deadline = this.#life.deadline(this.#life.options.deadlines.decision)
    this.requests.add(requestId, { request, transactionId, stream, reset, announced, deadline })
    return requestId
  }

  /** As {@link addRequest}; refuses and returns `undefined` when too many wait already. */
  tryAddRequest(
    request: RequestKind,
    transactionId: number,
    stream: MessageStream | undefined,
    details: { readonly announced?: string } = {},
  ): number | undefined {
    const { maxPendingRequests } = this.#life.options.limits
    if (this.requests.size < maxPendingRequests) {
      return this.addRequest(request, transactionId, stream, details)
    }
    this.#life.warn('LIMIT', `a ${request} beyond ${maxPendingRequests} undecided requests was refused`)
    this.refuseCall(transactionId)
    return undefined
  }

  /** Answers a command that wants an answer. */
  answer(transactionId: number, commandObject: unknown, ...values: readonly unknown[]): void {
    if (transactionId !== 0) this.#outgoing.sendCommand(0, result(transactionId, commandObject, ...values))
  }

  /** Answers `_error` to a command that wants an answer. */
  refuse(transactionId: number, information: unknown): void {
    if (transactionId !== 0) this.#outgoing.sendCommand(0, error(transactionId, null, information))
  }

  /** Answers `_error` to a call that wants an answer, `NetConnection.Call.Failed` by default. */
  refuseCall(transactionId: number, details: RejectDetails = {}): void {
    this.refuse(transactionId, rejection(details, StatusCode.callFailed, 'call failed'))
  }

  /** A request is void; the host is told. */
  withdraw(requestId: number, request: RequestKind, reason: EndReason): void {
    this.#life.emit({ kind: 'requestWithdrawn', requestId, request, reason } satisfies SharedEvent)
  }

  /** Nothing is answered or decided any more. */
  withdrawAll(reason: EndReason): void {
    for (const [requestId, { request }] of this.requests.takeAll()) this.withdraw(requestId, request, reason)
    for (const [, { requestId, request }] of this.calls.takeAll()) this.withdraw(requestId, request, reason)
  }

  /** See {@link SessionTimer}. */
  get dueAt(): Millis {
    return Math.min(this.calls.dueAt, this.requests.dueAt)
  }

  /** See {@link SessionTimer}. */
  start(now: Millis): void {
    if (this.calls.size > 0) this.calls.tick(now)
    if (this.requests.size > 0) this.requests.tick(now)
  }

  /** See {@link SessionTimer}. */
  check(now: Millis): void {
    for (let id = this.requests.expired(now); id !== undefined; id = this.requests.expired(now)) {
      const request = this.requests.get(id)?.request ?? 'command'
      const { decision } = this.#life.options.deadlines
      this.#life.warn('REQUEST_EXPIRED', `${request} was refused: no decision within ${decision} ms`)
      this.withdraw(id, request, 'timeout')
      this.#role.refuseExpired(id)
    }
    for (let id = this.calls.expired(now); id !== undefined; id = this.calls.expired(now)) {
      const call = this.calls.take(id)
      if (call === undefined) continue
      this.#role.callExpired?.(id, call)
      this.#settle(call, undefined)
    }
  }
}

import type { Message, SlabPool } from '@rtmp/chunk'
import { ServerHandshake } from '@rtmp/handshake'
import {
  type ConnectCommand,
  type QueryParameters,
  StatusCode,
  type StatusDetails,
  type StreamCut,
  type UserControlEvent,
} from '@rtmp/message'
import type { AcceptDetails, EndDetails, RejectDetails } from './decisions.ts'
import type { OwnEndReason, TransportEndReason } from './end-reason.ts'
import type { ServerEvent } from './server-events.ts'
import { Incoming } from './incoming.ts'
import type { Millis, ServerSessionOptions } from './options.ts'
import { MessageRate } from './message-rate.ts'
import { Outgoing } from './outgoing.ts'
import { optionsResolver } from './resolved-options.ts'
import { ServerConnection } from './server-connection.ts'
import { ServerStatuses } from './server-statuses.ts'
import { ServerStreams } from './server-streams.ts'
import type { Session, SessionStats } from './session.ts'
import { SessionLife } from './session-life.ts'
import { memoryOf, statsOf } from './session-stats.ts'
import { Transactions } from './transactions.ts'
import type { ConnectionState, StreamState } from './transitions.ts'

const resolve = optionsResolver({
  ping: { interval: 60_000, timeout: 30_000 },
  initialWindowAckSize: 2_500_000,
})

/**
 * The server's side of one RTMP connection, sans-io (RTMP 1.0 §7.2). See {@link Session} for the host's loop.
 *
 * Requests (`connectRequested`, `publishRequested`, `playRequested`, …) carry a `requestId` and are answered by {@link accept} or
 * {@link reject}, now or later; nothing is sent before (FCPublish gets its bare `_result`, and `onFCPublish` with the decision). What is
 * asked of nobody (createStream, releaseStream, pings, acknowledgements) is answered at once.
 *
 * @example
 * ```ts
 * const session = new ServerSession({ crypto: { randomBytes } })
 * session.receive(bytes, now)
 * for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) {
 *   if (event.kind === 'connectRequested' || event.kind === 'publishRequested') session.accept(event.requestId)
 * }
 * for (const piece of session.takeOutput()) socket.write(piece)
 * ```
 */
export class ServerSession implements Session<ServerEvent> {
  readonly #life: SessionLife<ServerEvent>
  readonly #outgoing: Outgoing<ServerEvent>
  readonly #incoming: Incoming<ServerEvent>
  readonly #rate: MessageRate
  readonly #transactions: Transactions<ServerEvent>
  readonly #connection: ServerConnection
  readonly #statuses: ServerStatuses
  readonly #streams: ServerStreams

  /** @param options - Share one object between sessions: they share what is derived from it. */
  constructor(options: ServerSessionOptions) {
    const { crypto, strict, trace } = options
    const handshake = new ServerHandshake({ crypto, verify: strict === true ? 'require' : 'warn' })
    const life = new SessionLife<ServerEvent>(handshake, resolve(options), trace, {
      requestVoid: (stream, reason) => this.#streams.requestVoid(stream, reason),
      phaseTimeout: () => this.#connection.phaseTimeout(),
      ended: (reason) => this.#transactions.withdrawAll(reason),
      streamMoved: (stream, from, reason) => this.#streams.moved(stream, from, reason),
    })
    // What waits for its turn is not the peer's silence.
    this.#rate = new MessageRate(life.options.limits.maxMessagesPerSecond, (now) => this.excuseSilence(now))
    const outgoing = new Outgoing(life)
    const transactions = new Transactions(life, outgoing, {
      answered() {}, // The server asks for nothing but plain calls.
      refuseExpired: (requestId) => this.reject(requestId, { description: 'no decision in time' }),
    })
    this.#life = life
    this.#outgoing = outgoing
    this.#transactions = transactions
    this.#incoming = new Incoming(life, 'publishing', {
      command: (typed, whole, message) => this.#streams.hear(typed, whole, message),
      rate: this.#rate,
      mayCommand: (message) => this.#connection.mayCommand(message),
      unconnected: (message) => this.#connection.unconnected(message),
      userControl: (event) => this.#connection.userControl(event),
      handshakeComplete: () => this.#connection.handshakeComplete(),
    })
    this.#connection = new ServerConnection({
      life,
      outgoing,
      transactions,
      options,
      unpublish: (streamName) => this.#streams.unpublish(streamName),
      readCommand: (message) => this.#incoming.readCommand(message),
    })
    this.#statuses = new ServerStatuses(life, outgoing)
    this.#streams = new ServerStreams({
      life,
      outgoing,
      transactions,
      connection: this.#connection,
      statuses: this.#statuses,
    })
    life.timers = [transactions, life, this.#streams, this.#rate]
  }

  /** What `connect` named, see `ConnectRequestedEvent`; empty before it. */
  get app(): string {
    return this.#connection.app
  }

  /** The client's `connect`, once it has come. */
  get connectCommand(): ConnectCommand | undefined {
    return this.#connection.connectCommand
  }

  /** The stream that a name, as a client sends it, means on this connection; nothing for one that cannot be. */
  cut(rawStreamName: string): StreamCut | undefined {
    return this.#connection.cut(rawStreamName)
  }

  /** Parameters on a stream's segments and the tcUrl; the last segment's win. */
  queryOf(cut: StreamCut): QueryParameters {
    return this.#connection.queryOf(cut)
  }

  /**
   * Grants a request. False when there is nothing to grant any more: it was decided before, or withdrawn.
   * @throws UsageError for details that cannot be encoded
   */
  accept(requestId: number, details: AcceptDetails = {}): boolean {
    const request = this.#transactions.requests.get(requestId)
    if (request === undefined) return false
    const { request: kind, stream, transactionId } = request
    if (kind === 'connect') {
      this.#connection.acceptConnect(requestId, request, details)
      return true
    }
    if (kind === 'fcPublish') this.#connection.acceptFcPublish(request)
    else if (stream === undefined || kind === 'command')
      this.#transactions.answer(transactionId, null, ...(details.values ?? []))
    else if (kind === 'publish') this.#statuses.sayPublishing(stream, details)
    else if (kind === 'play') this.#statuses.sayPlaying(stream, request, details)
    else if (kind === 'seek') this.#statuses.sayAbout(stream, StatusCode.seekNotify, 'Seeking', details)
    else this.#statuses.sayAbout(stream, StatusCode.playTransition, 'Switching to', details)
    this.#transactions.requests.take(requestId)
    if (stream?.requestId === requestId) this.#life.moveStream(stream, 'accept', 'completed')
    return true
  }

  /**
   * Refuses a request: a status first, then for connect, FCPublish and publish the end of the session (see `details.close`).
   * False when there is nothing to refuse any more.
   * @throws UsageError for details that cannot be encoded
   */
  reject(requestId: number, details: RejectDetails = {}): boolean {
    const request = this.#transactions.requests.get(requestId)
    if (request === undefined) return false
    const { request: kind, stream, transactionId } = request
    if (kind === 'connect') {
      this.#connection.rejectConnect(requestId, request, details)
      return true
    }
    if (kind === 'fcPublish') this.#connection.rejectFcPublish(request, details)
    else if (stream === undefined || kind === 'command') this.#transactions.refuseCall(transactionId, details)
    else this.#statuses.sayRefused(kind, stream, details)
    this.#transactions.requests.take(requestId)
    if (stream?.requestId === requestId) this.#life.moveStream(stream, 'reject', 'refused')
    if (details.close ?? (kind === 'publish' || kind === 'fcPublish'))
      this.#life.end('refused', details.description ?? `${kind} refused`)
    return true
  }

  /**
   * Sends a status on a message stream, or with 0 about the connection. Its description is cut after 1000 UTF-16 units and
   * made fit to be shown.
   * @throws UsageError `SESSION_NOT_CONNECTED`, or details that cannot be encoded
   */
  onStatus(messageStreamId: number, code: string, details?: StatusDetails): void {
    this.#statuses.status(messageStreamId, code, details)
  }

  /**
   * Ends a running publish from our side: StreamEOF and a status; the connection goes on. False when the stream does not publish.
   * @param reason - Default `'kicked'`.
   */
  endPublish(messageStreamId: number, reason: OwnEndReason = 'kicked', details: EndDetails = {}): boolean {
    return this.#streams.endPublish(messageStreamId, reason, details)
  }

  /**
   * Ends a running play from our side: StreamEOF and a status; the connection goes on. False when the stream does not play.
   * @param reason - Default `'completed'`.
   */
  endPlay(messageStreamId: number, reason: OwnEndReason = 'completed', details: EndDetails = {}): boolean {
    return this.#streams.endPlay(messageStreamId, reason, details)
  }

  /**
   * What a message stream wants of what it plays: `receiveAudio` and `receiveVideo` count for every later play on it too,
   * and may have come before the first. Both, unless told otherwise.
   */
  receives(messageStreamId: number): { readonly audio: boolean; readonly video: boolean } {
    return this.#streams.receives(messageStreamId)
  }

  /** See {@link Session.receive}. */
  receive(bytes: Uint8Array, now: Millis): void {
    this.#streams.publisherIsThere(now)
    this.#incoming.receive(bytes, now)
  }

  /** See {@link Session.nextEvent}. */
  nextEvent(): ServerEvent | undefined {
    return this.#incoming.nextEvent()
  }

  /** See {@link Session.hasOutput}. */
  get hasOutput(): boolean {
    return !this.#life.link.output.isEmpty
  }

  /** See {@link Session.takeOutput}. */
  takeOutput(): Uint8Array[] {
    return this.#life.link.output.take()
  }

  /** See {@link Session.nextTimeout}. */
  nextTimeout(): Millis | undefined {
    return this.#life.nextTimeout()
  }

  /** See {@link Session.deadlinesMade}. */
  get deadlinesMade(): number {
    return this.#life.deadlinesMade
  }

  /** See {@link Session.handleTimeout}. */
  handleTimeout(now: Millis): void {
    this.#life.handleTimeout(now)
  }

  /** See {@link Session.noteBytesSent}. */
  noteBytesSent(count: number): void {
    this.#life.link.sent.sent += count
  }

  /** See {@link Session.close}. */
  close(reason: OwnEndReason = 'closed', description: string = reason): void {
    this.#life.end(reason, description)
  }

  /** See {@link Session.transportClosed}. */
  transportClosed(reason: TransportEndReason, now: Millis, description: string = reason): void {
    this.#life.transportClosed(reason, now, description)
  }

  /** Where the connection stands. */
  get state(): ConnectionState {
    return this.#life.state
  }

  /** See {@link Session.stats}. */
  get stats(): SessionStats {
    return statsOf(this.#life, this.#transactions)
  }

  /** What it holds of what the client has sent, beside itself, in bytes of memory. Counted in place. */
  get memoryBytes(): number {
    return memoryOf(this.#life, this.#transactions) + this.#connection.memoryBytes
  }

  /** What a message stream is doing; `'deleted'` for one that does not exist. */
  streamState(messageStreamId: number): StreamState {
    return this.#life.streamState(messageStreamId)
  }

  /**
   * Whether more than half of the room for messages that wait for a decision is taken, or messages come faster than they may: better not
   * read on now. Looked at again after each call.
   */
  get shouldPauseReading(): boolean {
    return this.#rate.isSpent || this.#life.held.isHalfFull
  }

  /** The host does not read the peer for now: silence is not the peer's. Call it about once a second meanwhile. */
  excuseSilence(now: Millis): void {
    this.#streams.publisherIsThere(now)
    if (this.#life.state !== 'closed') this.#life.control.alive()
  }

  /** Whether a ping request went out a moment ago: reading late now would make its round-trip time too long. */
  awaitsPong(now: Millis): boolean {
    return this.#life.control.ping.isFresh(now)
  }

  /** Cuts payloads from now on from another pool: what lies beside those that are kept for long is kept with them. */
  usePool(pool: SlabPool): void {
    this.#life.link.usePool(pool)
  }

  /**
   * Queues a message. Its payload must stay unchanged until the output has been written. Ignored after the end.
   * @param options - `droppable`: the receiver may be sent what follows without it (see `ChunkWriter`).
   * @throws UsageError `SESSION_NOT_CONNECTED` before the connection is accepted, `SESSION_MESSAGE_TYPE` for Set Chunk
   *   Size and Abort, which would get out of step with the chunk writer
   */
  sendMessage(message: Message, options?: { readonly droppable?: boolean }): void {
    this.#outgoing.sendMessage(message, options)
  }

  /** Announces another chunk size and uses it from the next message on, in bytes: 1 to 0x7fffffff. @throws UsageError */
  setChunkSize(size: number): void {
    this.#outgoing.setChunkSize(size)
  }

  /** Queues a user control event (StreamBegin, StreamEOF, StreamDry, StreamIsRecorded, …). @throws UsageError */
  userControl(event: UserControlEvent): void {
    this.#outgoing.userControl(event)
  }

  /**
   * Queues a data message.
   * @param timestamp - Milliseconds, uint32.
   * @throws UsageError also for values that AMF0 cannot hold
   */
  sendData(messageStreamId: number, timestamp: number, name: string, ...values: readonly unknown[]): void {
    this.#outgoing.sendData(messageStreamId, timestamp, name, ...values)
  }

  /**
   * Calls a procedure of the peer (RTMP 1.0 §7.2.1.2). Ends in exactly one of `callAnswered`, `requestTimedOut` and
   * `requestWithdrawn`.
   *
   * @returns The request id those events carry; 0 after the end of the session.
   * @throws UsageError `SESSION_NOT_CONNECTED`, `SESSION_TOO_MANY_CALLS`, or values that AMF0 cannot hold
   */
  call(name: string, ...values: readonly unknown[]): number {
    return this.#transactions.call(name, ...values)
  }

  /**
   * As {@link call}, but wants no answer (transaction id 0).
   * @param messageStreamId - 0 for the connection.
   * @throws UsageError
   */
  notify(messageStreamId: number, name: string, ...values: readonly unknown[]): void {
    this.#transactions.notify(messageStreamId, name, ...values)
  }
}

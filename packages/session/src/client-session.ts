import type { Message, SlabPool } from '@rtmp/chunk'
import { ClientHandshake } from '@rtmp/handshake'
import type { UserControlEvent } from '@rtmp/message'
import { ClientConnection } from './client-connection.ts'
import type { ClientEvent } from './client-events.ts'
import { ClientStreams, type OutgoingMedia, type PlayOptions, type PublishOptions } from './client-streams.ts'
import type { AcceptDetails, RejectDetails } from './decisions.ts'
import type { OwnEndReason, TransportEndReason } from './end-reason.ts'
import { Incoming } from './incoming.ts'
import type { ClientSessionOptions, Millis } from './options.ts'
import { Outgoing } from './outgoing.ts'
import { optionsResolver } from './resolved-options.ts'
import type { Session, SessionStats } from './session.ts'
import { SessionLife } from './session-life.ts'
import { statsOf } from './session-stats.ts'
import { Transactions } from './transactions.ts'
import type { ConnectionState, StreamState } from './transitions.ts'

const resolve = optionsResolver({ ping: { interval: 0, timeout: 0 }, initialWindowAckSize: 0 })

/**
 * The client's side of one RTMP connection, sans-io (RTMP 1.0 §7.2). See {@link Session} for the host's loop.
 *
 * {@link connect}, {@link createStream}, {@link publish}, {@link play} and {@link call} return a request id and end in
 * exactly one event that carries it: the answer, a refusal, `requestTimedOut` or `requestWithdrawn`.
 *
 * @example
 * ```ts
 * const session = new ClientSession({ crypto: { randomBytes } })
 * session.connect({ app: 'live', tcUrl: 'rtmp://localhost/live' })
 * // connected → session.createStream(); streamCreated → session.publish(event.messageStreamId, { streamName: 'key' })
 * // publishStarted → session.sendMedia(event.messageStreamId, { typeId: 9, timestamp: 0, payload })
 * ```
 */
export class ClientSession implements Session<ClientEvent> {
  readonly #life: SessionLife<ClientEvent>
  readonly #outgoing: Outgoing<ClientEvent>
  readonly #incoming: Incoming<ClientEvent>
  readonly #transactions: Transactions<ClientEvent>
  readonly #connection: ClientConnection
  readonly #streams: ClientStreams

  /** The handshake begins at once: write {@link takeOutput}. @throws UsageError for options that cannot be used */
  constructor(options: ClientSessionOptions) {
    const { crypto, handshake = 'plain', strict, trace } = options
    const verify = strict === true ? 'require' : 'warn'
    const shake = new ClientHandshake({ crypto, mode: handshake, verify })
    const life = new SessionLife<ClientEvent>(shake, resolve(options), trace, {
      requestVoid: (stream, reason) => this.#streams.requestVoid(stream, reason),
      phaseTimeout: () => this.#connection.phaseTimeout(),
      ended: (reason) => {
        this.#connection.ended(reason)
        this.#transactions.withdrawAll(reason)
      },
    })
    const outgoing = new Outgoing(life)
    const transactions = new Transactions(life, outgoing, {
      answered: (call, answer) => this.#connection.answered(call, answer),
      callExpired: (transactionId, call) => this.#connection.callExpired(transactionId, call),
      refuseExpired: (requestId) => this.#connection.reject(requestId),
    })
    this.#life = life
    this.#outgoing = outgoing
    this.#transactions = transactions
    this.#incoming = new Incoming(life, 'playing', {
      command: (typed, whole, message) => this.#connection.command(typed, whole, message),
      unconnected: (message) => this.#connection.unconnected(message),
      userControl: (event) => this.#connection.userControl(event),
      handshakeComplete: () => this.#connection.handshakeComplete(),
    })
    this.#connection = new ClientConnection({
      life,
      outgoing,
      transactions,
      options,
      readCommand: (message) => this.#incoming.readCommand(message),
      decides: (stream, status) => this.#streams.decides(stream, status),
      streamAnswered: (stream, call, answer) => this.#streams.answered(stream, call, answer),
    })
    this.#streams = new ClientStreams({ life, outgoing, transactions, connection: this.#connection })
    life.timers = [transactions, life]
    shake.start()
    life.link.takeHandshakeOutput()
  }

  /**
   * Asks for the connection (RTMP 1.0 §7.2.1.1), as soon as the handshake is done. Ends in `connected` or
   * `connectRejected`; without an answer in time the session ends.
   *
   * @param properties - `app`, `tcUrl`, `flashVer`, E-RTMP capabilities, …, in the order they are to be sent.
   * @throws UsageError `SESSION_STATE` when it has been called before
   */
  connect(properties: Readonly<Record<string, unknown>>, ...args: readonly unknown[]): number {
    return this.#connection.connect(properties, ...args)
  }

  /** Asks for a message stream. Ends in `streamCreated` or `createStreamFailed`. @throws UsageError */
  createStream(): number {
    return this.#connection.createStream()
  }

  /** Announces a publish or a play to servers that want it; whatever they answer does not matter. @throws UsageError */
  announce(
    kind: 'releaseStream' | 'FCPublish' | 'FCUnpublish' | 'FCSubscribe' | 'FCUnsubscribe',
    streamName: string,
  ): void {
    this.#connection.announce(kind, streamName)
  }

  /** Answers a `commandReceived` with values. False when it was answered before, or is void. @throws UsageError */
  accept(requestId: number, details: Pick<AcceptDetails, 'values'> = {}): boolean {
    return this.#connection.accept(requestId, details)
  }

  /** Refuses a `commandReceived`. False when it was answered before, or is void. @throws UsageError */
  reject(requestId: number, details: Omit<RejectDetails, 'close'> = {}): boolean {
    return this.#connection.reject(requestId, details)
  }

  /**
   * Asks to publish on an idle message stream. Ends in `publishStarted` or `publishRejected`.
   *
   * @throws UsageError `SESSION_STREAM_STATE`
   */
  publish(messageStreamId: number, options: PublishOptions): number {
    return this.#streams.publish(messageStreamId, options)
  }

  /**
   * Asks to play on an idle or playing message stream; what was playing ends. Ends in `playStarted` or `playRejected`.
   *
   * @throws UsageError `SESSION_STREAM_STATE`
   */
  play(messageStreamId: number, options: PlayOptions): number {
    return this.#streams.play(messageStreamId, options)
  }

  /** Ends what a message stream does; the stream can be used again. Ignored for a stream that does nothing. @throws UsageError */
  closeStream(messageStreamId: number): void {
    this.#streams.closeStream(messageStreamId)
  }

  /** Ends what a message stream does, and the stream. @throws UsageError */
  deleteStream(messageStreamId: number): void {
    this.#streams.deleteStream(messageStreamId)
  }

  /**
   * Queues an audio or video message on a message stream that publishes. False, and nothing is sent, when it does not
   * (any more).
   */
  sendMedia(messageStreamId: number, media: OutgoingMedia): boolean {
    return this.#streams.sendMedia(messageStreamId, media)
  }

  /** Pauses or resumes a play at a position in milliseconds; the answer comes as a `status` event. @throws UsageError */
  pause(messageStreamId: number, paused: boolean, position: number): void {
    this.#streams.pause(messageStreamId, paused, position)
  }

  /** Moves a play to a position in milliseconds; the answer comes as a `status` event. @throws UsageError */
  seek(messageStreamId: number, position: number): void {
    this.#streams.seek(messageStreamId, position)
  }

  /** Switches a play to another rendition; the answer comes as a `status` event. @throws UsageError */
  play2(messageStreamId: number, options: Readonly<Record<string, unknown>>): void {
    this.#streams.play2(messageStreamId, options)
  }

  /** Asks for audio, or for none. @throws UsageError */
  receiveAudio(messageStreamId: number, enabled: boolean): void {
    this.#streams.receiveAudio(messageStreamId, enabled)
  }

  /** Asks for video, or for none. @throws UsageError */
  receiveVideo(messageStreamId: number, enabled: boolean): void {
    this.#streams.receiveVideo(messageStreamId, enabled)
  }

  /** Tells the server how much we buffer, in milliseconds. @throws UsageError */
  setBufferLength(messageStreamId: number, bufferLength: Millis): void {
    this.#streams.setBufferLength(messageStreamId, bufferLength)
  }

  /** See {@link Session.receive}. */
  receive(bytes: Uint8Array, now: Millis): void {
    this.#incoming.receive(bytes, now)
  }

  /** See {@link Session.nextEvent}. */
  nextEvent(): ClientEvent | undefined {
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

  /** What a message stream is doing; `'deleted'` for one that does not exist. */
  streamState(messageStreamId: number): StreamState {
    return this.#life.streamState(messageStreamId)
  }

  /** Whether more than half of the room for messages that wait for a decision is taken: better not read on now. */
  get shouldPauseReading(): boolean {
    return this.#life.held.isHalfFull
  }

  /**
   * The host does not read the peer for now, on its own account: silence is not the peer's, and ends nothing. Call it about
   * once a second meanwhile.
   */
  excuseSilence(_now: Millis): void {
    if (this.#life.state !== 'closed') this.#life.control.alive()
  }

  /** Whether a ping request went out a moment ago: reading late now would make its round-trip time too long. */
  awaitsPong(now: Millis): boolean {
    return this.#life.control.ping.isFresh(now)
  }

  /**
   * Cuts the payloads of messages that begin from now on from another pool. A peer whose payloads are kept for long, as
   * a publisher's are, should have one of its own: what lies beside them is then kept for nobody else's sake.
   */
  usePool(pool: SlabPool): void {
    this.#life.link.usePool(pool)
  }

  /**
   * Queues a message. Its payload must stay unchanged until the output has been written. Ignored after the end.
   *
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
   *
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
   *
   * @param messageStreamId - 0 for the connection.
   * @throws UsageError
   */
  notify(messageStreamId: number, name: string, ...values: readonly unknown[]): void {
    this.#transactions.notify(messageStreamId, name, ...values)
  }
}

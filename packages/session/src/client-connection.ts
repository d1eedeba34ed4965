import { UsageError } from '@rtmp/bytes'
import { encodeWindowAckSize, type Message, MessageTypeId } from '@rtmp/chunk'
import {
  buildCommand,
  type CommandMessage,
  StatusCode,
  type TypedCommand,
  type UserControlEvent,
} from '@rtmp/message'
import type { Outgoing } from './outgoing.ts'
import type { SessionLife } from './session-life.ts'
import type { PendingCall, Transactions } from './transactions.ts'
import type { ClientEvent } from './client-events.ts'
import type { AcceptDetails, RejectDetails } from './decisions.ts'
import type { EndReason } from './end-reason.ts'
import type { Status } from './events.ts'
import { controlMessage } from './link.ts'
import type { MessageStream } from './message-stream.ts'
import type { ClientSessionOptions } from './options.ts'
import { asRecord, isStreamId, redirectOf, statusOf, streamIdIn } from './statuses.ts'

/** What the connection of a client is made with. */
export interface ClientConnectionSetup {
  readonly life: SessionLife<ClientEvent>
  readonly outgoing: Outgoing<ClientEvent>
  readonly transactions: Transactions<ClientEvent>
  readonly options: ClientSessionOptions
  /** Decodes a command and acts on it. */
  readonly readCommand: (message: Message) => void
  /** Whether a status answers or ends what its message stream asks for or does. */
  readonly decides: (stream: MessageStream, status: Status) => boolean
  /** The answer to a publish or a play, or its absence. */
  readonly streamAnswered: (
    stream: MessageStream,
    call: PendingCall,
    answer: CommandMessage | undefined,
  ) => void
}

/**
 * The client's side of the NetConnection (RTMP 1.0 §7.2.1): connect, createStream, announcements, and what servers say on
 * their own. {@link ClientStreams} has the NetStream commands.
 */
export class ClientConnection {
  readonly #life: SessionLife<ClientEvent>
  readonly #outgoing: Outgoing<ClientEvent>
  readonly #transactions: Transactions<ClientEvent>
  readonly #setup: ClientConnectionSetup
  /** A `connect` that waits for the handshake. */
  #wanted:
    | { readonly requestId: number; readonly properties: object; readonly args: readonly unknown[] }
    | undefined
  /** Transactions of createStream that timed out: a stream made after all is deleted again. */
  #abandoned: Set<number> | undefined
  #bandwidthChecked = false

  constructor(setup: ClientConnectionSetup) {
    this.#setup = setup
    this.#life = setup.life
    this.#outgoing = setup.outgoing
    this.#transactions = setup.transactions
  }

  /**
   * Asks for the connection (RTMP 1.0 §7.2.1.1), as soon as the handshake is done. Ends in `connected` or
   * `connectRejected`; without an answer in time the session ends.
   *
   * @param properties - `app`, `tcUrl`, `flashVer`, E-RTMP capabilities, …, in the order they are to be sent.
   * @throws UsageError `SESSION_STATE` when it has been called before
   */
  connect(properties: Readonly<Record<string, unknown>>, ...args: readonly unknown[]): number {
    const { state } = this.#life
    if (state === 'closed') return 0
    if (this.#wanted !== undefined || (state !== 'handshaking' && state !== 'awaitingConnect')) {
      throw new UsageError('SESSION_STATE', `connect needs a new connection; this one is ${state}`, 'session')
    }
    const requestId = this.#transactions.nextRequestId()
    this.#wanted = { requestId, properties, args }
    if (state === 'awaitingConnect') this.#sendConnect()
    return requestId
  }

  #sendConnect(): void {
    const wanted = this.#wanted
    if (wanted === undefined) return
    this.#wanted = undefined
    const { requestId, args } = wanted
    const properties = { ...wanted.properties }
    // Before connect and in the same write, as OBS does: connect then fits into one chunk.
    this.#life.link.setChunkSize(this.#setup.options.chunkSize ?? 4096)
    this.#life.move('connect')
    const build = (transactionId: number): CommandMessage =>
      buildCommand({ kind: 'connect', transactionId, properties, args })
    this.#transactions.request('connect', 0, undefined, build, requestId)
  }

  /** Asks for a message stream. Ends in `streamCreated` or `createStreamFailed`. @throws UsageError */
  createStream(): number {
    if (!this.#life.requireConnected('createStream')) return 0
    return this.#transactions.request('createStream', 0, undefined, (transactionId) =>
      buildCommand({ kind: 'createStream', transactionId }),
    )
  }

  /** Announces a publish or a play to servers that want it; whatever they answer does not matter. @throws UsageError */
  announce(
    kind: 'releaseStream' | 'FCPublish' | 'FCUnpublish' | 'FCSubscribe' | 'FCUnsubscribe',
    streamName: string,
  ): void {
    if (!this.#life.requireConnected(kind)) return
    this.#outgoing.sendCommand(
      0,
      buildCommand({ kind, transactionId: this.#transactions.nextTransactionId(), streamName }),
    )
  }

  sendDelete(messageStreamId: number): void {
    this.#outgoing.sendCommand(
      0,
      buildCommand({
        kind: 'deleteStream',
        transactionId: this.#transactions.nextTransactionId(),
        messageStreamId,
      }),
    )
  }

  /** Answers a `commandReceived` with values. False when it was answered before, or is void. @throws UsageError */
  accept(requestId: number, { values = [] }: Pick<AcceptDetails, 'values'> = {}): boolean {
    const request = this.#transactions.requests.get(requestId)
    if (request === undefined) return false
    this.#transactions.answer(request.transactionId, null, ...values)
    this.#transactions.requests.take(requestId)
    return true
  }

  /** Refuses a `commandReceived`. False when it was answered before, or is void. @throws UsageError */
  reject(requestId: number, details: Omit<RejectDetails, 'close'> = {}): boolean {
    const request = this.#transactions.requests.get(requestId)
    if (request === undefined) return false
    this.#transactions.refuseCall(request.transactionId, details)
    this.#transactions.requests.take(requestId)
    return true
  }

  /** See {@link IncomingRole.handshakeComplete}. */
  handshakeComplete(): void {
    this.#sendConnect()
  }

  /** See {@link LifeRole.phaseTimeout}. */
  phaseTimeout(): void {
    this.#life.timeOut('SESSION_HANDSHAKE_TIMEOUT', 'the handshake was not completed in time')
  }

  /** See {@link IncomingRole.unconnected}. */
  unconnected(message: Message): void {
    const { typeId } = message
    if (typeId === MessageTypeId.commandAmf0 || typeId === MessageTypeId.commandAmf3)
      this.#setup.readCommand(message)
    else this.#life.ignore()
  }

  /** See {@link IncomingRole.userControl}. */
  userControl(event: UserControlEvent): void {
    if ('messageStreamId' in event && event.kind !== 'setBufferLength') this.#life.emit(event)
  }

  /** See {@link IncomingRole.command}. */
  command(typed: TypedCommand, whole: CommandMessage, message: Message): void {
    const { messageStreamId } = message
    switch (typed.kind) {
      case '_result':
      case '_error':
        this.#onReply(whole)
        break
      case 'onStatus':
        this.#onStatus(messageStreamId, whole)
        break
      case 'onFCPublish':
      case 'onFCUnpublish':
      case 'onFCSubscribe':
      case 'onFCUnsubscribe':
        this.#life.emit({ kind: 'status', messageStreamId, status: statusOf(whole) })
        break
      case 'onBWDone':
        this.#checkBandwidth()
        break
      case '_onbwcheck':
        this.#transactions.answer(typed.transactionId, null, null)
        break
      case '_onbwdone':
        break
      case 'close':
        this.#life.end('peerClosed', 'the server sent close')
        break
      default:
        this.#transactions.onUnknownCommand(whole, messageStreamId)
    }
  }

  /** FFmpeg and librtmp ask for a check whenever they hear of one; once is enough to please a server. */
  #checkBandwidth(): void {
    if (this.#bandwidthChecked || this.#life.state !== 'connected') return
    this.#bandwidthChecked = true
    this.#outgoing.sendCommand(
      0,
      buildCommand({ kind: '_checkbw', transactionId: this.#transactions.nextTransactionId() }),
    )
  }

  /** nginx-rtmp and SRS answer some requests with transaction id 0. */
  #onReply(answer: CommandMessage): void {
    const { transactionId } = answer
    if (transactionId === 0 && this.#life.options.leniency.unnumberedAnswers) {
      const found = this.#transactions.calls.find(
        ({ request }) => request === 'connect' || request === 'createStream',
      )
      if (found !== undefined) {
        this.#life.warn(
          'ANSWER_UNNUMBERED',
          `${answer.name} without transaction id was taken for that of ${found[1].name}`,
        )
        this.#transactions.readAnswer({ ...answer, transactionId: found[0] })
        return
      }
    }
    if (this.#abandoned?.delete(transactionId) === true) {
      const made = streamIdIn(answer.args[0])
      if (answer.name === '_result' && isStreamId(made)) this.sendDelete(made)
      return
    }
    this.#transactions.readAnswer(answer)
  }

  /** See {@link TransactionRole.answered}. */
  answered(call: PendingCall, answer: CommandMessage | undefined): void {
    const { requestId, name, request, stream } = call
    if (answer === undefined) {
      this.#life.emit({ kind: 'requestTimedOut', requestId, name })
      if (request === 'connect')
        this.#life.timeOut('SESSION_CONNECT_TIMEOUT', 'connect was not answered in time')
    }
    if (stream !== undefined) this.#setup.streamAnswered(stream, call, answer)
    else if (answer === undefined) return
    else if (request === 'connect') this.#onConnectAnswer(requestId, answer)
    else this.#onCreateStreamAnswer(requestId, answer)
  }

  /** See {@link TransactionRole.callExpired}. */
  callExpired(transactionId: number, call: PendingCall): void {
    if (call.request !== 'createStream') return
    this.#abandoned ??= new Set()
    this.#abandoned.add(transactionId)
  }

  #onConnectAnswer(requestId: number, answer: CommandMessage): void {
    const status = statusOf(answer)
    if (answer.name === '_error') {
      this.#life.move('reject')
      this.#life.emit({ kind: 'connectRejected', requestId, status, redirect: redirectOf(status) })
      return
    }
    this.#life.move('accept')
    this.#life.startPing()
    const { windowAckSize } = this.#setup.options
    if (windowAckSize !== undefined) {
      this.#life.link.send(controlMessage(MessageTypeId.windowAckSize, encodeWindowAckSize(windowAckSize)))
    }
    this.#life.emit({ kind: 'connected', requestId, properties: asRecord(answer.commandObject), status })
  }

  #onCreateStreamAnswer(requestId: number, answer: CommandMessage): void {
    const messageStreamId = streamIdIn(answer.args[0])
    if (
      answer.name === '_result' &&
      isStreamId(messageStreamId) &&
      this.#life.findStream(messageStreamId) === undefined
    ) {
      this.#life.addStream(messageStreamId)
      this.#life.emit({ kind: 'streamCreated', requestId, messageStreamId })
    } else this.#life.emit({ kind: 'createStreamFailed', requestId, status: statusOf(answer) })
  }

  #onStatus(messageStreamId: number, message: CommandMessage): void {
    const status = statusOf(message)
    const { code, level, description, information } = status
    if (code === StatusCode.connectReconnectRequest && level === 'status') {
      const { tcUrl } = information as { readonly tcUrl?: unknown }
      this.#life.emit({
        kind: 'reconnectRequested',
        tcUrl: typeof tcUrl === 'string' ? tcUrl : undefined,
        description,
      })
      return
    }
    const stream = this.#life.findStream(messageStreamId) ?? this.#life.onlyStream(messageStreamId)
    if (stream === undefined || !this.#setup.decides(stream, status))
      this.#life.emit({ kind: 'status', messageStreamId, status })
  }

  /** See {@link LifeRole.ended}. */
  ended(reason: EndReason): void {
    if (this.#wanted !== undefined) this.#transactions.withdraw(this.#wanted.requestId, 'connect', reason)
    this.#wanted = undefined
  }
}

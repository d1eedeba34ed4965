import { UsageError } from '@rtmp/bytes'
import { encodeWindowAckSize, type Message, MessageTypeId } from '@rtmp/chunk'
import { ClientHandshake } from '@rtmp/handshake'
import {
  buildCommand,
  type CommandMessage,
  StatusCode,
  type TypedCommand,
  type UserControlEvent,
} from '@rtmp/message'
import { CallingSession, type PendingCall } from './calling-session.ts'
import type { ClientEvent } from './client-events.ts'
import type { AcceptDetails, RejectDetails } from './decisions.ts'
import type { EndReason } from './end-reason.ts'
import type { Status } from './events.ts'
import { controlMessage } from './link.ts'
import type { MessageStream } from './message-stream.ts'
import type { ClientSessionOptions } from './options.ts'
import { optionsResolver } from './resolved-options.ts'
import { asRecord, isStreamId, redirectOf, statusOf } from './statuses.ts'

const resolve = optionsResolver({ ping: { interval: 0, timeout: 0 }, initialWindowAckSize: 0 })

/**
 * The client's side of the NetConnection (RTMP 1.0 §7.2.1): connect, createStream, announcements, and what servers say on
 * their own. {@link ClientSession} adds the NetStream commands.
 */
export abstract class ClientNetConnection extends CallingSession<ClientEvent> {
  readonly #clientOptions: ClientSessionOptions
  /** A `connect` that waits for the handshake. */
  #wanted:
    | { readonly requestId: number; readonly properties: object; readonly args: readonly unknown[] }
    | undefined
  /** Transactions of createStream that timed out: a stream made after all is deleted again. */
  #abandoned: Set<number> | undefined
  #bandwidthChecked = false

  protected constructor(options: ClientSessionOptions) {
    const { crypto, handshake = 'plain', strict, trace } = options
    const verify = strict === true ? 'require' : 'warn'
    const shake = new ClientHandshake({ crypto, mode: handshake, verify })
    super(shake, 'playing', resolve(options), trace)
    this.#clientOptions = options
    shake.start()
    this.link.takeHandshakeOutput()
  }

  /** Whether a status answers or ends what its message stream asks for or does. */
  protected abstract decides(stream: MessageStream, status: Status): boolean
  /** The answer to a publish or a play, or its absence. */
  protected abstract onStreamAnswer(
    stream: MessageStream,
    call: PendingCall,
    answer: CommandMessage | undefined,
  ): void

  /**
   * Asks for the connection (RTMP 1.0 §7.2.1.1), as soon as the handshake is done. Ends in `connected` or
   * `connectRejected`; without an answer in time the session ends.
   *
   * @param properties - `app`, `tcUrl`, `flashVer`, E-RTMP capabilities, …, in the order they are to be sent.
   * @throws UsageError `SESSION_STATE` when it has been called before
   */
  connect(properties: Readonly<Record<string, unknown>>, ...args: readonly unknown[]): number {
    const { state } = this
    if (state === 'closed') return 0
    if (this.#wanted !== undefined || (state !== 'handshaking' && state !== 'awaitingConnect')) {
      throw new UsageError('SESSION_STATE', `connect needs a new connection; this one is ${state}`, 'session')
    }
    const requestId = this.nextRequestId()
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
    this.link.setChunkSize(this.#clientOptions.chunkSize ?? 4096)
    this.move('connect')
    const build = (transactionId: number): CommandMessage =>
      buildCommand({ kind: 'connect', transactionId, properties, args })
    this.request('connect', 0, undefined, build, requestId)
  }

  /** Asks for a message stream. Ends in `streamCreated` or `createStreamFailed`. @throws UsageError */
  createStream(): number {
    if (!this.requireConnected('createStream')) return 0
    return this.request('createStream', 0, undefined, (transactionId) =>
      buildCommand({ kind: 'createStream', transactionId }),
    )
  }

  /** Announces a publish or a play to servers that want it; whatever they answer does not matter. @throws UsageError */
  announce(
    kind: 'releaseStream' | 'FCPublish' | 'FCUnpublish' | 'FCSubscribe' | 'FCUnsubscribe',
    streamName: string,
  ): void {
    if (!this.requireConnected(kind)) return
    this.sendCommand(0, buildCommand({ kind, transactionId: this.nextTransactionId(), streamName }))
  }

  protected sendDelete(messageStreamId: number): void {
    this.sendCommand(
      0,
      buildCommand({ kind: 'deleteStream', transactionId: this.nextTransactionId(), messageStreamId }),
    )
  }

  /** Answers a `commandReceived` with values. False when it was answered before, or is void. @throws UsageError */
  accept(requestId: number, { values = [] }: Pick<AcceptDetails, 'values'> = {}): boolean {
    const request = this.requests.get(requestId)
    if (request === undefined) return false
    this.answer(request.transactionId, null, ...values)
    this.requests.take(requestId)
    return true
  }

  /** Refuses a `commandReceived`. False when it was answered before, or is void. @throws UsageError */
  reject(requestId: number, details: Omit<RejectDetails, 'close'> = {}): boolean {
    const request = this.requests.get(requestId)
    if (request === undefined) return false
    this.refuseCall(request.transactionId, details)
    this.requests.take(requestId)
    return true
  }

  protected override refuseExpired(requestId: number): void {
    this.reject(requestId)
  }

  protected override onHandshakeComplete(): void {
    this.#sendConnect()
  }

  protected override onPhaseTimeout(): void {
    this.timeOut('SESSION_HANDSHAKE_TIMEOUT', 'the handshake was not completed in time')
  }

  protected override onUnconnected(message: Message): void {
    const { typeId } = message
    if (typeId === MessageTypeId.commandAmf0 || typeId === MessageTypeId.commandAmf3)
      this.readCommand(message)
    else this.ignore()
  }

  protected override onUserControl(event: UserControlEvent): void {
    if ('messageStreamId' in event && event.kind !== 'setBufferLength') this.emit(event)
  }

  protected override onCommand(typed: TypedCommand, whole: CommandMessage, message: Message): void {
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
        this.emit({ kind: 'status', messageStreamId, status: statusOf(whole) })
        break
      case 'onBWDone':
        this.#checkBandwidth()
        break
      case '_onbwcheck':
        this.answer(typed.transactionId, null, undefined)
        break
      case '_onbwdone':
        break
      case 'close':
        this.end('peerClosed', 'the server sent close')
        break
      default:
        this.onUnknownCommand(whole, messageStreamId)
    }
  }

  /** FFmpeg and librtmp ask for a check whenever they hear of one; once is enough to please a server. */
  #checkBandwidth(): void {
    if (this.#bandwidthChecked || this.state !== 'connected') return
    this.#bandwidthChecked = true
    this.sendCommand(0, buildCommand({ kind: '_checkbw', transactionId: this.nextTransactionId() }))
  }

  /** nginx-rtmp and SRS answer some requests with transaction id 0. */
  #onReply(answer: CommandMessage): void {
    const { transactionId } = answer
    if (transactionId === 0 && this.options.leniency.unnumberedAnswers) {
      const found = this.calls.find(({ request }) => request === 'connect' || request === 'createStream')
      if (found !== undefined) {
        this.warn(
          'ANSWER_UNNUMBERED',
          `${answer.name} without transaction id was taken for that of ${found[1].name}`,
        )
        this.readAnswer({ ...answer, transactionId: found[0] })
        return
      }
    }
    if (this.#abandoned?.delete(transactionId) === true) {
      const made = answer.args[0]
      if (answer.name === '_result' && isStreamId(made)) this.sendDelete(made)
      return
    }
    this.readAnswer(answer)
  }

  protected override onAnswer(call: PendingCall, answer: CommandMessage | undefined): void {
    const { requestId, name, request, stream } = call
    if (answer === undefined) {
      this.emit({ kind: 'requestTimedOut', requestId, name })
      if (request === 'connect') this.timeOut('SESSION_CONNECT_TIMEOUT', 'connect was not answered in time')
    }
    if (stream !== undefined) this.onStreamAnswer(stream, call, answer)
    else if (answer === undefined) return
    else if (request === 'connect') this.#onConnectAnswer(requestId, answer)
    else this.#onCreateStreamAnswer(requestId, answer)
  }

  protected override onCallExpired(transactionId: number, call: PendingCall): void {
    if (call.request !== 'createStream') return
    this.#abandoned ??= new Set()
    this.#abandoned.add(transactionId)
  }

  #onConnectAnswer(requestId: number, answer: CommandMessage): void {
    const status = statusOf(answer)
    if (answer.name === '_error') {
      this.move('reject')
      this.emit({ kind: 'connectRejected', requestId, status, redirect: redirectOf(status) })
      return
    }
    this.move('accept')
    this.startPing()
    const { windowAckSize } = this.#clientOptions
    if (windowAckSize !== undefined) {
      this.link.send(controlMessage(MessageTypeId.windowAckSize, encodeWindowAckSize(windowAckSize)))
    }
    this.emit({ kind: 'connected', requestId, properties: asRecord(answer.commandObject), status })
  }

  #onCreateStreamAnswer(requestId: number, answer: CommandMessage): void {
    const messageStreamId = answer.args[0]
    if (
      answer.name === '_result' &&
      isStreamId(messageStreamId) &&
      this.findStream(messageStreamId) === undefined
    ) {
      this.addStream(messageStreamId)
      this.emit({ kind: 'streamCreated', requestId, messageStreamId })
    } else this.emit({ kind: 'createStreamFailed', requestId, status: statusOf(answer) })
  }

  #onStatus(messageStreamId: number, message: CommandMessage): void {
    const status = statusOf(message)
    const { code, level, description, information } = status
    if (code === StatusCode.connectReconnectRequest && level === 'status') {
      const { tcUrl } = information as { readonly tcUrl?: unknown }
      this.emit({
        kind: 'reconnectRequested',
        tcUrl: typeof tcUrl === 'string' ? tcUrl : undefined,
        description,
      })
      return
    }
    const stream = this.findStream(messageStreamId) ?? this.onlyStream(messageStreamId)
    if (stream === undefined || !this.decides(stream, status))
      this.emit({ kind: 'status', messageStreamId, status })
  }

  protected override onEnd(reason: EndReason): void {
    if (this.#wanted !== undefined) this.withdraw(this.#wanted.requestId, 'connect', reason)
    this.#wanted = undefined
    super.onEnd(reason)
  }
}

import { UsageError } from '@rtmp/bytes'
import { encodeWindowAckSize, type Message, MessageTypeId } from '@rtmp/chunk'
import { ClientHandshake } from '@rtmp/handshake'
import {
  buildCommand,
  type CommandMessage,
  type PublishType,
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
import type { ClientSessionOptions, Millis } from './options.ts'
import { optionsResolver } from './resolved-options.ts'
import { asRecord, endsPlay, endsPublish, isStreamId, redirectOf, statusOf } from './statuses.ts'

/** Chunk streams of media, as FFmpeg uses them. */
const AUDIO_CSID = 4
const VIDEO_CSID = 6

const resolve = optionsResolver({ ping: { interval: 0, timeout: 0 }, initialWindowAckSize: 0 })

/** What to publish. */
export interface PublishOptions {
  /** As the server is to see it, query included. */
  readonly streamName: string
  /** Default `'live'`. */
  readonly publishType?: PublishType
}

/** What to play. */
export interface PlayOptions {
  /** As the server is to see it, query included. */
  readonly streamName: string
  /** -2 live, else recorded (default); -1000 live only; from 0 on a position in milliseconds. */
  readonly start?: number
  /** Milliseconds; default -1, to the end. */
  readonly duration?: number
  /** Whether what was playing ends. Default true. */
  readonly reset?: boolean
}

/** One audio or video message to send. */
export interface OutgoingMedia {
  readonly typeId: 8 | 9
  /** Milliseconds, uint32. */
  readonly timestamp: number
  /** FLV tag body; must stay unchanged until the output has been written. */
  readonly payload: Uint8Array
  /** Whether the transport's owner may leave it out of what it writes. Default false. */
  readonly droppable?: boolean
}

/**
 * The client's side of one RTMP connection, sans-io (RTMP 1.0 §7.2). See {@link Session} for the host's loop.
 *
 * {@link connect}, {@link createStream}, {@link publish}, {@link play} and {@link call} return a request id and end in
 * exactly one event that carries it: the answer, a refusal, `requestTimedOut` or `requestWithdrawn`.
 *
 * @example
 * ```ts
 * const session = new ClientSession({ crypto })
 * session.connect({ app: 'live', tcUrl: 'rtmp://localhost/live' })
 * // connected → session.createStream(); streamCreated → session.publish(event.messageStreamId, { streamName: 'key' })
 * // publishStarted → session.sendMedia(event.messageStreamId, { typeId: 9, timestamp: 0, payload })
 * ```
 */
export class ClientSession extends CallingSession<ClientEvent> {
  readonly #clientOptions: ClientSessionOptions
  /** A `connect` that waits for the handshake. */
  #wanted:
    | { readonly requestId: number; readonly properties: object; readonly args: readonly unknown[] }
    | undefined
  /** Transactions of createStream that timed out: a stream made after all is deleted again. */
  #abandoned: Set<number> | undefined
  #bandwidthChecked = false

  /** The handshake begins at once: write {@link takeOutput}. @throws UsageError for options that cannot be used */
  constructor(options: ClientSessionOptions) {
    const { crypto, handshake = 'plain', strict, trace } = options
    const verify = strict === true ? 'require' : 'warn'
    const shake = new ClientHandshake({ crypto, mode: handshake, verify })
    super(shake, 'playing', resolve(options), trace)
    this.#clientOptions = options
    shake.start()
    this.link.takeHandshakeOutput()
  }

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

  /**
   * Asks to publish on an idle message stream. Ends in `publishStarted` or `publishRejected`.
   *
   * @throws UsageError `SESSION_STREAM_STATE`
   */
  publish(messageStreamId: number, { streamName, publishType = 'live' }: PublishOptions): number {
    if (!this.requireConnected('publish')) return 0
    const stream = this.#streamFor(messageStreamId, 'publish')
    const requestId = this.request('publish', messageStreamId, stream, (transactionId) =>
      buildCommand({ kind: 'publish', transactionId, streamName, publishType }),
    )
    this.#ask(stream, 'publish', streamName, requestId)
    return requestId
  }

  /**
   * Asks to play on an idle or playing message stream; what was playing ends. Ends in `playStarted` or `playRejected`.
   *
   * @throws UsageError `SESSION_STREAM_STATE`
   */
  play(messageStreamId: number, options: PlayOptions): number {
    if (!this.requireConnected('play')) return 0
    const stream = this.#streamFor(messageStreamId, 'play')
    const requestId = this.request('play', messageStreamId, stream, (transactionId) =>
      buildCommand({ kind: 'play', transactionId, ...options }),
    )
    this.#ask(stream, 'play', options.streamName, requestId)
    return requestId
  }

  #streamFor(messageStreamId: number, what: 'publish' | 'play'): MessageStream {
    const stream = this.findStream(messageStreamId)
    const ready = stream?.state === 'idle' || (what === 'play' && stream?.state === 'playing')
    if (stream !== undefined && ready) return stream
    const state = stream?.state ?? 'no stream of ours'
    throw new UsageError(
      'SESSION_STREAM_STATE',
      `${what} on message stream ${messageStreamId}: ${state}`,
      'messageStreamId',
    )
  }

  #ask(stream: MessageStream, what: 'publish' | 'play', streamName: string, requestId: number): void {
    this.moveStream(stream, what, 'replaced')
    stream.streamName = streamName
    stream.requestId = requestId
  }

  /** Announces a publish or a play to servers that want it; whatever they answer does not matter. @throws UsageError */
  announce(
    kind: 'releaseStream' | 'FCPublish' | 'FCUnpublish' | 'FCSubscribe' | 'FCUnsubscribe',
    streamName: string,
  ): void {
    if (!this.requireConnected(kind)) return
    this.sendCommand(0, buildCommand({ kind, transactionId: this.nextTransactionId(), streamName }))
  }

  /** Ends what a message stream does; the stream can be used again. Ignored for a stream that does nothing. @throws UsageError */
  closeStream(messageStreamId: number): void {
    const stream = this.findStream(messageStreamId)
    if (!this.requireConnected('closeStream') || stream === undefined || stream.state === 'idle') return
    this.sendCommand(messageStreamId, buildCommand({ kind: 'closeStream' }))
    this.moveStream(stream, 'closeStream', 'closeStream')
  }

  /** Ends what a message stream does, and the stream. @throws UsageError */
  deleteStream(messageStreamId: number): void {
    const stream = this.findStream(messageStreamId)
    if (!this.requireConnected('deleteStream') || stream === undefined) return
    this.#sendDelete(messageStreamId)
    this.moveStream(stream, 'deleteStream', 'deleteStream')
  }

  #sendDelete(messageStreamId: number): void {
    this.sendCommand(
      0,
      buildCommand({ kind: 'deleteStream', transactionId: this.nextTransactionId(), messageStreamId }),
    )
  }

  /**
   * Queues an audio or video message on a message stream that publishes. False, and nothing is sent, when it does not
   * (any more).
   */
  sendMedia(
    messageStreamId: number,
    { typeId, timestamp, payload, droppable = false }: OutgoingMedia,
  ): boolean {
    if (this.findStream(messageStreamId)?.state !== 'publishing') return false
    const csid = typeId === MessageTypeId.audio ? AUDIO_CSID : VIDEO_CSID
    this.link.send({ csid, typeId, messageStreamId, timestamp, payload }, droppable)
    return true
  }

  /** Pauses or resumes a play at a position in milliseconds; the answer comes as a `status` event. @throws UsageError */
  pause(messageStreamId: number, paused: boolean, position: number): void {
    this.#playback('pause', messageStreamId, buildCommand({ kind: 'pause', paused, position }))
  }

  /** Moves a play to a position in milliseconds; the answer comes as a `status` event. @throws UsageError */
  seek(messageStreamId: number, position: number): void {
    this.#playback('seek', messageStreamId, buildCommand({ kind: 'seek', position }))
  }

  /** Switches a play to another rendition; the answer comes as a `status` event. @throws UsageError */
  play2(messageStreamId: number, options: Readonly<Record<string, unknown>>): void {
    const stream = this.#playback('play2', messageStreamId, buildCommand({ kind: 'play2', options }))
    if (stream !== undefined) stream.switches += 1
  }

  /** Asks for audio, or for none. @throws UsageError */
  receiveAudio(messageStreamId: number, enabled: boolean): void {
    this.#playback('receiveAudio', messageStreamId, buildCommand({ kind: 'receiveAudio', enabled }))
  }

  /** Asks for video, or for none. @throws UsageError */
  receiveVideo(messageStreamId: number, enabled: boolean): void {
    this.#playback('receiveVideo', messageStreamId, buildCommand({ kind: 'receiveVideo', enabled }))
  }

  #playback(what: string, messageStreamId: number, message: CommandMessage): MessageStream | undefined {
    if (!this.requireConnected(what)) return undefined
    const stream = this.findStream(messageStreamId)
    if (stream === undefined) {
      throw new UsageError(
        'SESSION_STREAM_STATE',
        `${what} on a message stream that is not there`,
        'messageStreamId',
      )
    }
    this.sendCommand(messageStreamId, message)
    return stream
  }

  /** Tells the server how much we buffer, in milliseconds. @throws UsageError */
  setBufferLength(messageStreamId: number, bufferLength: Millis): void {
    this.userControl({ kind: 'setBufferLength', messageStreamId, bufferLength })
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
      if (answer.name === '_result' && isStreamId(made)) this.#sendDelete(made)
      return
    }
    this.readAnswer(answer)
  }

  protected override onAnswer(call: PendingCall, answer: CommandMessage | undefined): void {
    const { requestId, name, request, stream } = call
    if (answer === undefined) {
      this.emit({ kind: 'requestTimedOut', requestId, name })
      if (request === 'connect') this.timeOut('SESSION_CONNECT_TIMEOUT', 'connect was not answered in time')
      else if (stream !== undefined) this.#abandonStream(stream)
    } else if (request === 'connect') this.#onConnectAnswer(requestId, answer)
    else if (request === 'createStream') this.#onCreateStreamAnswer(requestId, answer)
    else if (stream !== undefined && answer.name === '_error')
      this.#settleStream(stream, statusOf(answer), false, true)
    else this.calls.add(answer.transactionId, call) // A `_result`: the onStatus is what counts.
  }

  protected override onCallExpired(transactionId: number, call: PendingCall): void {
    if (call.request !== 'createStream') return
    this.#abandoned ??= new Set()
    this.#abandoned.add(transactionId)
  }

  /** An answer could still come and could not be told from that of a later request: the stream has to go. */
  #abandonStream(stream: MessageStream): void {
    stream.requestId = 0
    this.#sendDelete(stream.id)
    this.moveStream(stream, 'deleteStream', 'timeout')
    this.replayHeld()
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
    if (code === 'NetConnection.Connect.ReconnectRequest' && level === 'status') {
      const { tcUrl } = information as { readonly tcUrl?: unknown }
      this.emit({
        kind: 'reconnectRequested',
        tcUrl: typeof tcUrl === 'string' ? tcUrl : undefined,
        description,
      })
      return
    }
    const stream = this.findStream(messageStreamId) ?? this.onlyStream(messageStreamId)
    if (stream === undefined || !this.#decides(stream, status))
      this.emit({ kind: 'status', messageStreamId, status })
  }

  /** Whether a status answers or ends what its message stream asks for or does. */
  #decides(stream: MessageStream, status: Status): boolean {
    const { code, level } = status
    switch (stream.state) {
      case 'publishRequested':
        return this.#settleStream(stream, status, code === StatusCode.publishStart, level === 'error')
      case 'playRequested':
        return this.#settleStream(stream, status, code === StatusCode.playStart, level === 'error')
      case 'publishing':
        return endsPublish(status) && this.moveStream(stream, 'end', 'status', status)
      case 'playing':
        if (stream.switches > 0 && (code === StatusCode.playFailed || code === StatusCode.playTransition)) {
          stream.switches -= 1
          return false
        }
        return endsPlay(status) && this.moveStream(stream, 'end', 'status', status)
      default:
        return false
    }
  }

  #settleStream(stream: MessageStream, status: Status, started: boolean, refused: boolean): boolean {
    if (!started && !refused) return false
    const { requestId, streamName, id: messageStreamId } = stream
    const publishes = stream.state === 'publishRequested'
    const waiting = this.calls.find((call) => call.requestId === requestId)
    if (waiting !== undefined) this.calls.take(waiting[0])
    if (started) {
      this.emit({
        kind: publishes ? 'publishStarted' : 'playStarted',
        requestId,
        messageStreamId,
        streamName,
        status,
      })
      this.moveStream(stream, 'accept', 'completed')
    } else {
      const redirect = redirectOf(status)
      const kind = publishes ? 'publishRejected' : 'playRejected'
      this.emit({ kind, requestId, messageStreamId, streamName, status, redirect })
      this.moveStream(stream, 'reject', 'refused')
    }
    return true
  }

  protected override onRequestVoid(stream: MessageStream, reason: EndReason): void {
    const waiting = this.calls.find((call) => call.requestId === stream.requestId)
    if (waiting === undefined) return
    this.calls.take(waiting[0])
    this.withdraw(stream.requestId, waiting[1].request, reason)
  }

  protected override onEnd(reason: EndReason): void {
    if (this.#wanted !== undefined) this.withdraw(this.#wanted.requestId, 'connect', reason)
    this.#wanted = undefined
    super.onEnd(reason)
  }
}

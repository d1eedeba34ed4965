import { encodeSetPeerBandwidth, encodeWindowAckSize, type Message, MessageTypeId } from '@rtmp/chunk'
import { ServerHandshake } from '@rtmp/handshake'
import {
  type CommandMessage,
  type ConnectCommand,
  command,
  encodeCommand,
  encodeUserControl,
  result,
  StatusCode,
  statusInfo,
  type StreamNameCommand,
  type TypedCommand,
  type UserControlEvent,
} from '@rtmp/message'
import { CallingSession, type PendingRequest } from './calling-session.ts'
import { NEVER } from './deadline.ts'
import { type AcceptDetails, type RejectDetails, rejection } from './decisions.ts'
import type { QueryParameters, ServerEvent } from './events.ts'
import { controlMessage } from './link.ts'
import { isSoundName, normaliseApp, parseQuery, splitQuery } from './names.ts'
import type { ServerSessionOptions } from './options.ts'
import { optionsResolver } from './resolved-options.ts'

const resolve = optionsResolver({
  ping: { interval: 60_000, timeout: 30_000 },
  initialWindowAckSize: 2_500_000,
})

/**
 * The server's side of the NetConnection (RTMP 1.0 §7.2.1): connect, createStream, the announcements around a publish,
 * and requests that wait for a decision. {@link ServerSession} adds the NetStream commands.
 */
export abstract class ServerNetConnection extends CallingSession<ServerEvent> {
  protected readonly serverOptions: ServerSessionOptions
  #connect: ConnectCommand | undefined
  #app = ''
  #appQuery = ''
  #tcUrlQuery = ''

  protected constructor(options: ServerSessionOptions) {
    const { crypto, strict, trace } = options
    const verify = strict === true ? 'require' : 'warn'
    super(new ServerHandshake({ crypto, verify }), 'publishing', resolve(options), trace)
    this.serverOptions = options
  }

  /** Application of the connection, without query; empty before `connect`. */
  get app(): string {
    return this.#app
  }

  /** The client's `connect`, once it has come. */
  get connectCommand(): ConnectCommand | undefined {
    return this.#connect
  }

  protected override onHandshakeComplete(): void {
    this.phase = this.deadline(this.options.deadlines.connect)
  }

  protected override onPhaseTimeout(): void {
    if (this.state === 'handshaking')
      this.timeOut('SESSION_HANDSHAKE_TIMEOUT', 'the handshake was not completed in time')
    else if (this.state === 'connected')
      this.timeOut('SESSION_COMMAND_TIMEOUT', 'neither publish nor play came in time')
    else this.timeOut('SESSION_CONNECT_TIMEOUT', 'connect did not come in time')
  }

  protected override onUnconnected(message: Message): void {
    if (this.state === 'connectRequested') this.hold(message)
    else if (message.typeId === MessageTypeId.commandAmf0 || message.typeId === MessageTypeId.commandAmf3) {
      this.readCommand(message)
    } else this.ignore()
  }

  protected override onUserControl(event: UserControlEvent): void {
    if (event.kind === 'setBufferLength') this.emit(event)
  }

  /** Commands of the connection; false for those of a message stream. */
  protected onConnectionCommand(typed: TypedCommand, command: CommandMessage, message: Message): boolean {
    const { kind, transactionId } = typed
    switch (kind) {
      case 'connect':
        this.#onConnect(typed)
        return true
      case 'createStream':
        this.#onCreateStream(transactionId)
        return true
      case 'releaseStream':
      case 'FCPublish':
      case 'FCUnpublish':
      case 'FCSubscribe':
        this.#onAnnouncement(typed)
        return true
      case 'getStreamLength':
        this.answer(transactionId, null, 0)
        return true
      case 'FCUnsubscribe':
      case '_checkbw':
      case '_onbwcheck':
        this.answer(transactionId, null, undefined)
        return true
      case '_result':
      case '_error':
        this.readAnswer(command)
        return true
      case 'close':
        this.end('peerClosed', 'the client sent close')
        return true
      case '_onbwdone':
      case 'onBWDone':
      case 'onFCPublish':
      case 'onFCUnpublish':
      case 'onFCSubscribe':
      case 'onFCUnsubscribe':
        return true
      case 'onStatus':
      case 'unknown':
        this.onUnknownCommand(command, message.messageStreamId)
        return true
      default:
        return false
    }
  }

  #onConnect(connect: ConnectCommand): void {
    const { maxNameBytes, maxTcUrlBytes } = this.options.limits
    const tcUrl = connect.tcUrl ?? ''
    if (!isSoundName(connect.app, maxNameBytes) || !isSoundName(tcUrl, maxTcUrlBytes)) {
      this.warn('NAME_REFUSED', 'the app or the tcUrl of connect is too long or holds control characters')
      this.refuse(
        connect.transactionId,
        statusInfo(StatusCode.connectInvalidApp, { description: 'invalid app' }),
      )
      this.end('refused', 'invalid app')
      return
    }
    this.move('connect')
    this.phase = NEVER
    this.#connect = connect
    this.#app = normaliseApp(connect.app)
    this.#appQuery = splitQuery(connect.app).query
    this.#tcUrlQuery = splitQuery(tcUrl).query
    const requestId = this.addRequest('connect', connect.transactionId, undefined)
    const query = parseQuery(this.#tcUrlQuery, this.#appQuery)
    this.emit({ kind: 'connectRequested', requestId, connect, app: this.#app, tcUrl, query })
  }

  /** Parameters on a stream name, the app and the tcUrl; the name's win. */
  protected queryOf(rawStreamName: string): QueryParameters {
    return parseQuery(this.#tcUrlQuery, this.#appQuery, splitQuery(rawStreamName).query)
  }

  /** Window Ack Size, Set Peer Bandwidth, Set Chunk Size, StreamBegin 0, _result (RTMP 1.0 §7.2.1.1), as one write. */
  protected acceptConnect(
    requestId: number,
    { transactionId }: PendingRequest,
    details: AcceptDetails,
  ): void {
    const {
      windowAckSize = 2_500_000,
      peerBandwidth = 2_500_000,
      chunkSize = 60_000,
      fmsVer,
    } = this.serverOptions
    const properties = { fmsVer: fmsVer ?? 'FMS/3,0,1,123', capabilities: 31, ...details.properties }
    const information = statusInfo(StatusCode.connectSuccess, {
      description: details.description ?? 'Connection succeeded.',
      objectEncoding: this.#connect?.objectEncoding ?? 0,
      ...details.information,
    })
    const answer = encodeCommand(result(transactionId, properties, information))
    const begin = encodeUserControl({ kind: 'streamBegin', messageStreamId: 0 })
    this.requests.take(requestId)
    this.move('accept')
    this.phase = this.deadline(this.options.deadlines.command)
    this.startPing()
    this.link.send(controlMessage(MessageTypeId.windowAckSize, encodeWindowAckSize(windowAckSize)))
    this.link.send(
      controlMessage(MessageTypeId.setPeerBandwidth, encodeSetPeerBandwidth(peerBandwidth, 'dynamic')),
    )
    this.link.setChunkSize(chunkSize)
    this.link.send(controlMessage(MessageTypeId.userControl, begin))
    this.sendCommandPayload(0, answer)
    this.replayHeld()
  }

  protected rejectConnect(
    requestId: number,
    { transactionId }: PendingRequest,
    details: RejectDetails,
  ): void {
    const description = details.description ?? 'Connection refused.'
    this.refuse(transactionId, rejection(details, StatusCode.connectRejected, description))
    this.requests.take(requestId)
    this.move('reject')
    this.dropHeld()
    if (details.close ?? true) this.end('refused', description)
    else this.phase = this.deadline(this.options.deadlines.connect)
  }

  #onCreateStream(transactionId: number): void {
    const { maxMessageStreams } = this.options.limits
    if (this.streams.length >= maxMessageStreams) {
      this.warn('LIMIT', `a createStream beyond ${maxMessageStreams} message streams was refused`)
      this.refuse(transactionId, statusInfo(StatusCode.callFailed, { description: 'too many streams' }))
      return
    }
    // The lowest free id: most players have stream 1 then, and can share the bytes of one batch.
    let messageStreamId = 1
    while (this.findStream(messageStreamId) !== undefined) messageStreamId += 1
    this.addStream(messageStreamId)
    this.answer(transactionId, null, messageStreamId)
    this.emit({ kind: 'streamCreated', messageStreamId })
  }

  /** Ends what publishes under a name, for FCUnpublish. */
  protected abstract unpublish(streamName: string): void

  #onAnnouncement({ kind, transactionId, streamName = '' }: StreamNameCommand): void {
    this.answer(transactionId, null, undefined)
    switch (kind) {
      case 'FCPublish':
        this.#confirm('onFCPublish', transactionId, StatusCode.publishStart, streamName)
        this.emit({ kind: 'fcPublish', streamName })
        break
      case 'FCSubscribe':
        this.#confirm('onFCSubscribe', transactionId, StatusCode.playStart, streamName)
        this.emit({ kind: 'fcSubscribe', streamName })
        break
      case 'FCUnpublish':
        this.unpublish(streamName)
        this.#confirm('onFCUnpublish', transactionId, StatusCode.unpublishSuccess, streamName)
        this.emit({ kind: 'fcUnpublish', streamName })
        break
      default:
        this.emit({ kind: 'releaseStream', streamName })
    }
  }

  /** Some encoders wait for this with the transaction id of their own command. */
  #confirm(name: string, transactionId: number, code: string, streamName: string): void {
    this.sendCommand(0, command(name, transactionId, null, statusInfo(code, { description: streamName })))
  }
}

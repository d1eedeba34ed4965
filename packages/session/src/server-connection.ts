import { encodeSetPeerBandwidth, encodeWindowAckSize, type Message, MessageTypeId } from '@rtmp/chunk'
import {
  type CommandMessage,
  type ConnectCommand,
  command,
  encodeCommand,
  encodeUserControl,
  cutStream,
  parseQuery,
  queriesInUrl,
  type QueryParameters,
  result,
  StatusCode,
  type StreamCut,
  type StreamNameCommand,
  type TypedCommand,
  type UserControlEvent,
} from '@rtmp/message'
import { CommandRate } from './command-rate.ts'
import type { Outgoing } from './outgoing.ts'
import { retainedBytes } from './retained-bytes.ts'
import type { SessionLife } from './session-life.ts'
import type { PendingRequest, Transactions } from './transactions.ts'
import { NEVER } from './deadline.ts'
import { type AcceptDetails, type RejectDetails, rejection, statusFor } from './decisions.ts'
import type { ServerEvent } from './server-events.ts'
import { controlMessage } from './link.ts'
import { isSoundName } from './names.ts'
import type { ServerSessionOptions } from './options.ts'

/** What the connection of a server is made with. */
export interface ServerConnectionSetup {
  readonly life: SessionLife<ServerEvent>
  readonly outgoing: Outgoing<ServerEvent>
  readonly transactions: Transactions<ServerEvent>
  readonly options: ServerSessionOptions
  /** Ends what publishes under a name, for FCUnpublish. */
  readonly unpublish: (streamName: string) => void
  /** Decodes a command and acts on it. */
  readonly readCommand: (message: Message) => void
}

/**
 * The server's side of the NetConnection (RTMP 1.0 §7.2.1): connect, createStream, the announcements around a publish,
 * and requests that wait for a decision. {@link ServerStreams} has the NetStream commands.
 */
export class ServerConnection {
  readonly #life: SessionLife<ServerEvent>
  readonly #outgoing: Outgoing<ServerEvent>
  readonly #transactions: Transactions<ServerEvent>
  readonly #setup: ServerConnectionSetup
  #connect: ConnectCommand | undefined
  #app = ''
  #tcUrlQueries: readonly string[] = []
  /** What `connect` costs as long as it is kept, in bytes. */
  #connectBytes = 0
  readonly #rate: CommandRate

  constructor(setup: ServerConnectionSetup) {
    this.#setup = setup
    this.#life = setup.life
    this.#outgoing = setup.outgoing
    this.#transactions = setup.transactions
    this.#rate = new CommandRate(setup.life.options.limits.maxCommandsPerSecond)
  }

  /** What `connect` named, see `ConnectRequestedEvent`; empty before it. */
  get app(): string {
    return this.#app
  }

  /** What `connect` costs in memory as long as it is kept, in bytes. */
  get memoryBytes(): number {
    return this.#connectBytes
  }

  /** The client's `connect`, once it has come. */
  get connectCommand(): ConnectCommand | undefined {
    return this.#connect
  }

  /** See {@link IncomingRole.handshakeComplete}. */
  handshakeComplete(): void {
    this.#life.phase = this.#life.deadline(this.#life.options.deadlines.connect)
    this.#life.link.bound(this.#life.options.limits.maxConnectBytes)
  }

  /** See {@link LifeRole.phaseTimeout}. */
  phaseTimeout(): void {
    if (this.#life.state === 'handshaking')
      this.#life.timeOut('SESSION_HANDSHAKE_TIMEOUT', 'the handshake was not completed in time')
    else if (this.#life.state === 'connected')
      this.#life.timeOut('SESSION_COMMAND_TIMEOUT', 'neither publish nor play came in time')
    else this.#life.timeOut('SESSION_CONNECT_TIMEOUT', 'connect did not come in time')
  }

  /** See {@link IncomingRole.mayCommand}. */
  mayCommand({ messageStreamId }: Message): boolean {
    const life = this.#life
    const { maxCommandsPerSecond } = life.options.limits
    // What was held and comes again was counted when it came.
    const taken = life.held.isReplaying ? 'taken' : this.#rate.take(life.now)
    if (taken === 'taken') return true
    const description = `more than ${maxCommandsPerSecond} commands in a second`
    if (taken === 'over') throw life.error('SESSION_TOO_MANY_COMMANDS', description)
    if (taken === 'refused') return false
    life.warn('LIMIT', `${description}: further ones are refused`)
    const status = statusFor(StatusCode.callFailed, { level: 'error', description })
    this.#outgoing.sendCommand(messageStreamId, command('onStatus', 0, null, status))
    return false
  }

  /** See {@link IncomingRole.unconnected}. */
  unconnected(message: Message): void {
    if (this.#life.state === 'connectRequested') this.#life.hold(message)
    else if (message.typeId === MessageTypeId.commandAmf0 || message.typeId === MessageTypeId.commandAmf3) {
      this.#setup.readCommand(message)
    } else this.#life.ignore()
  }

  /** See {@link IncomingRole.userControl}. */
  userControl(event: UserControlEvent): void {
    if (event.kind === 'setBufferLength') this.#life.emit(event)
  }

  /** Commands of the connection; false for those of a message stream. */
  command(typed: TypedCommand, command: CommandMessage, message: Message): boolean {
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
        this.#transactions.answer(transactionId, null, 0)
        return true
      case 'FCUnsubscribe':
      case '_checkbw':
      case '_onbwcheck':
        this.#transactions.answer(transactionId, null, null)
        return true
      case '_result':
      case '_error':
        this.#transactions.readAnswer(command)
        return true
      case 'close':
        this.#life.end('peerClosed', 'the client sent close')
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
        this.#transactions.onUnknownCommand(command, message.messageStreamId)
        return true
      default:
        return false
    }
  }

  #onConnect(connect: ConnectCommand): void {
    const { maxNameBytes, maxTcUrlBytes } = this.#life.options.limits
    const tcUrl = connect.tcUrl ?? ''
    const isSound = isSoundName(connect.app, maxNameBytes) && isSoundName(tcUrl, maxTcUrlBytes)
    const cut = isSound ? cutStream(connect.app, '') : undefined
    if (cut === undefined) {
      this.#life.warn(
        'NAME_REFUSED',
        'the app or the tcUrl of connect is too long, or holds what no name may',
      )
      this.#transactions.refuse(
        connect.transactionId,
        statusFor(StatusCode.connectInvalidApp, { description: 'invalid app' }),
      )
      this.#life.end('refused', 'invalid app')
      return
    }
    this.#life.move('connect')
    this.#life.phase = NEVER
    this.#life.link.bound(this.#life.options.limits.maxBufferedBytes)
    this.#connect = connect
    this.#connectBytes = retainedBytes(connect)
    this.#app = cut.path
    this.#tcUrlQueries = queriesInUrl(tcUrl)
    const requestId = this.#transactions.addRequest('connect', connect.transactionId, undefined)
    const query = this.queryOf(cut)
    this.#life.emit({ kind: 'connectRequested', requestId, connect, app: this.#app, tcUrl, query })
  }

  /** The stream that a name, as a client sends it, means on this connection; nothing for one that cannot be. */
  cut(rawStreamName: string): StreamCut | undefined {
    const { maxNameBytes } = this.#life.options.limits
    if (!isSoundName(rawStreamName, maxNameBytes)) return undefined
    const cut = cutStream(this.#connect?.app ?? '', rawStreamName)
    return cut?.path === '' ? undefined : cut
  }

  /** Parameters on a stream's segments and the tcUrl; the last segment's win. */
  queryOf({ queries }: StreamCut): QueryParameters {
    return parseQuery(...this.#tcUrlQueries, ...queries)
  }

  /** Window Ack Size, Set Peer Bandwidth, Set Chunk Size, StreamBegin 0, _result (RTMP 1.0 §7.2.1.1), as one write. */
  acceptConnect(requestId: number, { transactionId }: PendingRequest, details: AcceptDetails): void {
    const {
      windowAckSize = 2_500_000,
      peerBandwidth = 2_500_000,
      chunkSize = 60_000,
      fmsVer,
    } = this.#setup.options
    const properties = { fmsVer: fmsVer ?? 'FMS/3,0,1,123', capabilities: 31, ...details.properties }
    const information = statusFor(StatusCode.connectSuccess, {
      description: details.description ?? 'Connection succeeded.',
      objectEncoding: this.#connect?.objectEncoding ?? 0,
      ...details.information,
    })
    const answer = encodeCommand(result(transactionId, properties, information))
    const begin = encodeUserControl({ kind: 'streamBegin', messageStreamId: 0 })
    this.#transactions.requests.take(requestId)
    this.#life.move('accept')
    this.#life.phase = this.#life.deadline(this.#life.options.deadlines.command)
    this.#life.startPing()
    this.#life.link.send(controlMessage(MessageTypeId.windowAckSize, encodeWindowAckSize(windowAckSize)))
    this.#life.link.send(
      controlMessage(MessageTypeId.setPeerBandwidth, encodeSetPeerBandwidth(peerBandwidth, 'dynamic')),
    )
    this.#life.link.setChunkSize(chunkSize)
    this.#life.link.send(controlMessage(MessageTypeId.userControl, begin))
    this.#outgoing.sendCommandPayload(0, answer)
    this.#life.replayHeld()
  }

  rejectConnect(requestId: number, { transactionId }: PendingRequest, details: RejectDetails): void {
    const description = details.description ?? 'Connection refused.'
    this.#transactions.refuse(transactionId, rejection(details, StatusCode.connectRejected, description))
    this.#transactions.requests.take(requestId)
    this.#life.move('reject')
    this.#life.dropHeld()
    if (details.close ?? true) this.#life.end('refused', description)
    else this.#life.phase = this.#life.deadline(this.#life.options.deadlines.connect)
  }

  #onCreateStream(transactionId: number): void {
    const { maxMessageStreams } = this.#life.options.limits
    if (this.#life.streams.length >= maxMessageStreams) {
      this.#life.warn('LIMIT', `a createStream beyond ${maxMessageStreams} message streams was refused`)
      this.#transactions.refuse(
        transactionId,
        statusFor(StatusCode.callFailed, { description: 'too many streams' }),
      )
      return
    }
    // The lowest free id: most players have stream 1 then, and can share the bytes of one batch.
    let messageStreamId = 1
    while (this.#life.findStream(messageStreamId) !== undefined) messageStreamId += 1
    this.#life.addStream(messageStreamId)
    this.#transactions.answer(transactionId, null, messageStreamId)
    this.#life.emit({ kind: 'streamCreated', messageStreamId })
  }

  #onAnnouncement({ kind, transactionId, streamName = '' }: StreamNameCommand): void {
    if (kind === 'FCPublish') {
      const details = { announced: streamName }
      const requestId = this.#transactions.tryAddRequest('fcPublish', transactionId, undefined, details)
      if (requestId === undefined) return
      this.#transactions.answer(transactionId, null, null)
      this.#life.emit({ kind: 'fcPublishRequested', requestId, streamName })
      return
    }
    this.#transactions.answer(transactionId, null, null)
    switch (kind) {
      case 'FCSubscribe':
        this.#confirm('onFCSubscribe', transactionId, StatusCode.playStart, streamName)
        this.#life.emit({ kind: 'fcSubscribe', streamName })
        break
      case 'FCUnpublish':
        this.#setup.unpublish(streamName)
        this.#confirm('onFCUnpublish', transactionId, StatusCode.unpublishSuccess, streamName)
        this.#life.emit({ kind: 'fcUnpublish', streamName })
        break
      default:
        this.#life.emit({ kind: 'releaseStream', streamName })
    }
  }

  acceptFcPublish({ transactionId, announced }: PendingRequest): void {
    this.#confirm('onFCPublish', transactionId, StatusCode.publishStart, announced)
  }

  /** Told twice: encoders that wait for onFCPublish read the one, FFmpeg and OBS know the other. */
  rejectFcPublish({ transactionId, announced }: PendingRequest, details: RejectDetails): void {
    const why = rejection(details, StatusCode.publishDenied, `publishing ${announced} is not allowed`)
    this.#outgoing.sendCommand(0, command('onFCPublish', transactionId, null, why))
    this.#outgoing.sendCommand(0, command('onStatus', 0, null, why))
  }

  /** Some encoders wait for this with the transaction id of their own command. */
  #confirm(name: string, transactionId: number, code: string, streamName: string): void {
    this.#outgoing.sendCommand(
      0,
      command(name, transactionId, null, statusFor(code, { description: streamName })),
    )
  }
}

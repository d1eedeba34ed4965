import type { Message } from '@rtmp/chunk'
import {
  type CommandMessage,
  type PlayCommand,
  type PublishCommand,
  StatusCode,
  type StreamCut,
  type TypedCommand,
} from '@rtmp/message'
import { type Deadline, dueAt, NEVER, started } from './deadline.ts'
import type { EndDetails } from './decisions.ts'
import type { EndReason, OwnEndReason } from './end-reason.ts'
import type { ServerEvent } from './server-events.ts'
import type { MessageStream } from './message-stream.ts'
import type { Millis } from './options.ts'
import type { Outgoing } from './outgoing.ts'
import type { ServerConnection } from './server-connection.ts'
import { ServerPlayback } from './server-playback.ts'
import type { ServerStatuses } from './server-statuses.ts'
import type { SessionLife, SessionTimer } from './session-life.ts'
import type { Transactions } from './transactions.ts'
import type { StreamInput, StreamState } from './transitions.ts'

/** What the streams of a server are made with. */
export interface ServerStreamsSetup {
  readonly life: SessionLife<ServerEvent>
  readonly outgoing: Outgoing<ServerEvent>
  readonly transactions: Transactions<ServerEvent>
  readonly connection: ServerConnection
  readonly statuses: ServerStatuses
}

/** The server's side of the NetStreams (RTMP 1.0 §7.2.2): what clients publish and play, and how it ends. */
export class ServerStreams implements SessionTimer {
  readonly #life: SessionLife<ServerEvent>
  readonly #outgoing: Outgoing<ServerEvent>
  readonly #transactions: Transactions<ServerEvent>
  readonly #connection: ServerConnection
  readonly #statuses: ServerStatuses
  readonly #playback: ServerPlayback
  /** When a silent publisher is given up. */
  #publisherIdle: Deadline = NEVER

  constructor({ life, outgoing, transactions, connection, statuses }: ServerStreamsSetup) {
    this.#statuses = statuses
    this.#playback = new ServerPlayback({ life, outgoing, transactions, statuses })
    this.#life = life
    this.#outgoing = outgoing
    this.#transactions = transactions
    this.#connection = connection
  }

  /** Bytes have come, or their absence is ours. */
  publisherIsThere(now: Millis): void {
    if (this.#publisherIdle !== NEVER) {
      this.#publisherIdle = now + this.#life.options.deadlines.publisherIdle
    }
  }

  /** See {@link SessionTimer}: of a publisher that is silent. */
  get dueAt(): Millis {
    return dueAt(this.#publisherIdle)
  }

  /** See {@link SessionTimer}. */
  start(now: Millis): void {
    this.#publisherIdle = started(this.#publisherIdle, now)
  }

  /** See {@link SessionTimer}. */
  check(now: Millis): void {
    if (now < this.#publisherIdle) return
    const { publisherIdle } = this.#life.options.deadlines
    this.#life.timeOut('SESSION_PUBLISHER_IDLE', `the publisher sent nothing for ${publisherIdle} ms`)
  }

  /** See {@link LifeRole.streamMoved}. */
  moved(stream: MessageStream, from: StreamState, reason: EndReason): void {
    const life = this.#life
    if (from === 'playing') this.#playback.withdraw(stream, reason)
    const inUse = life.streams.some((other) => other.state !== 'idle')
    if (inUse) life.phase = NEVER
    else if (life.phase === NEVER) life.phase = life.deadline(life.options.deadlines.command)
    if (!life.streams.some((other) => other.state === 'publishing')) this.#publisherIdle = NEVER
    else if (this.#publisherIdle === NEVER)
      this.#publisherIdle = life.deadline(life.options.deadlines.publisherIdle)
  }

  /**
   * Ends a running publish from our side: StreamEOF and a status; the connection goes on. False when the stream does not
   * publish.
   *
   * @param reason - Default `'kicked'`.
   */
  endPublish(messageStreamId: number, reason: OwnEndReason = 'kicked', details: EndDetails = {}): boolean {
    const stream = this.#life.findStream(messageStreamId)
    if (stream?.state !== 'publishing') return false
    const { code = StatusCode.unpublishSuccess, description = `${stream.streamName} is unpublished` } =
      details
    this.#outgoing.userControl({ kind: 'streamEof', messageStreamId })
    this.#statuses.status(messageStreamId, code, { description })
    return this.#life.moveStream(stream, 'end', reason)
  }

  /**
   * Ends a running play from our side: StreamEOF and a status; the connection goes on. False when the stream does not
   * play.
   *
   * @param reason - Default `'completed'`.
   */
  endPlay(messageStreamId: number, reason: OwnEndReason = 'completed', details: EndDetails = {}): boolean {
    const stream = this.#life.findStream(messageStreamId)
    if (stream?.state !== 'playing') return false
    const { code = StatusCode.playStop, description = `Stopped playing ${stream.streamName}` } = details
    this.#outgoing.userControl({ kind: 'streamEof', messageStreamId })
    this.#statuses.status(messageStreamId, code, { description })
    return this.#life.moveStream(stream, 'end', reason)
  }

  /**
   * What a message stream wants of what it plays: `receiveAudio` and `receiveVideo` count for every later play on it too,
   * and may have come before the first. Both, unless told otherwise.
   */
  receives(messageStreamId: number): { readonly audio: boolean; readonly video: boolean } {
    const { audio = true, video = true } = this.#life.findStream(messageStreamId) ?? {}
    return { audio, video }
  }

  /** See {@link IncomingRole.command}. */
  hear(typed: TypedCommand, whole: CommandMessage, message: Message): void {
    if (this.#life.state !== 'connected') {
      if (typed.kind === 'connect') this.#connection.command(typed, whole, message)
      else {
        this.#transactions.refuseCall(typed.transactionId, { description: 'connect first' })
        throw this.#life.error('SESSION_NOT_CONNECTED', `${whole.name} before connect`)
      }
    } else if (typed.kind === 'connect') {
      this.#life.warn('CONNECT_REPEATED', 'a second connect was refused')
      this.#transactions.refuseCall(typed.transactionId, { description: 'connected already' })
    } else if (!this.#connection.command(typed, whole, message)) this.#streamCommand(typed, message)
  }

  /** See {@link LifeRole.requestVoid}. */
  requestVoid({ requestId }: MessageStream, reason: EndReason): void {
    const request = this.#transactions.requests.take(requestId)
    if (request !== undefined) this.#transactions.withdraw(requestId, request.request, reason)
  }

  #streamCommand(typed: TypedCommand, message: Message): void {
    if (typed.kind === 'deleteStream') {
      const stream = this.#streamToDelete(typed.messageStreamId, typed.streamName, message.messageStreamId)
      if (stream !== undefined) this.#life.moveStream(stream, 'deleteStream', 'deleteStream')
      return
    }
    const stream = this.#streamOf(message.messageStreamId)
    if (stream === undefined) {
      this.#life.warn('STREAM_UNKNOWN', `${typed.kind} on message stream ${message.messageStreamId}`)
      if (typed.kind === 'publish' || typed.kind === 'play') {
        const description = 'no such message stream: createStream comes first'
        this.#statuses.status(message.messageStreamId, StatusCode.streamFailed, { description })
      }
      return
    }
    switch (typed.kind) {
      case 'publish':
        this.#onPublish(stream, typed)
        break
      case 'play':
        this.#onPlay(stream, typed)
        break
      case 'closeStream':
        this.#stop(stream, 'closeStream', 'closeStream')
        break
      case 'receiveAudio':
      case 'receiveVideo':
        this.#playback.receive(stream, typed.kind, typed.enabled)
        break
      case 'pause':
      case 'pauseRaw':
      case 'seek':
      case 'play2':
        if (stream.state === 'playRequested') this.#life.hold(message)
        else if (stream.state === 'playing') this.#playback.command(stream, typed)
        else
          this.#life.warn('STREAM_STATE', `${typed.kind} on message stream ${stream.id}, which does not play`)
        break
      default:
        break
    }
  }

  #streamOf(messageStreamId: number): MessageStream | undefined {
    const stream = this.#life.findStream(messageStreamId)
    if (stream !== undefined) return stream
    const only = this.#life.onlyStream(messageStreamId)
    if (only !== undefined)
      this.#life.warn('STREAM_ZERO', `a command on message stream 0 was taken for stream ${only.id}`)
    return only
  }

  /** GStreamer's rtmp2sink sends the stream's name where its number belongs; others send nothing at all. */
  #streamToDelete(
    id: number | undefined,
    name: string | undefined,
    messageStreamId: number,
  ): MessageStream | undefined {
    if (id !== undefined) return this.#life.findStream(id)
    if (!this.#life.options.leniency.deleteByName) return undefined
    this.#life.warn(
      'DELETE_STREAM_ODD',
      `deleteStream with ${name === undefined ? 'nothing' : 'a name'} for a number`,
    )
    const wanted = name === undefined ? undefined : this.#connection.cut(name)?.path
    return (
      this.#life.streams.find((stream) => stream.path === wanted && stream.state !== 'idle') ??
      this.#life.findStream(messageStreamId) ??
      (this.#life.streams.length === 1 ? this.#life.streams[0] : undefined)
    )
  }

  #onPublish(stream: MessageStream, { streamName, publishType, transactionId }: PublishCommand): void {
    if (streamName === undefined && this.#life.options.leniency.publishFalse && isPublish(stream)) {
      this.#stop(stream, 'unpublish', 'publishFalse')
      return
    }
    const request = this.#request('publish', stream, streamName, transactionId)
    if (request !== undefined) this.#life.emit({ kind: 'publishRequested', ...request, publishType })
  }

  #onPlay(stream: MessageStream, play: PlayCommand): void {
    const { streamName, transactionId, source, start, duration, reset } = play
    if (streamName === undefined && this.#life.options.leniency.publishFalse && isPlay(stream)) {
      this.#stop(stream, 'closeStream', 'closeStream')
      return
    }
    const request = this.#request('play', stream, streamName, transactionId, { reset })
    if (request === undefined) return
    this.#life.emit({
      kind: 'playRequested',
      ...request,
      source,
      start,
      duration: duration < 0 ? undefined : duration,
      reset,
    })
  }

  /** A publish or a play for the host to decide on, if its name can be used and its message stream is free; else the client is told. */
  #request(
    kind: 'publish' | 'play',
    stream: MessageStream,
    rawStreamName: string | undefined,
    transactionId: number,
    details: { readonly reset?: boolean } = {},
  ) {
    const code = kind === 'publish' ? StatusCode.publishBadName : StatusCode.playFailed
    const cut = this.#sound(stream, rawStreamName, code)
    if (cut === undefined) return undefined
    if (!this.#life.moveStream(stream, kind, 'replaced')) {
      this.#life.warn('STREAM_STATE', `${kind} on message stream ${stream.id}, which is ${stream.state}`)
      this.#statuses.status(stream.id, code, { description: `message stream ${stream.id} is in use` })
      return undefined
    }
    const { app, streamName, path } = cut
    const requestId = this.#transactions.addRequest(kind, transactionId, stream, details)
    stream.path = path
    stream.streamName = streamName
    stream.requestId = requestId
    return {
      requestId,
      messageStreamId: stream.id,
      app,
      streamName,
      path,
      rawStreamName: rawStreamName ?? '',
      query: this.#connection.queryOf(cut),
    }
  }

  /** The stream of a name that can be used; the client is told when it cannot. */
  #sound(stream: MessageStream, name: string | undefined, code: string): StreamCut | undefined {
    const cut = name === undefined ? undefined : this.#connection.cut(name)
    if (cut !== undefined) return cut
    const why = 'missing, too long, or holds control characters or a segment that is empty, "." or ".."'
    this.#life.warn('NAME_REFUSED', `a stream name is ${name === undefined ? 'not a text' : why}`)
    this.#statuses.status(stream.id, code, { level: 'error', description: 'invalid stream name' })
    return undefined
  }

  /** Ends what publishes under a name, for FCUnpublish. */
  unpublish(rawStreamName: string): void {
    const path = this.#connection.cut(rawStreamName)?.path
    const stream = this.#life.streams.find((other) => isPublish(other) && other.path === path)
    if (stream !== undefined) this.#stop(stream, 'unpublish', 'fcUnpublish')
  }

  /** What a client stops; a publisher is told. */
  #stop(stream: MessageStream, input: StreamInput, reason: EndReason): void {
    const { state, streamName } = stream
    if (this.#life.moveStream(stream, input, reason) && state === 'publishing') {
      this.#statuses.status(stream.id, StatusCode.unpublishSuccess, {
        description: `${streamName} is unpublished`,
      })
    }
  }
}

const isPublish = ({ state }: MessageStream): boolean =>
  state === 'publishing' || state === 'publishRequested'
const isPlay = ({ state }: MessageStream): boolean => state === 'playing' || state === 'playRequested'

import type { Message } from '@rtmp/chunk'
import {
  type CommandMessage,
  command,
  onStatus,
  type PlayCommand,
  type PublishCommand,
  StatusCode,
  type StatusDetails,
  type TypedCommand,
} from '@rtmp/message'
import type { PendingRequest } from './calling-session.ts'
import { type Deadline, dueAt, NEVER, started } from './deadline.ts'
import { type AcceptDetails, type EndDetails, type RejectDetails, rejection } from './decisions.ts'
import type { EndReason, OwnEndReason } from './end-reason.ts'
import type { RequestKind, Status } from './events.ts'
import type { MessageStream } from './message-stream.ts'
import { isSoundName, normaliseStreamName } from './names.ts'
import type { Millis, ServerSessionOptions } from './options.ts'
import { ServerNetConnection } from './server-net-connection.ts'
import type { StreamInput } from './transitions.ts'

/**
 * The server's side of one RTMP connection, sans-io (RTMP 1.0 §7.2). See {@link Session} for the host's loop.
 *
 * Requests (`connectRequested`, `publishRequested`, `playRequested`, …) carry a `requestId` and are answered by
 * {@link accept} or {@link reject}, now or later; nothing is sent before. What is asked of nobody (createStream,
 * releaseStream, pings, acknowledgements) is answered at once.
 *
 * @example
 * ```ts
 * const session = new ServerSession({ crypto })
 * session.receive(bytes, now)
 * for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) {
 *   if ('requestId' in event && event.kind !== 'callAnswered') session.accept(event.requestId)
 * }
 * for (const piece of session.takeOutput()) socket.write(piece)
 * ```
 */
export class ServerSession extends ServerNetConnection {
  /** When a silent publisher is given up. */
  #publisherIdle: Deadline = NEVER

  /** @param options - Share one object between sessions: they share what is derived from it. */
  constructor(options: ServerSessionOptions) {
    super(options)
  }

  override receive(bytes: Uint8Array, now: Millis): void {
    if (this.#publisherIdle !== NEVER) this.#publisherIdle = now + this.options.deadlines.publisherIdle
    super.receive(bytes, now)
  }

  /**
   * Grants a request. False when there is nothing to grant any more: it was decided before, or withdrawn.
   *
   * @throws UsageError for details that cannot be encoded
   */
  accept(requestId: number, details: AcceptDetails = {}): boolean {
    const request = this.requests.get(requestId)
    if (request === undefined) return false
    const { request: kind, stream, transactionId } = request
    if (kind === 'connect') {
      this.acceptConnect(requestId, request, details)
      return true
    }
    if (stream === undefined || kind === 'command')
      this.answer(transactionId, null, ...(details.values ?? []))
    else if (kind === 'publish') this.#sayPublishing(stream, details)
    else if (kind === 'play') this.#sayPlaying(stream, request, details)
    else if (kind === 'seek') this.#sayAbout(stream, StatusCode.seekNotify, 'Seeking', details)
    else this.#sayAbout(stream, StatusCode.playTransition, 'Switching to', details)
    this.requests.take(requestId)
    if (stream?.requestId === requestId) this.moveStream(stream, 'accept', 'completed')
    return true
  }

  /**
   * Refuses a request: a status first, then for connect and publish the end of the session (see `details.close`).
   * False when there is nothing to refuse any more.
   *
   * @throws UsageError for details that cannot be encoded
   */
  reject(requestId: number, details: RejectDetails = {}): boolean {
    const request = this.requests.get(requestId)
    if (request === undefined) return false
    const { request: kind, stream, transactionId } = request
    if (kind === 'connect') {
      this.rejectConnect(requestId, request, details)
      return true
    }
    if (stream === undefined || kind === 'command') this.refuseCall(transactionId, details)
    else {
      const [code, description] = refusal(kind, stream)
      this.sendCommand(stream.id, command('onStatus', 0, null, rejection(details, code, description)))
    }
    this.requests.take(requestId)
    if (stream?.requestId === requestId) this.moveStream(stream, 'reject', 'refused')
    if (details.close ?? kind === 'publish') this.end('refused', details.description ?? `${kind} refused`)
    return true
  }

  /**
   * Sends a status on a message stream, or with 0 about the connection.
   *
   * @throws UsageError `SESSION_NOT_CONNECTED`, or details that cannot be encoded
   */
  onStatus(messageStreamId: number, code: string, details?: StatusDetails): void {
    if (this.requireConnected('onStatus')) this.sendCommand(messageStreamId, onStatus(code, details))
  }

  /**
   * Ends a running publish from our side; the connection goes on. False when the stream does not publish.
   *
   * @param reason - Default `'kicked'`.
   */
  endPublish(messageStreamId: number, reason: OwnEndReason = 'kicked', details: EndDetails = {}): boolean {
    const stream = this.findStream(messageStreamId)
    if (stream?.state !== 'publishing') return false
    const { code = StatusCode.unpublishSuccess, description = `${stream.streamName} is unpublished` } =
      details
    this.onStatus(messageStreamId, code, { description })
    return this.moveStream(stream, 'end', reason)
  }

  /**
   * Ends a running play from our side: StreamEOF and a status; the connection goes on. False when the stream does not
   * play.
   *
   * @param reason - Default `'completed'`.
   */
  endPlay(messageStreamId: number, reason: OwnEndReason = 'completed', details: EndDetails = {}): boolean {
    const stream = this.findStream(messageStreamId)
    if (stream?.state !== 'playing') return false
    const { code = StatusCode.playStop, description = `Stopped playing ${stream.streamName}` } = details
    this.userControl({ kind: 'streamEof', messageStreamId })
    this.onStatus(messageStreamId, code, { description })
    return this.moveStream(stream, 'end', reason)
  }

  #sayPublishing(stream: MessageStream, details: AcceptDetails): void {
    this.userControl({ kind: 'streamBegin', messageStreamId: stream.id })
    this.#sayAbout(stream, StatusCode.publishStart, 'Publishing', details)
  }

  #sayPlaying(stream: MessageStream, { reset }: PendingRequest, details: AcceptDetails): void {
    const messageStreamId = stream.id
    if (details.recorded === true) this.userControl({ kind: 'streamIsRecorded', messageStreamId })
    this.userControl({ kind: 'streamBegin', messageStreamId })
    if (reset) this.#sayAbout(stream, StatusCode.playReset, 'Playing and resetting', {})
    this.#sayAbout(stream, StatusCode.playStart, 'Started playing', details)
    if (details.sampleAccess !== false) {
      const { audio, video } = details.sampleAccess ?? { audio: true, video: true }
      this.sendData(messageStreamId, 0, '|RtmpSampleAccess', audio, video)
    }
  }

  #sayAbout(stream: MessageStream, code: string, verb: string, details: AcceptDetails): void {
    const description = details.description ?? `${verb} ${stream.streamName}`
    this.onStatus(stream.id, code, { description, details: stream.streamName, ...details.information })
  }

  protected override onCommand(typed: TypedCommand, whole: CommandMessage, message: Message): void {
    if (this.state !== 'connected') {
      if (typed.kind === 'connect') this.onConnectionCommand(typed, whole, message)
      else {
        this.refuseCall(typed.transactionId, { description: 'connect first' })
        throw this.error('SESSION_NOT_CONNECTED', `${whole.name} before connect`)
      }
    } else if (typed.kind === 'connect') {
      this.warn('CONNECT_REPEATED', 'a second connect was refused')
      this.refuseCall(typed.transactionId, { description: 'connected already' })
    } else if (!this.onConnectionCommand(typed, whole, message)) this.#onStreamCommand(typed, message)
  }

  #onStreamCommand(typed: TypedCommand, message: Message): void {
    if (typed.kind === 'deleteStream') {
      const stream = this.#streamToDelete(typed.messageStreamId, typed.streamName, message.messageStreamId)
      if (stream !== undefined) this.moveStream(stream, 'deleteStream', 'deleteStream')
      return
    }
    const stream = this.#streamOf(message.messageStreamId)
    if (stream === undefined) {
      this.warn('STREAM_UNKNOWN', `${typed.kind} on message stream ${message.messageStreamId}`)
      if (typed.kind === 'publish' || typed.kind === 'play') {
        const description = 'no such message stream: createStream comes first'
        this.onStatus(message.messageStreamId, StatusCode.streamFailed, { description })
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
        this.#onReceive(stream, typed.kind, typed.enabled)
        break
      case 'pause':
      case 'pauseRaw':
      case 'seek':
      case 'play2':
        if (stream.state === 'playRequested') this.hold(message)
        else if (stream.state === 'playing') this.#onPlayback(stream, typed)
        else this.warn('STREAM_STATE', `${typed.kind} on message stream ${stream.id}, which does not play`)
        break
      default:
        break
    }
  }

  #streamOf(messageStreamId: number): MessageStream | undefined {
    const stream = this.findStream(messageStreamId)
    if (stream !== undefined) return stream
    const only = this.onlyStream(messageStreamId)
    if (only !== undefined)
      this.warn('STREAM_ZERO', `a command on message stream 0 was taken for stream ${only.id}`)
    return only
  }

  /** GStreamer's rtmp2sink sends the stream's name where its number belongs; others send nothing at all. */
  #streamToDelete(
    id: number | undefined,
    name: string | undefined,
    messageStreamId: number,
  ): MessageStream | undefined {
    if (id !== undefined) return this.findStream(id)
    if (!this.options.leniency.deleteByName) return undefined
    this.warn(
      'DELETE_STREAM_ODD',
      `deleteStream with ${name === undefined ? 'nothing' : 'a name'} for a number`,
    )
    const wanted = name === undefined ? undefined : normaliseStreamName(name)
    return (
      this.streams.find((stream) => stream.streamName === wanted && stream.state !== 'idle') ??
      this.findStream(messageStreamId) ??
      (this.streams.length === 1 ? this.streams[0] : undefined)
    )
  }

  #onPublish(
    stream: MessageStream,
    { streamName: rawStreamName, publishType, transactionId }: PublishCommand,
  ): void {
    if (rawStreamName === undefined && this.options.leniency.publishFalse && isPublish(stream)) {
      this.#stop(stream, 'unpublish', 'publishFalse')
      return
    }
    if (!this.#isSound(stream, rawStreamName, StatusCode.publishBadName)) return
    if (!this.moveStream(stream, 'publish', 'replaced')) {
      this.warn('STREAM_STATE', `publish on message stream ${stream.id}, which is ${stream.state}`)
      this.onStatus(stream.id, StatusCode.publishBadName, {
        description: `message stream ${stream.id} is in use`,
      })
      return
    }
    const streamName = normaliseStreamName(rawStreamName)
    const requestId = this.addRequest('publish', transactionId, stream)
    stream.streamName = streamName
    stream.requestId = requestId
    const query = this.queryOf(rawStreamName)
    const { app } = this
    const messageStreamId = stream.id
    this.emit({
      kind: 'publishRequested',
      requestId,
      messageStreamId,
      app,
      streamName,
      rawStreamName,
      query,
      publishType,
    })
  }

  #onPlay(stream: MessageStream, play: PlayCommand): void {
    const { streamName: rawStreamName, source, start, duration, reset } = play
    if (rawStreamName === undefined && this.options.leniency.publishFalse && isPlay(stream)) {
      this.#stop(stream, 'closeStream', 'closeStream')
      return
    }
    if (!this.#isSound(stream, rawStreamName, StatusCode.playFailed)) return
    if (!this.moveStream(stream, 'play', 'replaced')) {
      this.warn('STREAM_STATE', `play on message stream ${stream.id}, which is ${stream.state}`)
      this.onStatus(stream.id, StatusCode.playFailed, {
        description: `message stream ${stream.id} is in use`,
      })
      return
    }
    const streamName = normaliseStreamName(rawStreamName)
    const requestId = this.addRequest('play', play.transactionId, stream, reset)
    stream.streamName = streamName
    stream.requestId = requestId
    this.emit({
      kind: 'playRequested',
      requestId,
      messageStreamId: stream.id,
      app: this.app,
      streamName,
      rawStreamName,
      query: this.queryOf(rawStreamName),
      source,
      start,
      duration: duration < 0 ? undefined : duration,
      reset,
    })
  }

  /** Whether a name can be used; the client is told when not. */
  #isSound(stream: MessageStream, name: string | undefined, code: string): name is string {
    if (name !== undefined && isSoundName(name, this.options.limits.maxNameBytes)) return true
    this.warn(
      'NAME_REFUSED',
      `a stream name is ${name === undefined ? 'not a text' : 'too long or holds control characters'}`,
    )
    this.onStatus(stream.id, code, { level: 'error', description: 'invalid stream name' })
    return false
  }

  #onReceive(stream: MessageStream, kind: 'receiveAudio' | 'receiveVideo', enabled: boolean): void {
    this.emit({ kind, messageStreamId: stream.id, enabled })
    if (!enabled || stream.state !== 'playing') return
    this.#sayAbout(stream, StatusCode.seekNotify, 'Seeking', {})
    this.#sayAbout(stream, StatusCode.playStart, 'Started playing', {})
  }

  #onPlayback(stream: MessageStream, typed: TypedCommand): void {
    const messageStreamId = stream.id
    if (typed.kind === 'pause' || typed.kind === 'pauseRaw') {
      const { paused, position } = typed
      this.#sayAbout(
        stream,
        paused ? StatusCode.pauseNotify : StatusCode.unpauseNotify,
        paused ? 'Pausing' : 'Unpausing',
        {},
      )
      this.emit({ kind: 'pause', messageStreamId, paused, position })
    } else if (typed.kind === 'seek') {
      const requestId = this.tryAddRequest('seek', typed.transactionId, stream)
      if (requestId === undefined) return
      this.emit({ kind: 'seekRequested', requestId, messageStreamId, position: typed.position })
    } else if (typed.kind === 'play2') {
      const requestId = this.tryAddRequest('play2', typed.transactionId, stream)
      if (requestId === undefined) return
      this.emit({ kind: 'play2Requested', requestId, messageStreamId, options: typed.options })
    }
  }

  protected override unpublish(rawStreamName: string): void {
    const streamName = normaliseStreamName(rawStreamName)
    const stream = this.streams.find((other) => isPublish(other) && other.streamName === streamName)
    if (stream !== undefined) this.#stop(stream, 'unpublish', 'fcUnpublish')
  }

  /** What a client stops; a publisher is told. */
  #stop(stream: MessageStream, input: StreamInput, reason: EndReason): void {
    const { state, streamName } = stream
    if (this.moveStream(stream, input, reason) && state === 'publishing') {
      this.onStatus(stream.id, StatusCode.unpublishSuccess, { description: `${streamName} is unpublished` })
    }
  }

  protected override moveStream(
    stream: MessageStream,
    input: StreamInput,
    reason: EndReason,
    status?: Status,
  ): boolean {
    const from = stream.state
    if (!super.moveStream(stream, input, reason, status)) return false
    if (from === 'playing') this.#withdrawPlayback(stream, reason)
    const inUse = this.streams.some((other) => other.state !== 'idle')
    if (inUse) this.phase = NEVER
    else if (this.phase === NEVER) this.phase = this.deadline(this.options.deadlines.command)
    if (!this.streams.some((other) => other.state === 'publishing')) this.#publisherIdle = NEVER
    else if (this.#publisherIdle === NEVER)
      this.#publisherIdle = this.deadline(this.options.deadlines.publisherIdle)
    return true
  }

  /** Requests about a playback that is over. */
  #withdrawPlayback(stream: MessageStream, reason: EndReason): void {
    for (;;) {
      const found = this.requests.find(
        (entry) => entry.stream === stream && (entry.request === 'seek' || entry.request === 'play2'),
      )
      if (found === undefined) return
      const [requestId, { request }] = found
      this.requests.take(requestId)
      this.withdraw(requestId, request, reason)
    }
  }

  protected override earliestDeadline(): Millis {
    return Math.min(super.earliestDeadline(), dueAt(this.#publisherIdle))
  }

  protected override startDeadlines(now: Millis): void {
    super.startDeadlines(now)
    this.#publisherIdle = started(this.#publisherIdle, now)
  }

  protected override checkDeadlines(now: Millis): void {
    super.checkDeadlines(now)
    if (now >= this.#publisherIdle) {
      const { publisherIdle } = this.options.deadlines
      this.timeOut('SESSION_PUBLISHER_IDLE', `the publisher sent nothing for ${publisherIdle} ms`)
    }
  }

  protected override refuseExpired(requestId: number): void {
    this.reject(requestId, { description: 'no decision in time' })
  }

  protected override onRequestVoid(stream: MessageStream, reason: EndReason): void {
    const { requestId } = stream
    const request = this.requests.take(requestId)
    if (request !== undefined) this.withdraw(requestId, request.request, reason)
  }

  /** The server asks for nothing but plain calls. */
  protected override onAnswer(): void {}
}

/** What a refusal says by default. */
const refusal = (
  request: RequestKind,
  { streamName }: MessageStream,
): readonly [code: string, description: string] => {
  switch (request) {
    case 'publish':
      return [StatusCode.publishDenied, `publishing ${streamName} is not allowed`]
    case 'play':
      return [StatusCode.playStreamNotFound, `there is no stream ${streamName}`]
    case 'seek':
      return [StatusCode.seekFailed, `${streamName} cannot be moved in`]
    default:
      return [StatusCode.playFailed, `${streamName} cannot be switched`]
  }
}

const isPublish = ({ state }: MessageStream): boolean =>
  state === 'publishing' || state === 'publishRequested'
const isPlay = ({ state }: MessageStream): boolean => state === 'playing' || state === 'playRequested'

import { isDecodeError, UsageError } from '@rtmp/bytes'
import { type ConnectCommand, cutStream, type QueryParameters, type StreamCut } from '@rtmp/message'
import {
  type ClosedEvent,
  type ConnectionState,
  DEFAULT_DEADLINES,
  DEFAULT_SESSION_LIMITS,
  type EndDetails,
  type EndReason,
  type OwnEndReason,
  type RejectDetails,
  type ServerEvent,
  type ServerSessionOptions,
  type SessionStats,
  type TransportEndReason,
} from '@rtmp/session'
import type { ClientSession } from '../core/client-protocol.ts'
import { ONLY_STREAM, PublishBody } from './publish-body.ts'
import { endedAnswer, refusedAnswer, type WebAnswer } from './web-answer.ts'
import { connectOf, type WebRequest } from './web-request.ts'

const CONNECT_ID = 1
const STREAM_ID = 2

/** What a request costs with its head, its query and its answer, in bytes. */
const REQUEST_BYTES = 16_384

/** The body of a publish that may wait for a decision, in bytes; more is not read. */
const MOST_WAITING = 64 * 1024

/** What a session is told by: the options of those of RTMP count for it too. */
export type WebSessionOptions = Pick<ServerSessionOptions, 'deadlines' | 'limits'>

/**
 * One request over HTTP that plays or publishes, as the engine knows its clients: it asks for a connection, then for its stream, and
 * is over with it. So whatever holds for clients of RTMP holds for it: hooks, rules, limits, bans, drains, statistics.
 *
 * What it plays does not go through it. What it publishes is the FLV that it {@link receive}s.
 */
export class WebSession implements ClientSession {
  readonly connectCommand: ConnectCommand
  readonly hasOutput: boolean = false
  readonly #request: WebRequest
  readonly #answered: (answer: WebAnswer) => void
  readonly #decisionMs: number
  readonly #publisherIdleMs: number
  readonly #body: PublishBody | undefined
  readonly #events: ServerEvent[] = []
  #phase: 'new' | 'connecting' | 'asking' | 'running' | 'closed' = 'new'
  #now = 0
  #deadline = Number.POSITIVE_INFINITY
  /** See `Session.deadlinesMade`. */
  deadlinesMade = 0
  #bytesReceived = 0
  #bytesSent = 0
  #warnings = 0

  /** @param answered - Called once, when the request is over: what answers it, if nothing else has yet. */
  constructor(
    request: WebRequest,
    { deadlines, limits }: WebSessionOptions,
    answered: (answer: WebAnswer) => void,
  ) {
    this.#request = request
    this.#answered = answered
    this.connectCommand = connectOf(request)
    this.#decisionMs = deadlines?.decision ?? DEFAULT_DEADLINES.decision
    this.#publisherIdleMs = deadlines?.publisherIdle ?? DEFAULT_DEADLINES.publisherIdle
    if (request.kind === 'play') return
    this.#body = new PublishBody(limits?.maxMediaMessageBytes ?? DEFAULT_SESSION_LIMITS.maxMediaMessageBytes)
  }

  get app(): string {
    return this.#request.stream.app
  }

  get state(): ConnectionState {
    if (this.#phase === 'closed') return 'closed'
    return this.#phase === 'new' || this.#phase === 'connecting' ? 'connectRequested' : 'connected'
  }

  get stats(): SessionStats {
    const { audio = 0, video = 0, data = 0, ignored = 0 } = this.#body?.counters ?? {}
    return {
      ...NO_STATS,
      bytesReceived: this.#bytesReceived,
      bytesSent: this.#bytesSent,
      audioMessagesReceived: audio,
      videoMessagesReceived: video,
      dataMessagesReceived: data,
      messagesIgnored: ignored,
      warnings: this.#warnings,
      pendingRequests: this.#phase === 'connecting' || this.#phase === 'asking' ? 1 : 0,
      heldBytes: this.#heldBytes,
      messageStreams: this.#phase === 'closed' ? 0 : 1,
    }
  }

  /** Bytes that wait for a decision. */
  get #heldBytes(): number {
    return this.#phase === 'running' ? 0 : (this.#body?.waitingBytes ?? 0)
  }

  /** What it holds of memory: what has come of the body and is kept, and what a request costs. */
  get memoryBytes(): number {
    return REQUEST_BYTES + (this.#body?.heldBytes ?? 0)
  }

  get shouldPauseReading(): boolean {
    return this.#phase !== 'closed' && this.#heldBytes >= MOST_WAITING
  }

  /** Takes the request, with the first bytes of its body or none; then the rest of the body. They must not change any more. */
  receive(bytes: Uint8Array, now: number): void {
    this.#now = now
    if (this.#phase === 'closed') return
    if (this.#phase === 'new') {
      this.#phase = 'connecting'
      this.#ask()
      const { app, connectCommand: connect } = this
      const { query } = this.#request
      this.#events.push({
        kind: 'connectRequested',
        requestId: CONNECT_ID,
        connect,
        app,
        tcUrl: connect.tcUrl ?? '',
        query,
      })
    } else if (this.#phase === 'running') this.#alive(now)
    if (bytes.length === 0) return
    this.#bytesReceived += bytes.length
    this.#body?.push(bytes)
  }

  /** The body of a publish has come whole: what it has brought is all. */
  bodyEnded(): void {
    this.#body?.end()
  }

  nextEvent(): ServerEvent | undefined {
    const event = this.#events.shift()
    if (event !== undefined || this.#phase !== 'running' || this.#body === undefined) return event
    try {
      const read = this.#body.read()
      if (read !== undefined) return read
      if (this.#body.isOver) this.#end('completed', 'the body has come to its end')
    } catch (error) {
      if (!isDecodeError(error)) throw error
      this.#end('protocolError', error.message, {
        status: 400,
        description: `this is no FLV: ${error.message}`,
      })
    }
    return this.#events.shift()
  }

  accept(requestId: number): boolean {
    if (this.#phase === 'connecting' && requestId === CONNECT_ID) {
      this.#phase = 'asking'
      this.#ask()
      this.#events.push(this.#streamRequest())
      return true
    }
    if (this.#phase !== 'asking' || requestId !== STREAM_ID) return false
    this.#phase = 'running'
    this.#deadline = Number.POSITIVE_INFINITY
    this.deadlinesMade += 1
    this.#alive(this.#now)
    if (this.#request.onlyAsks) this.#end('completed', 'it is there')
    return true
  }

  reject(requestId: number, details: RejectDetails = {}): boolean {
    if (requestId !== this.#pendingId) return false
    const answer = refusedAnswer(details)
    this.#end('refused', answer.description, answer)
    return true
  }

  endPlay(_messageStreamId: number, reason: OwnEndReason = 'completed', details: EndDetails = {}): boolean {
    return this.#request.kind === 'play' && this.#stop(reason, details)
  }

  endPublish(_messageStreamId: number, reason: OwnEndReason = 'kicked', details: EndDetails = {}): boolean {
    return this.#request.kind === 'publish' && this.#stop(reason, details)
  }

  close(reason: OwnEndReason = 'closed', description: string = reason): void {
    this.#end(reason, description, endedAnswer(reason, undefined, description))
  }

  transportClosed(reason: TransportEndReason, now: number, description: string = reason): void {
    this.#now = now
    this.#end(reason, description)
  }

  nextTimeout(): number | undefined {
    return this.#phase === 'closed' || this.#deadline === Number.POSITIVE_INFINITY
      ? undefined
      : this.#deadline
  }

  handleTimeout(now: number): void {
    this.#now = now
    if (now < this.#deadline) return
    const requestId = this.#pendingId
    if (requestId === undefined) {
      const description = `the publisher has sent nothing for ${this.#publisherIdleMs} ms`
      this.#end('timeout', description, endedAnswer('timeout', undefined, description))
      return
    }
    this.#warnings += 1
    const message = `no decision came within ${this.#decisionMs} ms`
    const request = this.#phase === 'connecting' ? 'connect' : this.#request.kind
    this.#events.push({ kind: 'warning', code: 'REQUEST_EXPIRED', message })
    this.#events.push({ kind: 'requestWithdrawn', requestId, request, reason: 'timeout' })
    this.#end('refused', message, { status: 503, description: 'the server could not decide' })
  }

  excuseSilence(now: number): void {
    if (this.#phase === 'running') this.#alive(now)
  }

  receives(): { readonly audio: boolean; readonly video: boolean } {
    const { audio, video } = this.#request
    return { audio, video }
  }

  noteBytesSent(count: number): void {
    this.#bytesSent += count
  }

  takeOutput(): Uint8Array[] {
    return []
  }

  awaitsPong(): boolean {
    return false
  }

  cut(name: string): StreamCut | undefined {
    return cutStream(this.app, name)
  }

  queryOf(): QueryParameters {
    return this.#request.query
  }

  /** A client over HTTP has no ears for statuses, events and calls. */
  onStatus(): void {}
  userControl(): void {}
  sendData(): void {}
  sendMessage(): void {}
  notify(): void {}
  usePool(): void {}

  /** @throws UsageError `CLIENT_WITHOUT_CALLS` */
  call(): number {
    throw new UsageError('CLIENT_WITHOUT_CALLS', 'clients over HTTP cannot be called', 'call')
  }

  get #pendingId(): number | undefined {
    if (this.#phase === 'connecting') return CONNECT_ID
    return this.#phase === 'asking' ? STREAM_ID : undefined
  }

  #ask(): void {
    this.deadlinesMade += 1
    this.#deadline = this.#decisionMs > 0 ? this.#now + this.#decisionMs : Number.POSITIVE_INFINITY
  }

  #alive(now: number): void {
    if (this.#body !== undefined && this.#publisherIdleMs > 0) this.#deadline = now + this.#publisherIdleMs
  }

  #streamRequest(): ServerEvent {
    const { kind, stream, query, target, recordings } = this.#request
    const { app, streamName, path } = stream
    const at = target.indexOf('?')
    const rawStreamName = at < 0 ? streamName : `${streamName}${target.slice(at)}`
    const about = {
      requestId: STREAM_ID,
      messageStreamId: ONLY_STREAM,
      app,
      streamName,
      path,
      rawStreamName,
      query,
    }
    return kind === 'publish'
      ? { kind: 'publishRequested', ...about, publishType: 'live' }
      : { kind: 'playRequested', ...about, ...(recordings ? ANY : LIVE), duration: undefined, reset: false }
  }

  #stop(reason: OwnEndReason, { code, description = reason }: EndDetails): boolean {
    if (this.#phase !== 'running') return false
    this.#end(reason, description, endedAnswer(reason, code, description))
    return true
  }

  #end(
    reason: EndReason,
    description: string,
    answer: WebAnswer = { status: reason === 'completed' ? 200 : 400, description },
  ): void {
    if (this.#phase === 'closed') return
    const wasRunning = this.#phase === 'running'
    this.#phase = 'closed'
    if (wasRunning) {
      const kind = this.#request.kind === 'play' ? 'playEnded' : 'publishEnded'
      this.#events.push({
        kind,
        messageStreamId: ONLY_STREAM,
        streamName: this.#request.stream.streamName,
        reason,
      })
    }
    const closed: ClosedEvent = { kind: 'closed', reason, description }
    this.#events.push(closed)
    this.#answered(answer)
  }
}

/** What a play may be of, as RTMP says it. */
const LIVE = { source: 'live', start: -1 } as const
const ANY = { source: 'liveOrRecorded', start: -2 } as const

const NO_STATS: SessionStats = {
  bytesReceived: 0,
  bytesSent: 0,
  bytesUnacknowledged: 0,
  acknowledgementsReceived: 0,
  acknowledgementsSent: 0,
  receiveChunkSize: 0,
  sendChunkSize: 0,
  receiveWindowAckSize: 0,
  peerBandwidthLimit: undefined,
  rtt: undefined,
  audioMessagesReceived: 0,
  videoMessagesReceived: 0,
  dataMessagesReceived: 0,
  commandsReceived: 0,
  messagesIgnored: 0,
  warnings: 0,
  pendingRequests: 0,
  pendingCalls: 0,
  heldBytes: 0,
  messageStreams: 0,
}

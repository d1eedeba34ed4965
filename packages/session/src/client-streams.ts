import { UsageError } from '@rtmp/bytes'
import { MessageTypeId } from '@rtmp/chunk'
import { buildCommand, type CommandMessage, type PublishType, StatusCode } from '@rtmp/message'
import type { ClientConnection } from './client-connection.ts'
import type { ClientEvent } from './client-events.ts'
import type { EndReason } from './end-reason.ts'
import type { Status } from './events.ts'
import type { MessageStream } from './message-stream.ts'
import type { Millis } from './options.ts'
import type { Outgoing } from './outgoing.ts'
import type { SessionLife } from './session-life.ts'
import { endsPlay, endsPublish, redirectOf, statusOf } from './statuses.ts'
import type { PendingCall, Transactions } from './transactions.ts'

/** Chunk streams of media, as FFmpeg uses them. */
const AUDIO_CSID = 4
const VIDEO_CSID = 6

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
  /** 8 audio, 9 video. */
  readonly typeId: 8 | 9
  /** Milliseconds, uint32. */
  readonly timestamp: number
  /** FLV tag body; must stay unchanged until the output has been written. */
  readonly payload: Uint8Array
  /** Whether the transport's owner may leave it out of what it writes. Default false. */
  readonly droppable?: boolean
}

/** What the streams of a client are made with. */
export interface ClientStreamsSetup {
  readonly life: SessionLife<ClientEvent>
  readonly outgoing: Outgoing<ClientEvent>
  readonly transactions: Transactions<ClientEvent>
  readonly connection: ClientConnection
}

/** The client's side of the NetStreams (RTMP 1.0 §7.2.2): what it publishes and plays, and how it ends. */
export class ClientStreams {
  readonly #life: SessionLife<ClientEvent>
  readonly #outgoing: Outgoing<ClientEvent>
  readonly #transactions: Transactions<ClientEvent>
  readonly #connection: ClientConnection

  constructor({ life, outgoing, transactions, connection }: ClientStreamsSetup) {
    this.#life = life
    this.#outgoing = outgoing
    this.#transactions = transactions
    this.#connection = connection
  }

  /**
   * Asks to publish on an idle message stream. Ends in `publishStarted` or `publishRejected`.
   *
   * @throws UsageError `SESSION_STREAM_STATE`
   */
  publish(messageStreamId: number, { streamName, publishType = 'live' }: PublishOptions): number {
    if (!this.#life.requireConnected('publish')) return 0
    const stream = this.#streamFor(messageStreamId, 'publish')
    const requestId = this.#transactions.request('publish', messageStreamId, stream, (transactionId) =>
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
    if (!this.#life.requireConnected('play')) return 0
    const stream = this.#streamFor(messageStreamId, 'play')
    const requestId = this.#transactions.request('play', messageStreamId, stream, (transactionId) =>
      buildCommand({ kind: 'play', transactionId, ...options }),
    )
    this.#ask(stream, 'play', options.streamName, requestId)
    return requestId
  }

  #streamFor(messageStreamId: number, what: 'publish' | 'play'): MessageStream {
    const stream = this.#life.findStream(messageStreamId)
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
    this.#life.moveStream(stream, what, 'replaced')
    stream.streamName = streamName
    stream.requestId = requestId
  }

  /** Ends what a message stream does; the stream can be used again. Ignored for a stream that does nothing. @throws UsageError */
  closeStream(messageStreamId: number): void {
    const stream = this.#life.findStream(messageStreamId)
    if (!this.#life.requireConnected('closeStream') || stream === undefined || stream.state === 'idle') return
    this.#outgoing.sendCommand(messageStreamId, buildCommand({ kind: 'closeStream' }))
    this.#life.moveStream(stream, 'closeStream', 'closeStream')
  }

  /** Ends what a message stream does, and the stream. @throws UsageError */
  deleteStream(messageStreamId: number): void {
    const stream = this.#life.findStream(messageStreamId)
    if (!this.#life.requireConnected('deleteStream') || stream === undefined) return
    this.#connection.sendDelete(messageStreamId)
    this.#life.moveStream(stream, 'deleteStream', 'deleteStream')
  }

  /**
   * Queues an audio or video message on a message stream that publishes. False, and nothing is sent, when it does not
   * (any more).
   */
  sendMedia(
    messageStreamId: number,
    { typeId, timestamp, payload, droppable = false }: OutgoingMedia,
  ): boolean {
    if (this.#life.findStream(messageStreamId)?.state !== 'publishing') return false
    const csid = typeId === MessageTypeId.audio ? AUDIO_CSID : VIDEO_CSID
    this.#life.link.send({ csid, typeId, messageStreamId, timestamp, payload }, droppable)
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
    if (!this.#life.requireConnected(what)) return undefined
    const stream = this.#life.findStream(messageStreamId)
    if (stream === undefined) {
      throw new UsageError(
        'SESSION_STREAM_STATE',
        `${what} on a message stream that is not there`,
        'messageStreamId',
      )
    }
    this.#outgoing.sendCommand(messageStreamId, message)
    return stream
  }

  /** Tells the server how much we buffer, in milliseconds. @throws UsageError */
  setBufferLength(messageStreamId: number, bufferLength: Millis): void {
    this.#outgoing.userControl({ kind: 'setBufferLength', messageStreamId, bufferLength })
  }

  /** The answer to a publish or a play, or its absence. */
  answered(stream: MessageStream, call: PendingCall, answer: CommandMessage | undefined): void {
    if (answer === undefined) this.#abandonStream(stream)
    else if (answer.name === '_error') this.#settleStream(stream, statusOf(answer), false, true)
    else this.#transactions.calls.add(answer.transactionId, call) // A `_result`: the onStatus is what counts.
  }

  /** An answer could still come and could not be told from that of a later request: the stream has to go. */
  #abandonStream(stream: MessageStream): void {
    stream.requestId = 0
    this.#connection.sendDelete(stream.id)
    this.#life.moveStream(stream, 'deleteStream', 'timeout')
    this.#life.replayHeld()
  }

  /** Whether a status answers or ends what its message stream asks for or does. */
  decides(stream: MessageStream, status: Status): boolean {
    const { code, level } = status
    switch (stream.state) {
      case 'publishRequested':
        return this.#settleStream(stream, status, code === StatusCode.publishStart, level === 'error')
      case 'playRequested':
        return this.#settleStream(stream, status, code === StatusCode.playStart, level === 'error')
      case 'publishing':
        return endsPublish(status) && this.#life.moveStream(stream, 'end', 'status', status)
      case 'playing':
        if (stream.switches > 0 && (code === StatusCode.playFailed || code === StatusCode.playTransition)) {
          stream.switches -= 1
          return false
        }
        return endsPlay(status) && this.#life.moveStream(stream, 'end', 'status', status)
      default:
        return false
    }
  }

  #settleStream(stream: MessageStream, status: Status, started: boolean, refused: boolean): boolean {
    if (!started && !refused) return false
    const { requestId, streamName, id: messageStreamId } = stream
    const publishes = stream.state === 'publishRequested'
    const waiting = this.#transactions.calls.find((call) => call.requestId === requestId)
    if (waiting !== undefined) this.#transactions.calls.take(waiting[0])
    if (started) {
      this.#life.emit({
        kind: publishes ? 'publishStarted' : 'playStarted',
        requestId,
        messageStreamId,
        streamName,
        status,
      })
      this.#life.moveStream(stream, 'accept', 'completed')
    } else {
      const redirect = redirectOf(status)
      const kind = publishes ? 'publishRejected' : 'playRejected'
      this.#life.emit({ kind, requestId, messageStreamId, streamName, status, redirect })
      this.#life.moveStream(stream, 'reject', 'refused')
    }
    return true
  }

  /** See {@link LifeRole.requestVoid}. */
  requestVoid(stream: MessageStream, reason: EndReason): void {
    const waiting = this.#transactions.calls.find((call) => call.requestId === stream.requestId)
    if (waiting === undefined) return
    this.#transactions.calls.take(waiting[0])
    this.#transactions.withdraw(stream.requestId, waiting[1].request, reason)
  }
}

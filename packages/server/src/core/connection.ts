import type { ConnectCommand } from '@rtmp/message'
import {
  type ClosedEvent,
  type DataEvent,
  type EndReason,
  type MediaEvent,
  type OwnEndReason,
  type PlayEndedEvent,
  type PublishEndedEvent,
  type ServerEvent,
  ServerSession,
  type SessionStats,
} from '@rtmp/session'
import { rtmpFormat } from '../relay/batch-format.ts'
import { Outbox } from '../relay/outbox.ts'
import type { Publication, PublisherOwner } from '../relay/publication.ts'
import { type Timed, WheelTimer } from '../relay/timer-wheel.ts'
import type { ConnectionInfo, PlayContext, PublishContext } from './handler.ts'
import { Playback } from './playback.ts'
import { type Granted, Requests } from './requests.ts'
import type { ServerCore } from './server-core.ts'
import type { Transport } from './transport.ts'

/** One publish of a connection, from the moment it was accepted. */
interface Publishing {
  readonly context: PublishContext
  readonly publication: Publication
}

/**
 * What a connection is doing.
 *
 * - `'open'`: the session is alive.
 * - `'flushing'`: the session is over; what it has said last is still on its way.
 * - `'lingering'`: we have ended our side and wait for the peer to end its own.
 * - `'gone'`: the transport is closed.
 */
type Phase = 'open' | 'flushing' | 'lingering' | 'gone'

/** How a publish ends when the publisher may come back: players wait for it. */
const LOST: ReadonlySet<EndReason> = new Set([
  'transportClosed',
  'transportError',
  'timeout',
  'protocolError',
])

/**
 * One client: its session, its way out, and what it publishes and plays.
 *
 * The session says what the client asks for and is told what was decided; the registry is told what comes in and writes
 * what goes out. Both ends of everything meet here: a publish and a play end exactly once, with a reason, whatever
 * happens to the connection.
 */
export class Connection implements ConnectionInfo, PublisherOwner, Granted, Timed {
  readonly id: number
  readonly core: ServerCore
  readonly outbox: Outbox
  readonly openedAt: number
  readonly #transport: Transport
  readonly #session: ServerSession
  readonly #requests: Requests
  readonly #timer: WheelTimer = new WheelTimer(this)
  #phase: Phase = 'open'
  /** Few, mostly none or one. */
  #publishings: readonly Publishing[] = NONE
  #playbacks: readonly Playback[] = NONE
  #draining = false
  /** Bytes that came from the session, of those put into the outbox. */
  #sessionBytes = 0
  /** Other bytes the session has been told of. */
  #notedBytes = 0

  constructor(id: number, core: ServerCore, transport: Transport, now: number) {
    this.id = id
    this.core = core
    this.openedAt = now
    this.#transport = transport
    this.outbox = new Outbox(transport)
    this.#session = new ServerSession(core.sessionOptions)
    this.#requests = new Requests(this, this.#session, this)
    this.#session.handleTimeout(now)
    this.#arm()
  }

  get remoteAddress(): string {
    return this.#transport.remoteAddress
  }

  get remotePort(): number {
    return this.#transport.remotePort
  }

  get localPort(): number {
    return this.#transport.localPort
  }

  get secure(): boolean {
    return this.#transport.secure
  }

  get app(): string {
    return this.#session.app
  }

  get connect(): ConnectCommand | undefined {
    return this.#session.connectCommand
  }

  /** Counters of the session, taken now. */
  get stats(): SessionStats {
    this.#noteBytes()
    return this.#session.stats
  }

  /** What it publishes at present. */
  get publishings(): readonly PublishContext[] {
    return this.#publishings.map(({ context }) => context)
  }

  /** What it plays at present. */
  get playings(): readonly PlayContext[] {
    return this.#playbacks.map(({ context }) => context)
  }

  /** Takes bytes from the transport; they are not used after the call. */
  receive(bytes: Uint8Array, now: number): void {
    if (this.#phase !== 'open') return
    this.#noteBytes()
    this.#session.receive(bytes, now)
    this.#settle(now)
  }

  /** The peer has ended its side; there is nobody to talk to any more. */
  peerEnded(now: number): void {
    if (this.#phase === 'open') {
      this.#session.transportClosed('transportClosed', now, 'the client closed the connection')
      this.#settle(now)
    }
  }

  /** The transport is gone. */
  transportClosed(error: Error | undefined, now: number): void {
    if (this.#phase === 'gone') return
    if (this.#phase === 'open') {
      if (error === undefined) {
        this.#session.transportClosed('transportClosed', now, 'the client closed the connection')
      } else this.#session.transportClosed('transportError', now, error.message)
      this.#settle(now)
    }
    this.#phase = 'gone'
    this.outbox.close()
    this.core.wheel.cancel(this.#timer)
    this.core.connectionGone(this)
  }

  /** Ends the connection from our side: everything it does ends, the client is told, what is written is sent. */
  close(reason: OwnEndReason, description: string, now: number): void {
    if (this.#phase !== 'open') return
    for (const { context } of this.#publishings) {
      this.#session.endPublish(context.messageStreamId, reason, { description })
    }
    for (const { context } of this.#playbacks) {
      this.#session.endPlay(context.messageStreamId, reason, { description })
    }
    this.#session.close(reason, description)
    this.#settle(now)
  }

  /** Ends a connection that does not take what it is sent; of that, what can be taken back is dropped. */
  abandon(now: number): void {
    if (this.#phase !== 'open') return
    this.#noteBytes()
    this.outbox.discard()
    this.#notedBytes = this.outbox.totalBytes - this.#sessionBytes
    for (const playback of this.#playbacks) playback.stalled()
    this.close('timeout', 'the client does not take what it is sent', now)
  }

  /** Ends everything at once, without a word. */
  destroy(now: number): void {
    if (this.#phase === 'open') {
      this.#session.close('shutdown', 'the server stops at once')
      this.#settle(now)
    }
    this.#transport.destroy()
  }

  /** Lets somebody act on the session, and sees to what follows. */
  act(now: number, action: (session: ServerSession) => void): void {
    if (this.#phase !== 'open') return
    action(this.#session)
    this.#settle(now)
  }

  /** Looks after a client that does not take what it is sent. */
  checkStalled(now: number): void {
    const { hard } = this.core.registry.options.player
    if (this.#phase !== 'open' || !this.outbox.congested) return
    const bytes = hard.bytes + this.core.registry.options.cache.bytes
    if (this.outbox.exceeds({ bytes, ms: hard.ms }, now)) this.abandon(now)
  }

  /** @internal A deadline of the session, or of closing. */
  onTimer(now: number): void {
    if (this.#phase === 'open') {
      this.#session.handleTimeout(now)
      this.#settle(now)
    } else if (this.#phase !== 'gone') this.#transport.destroy()
  }

  /** See {@link PublisherOwner.publisherReplaced}. */
  publisherReplaced(publication: Publication, now: number): void {
    const replaced = this.#publishings.find((publishing) => publishing.publication === publication)
    if (replaced === undefined || this.#phase !== 'open') return
    const { messageStreamId, streamName } = replaced.context
    const description = `another publisher has taken ${streamName} over`
    this.#session.endPublish(messageStreamId, 'replaced', { description })
    if (this.#publishings.length === 1 && this.#playbacks.length === 0)
      this.#session.close('replaced', description)
    this.#settle(now)
  }

  /** @internal A publish was granted. */
  published(context: PublishContext, publication: Publication): void {
    this.#publishings = [...this.#publishings, { context, publication }]
    if (this.core.events.has('publishStarted')) this.core.events.emit('publishStarted', context)
  }

  /** @internal A play was granted: the answer goes first, then what the stream holds. */
  played(context: PlayContext, now: number): void {
    this.#writeOutput(now)
    const format = rtmpFormat(this.core.chunkSize, context.messageStreamId)
    const playback = new Playback(this, context, format)
    this.#playbacks = [...this.#playbacks, playback]
    if (this.core.events.has('playStarted')) this.core.events.emit('playStarted', context)
    playback.join(now)
  }

  /** @internal A hook has taken its time. */
  decided(now: number): void {
    if (this.#phase === 'open') this.#settle(now)
  }

  /** @internal Does what must not fail: if it does, the connection ends and nobody else is harmed. */
  guard(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.core.failed(`connection ${this.id}`, error)
      this.#transport.destroy()
    }
  }

  /** Acts on what the session has to say, writes what it wants to send, sends what is due of what it publishes. */
  #settle(now: number): void {
    if (this.#draining) return
    this.#draining = true
    try {
      for (let event = this.#session.nextEvent(); event !== undefined; event = this.#session.nextEvent()) {
        this.#on(event, now)
      }
    } catch (error) {
      this.core.failed(`connection ${this.id}`, error)
      this.#transport.destroy()
    } finally {
      this.#draining = false
    }
    for (const { publication } of this.#publishings) publication.settle(now)
    this.#writeOutput(now)
    if (this.#phase === 'open') this.#arm()
  }

  #writeOutput(now: number): void {
    if (!this.#session.hasOutput) return
    for (const piece of this.#session.takeOutput()) {
      this.#sessionBytes += piece.length
      this.outbox.write(piece, now)
    }
  }

  /** Tells the session of the bytes that batches have sent beside it. */
  #noteBytes(): void {
    const others = this.outbox.totalBytes - this.#sessionBytes
    if (others === this.#notedBytes) return
    this.#session.noteBytesSent(others - this.#notedBytes)
    this.#notedBytes = others
  }

  #arm(): void {
    const at = this.#session.nextTimeout()
    if (at !== undefined && at < this.#timer.at) this.core.wheel.set(this.#timer, at)
  }

  #on(event: ServerEvent, now: number): void {
    switch (event.kind) {
      case 'media':
        this.#onMedia(event, now)
        break
      case 'data':
        this.#onData(event, now)
        break
      case 'connectRequested':
        this.#requests.connect(event, now)
        break
      case 'publishRequested':
        this.#requests.publish(event, now)
        break
      case 'playRequested':
        this.#requests.play(event, now)
        break
      case 'requestWithdrawn':
        this.#requests.withdraw(event.requestId)
        break
      case 'publishEnded':
        this.#onPublishEnded(event, now)
        break
      case 'playEnded':
        this.#onPlayEnded(event, now)
        break
      case 'pause':
        this.#playback(event.messageStreamId)?.pause(event.paused, now)
        break
      case 'receiveAudio':
        this.#playback(event.messageStreamId)?.receiveAudio(event.enabled, now)
        break
      case 'receiveVideo':
        this.#playback(event.messageStreamId)?.receiveVideo(event.enabled, now)
        break
      case 'seekRequested':
      case 'play2Requested':
        this.#session.reject(event.requestId)
        break
      case 'commandReceived':
        if (event.requestId !== undefined) this.#session.reject(event.requestId)
        break
      case 'warning':
        if (this.core.events.has('warning'))
          this.core.events.emit('warning', { connection: this, warning: event })
        break
      case 'closed':
        this.#onClosed(event, now)
        break
      default:
        break
    }
  }

  #onMedia(event: MediaEvent, now: number): void {
    for (const { context, publication } of this.#publishings) {
      if (context.messageStreamId !== event.messageStreamId) continue
      publication.media(event.typeId, event.timestamp, event.payload, now)
      return
    }
  }

  #onData(event: DataEvent, now: number): void {
    for (const { context, publication } of this.#publishings) {
      if (context.messageStreamId !== event.messageStreamId) continue
      publication.data(event.action, event.name, event.timestamp, event.payload, now)
      return
    }
  }

  #onPublishEnded({ messageStreamId, reason }: PublishEndedEvent, now: number): void {
    const ended = this.#publishings.find(({ context }) => context.messageStreamId === messageStreamId)
    if (ended === undefined) return
    this.#publishings = without(this.#publishings, ended)
    const { context, publication } = ended
    publication.end(LOST.has(reason), now)
    const { core } = this
    core.notify('unpublish', () => core.handler.unpublish?.(context, reason))
    if (core.events.has('publishEnded')) {
      core.events.emit('publishEnded', { ...context, reason, counters: publication.counters })
    }
  }

  #onPlayEnded({ messageStreamId, reason: sessionReason }: PlayEndedEvent, now: number): void {
    const ended = this.#playback(messageStreamId)
    if (ended === undefined) return
    this.#playbacks = without(this.#playbacks, ended)
    ended.leave(now)
    const { core } = this
    const reason = ended.reason(sessionReason)
    core.notify('playStop', () => core.handler.playStop?.(ended.context, reason))
    if (core.events.has('playEnded')) {
      core.events.emit('playEnded', { ...ended.context, reason, counters: ended.player.counters })
    }
  }

  #playback(messageStreamId: number): Playback | undefined {
    return this.#playbacks.find(({ context }) => context.messageStreamId === messageStreamId)
  }

  /** The session is over: what it said last is sent, then our side ends, then the peer has a while to end its own. */
  #onClosed(closed: ClosedEvent, now: number): void {
    this.#phase = 'flushing'
    this.#requests.withdrawAll()
    const { core } = this
    core.connectionClosed(this, closed)
    core.wheel.set(this.#timer, now + core.closing.flushMs)
    if (closed.reason === 'transportError') {
      this.#transport.destroy()
      return
    }
    this.#writeOutput(now)
    this.outbox.whenHandedOver(() => {
      if (this.#phase !== 'flushing') return
      this.#phase = 'lingering'
      this.#transport.finish()
      core.wheel.set(this.#timer, core.now() + core.closing.lingerMs)
    })
  }
}

const NONE: readonly never[] = []

const without = <T>(list: readonly T[], item: T): readonly T[] => {
  const left = list.filter((other) => other !== item)
  return left.length === 0 ? NONE : left
}

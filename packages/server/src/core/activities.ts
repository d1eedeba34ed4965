import { StatusCode } from '@rtmp/message'
import type {
  DataEvent,
  EndReason,
  MediaEvent,
  OwnEndReason,
  PauseEvent,
  PlayEndedEvent,
  PublishEndedEvent,
  ReceiveMediaEvent,
  ServerSessionOptions,
} from '@rtmp/session'
import type { Publication, PublisherOwner } from '@rtmp/live/engine'
import { type Decision, grantIn, type Reject } from '../contract/decision.ts'
import type { PlayContext, PublishContext } from '../contract/contexts.ts'
import { contextBytes, PLAY_BYTES, PUBLISH_BYTES } from './memory-costs.ts'
import { FetchedPlayback } from './fetched-playback.ts'
import type { Peer } from './peer.ts'
import { Playback, type PlaybackServices } from './playback.ts'
import { PublisherPool } from './publisher-pool.ts'
import { Publishing } from './publishing.ts'
import { RecordedPlayback } from './recorded-playback.ts'
import type { OpenRecorded } from './recorded-stream.ts'
import type { Services } from './services.ts'
import { Terms } from './terms.ts'
import type { ClientSession } from './client-protocol.ts'

/** How a publish ends when the publisher may come back: players wait for it. */
const LOST: ReadonlySet<EndReason> = new Set([
  'transportClosed',
  'transportError',
  'timeout',
  'protocolError',
])

/** What publishes and plays are given of the server. */
export interface ActivitiesServices extends Services, PlaybackServices {
  readonly sessionOptions: ServerSessionOptions
  /** What empties the server, if anything does: nobody is waited for any more. */
  readonly draining: unknown
}

/**
 * What one connection publishes and plays: several of each, by message stream. Both ends of everything meet here: a
 * publish and a play end exactly once, with a reason, whatever happens to the connection.
 */
export class Activities implements PublisherOwner {
  readonly #peer: Peer
  readonly #services: ActivitiesServices
  readonly #session: ClientSession
  /** Few, mostly none or one. */
  #publishings: readonly Publishing[] = NONE
  #playbacks: readonly Playback[] = NONE
  /** Where the payloads of what is published are. */
  #pool: PublisherPool | undefined
  #contextBytes = 0

  constructor(peer: Peer, services: ActivitiesServices, session: ClientSession) {
    this.#peer = peer
    this.#services = services
    this.#session = session
  }

  /** Whose these are. */
  get peer(): Peer {
    return this.#peer
  }

  get publishings(): readonly Publishing[] {
    return this.#publishings
  }

  get playbacks(): readonly Playback[] {
    return this.#playbacks
  }

  /** A publish was granted and answered. */
  published(context: PublishContext, publication: Publication, decision: Decision, now: number): void {
    const services = this.#services
    const { messageStreamId } = context
    const terms = Terms.of(services, decision, (why) => this.endPublish(messageStreamId, why, 'kicked'))
    const { limits, record } = grantIn(decision) ?? {}
    const publishing = new Publishing(services, context, publication, terms, limits)
    this.#publishings = [...this.#publishings, publishing]
    this.#contextBytes += PUBLISH_BYTES + contextBytes(context)
    this.#pool?.close()
    this.#pool = new PublisherPool(services.sessionOptions.pool?.allocate, services.registry.memory)
    this.#session.usePool(this.#pool)
    if (services.events.has('publishStarted')) {
      services.events.emit('publishStarted', record === undefined ? context : { ...context, record })
    }
    terms?.start(now)
  }

  /** A play was granted and answered. @param open - For a recording: what opens it. */
  played(context: PlayContext, decision: Decision, now: number, open?: OpenRecorded): void {
    const services = this.#services
    const { messageStreamId } = context
    const terms = Terms.of(services, decision, (why) => this.endPlay(messageStreamId, why, 'kicked'))
    const playback = this.#playbackOf(context, terms, now, open)
    const { audio, video } = this.#session.receives(messageStreamId)
    playback.subscriber.select(audio, video)
    this.#playbacks = [...this.#playbacks, playback]
    this.#contextBytes += PLAY_BYTES + contextBytes(context)
    if (services.events.has('playStarted')) services.events.emit('playStarted', context)
    playback.join(now)
    terms?.start(now)
  }

  #playbackOf(
    context: PlayContext,
    terms: Terms | undefined,
    now: number,
    open: OpenRecorded | undefined,
  ): Playback {
    const peer = this.#peer
    if (open === undefined) return new Playback(peer, this.#services, context, terms, now)
    const kind = peer.speaks.fetches === true ? FetchedPlayback : RecordedPlayback
    return new kind(peer, this.#services, context, terms, open, now)
  }

  media(event: MediaEvent, now: number): void {
    for (const publishing of this.#publishings) {
      if (publishing.context.messageStreamId !== event.messageStreamId) continue
      publishing.media(event, now)
      return
    }
  }

  data(event: DataEvent, now: number): void {
    for (const publishing of this.#publishings) {
      if (publishing.context.messageStreamId !== event.messageStreamId) continue
      publishing.data(event, now)
      return
    }
  }

  /** What publishes and plays cost beside what streams, queues and slabs do, in bytes. */
  get memoryBytes(): number {
    let bytes = this.#contextBytes
    for (const { heldBytes } of this.#playbacks) bytes += heldBytes
    return bytes
  }

  /** Bytes of the slabs that payloads are cut from. */
  get slabBytes(): number {
    return this.#pool?.bytes ?? 0
  }

  /** Gives back memory that is not used: it is made anew when it is needed. */
  trim(): void {
    this.#pool?.trim()
  }

  /** The connection has gone, or is about to: nothing more comes. */
  release(): void {
    this.#pool?.close()
    this.#pool = undefined
  }

  /** Whether it publishes, and nobody sees what: no player, no hook, nobody in the process. It plays nothing either. */
  get unwatched(): boolean {
    if (this.#publishings.length === 0 || this.#playbacks.length > 0) return false
    for (const { publication, showsMedia } of this.#publishings) {
      if (showsMedia || !publication.unwatched) return false
    }
    return true
  }

  /** See {@link PublisherOwner.firstSubscriber}. */
  firstSubscriber(): void {
    this.#peer.reading.watched()
  }

  /** See {@link PublisherOwner.publisherHeld}. */
  publisherHeld(): void {
    this.#peer.reading.slowed = this.#publishings.some(({ publication }) => publication.held)
  }

  /** Sends what is due of what is published. All that has come has been dealt with. */
  settle(now: number): void {
    for (const { publication } of this.#publishings) publication.settle(now)
    if (this.#pool?.isDue === true) this.#reclaim(this.#pool)
  }

  /** Something has come that is not media: whoever is told of it may keep what it holds. */
  escaped(): void {
    this.#pool?.giveAway()
  }

  /** Uses the memory of payloads again, if nobody can hold them but the stream they have gone to. */
  #reclaim(pool: PublisherPool): void {
    if (this.#session.stats.heldBytes > 0) return
    const [publishing, ...others] = this.#publishings
    const { trace } = this.#services.sessionOptions
    if (publishing === undefined || publishing.takeShown() || others.length > 0 || trace !== undefined) {
      pool.giveAway()
      return
    }
    const held = new Set<ArrayBufferLike>()
    publishing.publication.stream.addMemoryTo(held)
    pool.reclaim(held)
  }

  pause({ messageStreamId, paused, position }: PauseEvent, now: number): void {
    const playback = this.#playback(messageStreamId)
    if (playback === undefined || playback.subscriber.paused === paused) return
    playback.pause(paused, now)
    this.#services.door.tell(paused ? 'pause' : 'unpause', playback.context, position)
  }

  /** Whether what is played on a message stream has positions. */
  maySeek(messageStreamId: number): boolean {
    return this.#playback(messageStreamId) instanceof RecordedPlayback
  }

  /** Goes on at another position, in milliseconds. */
  seek(messageStreamId: number, position: number, now: number): void {
    this.#playback(messageStreamId)?.seek(position, now)
  }

  receive({ kind, messageStreamId, enabled }: ReceiveMediaEvent, now: number): void {
    const playback = this.#playback(messageStreamId)
    if (playback === undefined) return
    if (kind === 'receiveAudio') playback.receiveAudio(enabled, now)
    else playback.receiveVideo(enabled, now)
    this.#services.door.tell(kind, playback.context, enabled)
  }

  /** The play on a message stream, as hooks are told of it. */
  playContextOf(messageStreamId: number): PlayContext | undefined {
    return this.#playback(messageStreamId)?.context
  }

  /** Ends a publish from our side. The connection ends with it unless it does something else. */
  endPublish(messageStreamId: number, why: Reject, reason: OwnEndReason): boolean {
    const isThere = this.#publishings.some(({ context }) => context.messageStreamId === messageStreamId)
    if (!isThere || !this.#peer.isOpen) return false
    const { code = StatusCode.publishRejected, description = 'publishing has been ended', close } = why
    this.#peer.act(this.#services.now(), (session) => {
      session.endPublish(messageStreamId, reason, { code, description })
      const isLast = this.#publishings.length <= 1 && this.#playbacks.length === 0
      if (close ?? isLast) session.close(reason, description)
    })
    return true
  }

  /** Ends a play from our side. The connection goes on unless the reason says otherwise. */
  endPlay(messageStreamId: number, why: Reject, reason: OwnEndReason): boolean {
    if (this.#playback(messageStreamId) === undefined || !this.#peer.isOpen) return false
    const { code = StatusCode.playStop, description = 'playing has been ended', close = false } = why
    this.#peer.act(this.#services.now(), (session) => {
      session.endPlay(messageStreamId, reason, { code, description })
      if (close) session.close(reason, description)
    })
    return true
  }

  /** Ends everything from our side, before the connection itself ends. */
  endAll(reason: OwnEndReason, description: string): void {
    for (const { context } of this.#publishings) {
      this.#session.endPublish(context.messageStreamId, reason, { description })
    }
    for (const { context } of this.#playbacks) {
      this.#session.endPlay(context.messageStreamId, reason, { description })
    }
  }

  /** Looks after limits and silence, about once a second. */
  check(now: number): void {
    for (const publishing of this.#publishings) publishing.check(now)
    for (const playback of this.#playbacks) if (playback.isIdle(now)) this.#endIdle(playback)
  }

  /** Which publish of this connection it is. */
  publishingOf(publication: Publication): Publishing | undefined {
    return this.#publishings.find((publishing) => publishing.publication === publication)
  }

  /** See {@link PublisherOwner.publisherReplaced}. */
  publisherReplaced(publication: Publication): void {
    const replaced = this.publishingOf(publication)
    if (replaced === undefined) return
    const { messageStreamId, streamName } = replaced.context
    const description = `another publisher has taken ${streamName} over`
    const code = StatusCode.unpublishSuccess
    this.endPublish(messageStreamId, { kind: 'reject', code, description }, 'replaced')
  }

  publishEnded({ messageStreamId, reason }: PublishEndedEvent, now: number): void {
    const ended = this.#publishings.find(({ context }) => context.messageStreamId === messageStreamId)
    if (ended === undefined) return
    this.#publishings = without(this.#publishings, ended)
    this.#contextBytes -= PUBLISH_BYTES + contextBytes(ended.context)
    const { context, publication } = ended
    ended.terms?.stop()
    const services = this.#services
    publication.end(LOST.has(reason) && services.draining === undefined, now)
    this.publisherHeld()
    services.door.tell('unpublish', context, reason)
    if (services.events.has('publishEnded')) {
      services.events.emit('publishEnded', { ...context, reason, counters: publication.counters })
    }
  }

  playEnded({ messageStreamId, reason: sessionReason }: PlayEndedEvent, now: number): void {
    const ended = this.#playback(messageStreamId)
    if (ended === undefined) return
    this.#playbacks = without(this.#playbacks, ended)
    this.#contextBytes -= PLAY_BYTES + contextBytes(ended.context)
    ended.terms?.stop()
    ended.leave(now)
    const services = this.#services
    const reason = ended.reason(sessionReason)
    services.door.tell('playStop', ended.context, reason)
    if (services.events.has('playEnded')) {
      services.events.emit('playEnded', { ...ended.context, reason, counters: ended.subscriber.counters })
    }
  }

  #endIdle({ context }: Playback): void {
    const description = `nothing was played for ${this.#services.limits.playerIdleMs} ms`
    this.endPlay(context.messageStreamId, { kind: 'reject', description, close: true }, 'timeout')
  }

  #playback(messageStreamId: number): Playback | undefined {
    return this.#playbacks.find(({ context }) => context.messageStreamId === messageStreamId)
  }
}

const NONE: readonly never[] = []

const without = <T>(list: readonly T[], item: T): readonly T[] => {
  const left = list.filter((other) => other !== item)
  return left.length === 0 ? NONE : left
}

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
  ServerSession,
} from '@rtmp/session'
import type { Publication, PublisherOwner } from '../relay/publication.ts'
import type { Connection } from './connection.ts'
import type { Decision, Reject } from './decision.ts'
import type { PlayContext, PublishContext } from './handler.ts'
import { Playback } from './playback.ts'
import type { PublisherPool } from './publisher-pool.ts'
import { Publishing } from './publishing.ts'
import { Terms } from './terms.ts'

/** How a publish ends when the publisher may come back: players wait for it. */
const LOST: ReadonlySet<EndReason> = new Set([
  'transportClosed',
  'transportError',
  'timeout',
  'protocolError',
])

/**
 * What one connection publishes and plays: several of each, by message stream. Both ends of everything meet here: a
 * publish and a play end exactly once, with a reason, whatever happens to the connection.
 */
export class Activities implements PublisherOwner {
  readonly #connection: Connection
  readonly #session: ServerSession
  /** Few, mostly none or one. */
  #publishings: readonly Publishing[] = NONE
  #playbacks: readonly Playback[] = NONE
  /** Where the payloads of what is published are. */
  #pool: PublisherPool | undefined

  constructor(connection: Connection, session: ServerSession) {
    this.#connection = connection
    this.#session = session
  }

  /** Whose these are. */
  get connection(): Connection {
    return this.#connection
  }

  get publishings(): readonly Publishing[] {
    return this.#publishings
  }

  get playbacks(): readonly Playback[] {
    return this.#playbacks
  }

  /** A publish was granted and answered. */
  published(context: PublishContext, publication: Publication, decision: Decision, now: number): void {
    const { core } = this.#connection
    const { messageStreamId } = context
    const terms = Terms.of(core, decision, (why) => this.endPublish(messageStreamId, why, 'kicked'))
    const limits = decision?.kind === 'accept' ? decision.limits : undefined
    const publishing = new Publishing(core, context, publication, terms, limits)
    this.#publishings = [...this.#publishings, publishing]
    this.#pool = core.publisherPool()
    this.#session.usePool(this.#pool)
    if (core.events.has('publishStarted')) core.events.emit('publishStarted', context)
    terms?.start(now)
  }

  /** A play was granted and answered. */
  played(context: PlayContext, decision: Decision, now: number): void {
    const { core } = this.#connection
    const { messageStreamId } = context
    const terms = Terms.of(core, decision, (why) => this.endPlay(messageStreamId, why, 'kicked'))
    const playback = new Playback(this.#connection, context, terms, now)
    this.#playbacks = [...this.#playbacks, playback]
    if (core.events.has('playStarted')) core.events.emit('playStarted', context)
    playback.join(now)
    terms?.start(now)
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

  /** Whether it publishes, and nobody sees what: no player, no hook, nobody in the process. It plays nothing either. */
  get unwatched(): boolean {
    if (this.#publishings.length === 0 || this.#playbacks.length > 0) return false
    return this.#publishings.every(({ publication, showsMedia }) => publication.unwatched && !showsMedia)
  }

  /** See {@link PublisherOwner.firstPlayer}. */
  firstPlayer(): void {
    this.#connection.wake()
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
    const { trace } = this.#connection.core.sessionOptions
    if (publishing === undefined || publishing.mayBeKept || others.length > 0 || trace !== undefined) {
      pool.giveAway()
      return
    }
    const held = new Set<ArrayBufferLike>()
    publishing.publication.stream.addMemoryTo(held)
    pool.reclaim(held)
  }

  pause({ messageStreamId, paused, position }: PauseEvent, now: number): void {
    const playback = this.#playback(messageStreamId)
    if (playback === undefined || playback.player.paused === paused) return
    playback.pause(paused, now)
    const { core } = this.#connection
    const hook = paused ? 'pause' : 'unpause'
    core.notify(hook, () => core.handler[hook]?.(playback.context, position))
  }

  receive({ kind, messageStreamId, enabled }: ReceiveMediaEvent, now: number): void {
    const playback = this.#playback(messageStreamId)
    if (kind === 'receiveAudio') playback?.receiveAudio(enabled, now)
    else playback?.receiveVideo(enabled, now)
  }

  /** Ends a publish from our side. The connection ends with it unless it does something else. */
  endPublish(messageStreamId: number, why: Reject, reason: OwnEndReason): boolean {
    const isThere = this.#publishings.some(({ context }) => context.messageStreamId === messageStreamId)
    if (!isThere || !this.#connection.isOpen) return false
    const { code = StatusCode.publishRejected, description = 'publishing has been ended', close } = why
    this.#connection.act(this.#connection.core.now(), (session) => {
      session.endPublish(messageStreamId, reason, { code, description })
      const isLast = this.#publishings.length <= 1 && this.#playbacks.length === 0
      if (close ?? isLast) session.close(reason, description)
    })
    return true
  }

  /** Ends a play from our side. The connection goes on unless the reason says otherwise. */
  endPlay(messageStreamId: number, why: Reject, reason: OwnEndReason): boolean {
    if (this.#playback(messageStreamId) === undefined || !this.#connection.isOpen) return false
    const { code = StatusCode.playStop, description = 'playing has been ended', close = false } = why
    this.#connection.act(this.#connection.core.now(), (session) => {
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
    for (const playback of this.#playbacks) playback.check(now)
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
    const { context, publication } = ended
    ended.terms?.stop()
    const { core } = this.#connection
    publication.end(LOST.has(reason) && core.draining === undefined, now)
    core.notify('unpublish', () => core.handler.unpublish?.(context, reason))
    if (core.events.has('publishEnded')) {
      core.events.emit('publishEnded', { ...context, reason, counters: publication.counters })
    }
  }

  playEnded({ messageStreamId, reason: sessionReason }: PlayEndedEvent, now: number): void {
    const ended = this.#playback(messageStreamId)
    if (ended === undefined) return
    this.#playbacks = without(this.#playbacks, ended)
    ended.terms?.stop()
    ended.leave(now)
    const { core } = this.#connection
    const reason = ended.reason(sessionReason)
    core.notify('playStop', () => core.handler.playStop?.(ended.context, reason))
    if (core.events.has('playEnded')) {
      core.events.emit('playEnded', { ...ended.context, reason, counters: ended.player.counters })
    }
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

import { StatusCode } from '@rtmp/message'
import { type LiveStream, Subscriber, type SubscriberEndReason } from '@rtmp/live/engine'
import type { DrainOptions } from '../contract/drain-options.ts'
import type { PlayContext } from '../contract/contexts.ts'
import type { PlayEndReason } from '../contract/play-end-reason.ts'
import { formatFor, type OutputRules } from './output-format.ts'
import type { Peer } from './peer.ts'
import { askToReconnect } from './reconnect.ts'
import type { Services } from './services.ts'
import type { Terms } from './terms.ts'
import { Viewer } from './viewer.ts'

/** What plays are given of the server. */
export type PlaybackServices = Pick<Services, 'registry' | 'events' | 'limits'> & OutputRules

/** One play of a connection, from the moment it was accepted. */
export class Playback extends Viewer {
  readonly context: PlayContext
  readonly subscriber: Subscriber<Uint8Array>
  readonly terms: Terms | undefined
  /** When it began, in milliseconds. */
  readonly startedAt: number
  readonly #peer: Peer
  readonly #services: PlaybackServices
  #stream: LiveStream | undefined
  #stopReason: SubscriberEndReason | undefined
  /** What the player had been given when it was last looked at, and since when. */
  #seenBatches = 0
  #idleSince: number

  constructor(
    peer: Peer,
    services: PlaybackServices,
    context: PlayContext,
    terms: Terms | undefined,
    now: number,
  ) {
    super()
    this.#peer = peer
    this.#services = services
    this.context = context
    this.terms = terms
    this.startedAt = now
    this.#idleSince = now
    const format = peer.speaks.format ?? formatFor(services, peer.capabilities, context)
    this.subscriber = new Subscriber({
      format,
      outbox: peer.outbox,
      owner: this,
      limits: services.registry.options.player,
    })
  }

  /** Whose it is. */
  get peer(): Peer {
    return this.#peer
  }

  /** Memory that it takes beside the stream and the queue of its connection, in bytes. */
  get heldBytes(): number {
    return 0
  }

  /** The stream it is in, or was in last. */
  get stream(): LiveStream | undefined {
    return this.#stream
  }

  /** Whether it has been given nothing for as long as a play may. */
  isIdle(now: number): boolean {
    const { playerIdleMs } = this.#services.limits
    const { batches } = this.subscriber.counters
    if (batches !== this.#seenBatches) {
      this.#seenBatches = batches
      this.#idleSince = now
      return false
    }
    return playerIdleMs > 0 && now - this.#idleSince >= playerIdleMs
  }

  override askToReconnect(options: DrainOptions, now: number): boolean {
    return askToReconnect(this.#peer, options, now)
  }

  /** Joins the stream: what it holds for late joiners is written at once. */
  join(now: number): void {
    const { app, streamName } = this.context
    this.#stream = this.#services.registry.subscribe(
      app,
      streamName,
      this.subscriber,
      now,
      this.#peer.speaks.waitMs,
    )
  }

  /** Leaves the stream; the play is over. */
  leave(now: number): void {
    this.#stream?.leave(this.subscriber, now)
  }

  /** Why the play ended, given what the session says. */
  reason(sessionReason: PlayEndReason): PlayEndReason {
    return this.#stopReason ?? sessionReason
  }

  /** The play ends because the client does not take what it is sent. */
  stalled(): void {
    this.#stopReason ??= 'stalled'
  }

  pause(paused: boolean, now: number): void {
    if (paused) this.#stream?.pause(this.subscriber)
    else this.#stream?.unpause(this.subscriber, now)
  }

  /** Goes on at another position. False for what has none: a live stream. */
  seek(_position: number, _now: number): boolean {
    return false
  }

  receiveAudio(enabled: boolean, now: number): void {
    this.#stream?.select(this.subscriber, enabled, this.subscriber.video, now)
  }

  receiveVideo(enabled: boolean, now: number): void {
    this.#stream?.select(this.subscriber, this.subscriber.audio, enabled, now)
  }

  /** See {@link SubscriberOwner.subscriberEnded}. */
  subscriberEnded(_subscriber: Subscriber, reason: SubscriberEndReason, now: number): void {
    this.#stopReason = reason
    const { messageStreamId, streamName } = this.context
    if (reason === 'stalled') {
      this.#peer.abandon(now)
      return
    }
    const [code, description] =
      reason === 'notFound'
        ? [StatusCode.playStreamNotFound, `there is no stream ${streamName}`]
        : [StatusCode.playUnpublishNotify, `${streamName} is no longer published`]
    this.#peer.act(now, (session) => {
      if (!session.endPlay(messageStreamId, 'completed', { code, description })) return
      session.onStatus(messageStreamId, StatusCode.playStop, { description: `Stopped playing ${streamName}` })
    })
  }

  /** See {@link SubscriberOwner.subscriberThrottled}. */
  subscriberThrottled(_subscriber: Subscriber, throttled: boolean): void {
    const { events } = this.#services
    if (events.has('playThrottled')) events.emit('playThrottled', { ...this.context, throttled })
  }
}

import { StatusCode } from '@rtmp/message'
import type { LiveStream } from '../relay/live-stream.ts'
import { Player, type PlayerOwner, type PlayStopReason } from '../relay/player.ts'
import type { Connection } from './connection.ts'
import type { PlayContext, PlayEndReason } from './handler.ts'
import { formatFor } from './output-format.ts'
import type { Terms } from './terms.ts'

/** One play of a connection, from the moment it was accepted. */
export class Playback implements PlayerOwner {
  readonly context: PlayContext
  readonly player: Player
  readonly terms: Terms | undefined
  /** When it began, in milliseconds. */
  readonly startedAt: number
  readonly #connection: Connection
  #stream: LiveStream | undefined
  #stopReason: PlayStopReason | undefined
  /** What the player had been given when it was last looked at, and since when. */
  #seenBatches = 0
  #idleSince: number

  constructor(connection: Connection, context: PlayContext, terms: Terms | undefined, now: number) {
    const { core } = connection
    this.#connection = connection
    this.context = context
    this.terms = terms
    this.startedAt = now
    this.#idleSince = now
    const format = formatFor(core, connection.capabilities, context.messageStreamId)
    this.player = new Player(format, connection.outbox, this, core.registry.options.player)
  }

  /** Whose it is. */
  get connection(): Connection {
    return this.#connection
  }

  /** The stream it is in, or was in last. */
  get stream(): LiveStream | undefined {
    return this.#stream
  }

  /** Ends a play that has been given nothing for long. */
  check(now: number): void {
    const { playerIdleMs } = this.#connection.core.limits
    const { batches } = this.player.counters
    if (batches !== this.#seenBatches) {
      this.#seenBatches = batches
      this.#idleSince = now
    } else if (playerIdleMs > 0 && now - this.#idleSince >= playerIdleMs) {
      const description = `nothing was played for ${playerIdleMs} ms`
      const why = { kind: 'reject' as const, description, close: true }
      this.#connection.activities.endPlay(this.context.messageStreamId, why, 'timeout')
    }
  }

  /** Joins the stream: what it holds for late joiners is written at once. */
  join(now: number): void {
    const { app, streamName } = this.context
    this.#stream = this.#connection.core.registry.play(app, streamName, this.player, now)
  }

  /** Leaves the stream; the play is over. */
  leave(now: number): void {
    this.#stream?.leave(this.player, now)
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
    if (paused) this.#stream?.pause(this.player)
    else this.#stream?.unpause(this.player, now)
  }

  receiveAudio(enabled: boolean, now: number): void {
    this.#stream?.select(this.player, enabled, this.player.video, now)
  }

  receiveVideo(enabled: boolean, now: number): void {
    this.#stream?.select(this.player, this.player.audio, enabled, now)
  }

  /** See {@link PlayerOwner.playStopped}. */
  playStopped(_player: Player, reason: PlayStopReason, now: number): void {
    this.#stopReason = reason
    const { messageStreamId, streamName } = this.context
    if (reason === 'stalled') {
      this.#connection.abandon(now)
      return
    }
    const [code, description] =
      reason === 'notFound'
        ? [StatusCode.playStreamNotFound, `there is no stream ${streamName}`]
        : [StatusCode.playUnpublishNotify, `${streamName} is no longer published`]
    this.#connection.act(now, (session) => {
      if (!session.endPlay(messageStreamId, 'completed', { code, description })) return
      session.onStatus(messageStreamId, StatusCode.playStop, { description: `Stopped playing ${streamName}` })
    })
  }

  /** See {@link PlayerOwner.playThrottled}. */
  playThrottled(_player: Player, throttled: boolean): void {
    const { events } = this.#connection.core
    if (events.has('playThrottled')) events.emit('playThrottled', { ...this.context, throttled })
  }
}

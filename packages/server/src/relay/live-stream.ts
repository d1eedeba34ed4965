import { Batch } from './batch.ts'
import { FramePace } from './frame-pace.ts'
import { LateJoinCache } from './late-join-cache.ts'
import type { Player, PlayStopReason } from './player.ts'
import { Publication, type PublisherOwner } from './publication.ts'
import type { RelayContext } from './relay-context.ts'
import type { RelayMessage } from './relay-message.ts'
import { Timeline } from './timeline.ts'
import { type Timed, WheelTimer } from './timer-wheel.ts'

/**
 * What a stream is doing.
 *
 * - `'waiting'`: players are there, no publisher has come yet.
 * - `'live'`: somebody publishes.
 * - `'grace'`: the publisher was lost; players wait for it to come back.
 * - `'ended'`: over, and no longer in the registry.
 */
export type LiveStreamState = 'waiting' | 'live' | 'grace' | 'ended'

/** Gets every message of a stream, on the stream's timeline. Called while the relay is at work: must not call back at once. */
export type StreamTap = (message: RelayMessage, now: number) => void

/** A batch is closed at this many payload bytes, whatever its window. */
const BATCH_BYTES = 1024 * 1024

/** Milliseconds and bytes of one stream, counted in place. */
export interface LiveStreamCounters {
  /** Batches closed. */
  batches: number
  /** Messages in them. */
  messages: number
  /** Players that were stopped because they stalled. */
  stalled: number
  /** The most players at once. */
  peakPlayers: number
}

/**
 * One stream: at most one publisher, any number of players, and what is kept for those who join late.
 *
 * The publisher's messages gather in the open batch, which is closed by the latency rule and then written to every
 * player. Somebody who joins gets the cache, open batch included, and with the next batch only what came after: no gap,
 * no duplicate.
 */
export class LiveStream implements Timed {
  readonly app: string
  readonly name: string
  /** When it came into being, in milliseconds. */
  readonly createdAt: number
  readonly cache: LateJoinCache
  readonly counters: LiveStreamCounters = { batches: 0, messages: 0, stalled: 0, peakPlayers: 0 }
  readonly #relay: RelayContext
  #taps: readonly StreamTap[] | undefined
  #wasTapped = false
  readonly #timeline = new Timeline()
  readonly #players: Player[] = []
  #state: LiveStreamState = 'waiting'
  #publication: Publication | undefined
  #open: RelayMessage[] = []
  #openBytes = 0
  #openedAt = 0
  /** Whether the open batch should leave as soon as the load allows. */
  #due = false
  #lastBatchAt = Number.NEGATIVE_INFINITY
  readonly #frames = new FramePace()
  /** How many video frames the open batch holds. */
  #openFrames = 0
  readonly #batchTimer: WheelTimer = new WheelTimer(this)
  readonly #graceTimer: WheelTimer = new WheelTimer({ onTimer: (now) => this.#end('streamEnded', now) })

  constructor(relay: RelayContext, app: string, name: string, now: number) {
    this.#relay = relay
    this.app = app
    this.name = name
    this.createdAt = now
    this.cache = new LateJoinCache(relay.options.cache)
  }

  get state(): LiveStreamState {
    return this.#state
  }

  /** The present publisher. */
  get publication(): Publication | undefined {
    return this.#publication
  }

  get players(): readonly Player[] {
    return this.#players
  }

  /** @internal Who listens inside the process; see {@link StreamRegistry.tap}. */
  get taps(): readonly StreamTap[] | undefined {
    return this.#taps
  }

  set taps(taps: readonly StreamTap[] | undefined) {
    this.#taps = taps
    if (taps !== undefined) this.#wasTapped = true
  }

  /** @internal Whether somebody has ever listened inside the process, and may have kept what he was given. */
  get wasTapped(): boolean {
    return this.#wasTapped
  }

  /** @internal Adds the memory in which the stream's own payloads lie. */
  addMemoryTo(memory: Set<ArrayBufferLike>): void {
    for (const { payload } of this.cache.gop) memory.add(payload.buffer)
    for (const { payload } of this.#open) memory.add(payload.buffer)
  }

  /** The stream's latest timestamp. */
  get time(): number {
    return this.#timeline.latest
  }

  /** @internal A publisher begins; there is none at present. */
  begin(owner: PublisherOwner, now: number): Publication {
    const back = this.#state === 'grace'
    const replaced = this.#state === 'live'
    this.#relay.wheel.cancel(this.#graceTimer)
    this.cache.clear()
    this.#timeline.begin()
    for (const player of this.#players) {
      player.awaitKeyFrame()
      this.#stopWaiting(player)
    }
    this.#state = 'live'
    this.#publication = new Publication(this, owner, now)
    if (back) this.#relay.observer.publisherReturned?.(this, now)
    else if (!replaced) this.#relay.observer.streamStarted?.(this, now)
    return this.#publication
  }

  /** @internal See {@link Publication.end}. */
  publisherGone(publication: Publication, lost: boolean, now: number): void {
    publication.markEnded()
    if (publication !== this.#publication) return
    this.flush(now)
    this.#publication = undefined
    const { graceMs } = this.#relay.options
    if (!lost || graceMs <= 0 || this.#players.length === 0) {
      this.#end('streamEnded', now)
      return
    }
    this.#state = 'grace'
    this.#relay.wheel.set(this.#graceTimer, now + graceMs)
    this.#relay.observer.publisherLost?.(this, graceMs, now)
  }

  /** @internal The publisher must make room for another one; players stay. */
  replacePublisher(now: number): void {
    const publication = this.#publication
    if (publication === undefined) return
    publication.markEnded()
    this.flush(now)
    this.#publication = undefined
    publication.owner.publisherReplaced(publication, now)
  }

  /** @internal An audio or video message. */
  pushMedia(message: RelayMessage, now: number): void {
    const time = this.#timeline.map(message.timestamp, message.isCoded, now)
    const own = time === message.timestamp ? message : message.at(time)
    this.cache.add(own, now)
    if (this.#taps !== undefined) for (const tap of this.#taps) tap(own, now)
    if (this.#players.length === 0) return
    this.#hold(own, now)
    if (own.isVideo && own.isCoded) this.#holdFrame(own, now)
  }

  /** @internal A data message; with a name it is kept. */
  pushData(message: RelayMessage, name: string | undefined, now: number): void {
    const own = message.at(this.#timeline.map(message.timestamp, false, now))
    if (name === undefined) this.cache.add(own, now)
    else this.cache.setDataFrame(name, own)
    if (this.#taps !== undefined) for (const tap of this.#taps) tap(own, now)
    if (this.#players.length > 0) this.#hold(own, now)
  }

  /** @internal */
  clearData(name: string): void {
    this.cache.clearDataFrame(name)
  }

  /** Sends the open batch if it is due, or sees to it that it will be sent in time. */
  settle(now: number): void {
    if (this.#open.length === 0) return
    const gap = this.#relay.load.gapMs
    const notBefore = this.#lastBatchAt + gap
    const at = this.#due ? notBefore : Math.max(notBefore, this.#endOfWindow())
    if (now >= at || this.#openBytes >= BATCH_BYTES) this.flush(now)
    else if (this.#batchTimer.at > at) this.#relay.wheel.set(this.#batchTimer, at)
  }

  /** @internal The window of the open batch is over. */
  onTimer(now: number): void {
    this.settle(now)
  }

  /** Sends the open batch now. Its timer stays: to find out that there is nothing to do is cheaper than to move it. */
  flush(now: number): void {
    this.#due = false
    const messages = this.#open
    if (messages.length === 0) return
    this.#open = []
    this.#openBytes = 0
    this.#openFrames = 0
    this.#lastBatchAt = now
    this.counters.batches += 1
    this.counters.messages += messages.length
    const batch = new Batch(messages)
    let stalled: Player[] | undefined
    for (const player of this.#players) {
      if (player.deliver(batch, now)) continue
      stalled ??= []
      stalled.push(player)
    }
    if (stalled === undefined) return
    this.counters.stalled += stalled.length
    for (const player of stalled) this.#stop(player, 'stalled', now)
    this.#endIfDeserted(now)
  }

  /** @internal Catch-up and subscription in one step. */
  join(player: Player, now: number): void {
    player.index = this.#players.length
    this.#players.push(player)
    this.counters.peakPlayers = Math.max(this.counters.peakPlayers, this.#players.length)
    const { pieces, started } = this.cache.catchUp(player.format, player.audio, player.video, this.time)
    player.catchUp(pieces, started, this.#open.length, now)
    if (this.#players.length > 1) return
    this.#publication?.owner.firstPlayer?.()
    this.#relay.observer.firstPlayer?.(this, now)
  }

  /** @internal The player's owner ends the play. */
  leave(player: Player, now: number): void {
    if (!this.#remove(player, now)) return
    this.#endIfDeserted(now)
  }

  /** Chooses what a player is sent. Video that is switched on begins with its headers and a key frame. */
  select(player: Player, audio: boolean, video: boolean, now: number): void {
    this.#flushHeaders(now)
    const newAudio = audio && !player.audio
    const newVideo = player.select(audio, video)
    if (player.index < 0 || player.paused) return
    if (newVideo) player.awaitKeyFrame()
    if (newVideo || newAudio) this.#sendHeaders(player, newAudio, newVideo, now)
  }

  /** Sends a player nothing until it goes on. */
  pause(player: Player): void {
    player.pause()
  }

  /** A paused player goes on: headers first, video at the next key frame. */
  unpause(player: Player, now: number): void {
    if (!player.paused) return
    this.#flushHeaders(now)
    player.unpause()
    if (player.index < 0) return
    player.awaitKeyFrame()
    this.#sendHeaders(player, player.audio, player.video, now)
  }

  /** @internal Ends a stream that has no publisher: who waits for one is told that the stream is over. */
  close(now: number): void {
    if (this.#publication === undefined) this.#end('streamEnded', now)
  }

  /** Stops a player by the relay's decision. */
  stop(player: Player, reason: PlayStopReason, now: number): void {
    if (player.index < 0) return
    this.#stop(player, reason, now)
    this.#endIfDeserted(now)
  }

  #hold(message: RelayMessage, now: number): void {
    if (this.#open.length === 0) this.#openedAt = now
    this.#open.push(message)
    this.#openBytes += message.payload.length
  }

  #holdFrame(frame: RelayMessage, now: number): void {
    this.#frames.add(frame.timestamp, now)
    this.#openFrames += 1
    const { windowMs, stretchMs, videoCloses } = this.#relay.rule
    const isLast = this.#openFrames > 1 && this.#frames.nextAt > this.#openedAt + windowMs + stretchMs
    if (videoCloses || isLast) this.#due = true
  }

  /** When the open batch ends unless a video frame ends it. */
  #endOfWindow(): number {
    const { windowMs, stretchMs } = this.#relay.rule
    const end = this.#openedAt + windowMs
    const { nextAt } = this.#frames
    return nextAt > end && nextAt <= end + stretchMs ? end + stretchMs : end
  }

  /** Sends the open batch if headers change in it: whoever is sent the newest ones must get no older frames behind. */
  #flushHeaders(now: number): void {
    if (this.#open.some(({ isHeader }) => isHeader)) this.flush(now)
  }

  #sendHeaders(player: Player, audio: boolean, video: boolean, now: number): void {
    const headers = this.cache.headersNow(player.format, audio, video, this.time)
    if (headers !== undefined) player.outbox.write(headers, now)
  }

  #stop(player: Player, reason: PlayStopReason, now: number): void {
    if (this.#remove(player, now)) player.owner.playStopped(player, reason, now)
  }

  #remove(player: Player, now: number): boolean {
    const { index } = player
    if (index < 0 || this.#players[index] !== player) return false
    const last = this.#players.pop() as Player
    if (last !== player) {
      this.#players[index] = last
      last.index = index
    }
    player.index = -1
    this.#stopWaiting(player)
    if (this.#players.length === 0) this.#relay.observer.lastPlayer?.(this, now)
    return true
  }

  #stopWaiting(player: Player): void {
    if (player.waitTimer === undefined) return
    this.#relay.wheel.cancel(player.waitTimer)
    player.waitTimer = undefined
  }

  /** Without publisher and players there is nothing to keep. */
  #endIfDeserted(now: number): void {
    if (this.#players.length === 0) {
      this.#open = []
      this.#openBytes = 0
      this.#openFrames = 0
      if (this.#publication === undefined) this.#end('streamEnded', now)
    }
  }

  #end(reason: PlayStopReason, now: number): void {
    if (this.#state === 'ended') return
    const wasLive = this.#state !== 'waiting'
    this.#state = 'ended'
    this.#relay.wheel.cancel(this.#batchTimer)
    this.#relay.wheel.cancel(this.#graceTimer)
    this.#relay.streamEnded(this)
    for (let player = this.#players.at(-1); player !== undefined; player = this.#players.at(-1)) {
      this.#stop(player, reason, now)
    }
    this.cache.clear()
    if (wasLive) this.#relay.observer.streamEnded?.(this, now)
  }
}

import type { MediaKind } from '@rtmp/e-rtmp'
import { Emitter } from './emitter.ts'
import { localEngine, workerEngine } from './engine/ports.ts'
import { mediaSourceMaker } from './engine/media-source.ts'
import type { EngineCounters, EnginePhase, EnginePort, EngineReport } from './engine/protocol.ts'
import type { Player, PlayerEvents, PlayerState } from './player.ts'
import { PlayerError } from './player-error.ts'
import { type PlayerOptions, type ResolvedOptions, resolveOptions, usageError } from './player-options.ts'
import { type PlayerStats, Rates } from './player-stats.ts'
import type { PlayerTrack } from './player-track.ts'
import { type AutoplayOutcome, Stage } from './stage.ts'

/** How often the element is looked at, in milliseconds. */
const STEP_EVERY = 100

/** Steps from one event `stats` to the next. */
const STEPS_PER_STATS = 10

/** A player, at work. */
export class ElementPlayer implements Player {
  readonly video: HTMLVideoElement
  readonly url: string
  readonly #events = new Emitter<PlayerEvents>()
  readonly #options: ResolvedOptions
  readonly #stage: Stage
  readonly #rates = new Rates()
  readonly #listening = new AbortController()
  #engine: EnginePort | undefined
  #counters: EngineCounters | undefined
  #phase: EnginePhase = 'connecting'
  #state: PlayerState = 'connecting'
  #tracks: readonly PlayerTrack[] = []
  #metadata: Readonly<Record<string, unknown>> | undefined
  #error: PlayerError | undefined
  #objectUrl: string | undefined
  #steps = 0
  #framesBefore = 0
  #frameRate = 0
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(video: HTMLVideoElement, url: string, options: PlayerOptions) {
    this.#options = resolveOptions(options)
    this.video = video
    this.url = addressOf(url)
    const autoplay = options.autoplay ?? true
    if (options.muted ?? autoplay) video.muted = true
    video.playsInline = true
    this.#stage = new Stage(video, this.#options, autoplay, (outcome) =>
      this.#events.emit('autoplay', outcome),
    )
    const { signal } = this.#listening
    for (const name of ['playing', 'pause', 'ended', 'seeking', 'seeked', 'canplay'] as const)
      video.addEventListener(name, () => this.#tellState(), { signal })
    video.addEventListener('waiting', () => this.#stalled(), { signal })
    video.addEventListener('play', () => this.#step(), { signal })
    video.addEventListener('error', () => this.#elementFailed(), { signal })
    this.#timer = setInterval(() => this.#step(), STEP_EVERY)
    void this.#start(options.worker ?? true)
  }

  get state(): PlayerState {
    return this.#state
  }

  get tracks(): readonly PlayerTrack[] {
    return this.#tracks
  }

  get metadata(): Readonly<Record<string, unknown>> | undefined {
    return this.#metadata
  }

  get error(): PlayerError | undefined {
    return this.#error
  }

  get stats(): PlayerStats {
    const { video } = this
    const quality = video.getVideoPlaybackQuality()
    const counters = this.#counters
    const plays = video.buffered.length > 0 && this.#state !== 'closed'
    return {
      latency: plays ? this.#stage.ahead : undefined,
      targetLatency: this.#stage.edge.target,
      bufferAhead: this.#stage.ahead,
      bufferBehind: this.#stage.behind,
      ...this.#rates.now,
      bytesReceived: counters?.bytesReceived ?? 0,
      decodedFrames: quality.totalVideoFrames,
      droppedFrames: quality.droppedVideoFrames,
      corruptedFrames: quality.corruptedVideoFrames ?? 0,
      frameRate: this.#frameRate,
      rate: video.playbackRate,
      stalls: this.#stage.stalls,
      jumps: this.#stage.jumps,
      reconnects: counters?.reconnects ?? 0,
      brokenMessages: counters?.brokenMessages ?? 0,
      inWorker: this.#engine?.inWorker === true,
    }
  }

  on<Name extends keyof PlayerEvents>(name: Name, listener: (event: PlayerEvents[Name]) => void): () => void {
    return this.#events.on(name, listener)
  }

  play(): Promise<AutoplayOutcome> {
    return this.#stage.play()
  }

  selectTrack(kind: MediaKind, trackId: number): void {
    const track = this.#tracks.find((one) => one.kind === kind && one.trackId === trackId)
    if (track?.playable !== true) {
      const why =
        track === undefined ? 'is no track of the stream' : `is ${track.title}, which this browser lacks`
      throw usageError('PLAYER_TRACK', `${kind} ${trackId} ${why}`, 'trackId')
    }
    this.#engine?.send({ type: 'select', kind, trackId })
  }

  close(): void {
    if (this.#state === 'closed') return
    this.#setState('closed')
    this.#listening.abort()
    clearInterval(this.#timer)
    this.#engine?.close()
    this.#detach()
  }

  async #start(worker: boolean | (() => Worker)): Promise<void> {
    const take = (report: EngineReport): void => this.#take(report)
    const mse = mediaSourceMaker()
    if (mse === undefined) {
      // Told after `createPlayer` has returned, so that there can be listeners.
      await Promise.resolve()
      this.#fail(
        new PlayerError({
          code: 'PLAYER_NO_MSE',
          message: 'this browser has no Media Source Extensions',
          fatal: true,
        }),
      )
      return
    }
    const able = worker !== false && mse.maker.canConstructInDedicatedWorker === true
    const make = typeof worker === 'function' ? worker : defaultWorker
    const engine = (able ? await workerEngine(make, take) : undefined) ?? (await localEngine(take))
    if (this.#state === 'closed') {
      engine.close()
      return
    }
    this.#engine = engine
    engine.send({ type: 'start', url: this.url, options: this.#options })
  }

  #take(report: EngineReport): void {
    if (this.#state === 'closed' || this.#state === 'failed') return
    switch (report.type) {
      case 'source':
        this.#attach(report.source, report.managed)
        return
      case 'phase':
        this.#phase = report.phase
        this.#tellState()
        return
      case 'tracks':
        this.#tracks = report.tracks
        this.#events.emit('tracks', report.tracks)
        return
      case 'metadata':
        this.#metadata = report.values
        this.#events.emit('metadata', report.values)
        return
      case 'data':
        this.#events.emit('data', report.data)
        return
      case 'counters':
        this.#counters = report.counters
        this.#rates.add(report.counters)
        return
      case 'problem': {
        const error = new PlayerError(report.problem)
        if (error.fatal) this.#fail(error)
        else this.#events.emit('error', error)
        return
      }
      case 'ready':
        return
    }
  }

  #attach(source: MediaSource | MediaSourceHandle, managed: boolean): void {
    const { video } = this
    // Another source pauses the element.
    const played = !video.paused
    this.#detach()
    // Safari plays managed sources only where the picture cannot go elsewhere.
    if (managed) video.disableRemotePlayback = true
    if (this.#engine?.inWorker === true) video.srcObject = source as unknown as MediaProvider
    else video.src = this.#objectUrl = URL.createObjectURL(source as MediaSource)
    this.#stage.begin(played)
  }

  #detach(): void {
    const { video } = this
    if (this.#objectUrl !== undefined) URL.revokeObjectURL(this.#objectUrl)
    this.#objectUrl = undefined
    if (video.srcObject !== null) video.srcObject = null
    if (video.hasAttribute('src')) video.removeAttribute('src')
    if (this.#state === 'closed') video.load()
  }

  #step(): void {
    if (this.#state === 'closed') return
    this.#stage.step(performance.now())
    if (this.video.buffered.length > 0) this.#engine?.send({ type: 'playhead', time: this.video.currentTime })
    this.#tellState()
    this.#steps += 1
    if (this.#steps % STEPS_PER_STATS !== 0) return
    const frames = this.video.getVideoPlaybackQuality().totalVideoFrames
    this.#frameRate = Math.max(0, frames - this.#framesBefore) / ((STEP_EVERY * STEPS_PER_STATS) / 1000)
    this.#framesBefore = frames
    this.#events.emit('stats', this.stats)
  }

  #stalled(): void {
    this.#stage.stalled(performance.now())
    this.#tellState()
  }

  #elementFailed(): void {
    const { error } = this.video
    if (error === null || this.#state === 'closed' || this.#state === 'failed') return
    this.#engine?.send({
      type: 'rebuild',
      reason: error.message === '' ? `media error ${error.code}` : error.message,
    })
  }

  #fail(error: PlayerError): void {
    if (this.#state === 'closed' || this.#state === 'failed') return
    this.#error = error
    clearInterval(this.#timer)
    this.#engine?.close()
    this.#setState('failed')
    this.#events.emit('error', error)
  }

  #tellState(): void {
    if (this.#state === 'closed' || this.#state === 'failed') return
    this.#setState(this.#stateNow())
  }

  #stateNow(): PlayerState {
    const { video } = this
    const phase = this.#phase
    if (phase === 'failed') return this.#state
    // What is buffered is played to its end.
    if (phase === 'ended' && !video.ended && video.buffered.length > 0 && video.error === null)
      return video.paused ? 'paused' : 'playing'
    if (phase !== 'receiving') return phase
    if (video.buffered.length === 0) return 'buffering'
    if (video.paused) return 'paused'
    return video.readyState >= 3 ? 'playing' : 'buffering'
  }

  #setState(state: PlayerState): void {
    if (this.#state === state) return
    this.#state = state
    this.#events.emit('state', state)
  }
}

const defaultWorker = (): Worker => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })

/** A whole address, on this page's terms. @throws UsageError `PLAYER_URL` */
const addressOf = (url: string): string => {
  const base = typeof document === 'undefined' ? undefined : document.baseURI
  if (!URL.canParse(url, base)) throw usageError('PLAYER_URL', `${JSON.stringify(url)} is no URL`, 'url')
  const { protocol, href } = new URL(url, base)
  if (!['http:', 'https:', 'ws:', 'wss:'].includes(protocol))
    throw usageError('PLAYER_URL', `${protocol} is neither HTTP nor WebSocket`, 'url')
  return href
}

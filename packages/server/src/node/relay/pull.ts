import { isRtmpClientError, type MediaMessage, type RtmpPlayer, play } from '@rtmp/client'
import type { LocalPublisher } from '../../core/local-publisher.ts'
import type { RelayStats } from '../../contract/relays.ts'
import type { ServerCore } from '../../core/server-core.ts'
import type { Publication } from '@rtmp/live'
import { WheelTimer } from '@rtmp/live/engine'
import { inWords, RelayRecord } from './relay.ts'
import type { PullRule } from './resolved-rules.ts'
import { isLoopStatus, type Via, viaProperties } from './via.ts'

/** How long a player that may not wait for its stream waits for the origin, in milliseconds. */
const ORIGIN_ANSWER_MS = 5000

/** What a pull is made with. */
export interface PullSetup {
  readonly core: ServerCore
  readonly rule: PullRule
  readonly app: string
  readonly streamName: string
  /** The servers the stream goes on to from here, and this one last; asked for at each new start. */
  readonly via: () => Via
  readonly gone: (pull: Pull) => void
}

/**
 * One stream that comes from another server, and is published here as soon as there is media.
 *
 * The client's player reconnects and gives one timeline without a frame twice, so the publication is kept while the origin
 * is away, for the grace period; then the stream ends here, and begins anew when the origin has it again.
 */
export class Pull {
  readonly #setup: PullSetup
  readonly #record: RelayRecord
  readonly #lingerTimer: WheelTimer = new WheelTimer({ onTimer: () => this.end('nobody plays it any more') })
  readonly #graceTimer: WheelTimer = new WheelTimer({ onTimer: () => this.#giveUpStream() })
  readonly #retryTimer: WheelTimer = new WheelTimer({ onTimer: () => this.#begin() })
  #player: RtmpPlayer
  #publisher: LocalPublisher | undefined
  #publishing = false
  /** Payload bytes that the present player has given. */
  #passed = 0
  /** What had come from it when it was lost: that much is not the stream's return. */
  #cameBeforeLoss = 0
  #waiting: ((isThere: boolean) => void)[] = []

  constructor(setup: PullSetup) {
    const { core, app, streamName } = setup
    this.#setup = setup
    this.#player = this.#open()
    this.#record = new RelayRecord(core, {
      kind: 'pull',
      app,
      streamName,
      url: this.#player.url,
      rule: setup.rule.id,
    })
    void this.#read(this.#player)
  }

  get stats(): RelayStats {
    return this.#record.stats(this.#player.stats.bytesReceived, 0)
  }

  /** The number of its rule. */
  get rule(): number {
    return this.#setup.rule.id
  }

  /** Whether it is this pull that publishes. */
  owns(publication: Publication | undefined): boolean {
    return this.#publishing || (publication !== undefined && publication === this.#publisher?.publication)
  }

  /** Somebody wants the stream. */
  wanted(): void {
    this.#setup.core.wheel.cancel(this.#lingerTimer)
  }

  /** Nobody wants the stream for now. */
  unwanted(): void {
    const { core, rule } = this.#setup
    if (rule.always === undefined && !this.#record.isOver) {
      core.wheel.set(this.#lingerTimer, core.now() + rule.lingerMs)
    }
  }

  /** Resolves when there is media, or when it is clear that for now there is none. */
  async arrives(): Promise<boolean> {
    if (this.#publisher !== undefined) return true
    if (this.#record.isOver) return false
    const { promise, resolve } = withResolve<boolean>()
    const timer = setTimeout(() => resolve(false), ORIGIN_ANSWER_MS)
    this.#waiting.push(resolve)
    const isThere = await promise
    clearTimeout(timer)
    return isThere
  }

  /** Leaves the origin; the stream ends here, unless somebody else publishes it. */
  end(reason: string): void {
    if (!this.#record.ended(reason)) return
    const { wheel } = this.#setup.core
    for (const timer of [this.#lingerTimer, this.#graceTimer, this.#retryTimer]) wheel.cancel(timer)
    this.#answer(false)
    void this.#player.close()
    this.#publisher?.end()
    this.#publisher = undefined
    this.#setup.gone(this)
  }

  #begin(): void {
    this.#passed = 0
    this.#cameBeforeLoss = 0
    this.#player = this.#open()
    void this.#read(this.#player)
  }

  #open(): RtmpPlayer {
    const { rule, app, streamName, via } = this.#setup
    const player = play(rule.target.url, {
      ...rule.target.placeOf(app, streamName),
      whenUnpublished: 'wait',
      reconnect: { fromStart: true, initialMs: rule.retryMs, maximumMs: rule.maxRetryMs },
      connectProperties: viaProperties(via()),
    })
    player.on('retrying', ({ error, delayMs }) => this.#lost(error.message, delayMs))
    player.on('unpublished', () => this.#lost('its publisher there has left'))
    player.started.catch(() => {})
    player.finished.catch(() => {})
    return player
  }

  async #read(player: RtmpPlayer): Promise<void> {
    let problem: unknown
    try {
      for await (const packet of player) {
        if (!this.#pass(packet)) return
        if (this.#publisher?.held === true) await this.#publisher.ready()
      }
    } catch (error) {
      problem = error
    }
    if (this.#record.isOver) return
    const { core, rule } = this.#setup
    const wasThere = this.#publisher !== undefined
    // A further player's clock is another one: the stream's own timeline joins them.
    this.#publisher?.end(true)
    this.#publisher = undefined
    core.wheel.cancel(this.#graceTimer)
    const waitMs = problem === undefined ? rule.retryMs : rule.maxRetryMs
    core.wheel.set(this.#retryTimer, core.now() + waitMs)
    if (problem === undefined) {
      if (wasThere) this.#record.lost('it has ended there', waitMs)
      return
    }
    const status = isRtmpClientError(problem) ? problem.status : undefined
    this.#lost(isLoopStatus(status) ? (status?.description ?? '') : inWords(problem), waitMs)
  }

  /** False when the stream is somebody else's. */
  #pass(packet: MediaMessage): boolean {
    const { core, app, streamName } = this.#setup
    if (this.#record.isOver) return false
    this.#publisher ??= this.#publish(core, app, streamName)
    const publication = this.#publisher?.publication
    if (publication === undefined) {
      this.end('somebody publishes it here')
      return false
    }
    const now = core.now()
    const { timestamp, payload } = packet
    if (packet.kind === 'data') {
      publication.data(packet.name === 'onMetaData' ? 'set' : 'send', packet.name, timestamp, payload, now)
    } else publication.media(packet.typeId, timestamp, payload, now)
    publication.settle(now)
    this.#passed += payload.length
    if (this.#passed > this.#cameBeforeLoss) this.#isThere()
    return true
  }

  /** Takes the name, unless somebody has it: a pull replaces nobody, whatever the policy. */
  #publish(core: ServerCore, app: string, streamName: string): LocalPublisher | undefined {
    if (core.registry.find(app, streamName)?.publication !== undefined) return undefined
    this.#publishing = true
    try {
      return core.inject(app, streamName, () => this.end('the stream was ended or taken over here'))
    } finally {
      this.#publishing = false
    }
  }

  #isThere(): void {
    if (this.#graceTimer.at !== Number.POSITIVE_INFINITY) this.#setup.core.wheel.cancel(this.#graceTimer)
    this.#record.running()
    if (this.#waiting.length > 0) this.#answer(true)
  }

  #lost(reason: string, nextTryMs?: number): void {
    this.#cameBeforeLoss = this.#player.stats.bytesReceived
    this.#record.lost(reason, nextTryMs)
    this.#answer(false)
    if (this.#publisher === undefined || this.#graceTimer.at !== Number.POSITIVE_INFINITY) return
    const { core } = this.#setup
    core.wheel.set(this.#graceTimer, core.now() + core.registry.options.graceMs)
  }

  /** The origin has been away for too long. */
  #giveUpStream(): void {
    this.#publisher?.end()
    this.#publisher = undefined
    // What a new player gives begins with all headers.
    if (!this.#record.isOver) void this.#player.close()
  }

  #answer(isThere: boolean): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve(isThere)
  }
}

const withResolve = <T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } => {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

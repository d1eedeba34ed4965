import { chosenTracks, type MediaMessage } from '@rtmp/e-rtmp'
import { isRtmpClientError, nodeHost, RtmpPublisher } from '@rtmp/client'
import type { RelayStats } from '../../contract/relays.ts'
import type { ServerCore } from '../../core/server-core.ts'
import { WheelTimer } from '@rtmp/live/engine'
import { inWords, RelayRecord } from './relay.ts'
import type { PushRule, PushTarget } from './resolved-rules.ts'
import { isLoopStatus, type Via, viaProperties } from './via.ts'

/** What a push may take to send what is left when its stream has ended, in milliseconds. */
const GOODBYE_MS = 5000

/** What a push is made with. */
export interface PushSetup {
  readonly core: ServerCore
  readonly rule: PushRule
  readonly target: PushTarget
  readonly app: string
  readonly streamName: string
  /** The servers the stream has come through, this one last. */
  readonly via: Via
  /** It is over, and all has been said. */
  readonly gone: (push: Push) => void
}

/**
 * One stream on its way to one target, from its start here to its end. What the target takes too slowly is left out by the
 * publisher's queue, so nobody else notices. After a refusal it begins anew in a while, with headers and a key frame.
 */
export class Push {
  readonly #setup: PushSetup
  readonly #record: RelayRecord
  readonly #timer: WheelTimer = new WheelTimer({ onTimer: () => this.#begin() })
  #publisher: RtmpPublisher
  #untap: () => void = () => {}
  /** Whether the first key frame has been sent. */
  #hasKeyFrame = false

  constructor(setup: PushSetup) {
    const { core, app, streamName } = setup
    this.#setup = setup
    this.#publisher = this.#open()
    this.#record = new RelayRecord(core, {
      kind: 'push',
      app,
      streamName,
      url: this.#publisher.url,
      rule: setup.rule.id,
    })
    this.#listen()
  }

  get stats(): RelayStats {
    const { bytesSent, audioDropped, videoDropped } = this.#publisher.stats
    return this.#record.stats(bytesSent, audioDropped + videoDropped)
  }

  /** The number of its rule. */
  get rule(): number {
    return this.#setup.rule.id
  }

  /** Whether it has ended, and at most says goodbye. */
  get isOver(): boolean {
    return this.#record.isOver
  }

  /** Sends what is left and unpublishes. */
  end(reason: string, isLoop = false): void {
    if (!this.#record.ended(reason, isLoop)) return
    this.#untap()
    this.#setup.core.wheel.cancel(this.#timer)
    const publisher = this.#publisher
    const cut = setTimeout(() => publisher.abort(), GOODBYE_MS)
    publisher
      .end()
      .catch(() => {})
      .finally(() => {
        clearTimeout(cut)
        this.#setup.gone(this)
      })
  }

  /** Ends at once. */
  abort(): void {
    this.#publisher.abort()
  }

  #begin(): void {
    this.#publisher = this.#open()
    this.#listen()
  }

  #open(): RtmpPublisher {
    const { app, streamName, via, rule } = this.#setup
    const { target } = this.#setup.target
    return new RtmpPublisher(nodeHost(), target.url, {
      ...target.placeOf(app, streamName),
      reconnect: { fromStart: true, initialMs: rule.retryMs, maximumMs: rule.maxRetryMs },
      queue: { overflow: 'drop' },
      connectProperties: viaProperties(via),
    })
  }

  /** Gives the publisher what the stream holds, and then all that comes. */
  #listen(): void {
    const { core, app, streamName } = this.#setup
    const publisher = this.#publisher
    publisher.started.catch(() => {})
    publisher.on('state', (state) => {
      if (state === 'live') this.#record.running()
    })
    publisher.on('retrying', ({ error, delayMs }) => this.#record.lost(error.message, delayMs))
    publisher.finished.catch((error: unknown) => this.#failed(error))
    this.#hasKeyFrame = false
    this.#untap = core.tap(app, streamName, (message) => this.#send(message))
  }

  #send(given: MediaMessage): void {
    const { tracks } = this.#setup.target
    const message = tracks === undefined ? given : chosenTracks(given, tracks)
    if (message === undefined) return
    if (message.isVideo && message.isCoded && !this.#hasKeyFrame) {
      if (!message.keyFrame) return
      this.#hasKeyFrame = true
    }
    const { typeId, timestamp, payload } = message
    this.#publisher.write({ typeId, timestamp, payload }).catch(() => {})
  }

  /** The publisher has given up: what the target said will not change soon. */
  #failed(error: unknown): void {
    this.#untap()
    if (this.#record.isOver) return
    const { core, rule } = this.#setup
    const status = isRtmpClientError(error) ? error.status : undefined
    if (isLoopStatus(status)) {
      this.end(status?.description ?? '', true)
      return
    }
    this.#record.lost(inWords(error), rule.maxRetryMs)
    core.wheel.set(this.#timer, core.now() + rule.maxRetryMs)
  }
}

import { isRtmpClientError, type LogEntry, nodeHost, Publisher } from '@rtmp/client'
import type { RelayStats } from '../../core/relays.ts'
import type { ServerCore } from '../../core/server-core.ts'
import type { RelayMessage } from '../../relay/relay-message.ts'
import { WheelTimer } from '../../relay/timer-wheel.ts'
import { inWords, isLoop, RelayRecord } from './relay.ts'
import type { RelayTarget } from './relay-target.ts'
import type { PushRule } from './resolved-rules.ts'
import { type Via, viaProperties } from './via.ts'

/** What a push may take to send what is left when its stream has ended, in milliseconds. */
const GOODBYE_MS = 5000

/** What a push is made with. */
export interface PushSetup {
  readonly core: ServerCore
  readonly rule: PushRule
  readonly target: RelayTarget
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
  #publisher: Publisher
  #untap: () => void = () => {}
  /** Whether the first key frame has been sent. */
  #hasKeyFrame = false

  constructor(setup: PushSetup) {
    const { core, app, streamName } = setup
    this.#setup = setup
    this.#publisher = this.#open()
    this.#record = new RelayRecord(core, { kind: 'push', app, streamName, url: this.#publisher.url })
    this.#listen()
  }

  get stats(): RelayStats {
    const { bytesSent, audioDropped, videoDropped } = this.#publisher.stats
    return this.#record.stats(bytesSent, audioDropped + videoDropped)
  }

  /** Whether it has ended, and at most says goodbye. */
  get isOver(): boolean {
    return this.#record.isOver
  }

  /** Sends what is left and unpublishes. */
  end(reason: string): void {
    if (!this.#record.ended(reason)) return
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

  #open(): Publisher {
    const { target, app, streamName, via, rule } = this.#setup
    return new Publisher(nodeHost(), target.url, {
      ...target.placeOf(app, streamName),
      reconnect: { fromStart: true, initialMs: rule.retryMs, maximumMs: rule.maxRetryMs },
      queue: { overflow: 'drop' },
      connectProperties: viaProperties(via),
      onLog: (entry) => this.#onLog(entry),
    })
  }

  /** Gives the publisher what the stream holds, and then all that comes. */
  #listen(): void {
    const { core, app, streamName } = this.#setup
    const publisher = this.#publisher
    publisher.started.catch(() => {})
    publisher.finished.catch((error: unknown) => this.#failed(error))
    this.#hasKeyFrame = false
    this.#untap = core.tap(app, streamName, (message) => this.#send(message))
  }

  #send(message: RelayMessage): void {
    if (message.isVideo && message.isCoded && !this.#hasKeyFrame) {
      if (!message.isKeyFrame) return
      this.#hasKeyFrame = true
    }
    const { typeId, timestamp, payload } = message
    this.#publisher.write({ typeId, timestamp, payload }).catch(() => {})
  }

  #onLog({ event, text }: LogEntry): void {
    if (event === 'live') this.#record.running()
    else if (event === 'retrying') this.#record.lost(text)
  }

  /** The publisher has given up: what the target said will not change soon. */
  #failed(error: unknown): void {
    this.#untap()
    if (this.#record.isOver) return
    const { core, rule } = this.#setup
    const status = isRtmpClientError(error) ? error.status : undefined
    if (isLoop(status?.description ?? '')) {
      this.end(status?.description ?? '')
      return
    }
    this.#record.lost(`${inWords(error)}; next try in ${rule.maxRetryMs / 1000} s`)
    core.wheel.set(this.#timer, core.now() + rule.maxRetryMs)
  }
}

import type { Entry } from '@rtmp/cluster'
import { cutPath } from '@rtmp/message'
import { type Publication, WheelTimer } from '@rtmp/live/engine'
import type { MediaMessage } from '@rtmp/e-rtmp'
import type { LocalPublisher } from '../core/local-publisher.ts'
import type { ServerCore } from '../core/server-core.ts'

/** A stream as it comes from another node. */
export interface NodeStream extends AsyncIterable<MediaMessage> {
  close(): Promise<void>
}

/**
 * Fetches a stream. What comes is one timeline without a frame twice, over lost connections too: it ends when the stream is over at
 * its owner, and throws when it cannot be had.
 *
 * @param entry - Who has it; asked for before each attempt.
 * @param lost - Called when the connection was lost and is tried again.
 */
export type FetchStream = (path: string, entry: () => Entry, lost: () => void) => NodeStream

/** What a {@link NodePull} is made with. */
export interface NodePullSetup {
  readonly core: ServerCore
  readonly fetch: FetchStream
  readonly lingerMs: number
  /** Whether any other node has it now. */
  readonly isClaimed: (path: string) => boolean
  /** It is over. */
  readonly gone: (pull: NodePull) => void
}

/** How long to wait before a node is asked again that does not have the stream, or not yet, in milliseconds. */
const RETRY_MS = 250

/** How long a player that may not wait for its stream waits for its owner, in milliseconds. */
const ANSWER_MS = 5000

/**
 * One stream that another node owns, published here as long as somebody here plays it.
 *
 * When the owner is lost, or another node becomes the owner, players stay for the grace period, and go on with what the new owner sends.
 */
export class NodePull {
  readonly path: string
  readonly #setup: NodePullSetup
  readonly #lingerTimer: WheelTimer = new WheelTimer({ onTimer: () => this.end() })
  readonly #graceTimer: WheelTimer = new WheelTimer({ onTimer: () => this.#giveUp() })
  readonly #retryTimer: WheelTimer = new WheelTimer({ onTimer: () => this.#begin() })
  readonly #answerTimer: WheelTimer = new WheelTimer({ onTimer: () => this.#answer(false) })
  #entry: Entry
  #stream: NodeStream | undefined
  #publisher: LocalPublisher | undefined
  #isPublishing = false
  #isOver = false
  #waiting: ((isThere: boolean) => void)[] = []

  constructor(setup: NodePullSetup, entry: Entry) {
    this.#setup = setup
    this.#entry = entry
    this.path = entry.path
    this.#begin()
  }

  /** Whether it is this pull that publishes. */
  owns(publication: Publication | undefined): boolean {
    return this.#isPublishing || (publication !== undefined && publication === this.#publisher?.publication)
  }

  /** Another owner, or the same with a higher fence: what comes from a lower one is heard no more. */
  follow(entry: Entry): void {
    if (this.#isOver || entry.fence <= this.#entry.fence) return
    const isSame = entry.owner.id === this.#entry.owner.id
    this.#entry = entry
    if (isSame && this.#stream !== undefined) return
    this.#lose()
    this.#begin()
  }

  /** Somebody wants the stream. */
  wanted(): void {
    this.#setup.core.wheel.cancel(this.#lingerTimer)
  }

  /** Nobody wants the stream for now. */
  unwanted(): void {
    const { core, lingerMs } = this.#setup
    if (!this.#isOver) core.wheel.set(this.#lingerTimer, core.now() + lingerMs)
  }

  /** Resolves when there is media, or when it is clear that for now there is none. */
  async arrives(): Promise<boolean> {
    if (this.#publisher !== undefined) return true
    if (this.#isOver) return false
    const { core } = this.#setup
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (this.#answerTimer.at === Number.POSITIVE_INFINITY)
        core.wheel.set(this.#answerTimer, core.now() + ANSWER_MS)
    })
  }

  /** Leaves the owner. @param lost - Whether players here are to wait for somebody else to go on. */
  end(lost = false): void {
    if (this.#isOver) return
    this.#isOver = true
    const { wheel } = this.#setup.core
    for (const timer of [this.#lingerTimer, this.#graceTimer, this.#retryTimer, this.#answerTimer])
      wheel.cancel(timer)
    this.#answer(false)
    this.#leave()
    this.#publisher?.end(lost)
    this.#publisher = undefined
    this.#setup.gone(this)
  }

  #begin(): void {
    if (this.#isOver) return
    this.#setup.core.wheel.cancel(this.#retryTimer)
    const stream = this.#setup.fetch(
      this.path,
      () => this.#entry,
      () => this.#interrupted(),
    )
    this.#stream = stream
    void this.#read(stream)
  }

  async #read(stream: NodeStream): Promise<void> {
    let failed = false
    try {
      for await (const packet of stream) {
        if (stream !== this.#stream) return
        this.#pass(packet)
        if (this.#publisher?.held === true) await this.#publisher.ready()
      }
    } catch {
      // Why is told by the owner's log and ours; what to do is the same.
      failed = true
    }
    if (stream !== this.#stream || this.#isOver) return
    this.#stream = undefined
    if (!failed) {
      this.end()
      return
    }
    this.#lose()
    const { core, isClaimed } = this.#setup
    // Players wait for the next owner.
    if (isClaimed(this.path)) core.wheel.set(this.#retryTimer, core.now() + RETRY_MS)
    else this.end(true)
  }

  #pass(packet: MediaMessage): void {
    const { core } = this.#setup
    this.#publisher ??= this.#publish()
    const publication = this.#publisher?.publication
    if (publication === undefined) {
      this.end()
      return
    }
    const now = core.now()
    const { timestamp, payload } = packet
    if (packet.kind === 'data') {
      publication.data(packet.name === 'onMetaData' ? 'set' : 'send', packet.name, timestamp, payload, now)
    } else publication.media(packet.typeId, timestamp, payload, now)
    publication.settle(now)
    if (this.#graceTimer.at !== Number.POSITIVE_INFINITY) core.wheel.cancel(this.#graceTimer)
    if (this.#waiting.length > 0) this.#answer(true)
  }

  /** Takes the name, unless somebody publishes it here. */
  #publish(): LocalPublisher | undefined {
    const { core } = this.#setup
    const { app, streamName } = cutPath(this.path)
    if (core.registry.find(app, streamName)?.publication !== undefined) return undefined
    this.#isPublishing = true
    try {
      return core.inject(app, streamName, () => this.end(), true)
    } finally {
      this.#isPublishing = false
    }
  }

  /** The connection is lost, and made anew by whoever fetches: what comes then goes on where it was. */
  #interrupted(): void {
    if (this.#publisher === undefined || this.#graceTimer.at !== Number.POSITIVE_INFINITY) return
    const { core } = this.#setup
    core.wheel.set(this.#graceTimer, core.now() + core.registry.options.graceMs)
  }

  /** What comes next has another clock, which the stream's own timeline joins. */
  #lose(): void {
    this.#setup.core.wheel.cancel(this.#graceTimer)
    this.#leave()
    this.#publisher?.end(true)
    this.#publisher = undefined
  }

  #leave(): void {
    const stream = this.#stream
    this.#stream = undefined
    if (stream !== undefined) void stream.close()
  }

  /** The owner has been away for too long. */
  #giveUp(): void {
    this.#publisher?.end()
    this.#publisher = undefined
    this.#leave()
    const { core } = this.#setup
    core.wheel.set(this.#retryTimer, core.now() + RETRY_MS)
  }

  #answer(isThere: boolean): void {
    const waiting = this.#waiting
    this.#waiting = []
    this.#setup.core.wheel.cancel(this.#answerTimer)
    for (const resolve of waiting) resolve(isThere)
  }
}

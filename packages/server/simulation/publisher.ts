import { addTimestamp } from '@rtmp/bytes/time'
import type { ClientEvent } from '@rtmp/session'
import { Client, type Farewell } from './client.ts'
import type { LinkProfile } from './link.ts'
import type { Task } from './event-queue.ts'
import { MediaSource, type MediaStyle } from './media-source.ts'
import type { World } from './world.ts'

/** How a publisher behaves. */
export interface PublisherPlan {
  readonly app: string
  readonly name: string
  readonly style: MediaStyle
  /** Milliseconds it publishes. */
  readonly lifeMs: number
  readonly farewell: Farewell
  /** Publishes again on the same connection after its first publish, as OBS does when it is stopped and started. */
  readonly twice: boolean
  /** Bytes; drawn unless given. */
  readonly chunkSize?: number
}

/** The most that may be on its way to the server and not acknowledged, in bytes: some windows and some messages. */
const MOST_UNACKNOWLEDGED = 32 * 1024 * 1024

/** A client that publishes one stream after another. */
export class Publisher extends Client {
  readonly #plan: PublisherPlan
  readonly #gone: (publisher: Publisher) => void
  readonly #tick: Task = { run: (now) => this.#send(now) }
  #source: MediaSource | undefined
  #messageStreamId = 0
  #startedAt = 0
  #publishes = 0
  /** Whether the server has ended the publish in favour of another one. */
  #replaced = false

  constructor(world: World, plan: PublisherPlan, profile: LinkProfile, gone: (publisher: Publisher) => void) {
    super(world, profile, plan.app, plan.chunkSize)
    this.#plan = plan
    this.#gone = gone
  }

  get takesAll(): boolean {
    return !this.isOver
  }

  get name(): string {
    return this.#plan.name
  }

  protected override onEvent(event: ClientEvent, now: number): void {
    switch (event.kind) {
      case 'connected':
        this.session.announce('releaseStream', this.name)
        this.session.announce('FCPublish', this.name)
        this.asked.fcPublish += 1
        this.session.createStream()
        break
      case 'streamCreated':
        this.#messageStreamId = event.messageStreamId ?? 0
        this.#publish()
        break
      case 'publishStarted':
        this.#start(now)
        break
      case 'acknowledged':
        if (event.unacknowledged > MOST_UNACKNOWLEDGED) {
          this.world.violated(`${event.unacknowledged} bytes of ${this.name} are not acknowledged`)
        }
        break
      case 'publishEnded':
        this.#replaced = true
        break
      case 'closed':
        if (this.#source !== undefined && !this.hasLeft && !this.#replaced && !this.world.closing) {
          this.world.violated(`publisher ${this.link.id} of ${this.name} was thrown out: ${event.reason}`)
        }
        break
      case 'publishRejected':
      case 'connectRejected':
      case 'createStreamFailed':
        this.leave('end', now)
        break
      default:
        break
    }
  }

  #publish(): void {
    this.#publishes += 1
    // The server may begin to count before its answer is here.
    this.publication = this.world.newLog(this.name)
    this.asked.publish += 1
    this.session.publish(this.#messageStreamId, { streamName: this.name })
  }

  #start(now: number): void {
    if (this.hasLeft || this.publication === undefined) return
    this.#source = new MediaSource(this.world.random, this.publication, this.#plan.style)
    this.#startedAt = now
    this.#send(now)
  }

  #send(now: number): void {
    const source = this.#source
    if (source === undefined || this.hasLeft || this.isOver) return
    const age = now - this.#startedAt
    if (age >= this.#plan.lifeMs) {
      this.#stop(now)
      return
    }
    const timestamp = addTimestamp(this.#plan.style.start, age)
    for (const item of source.take(timestamp, age)) {
      if (item.kind === 'media') {
        const { typeId, payload } = item
        this.session.sendMedia(this.#messageStreamId, { typeId, timestamp, payload })
      } else this.session.sendData(this.#messageStreamId, timestamp, ...item.values)
    }
    this.flush()
    this.world.events.after(source.pause(age), this.#tick)
  }

  #stop(now: number): void {
    this.#source = undefined
    if (!this.#plan.twice || this.#publishes > 1) {
      this.leave(this.#plan.farewell, now)
      return
    }
    this.session.closeStream(this.#messageStreamId)
    this.flush()
    this.world.events.after(this.world.between(500, 8000), {
      run: () => {
        if (this.hasLeft || this.isOver) return
        this.#publish()
        this.flush()
      },
    })
  }

  protected override sayGoodbye(how: 'close' | 'delete'): void {
    if (this.session.state !== 'connected' || this.#messageStreamId === 0) return
    if (how === 'close') this.session.closeStream(this.#messageStreamId)
    else this.session.deleteStream(this.#messageStreamId)
  }

  protected override onOver(): void {
    this.#source = undefined
    this.#gone(this)
  }
}

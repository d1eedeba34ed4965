import type { ClientEvent } from '@rtmp/session'
import { Client, type Farewell } from './client.ts'
import type { LinkProfile } from './link.ts'
import { type Join, PlayCheck } from './play-check.ts'
import type { World } from './world.ts'

/** What kind of player it is. */
export type PlayerKind =
  /** Takes everything at once: it must get everything. */
  | 'fast'
  /** Takes less than it is sent, at times or always. */
  | 'slow'
  /** Stops reading now and then, for a while or for good. */
  | 'stalling'
  /** Pauses and goes on. */
  | 'pausing'
  /** Switches audio and video off and on. */
  | 'selective'

/** How a player behaves. */
export interface PlayerPlan {
  readonly app: string
  /** Names of the streams it plays at the same time. */
  readonly names: readonly string[]
  readonly kind: PlayerKind
  /** Milliseconds it stays. */
  readonly lifeMs: number
  readonly farewell: Farewell
}

/** How often a restless player does something, in milliseconds at least. */
const WHIM_MS = 5000

/** A client that plays, and checks what it gets. */
export class Player extends Client {
  readonly #plan: PlayerPlan
  readonly #gone: (player: Player) => void
  readonly #checks = new Map<number, PlayCheck>()
  /** What the stream held when the server let the player in, by message stream. */
  readonly #joins = new Map<number, Join>()
  readonly #names: string[]
  #paused = false
  #audio = true
  #video = true
  #frames = 0

  constructor(world: World, plan: PlayerPlan, profile: LinkProfile, gone: (player: Player) => void) {
    super(world, profile, plan.app)
    this.#plan = plan
    this.#gone = gone
    this.#names = [...plan.names]
    world.events.after(plan.lifeMs, { run: (now) => this.leave(plan.farewell, now) })
    if (plan.kind !== 'fast' && plan.kind !== 'slow') this.#later()
  }

  get takesAll(): boolean {
    const { kind } = this.#plan
    return kind !== 'slow' && kind !== 'stalling' && !this.isOver
  }

  /** How many frames it got in all. */
  get frames(): number {
    return this.#frames
  }

  joined(messageStreamId: number, join: Join): void {
    this.#joins.set(messageStreamId, join)
  }

  protected override onEvent(event: ClientEvent, now: number): void {
    switch (event.kind) {
      case 'connected':
        for (const _ of this.#names) this.session.createStream()
        break
      case 'streamCreated':
        this.#play(event.messageStreamId ?? 0)
        break
      case 'playStarted':
        this.#checks.set(event.messageStreamId, this.#newCheck(event.messageStreamId, event.streamName))
        break
      case 'media':
        this.#frames += 1
        this.#check(event.messageStreamId)?.media(event.typeId, event.timestamp, event.payload, now)
        break
      case 'data':
        this.#data(event.messageStreamId, event.name, event.values)
        break
      case 'status':
        this.#status(event.messageStreamId, event.status.code)
        break
      case 'playEnded':
        this.#ended(event.messageStreamId, event.reason, now)
        break
      case 'playRejected':
      case 'connectRejected':
      case 'createStreamFailed':
        this.leave('end', now)
        break
      case 'closed':
        this.#closed(event.reason)
        break
      default:
        break
    }
  }

  #play(messageStreamId: number): void {
    const streamName = this.#names.shift()
    if (streamName === undefined || this.hasLeft) return
    this.#ask(messageStreamId, streamName)
  }

  #newCheck(messageStreamId: number, name: string): PlayCheck {
    const { kind } = this.#plan
    const expectation = { strict: kind === 'fast', selective: kind === 'selective' }
    return new PlayCheck(expectation, this.#joins.get(messageStreamId), this.world.findLog, (text) =>
      this.world.violated(`${kind} player ${this.link.id} of ${name}: ${text}`),
    )
  }

  #check(messageStreamId: number): PlayCheck | undefined {
    const check = this.#checks.get(messageStreamId)
    if (check === undefined && !this.hasLeft) {
      this.world.violated(`media for player ${this.link.id}, which does not play`)
    }
    return check
  }

  #data(messageStreamId: number, name: string, values: readonly unknown[] | undefined): void {
    if (name !== 'onMetaData' && name !== 'onCue') return
    const facts = values?.at(-1) as { readonly publication: number; readonly number: number } | undefined
    if (facts === undefined) this.world.violated(`player ${this.link.id}: a data message was damaged`)
    else this.#check(messageStreamId)?.data(name, facts.publication, facts.number)
  }

  #status(messageStreamId: number, code: string): void {
    if (code === 'NetStream.Pause.Notify') this.#check(messageStreamId)?.pauseNoted(true)
    if (code === 'NetStream.Unpause.Notify') this.#check(messageStreamId)?.pauseNoted(false)
  }

  #ended(messageStreamId: number, reason: string, now: number): void {
    if (reason === 'status' && !this.hasLeft) this.#checks.get(messageStreamId)?.streamEnded()
    this.#checks.delete(messageStreamId)
    if (this.hasLeft || reason !== 'status') return
    // The stream is over: half of them wait for it to come again.
    if (this.world.random.chance(0.5)) this.leave('end', now)
    else {
      this.#ask(messageStreamId, this.#plan.names[0] ?? '')
    }
  }

  #ask(messageStreamId: number, streamName: string): void {
    this.asked.play += 1
    this.session.play(messageStreamId, { streamName, start: -1000 })
  }

  #closed(reason: string): void {
    if (reason === 'protocolError') this.world.violated(`player ${this.link.id} cannot read what it is sent`)
    if (this.takesAll && this.#checks.size > 0 && !this.hasLeft && !this.world.closing) {
      this.world.violated(`${this.#plan.kind} player ${this.link.id} was thrown out: ${reason}`)
    }
  }

  #later(): void {
    this.world.events.after(WHIM_MS + this.world.random.below(10 * WHIM_MS), {
      run: (now) => {
        if (this.hasLeft || this.isOver) return
        this.#whim(now)
        this.flush()
        this.#later()
      },
    })
  }

  #whim(now: number): void {
    const { link, world } = this
    if (this.#plan.kind === 'stalling') {
      if (!link.reading) link.resume()
      else if (world.random.chance(0.3)) link.reading = false
      return
    }
    this.#paused = !this.#paused
    for (const [messageStreamId, check] of this.#checks) {
      if (this.#plan.kind === 'pausing') {
        check.pauseAsked()
        this.asked[this.#paused ? 'pause' : 'unpause'] += 1
        this.session.pause(messageStreamId, this.#paused, now)
      } else if (world.random.chance(0.5)) {
        this.#audio = !this.#audio
        this.session.receiveAudio(messageStreamId, this.#audio)
      } else {
        this.#video = !this.#video
        this.session.receiveVideo(messageStreamId, this.#video)
      }
    }
  }

  protected override sayGoodbye(how: 'close' | 'delete'): void {
    if (this.session.state !== 'connected') return
    for (const messageStreamId of this.#checks.keys()) {
      if (how === 'close') this.session.closeStream(messageStreamId)
      else this.session.deleteStream(messageStreamId)
    }
  }

  protected override onOver(): void {
    this.#checks.clear()
    this.#gone(this)
  }
}

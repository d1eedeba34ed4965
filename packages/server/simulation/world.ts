import { SeededRandom } from '@rtmp/testkit/fuzz'
import type { Awaitable } from '../src/contract/awaitable.ts'
import { type Decision, reject } from '../src/contract/decision.ts'
import type { PlayContext } from '../src/contract/contexts.ts'
import type { ServerCoreOptions } from '../src/core/options.ts'
import { ServerCore } from '../src/core/server-core.ts'
import { chainHandlers } from '../src/handlers/chain.ts'
import { EventQueue, type Task } from './event-queue.ts'
import { decodeFrame } from './frame.ts'
import { HookCheck } from './hook-check.ts'
import type { Asked } from './hook-ledger.ts'
import { Later } from './later.ts'
import { Link, type LinkEnd, type LinkProfile } from './link.ts'
import { MediaHookCheck, type MediaHookStyle } from './media-hook-check.ts'
import { MemoryCheck } from './memory-check.ts'
import type { Join } from './play-check.ts'
import { PublicationLog } from './publication-log.ts'
import { Trace } from './trace.ts'

/** Something that must never happen has happened. */
export class Violation extends Error {
  readonly at: number

  constructor(at: number, text: string) {
    super(`at ${(at / 1000).toFixed(3)} s: ${text}`)
    this.at = at
  }
}

/** What a client of the simulation tells the world about itself. */
export interface Inhabitant {
  /** Whether it takes everything at once, and so must never be throttled or cut off. */
  readonly takesAll: boolean
  /** What it publishes at present. */
  publication: PublicationLog | undefined
  /** What it has asked for, if it keeps a record. */
  readonly asked?: Asked
  /** The server has let it into a stream. */
  joined?(messageStreamId: number, join: Join): void
}

/** What a world is like. */
export interface WorldOptions {
  readonly seed: number
  readonly core?: Omit<ServerCoreOptions, 'now' | 'session' | 'handler'>
  readonly session?: Omit<ServerCoreOptions['session'], 'crypto'>
  /** What the server's clock shows in the beginning, in milliseconds. Default 0. */
  readonly startMs?: number
  /** How long hooks may take to decide, in milliseconds; 0, the default, decides at once. */
  readonly decideMs?: number
  /** How often a hook refuses, 0 to 1. Default 0. */
  readonly refusals?: number
  /** Default `'none'`. */
  readonly mediaHooks?: MediaHookStyle
  /** Gets every event as a line. */
  readonly sink?: (line: string) => void
}

/**
 * A whole server in virtual time, its network, and what must hold at every step.
 */
export class World {
  readonly random: SeededRandom
  readonly events: EventQueue
  readonly trace: Trace
  readonly core: ServerCore
  readonly hooks: HookCheck
  readonly mediaHooks: MediaHookCheck
  /** Whether the server is being shut down: then everybody may be thrown out. */
  closing = false
  readonly #decideMs: number
  readonly #refusals: number
  /** Links whose server end is open, by connection. */
  readonly #links = new Map<number, { readonly link: Link; readonly owner: Inhabitant }>()
  readonly #logs = new Map<number, PublicationLog>()
  readonly memory: MemoryCheck
  readonly #wheelTask: Task = { run: (now) => this.#turnWheel(now) }
  #wheelAt = Number.POSITIVE_INFINITY
  #turning = false
  #violation: Violation | undefined
  #lastLink = 0
  #lastPublication = 0
  readonly #figures = {
    steps: 0,
    throttles: 0,
    stalled: 0,
    peakConnections: 0,
    peakPublishers: 0,
    peakPlayers: 0,
  }
  #mostReceived = 0
  #mostSent = 0

  constructor({ seed, core, session, startMs, decideMs, refusals, mediaHooks, sink }: WorldOptions) {
    this.random = new SeededRandom(seed)
    this.events = new EventQueue(this.random, startMs)
    this.trace = new Trace(sink)
    this.#decideMs = decideMs ?? 0
    this.#refusals = refusals ?? 0
    this.hooks = new HookCheck(this)
    this.mediaHooks = new MediaHookCheck(mediaHooks ?? 'none', (text) => this.violated(text))
    this.core = new ServerCore(
      {
        ...core,
        session: { ...session, crypto: this.crypto },
        handler: chainHandlers(this.hooks.handler, this.mediaHooks.handler),
        now: () => this.events.now,
      },
      () => this.#armWheel(),
    )
    this.memory = new MemoryCheck(this.core, (text) => this.violated(text))
    this.hooks.listen(this.core)
    this.mediaHooks.listen(this.core)
    this.#watch()
    this.#armWheel()
  }

  readonly crypto = { randomBytes: (count: number): Uint8Array => this.random.bytes(count) }

  get now(): number {
    return this.events.now
  }

  /** Figures of the run so far. */
  get figures(): Readonly<Record<string, number>> {
    return {
      ...this.#figures,
      ...this.memory.peaks,
      links: this.#lastLink,
      publications: this.#lastPublication,
      mediaHookCalls: this.mediaHooks.calls,
      mostReceivedBytes: this.#mostReceived,
      mostSentBytes: this.#mostSent,
    }
  }

  /** Notes what must never happen; {@link World.run} throws it, wherever it came up. */
  violated(text: string): void {
    this.#violation ??= new Violation(this.events.now, text)
  }

  /** Whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.random.below(most - least + 1)
  }

  /** A new connection to the server. */
  connect(client: LinkEnd & Inhabitant, profile: LinkProfile): Link {
    const link = new Link(++this.#lastLink, this, client, profile)
    this.#links.set(link.connection.id, { link, owner: client })
    this.#figures.peakConnections = Math.max(this.#figures.peakConnections, this.#links.size)
    return link
  }

  /** @internal */
  linkGone(link: Link): void {
    this.#links.delete(link.connection.id)
    this.memory.gone(link)
  }

  newLog(name: string): PublicationLog {
    const log = new PublicationLog(++this.#lastPublication, name, () => this.events.now)
    this.#logs.set(log.id, log)
    return log
  }

  readonly findLog = (id: number): PublicationLog | undefined => this.#logs.get(id)

  askedOf(connectionId: number): Asked | undefined {
    return this.#links.get(connectionId)?.owner.asked
  }

  /** Runs until a time; every step is checked. @throws Violation */
  run(until: number): void {
    while (this.events.step(until)) {
      this.#figures.steps += 1
      this.#check()
      if (this.#violation !== undefined) throw this.#violation
    }
  }

  /** When everybody has gone, nothing may be left. @throws Violation */
  checkEmpty(): void {
    const { core, hooks } = this
    const left = {
      links: this.#links.size,
      connections: core.connections.size,
      admitted: core.admission.open,
      streams: core.registry.size,
      timers: core.wheel.size,
      activities: hooks.activities,
      'connections without their disconnect': hooks.open,
      'counted bytes': core.memory.bytes,
    }
    for (const [what, count] of Object.entries(left)) {
      if (count !== 0) this.violated(`${count} ${what} are left when everybody has gone`)
    }
    if (this.#violation !== undefined) throw this.#violation
  }

  /** At every step. */
  #check(): void {
    const { core, hooks } = this
    if (core.connections.size > this.#links.size) this.violated('the server keeps connections that are gone')
    if (core.registry.size > hooks.activities) {
      this.violated(`${core.registry.size} streams for ${hooks.activities} publishes and plays`)
    }
    this.memory.check()
  }

  /** Now and then: what the server counts. */
  checkCounts(): void {
    this.memory.checkAll()
    let publishers = 0
    let players = 0
    for (const { link } of this.#links.values()) {
      const { miscount } = link
      if (miscount !== undefined) this.violated(`connection ${link.connection.id}: ${miscount}`)
      publishers += link.connection.activities.publishings.length
      players += link.connection.activities.playbacks.length
    }
    if (publishers + players !== this.hooks.activities) {
      this.violated(`${publishers} publishes and ${players} plays, hooks know of ${this.hooks.activities}`)
    }
    this.#figures.peakPublishers = Math.max(this.#figures.peakPublishers, publishers)
    this.#figures.peakPlayers = Math.max(this.#figures.peakPlayers, players)
  }

  #watch(): void {
    const { events } = this.core
    events.on('error', ({ where, error }) => {
      this.violated(
        `${where} threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      )
    })
    const publications = new Map<number, PublicationLog>()
    events.on('publishStarted', ({ connection }) => {
      const log = this.#links.get(connection.id)?.owner.publication
      if (log === undefined) {
        this.violated(`connection ${connection.id} publishes without having asked`)
        return
      }
      log.acceptedAt = this.now
      publications.set(connection.id, log)
    })
    events.on('publishEnded', ({ connection, counters }) => {
      const log = publications.get(connection.id)
      publications.delete(connection.id)
      this.#mostReceived = Math.max(this.#mostReceived, connection.stats.bytesReceived)
      if (log === undefined) return
      log.taken = counters.audioMessages + counters.videoMessages + counters.dataMessages
      if (log.taken > log.size)
        this.violated(`publication ${log.id} got ${log.taken} of ${log.size} messages`)
    })
    events.on('playStarted', (context) => {
      const { connection, messageStreamId } = context
      this.#links.get(connection.id)?.owner.joined?.(messageStreamId, this.#joinOf(context, publications))
    })
    events.on('playThrottled', ({ connection, throttled }) => {
      if (throttled) this.#figures.throttles += 1
      if (this.#links.get(connection.id)?.owner.takesAll === true) {
        this.violated(`connection ${connection.id} was throttled though it takes everything`)
      }
    })
    events.on('playEnded', ({ connection, reason }) => {
      this.#mostSent = Math.max(this.#mostSent, connection.stats.bytesSent)
      if (reason !== 'stalled') return
      this.#figures.stalled += 1
      if (this.#links.get(connection.id)?.owner.takesAll === true) {
        this.violated(`connection ${connection.id} was cut off though it takes everything`)
      }
    })
  }

  /** What a play has to begin with that is about to join. */
  #joinOf({ app, streamName }: PlayContext, publications: ReadonlyMap<number, PublicationLog>): Join {
    const at = this.now
    const stream = this.core.registry.find(app, streamName)
    const first = stream?.cache.gop.find(({ isCoded }) => isCoded)
    if (first !== undefined) {
      const frame = decodeFrame(first.typeId, first.payload)
      return { at, publication: frame?.publication, first: frame?.number, taken: 0 }
    }
    const none = { at, publication: undefined, first: undefined, taken: 0 }
    if (stream?.publication === undefined) return none
    for (const { link } of this.#links.values()) {
      for (const { publication } of link.connection.activities.publishings) {
        if (publication !== stream.publication) continue
        const { audioMessages, videoMessages, dataMessages } = publication.counters
        const log = publications.get(link.connection.id)
        const taken = audioMessages + videoMessages + dataMessages
        return log === undefined ? none : { ...none, publication: log.id, taken }
      }
    }
    return none
  }

  /** @internal */
  admit(): Awaitable<boolean> {
    return this.#soonOrLater(!this.random.chance(this.#refusals / 4))
  }

  /** @internal */
  decide(): Awaitable<Decision> {
    return this.#soonOrLater(this.random.chance(this.#refusals) ? reject('not today') : undefined)
  }

  #soonOrLater<T>(value: T): Awaitable<T> {
    if (this.#decideMs === 0 || this.random.chance(0.5)) return value
    return Later.after(this.events, this.random.below(this.#decideMs), value)
  }

  #armWheel(): void {
    if (this.#turning) return
    const next = this.core?.wheel.nextAt()
    if (next === undefined || next >= this.#wheelAt) return
    this.#wheelAt = next
    this.events.at(Math.ceil(next) + this.random.below(3), this.#wheelTask)
  }

  #turnWheel(now: number): void {
    if (now < this.#wheelAt) return
    this.#wheelAt = Number.POSITIVE_INFINITY
    this.#turning = true
    this.core.wheel.advance(now)
    this.#turning = false
    this.#armWheel()
  }
}

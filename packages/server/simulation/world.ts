import { SeededRandom } from '@rtmp/testkit/fuzz'
import type { Decision } from '../src/core/decision.ts'
import type { ServerCoreOptions } from '../src/core/options.ts'
import { ServerCore } from '../src/core/server-core.ts'
import { EventQueue, type Task } from './event-queue.ts'
import { HookCheck } from './hook-check.ts'
import { Link, type LinkEnd, type LinkProfile } from './link.ts'
import { PublicationLog } from './publication-log.ts'
import { Trace } from './trace.ts'

/** Slack of a player's queue beyond its limits: one batch, and what a connection says beside it. */
const QUEUE_SLACK = 1024 * 1024 + 64 * 1024

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
  /** Whether it must never be throttled or cut off: it takes everything at once. */
  readonly isFast: boolean
  /** What it publishes at present. */
  publication: PublicationLog | undefined
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
  /** Links whose server end is open, by connection. */
  readonly #links = new Map<number, { readonly link: Link; readonly owner: Inhabitant }>()
  readonly #logs = new Map<number, PublicationLog>()
  readonly #wheelTask: Task = { run: (now) => this.#turnWheel(now) }
  #wheelAt = Number.POSITIVE_INFINITY
  #turning = false
  #violation: Violation | undefined
  #lastLink = 0
  #lastPublication = 0
  #steps = 0
  #throttles = 0
  #stalled = 0
  #peakQueuedBytes = 0
  #peakCacheBytes = 0
  #peakConnections = 0
  #mostReceived = 0
  #mostSent = 0

  constructor(
    seed: number,
    options: Omit<ServerCoreOptions, 'now' | 'session' | 'handler'>,
    session: Omit<ServerCoreOptions['session'], 'crypto'>,
    decideMs: number,
    sink?: (line: string) => void,
  ) {
    this.random = new SeededRandom(seed)
    this.events = new EventQueue(this.random)
    this.trace = new Trace(sink)
    this.hooks = new HookCheck(
      this.trace,
      () => this.events.now,
      (text) => this.violated(text),
      () => this.#decide(decideMs),
    )
    this.core = new ServerCore(
      {
        ...options,
        session: { ...session, crypto: this.crypto },
        handler: this.hooks.handler,
        now: () => this.events.now,
      },
      () => this.#armWheel(),
    )
    this.hooks.listen(this.core)
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
      steps: this.#steps,
      links: this.#lastLink,
      publications: this.#lastPublication,
      throttles: this.#throttles,
      stalled: this.#stalled,
      peakConnections: this.#peakConnections,
      peakQueuedBytes: this.#peakQueuedBytes,
      peakCacheBytes: this.#peakCacheBytes,
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
    const link = new Link(++this.#lastLink, this, client, profile, (gone) =>
      this.#links.delete(gone.connection.id),
    )
    this.#links.set(link.connection.id, { link, owner: client })
    this.#peakConnections = Math.max(this.#peakConnections, this.#links.size)
    return link
  }

  newLog(name: string): PublicationLog {
    const log = new PublicationLog(++this.#lastPublication, name)
    this.#logs.set(log.id, log)
    return log
  }

  readonly findLog = (id: number): PublicationLog | undefined => this.#logs.get(id)

  /** Runs until a time; every step is checked. @throws Violation */
  run(until: number): void {
    while (this.events.step(until)) {
      this.#steps += 1
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
      streams: core.registry.size,
      timers: core.wheel.size,
      activities: hooks.activities,
      openConnections: hooks.open,
    }
    for (const [what, count] of Object.entries(left)) {
      if (count !== 0) this.violated(`${count} ${what} are left when everybody has gone`)
    }
    const { opened, disconnect, published, unpublish, played, playStop } = hooks.counts
    if (opened !== disconnect || published !== unpublish || played !== playStop) {
      this.violated(`beginnings and ends differ: ${JSON.stringify(hooks.counts)}`)
    }
    if (this.#violation !== undefined) throw this.#violation
  }

  /** Cheap enough for every step. */
  #check(): void {
    const { core, hooks } = this
    if (core.connections.size > this.#links.size) this.violated('the server keeps connections that are gone')
    if (core.registry.size > hooks.activities) {
      this.violated(`${core.registry.size} streams for ${hooks.activities} publishes and plays`)
    }
  }

  /** Once a second: memory. */
  checkMemory(): void {
    const { player, cache } = this.core.registry.options
    const most = player.hard.bytes + cache.bytes + cache.headerBytes + QUEUE_SLACK
    for (const { link } of this.#links.values()) {
      const { queuedBytes } = link.connection.outbox
      if (queuedBytes > this.#peakQueuedBytes) this.#peakQueuedBytes = queuedBytes
      if (queuedBytes > most) this.violated(`${queuedBytes} bytes wait for connection ${link.connection.id}`)
    }
    for (const stream of this.core.streams()) {
      const { bytes, gop } = stream.cache
      if (bytes > this.#peakCacheBytes) this.#peakCacheBytes = bytes
      if (bytes > cache.bytes + cache.headerBytes || gop.length > cache.messages) {
        this.violated(`the cache of ${stream.name} holds ${gop.length} messages, ${bytes} bytes`)
      }
    }
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
      if (log === undefined) this.violated(`connection ${connection.id} publishes without having asked`)
      else publications.set(connection.id, log)
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
    events.on('playThrottled', ({ connection, throttled }) => {
      if (throttled) this.#throttles += 1
      if (this.#links.get(connection.id)?.owner.isFast === true) {
        this.violated(`connection ${connection.id} was throttled though it takes everything`)
      }
    })
    events.on('playEnded', ({ connection, reason }) => {
      this.#mostSent = Math.max(this.#mostSent, connection.stats.bytesSent)
      if (reason !== 'stalled') return
      this.#stalled += 1
      if (this.#links.get(connection.id)?.owner.isFast === true) {
        this.violated(`connection ${connection.id} was cut off though it takes everything`)
      }
    })
  }

  /** An answer of a hook, now or later. */
  #decide(decideMs: number): Decision | PromiseLike<Decision> {
    if (decideMs === 0 || this.random.chance(0.5)) return undefined
    const delay = this.random.below(decideMs)
    const later = (resolve: (decision: Decision) => void): void => {
      this.events.after(delay, { run: () => resolve(undefined) })
    }
    // Not a promise: whatever happens, happens within a step.
    return { then: later } as unknown as PromiseLike<Decision>
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

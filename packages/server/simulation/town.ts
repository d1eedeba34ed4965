import { FAREWELLS, type Farewell } from './client.ts'
import {
  planCrowdMedia,
  planLink,
  planMedia,
  planSlowLink,
  planTown,
  TORRENT,
  type TownPlan,
} from './plan.ts'
import { Player, type PlayerKind, type PlayerPlan } from './player.ts'
import { Publisher, type PublisherPlan } from './publisher.ts'
import { VISITS, Visitor } from './visitor.ts'
import { World } from './world.ts'
import { SeededRandom } from '@rtmp/testkit/fuzz'

const MINUTE = 60_000

/** Lives are of three lengths, in milliseconds. */
const LIVES = [2 * MINUTE, 20 * MINUTE, 120 * MINUTE]

/** How long a client that nobody asked for may stay, in milliseconds: every deadline of the server and more. */
const VISIT_MS = 5 * MINUTE

const TORRENT_MS = 10 * MINUTE

/** How often a crowd comes, in milliseconds at most, and how long its members stay at most. */
const CROWD_EVERY = 240 * MINUTE
const CROWD_LIFE = 8 * MINUTE

const KINDS: readonly PlayerKind[] = ['fast', 'fast', 'fast', 'slow', 'stalling', 'pausing', 'selective']

/** People come and go: every name is published most of the time, and has players of every kind. */
export class Town {
  readonly world: World
  readonly #plan: TownPlan
  readonly #players = new Set<Player>()
  readonly #publishers = new Set<Publisher>()
  readonly #visitors = new Set<Visitor>()
  #open = true
  #frames = 0
  #playersInAll = 0
  #publishersInAll = 0

  /**
   * @param sink - Gets every event as a line.
   * @param changes - What is to be otherwise than the seed says.
   */
  constructor(seed: number, sink?: (line: string) => void, changes: Partial<TownPlan> = {}) {
    // The plan has numbers of its own, so that changing it changes nothing else.
    this.#plan = { ...planTown(seed, new SeededRandom(seed ^ 0x5eed)), ...changes }
    const { streams, session, decideMs, refusals, mediaHooks, startMs } = this.#plan
    this.world = new World({
      seed,
      core: { streams },
      session,
      decideMs,
      refusals,
      mediaHooks,
      startMs,
      ...(sink === undefined ? {} : { sink }),
    })
  }

  /** Figures of the run so far. */
  get figures(): Readonly<Record<string, number>> {
    const { figures } = this.world
    const clients = { publishers: this.#publishersInAll, players: this.#playersInAll }
    return { ...figures, ...clients, frames: this.#frames }
  }

  /** Runs for a time, then sends everybody away. @throws Violation */
  run(ms: number): void {
    const { world } = this
    const end = world.now + ms
    for (let name = 0; name < this.#plan.names; name++) {
      this.#later(world.random.below(2 * MINUTE), () => this.#publish(`name${name}`))
      for (let i = 0; i < this.#plan.playersPerName; i++) {
        this.#later(world.random.below(5 * MINUTE), () => this.#play(name))
      }
    }
    this.#visit()
    this.#look()
    if (this.#plan.torrent) this.#later(MINUTE, () => this.#torrent())
    this.#later(world.random.below(Math.min(CROWD_EVERY, ms / 2)), () => this.#crowd())
    world.run(end)
    if (this.#plan.torrent && ms > TORRENT_MS + 3 * MINUTE) this.#checkTorrent()
    this.#close()
    world.run(end + 10 * MINUTE)
    world.checkEmpty()
  }

  /** Everybody goes. */
  #close(): void {
    this.#open = false
    const { ending } = this.#plan
    this.world.closing = true
    if (ending === 'close') void this.world.core.close()
    else if (ending === 'drain') void this.world.core.drain()
    else
      for (const client of [...this.#publishers, ...this.#players])
        client.leave(this.#farewell(), this.world.now)
    for (const visitor of this.#visitors) visitor.link.cut()
  }

  #later(delay: number, action: () => void): void {
    this.world.events.after(delay, { run: () => this.#open && action() })
  }

  #farewell(): Farewell {
    return this.world.random.pick(FAREWELLS)
  }

  #life(): number {
    const { world } = this
    const most = world.random.pick(LIVES)
    return most / 2 + world.random.below(most / 2)
  }

  #publish(name: string): void {
    const { random } = this.world
    const lifeMs = this.#life()
    const style = planMedia(random, lifeMs)
    const plan = { app: 'live', name, style, lifeMs, farewell: this.#farewell(), twice: random.chance(0.2) }
    // Some are back at once, some within the grace period, some much later.
    this.#enter(plan, () => {
      this.#later(random.pick([100, 5000, 60_000]) + random.below(5000), () => this.#publish(name))
    })
  }

  #enter(plan: PublisherPlan, then: () => void): void {
    this.#publishersInAll += 1
    const publisher = new Publisher(this.world, plan, planLink(this.world.random), (gone) => {
      this.#publishers.delete(gone)
      then()
    })
    this.#publishers.add(publisher)
  }

  #play(name: number): void {
    const { random } = this.world
    const kind = random.pick(KINDS)
    const names = [`name${name}`]
    if (random.chance(0.1)) names.push(`name${random.below(this.#plan.names)}`)
    const plan = { app: 'live', names, kind, lifeMs: this.#life(), farewell: this.#farewell() }
    this.#watch(plan, () => this.#later(random.below(MINUTE), () => this.#play(name)))
  }

  #watch(plan: PlayerPlan, then: () => void): void {
    const { random } = this.world
    const isSlow = plan.kind === 'slow' || plan.kind === 'stalling'
    this.#playersInAll += 1
    const profile = isSlow ? planSlowLink(random) : planLink(random)
    const player = new Player(this.world, plan, profile, (gone) => {
      this.#players.delete(gone)
      this.#frames += gone.frames
      then()
    })
    this.#players.add(player)
  }

  /** Hundreds come within a minute, half of the players for the same stream, and go again. */
  #crowd(): void {
    const { random } = this.world
    const { publishers, players } = this.#plan.crowd
    const nothing = (): void => {}
    const life = (): { lifeMs: number; farewell: Farewell } => ({
      lifeMs: CROWD_LIFE / 2 + random.below(CROWD_LIFE / 2),
      farewell: this.#farewell(),
    })
    for (let i = 0; i < publishers; i++) {
      this.#later(random.below(MINUTE), () => {
        const style = planCrowdMedia(random)
        this.#enter({ app: 'crowd', name: `crowd${i}`, style, ...life(), twice: false }, nothing)
      })
    }
    for (let i = 0; i < players; i++) {
      this.#later(random.below(MINUTE), () => {
        const names = [`crowd${i % 2 === 0 ? 0 : random.below(publishers)}`]
        this.#watch({ app: 'crowd', names, kind: random.pick(KINDS), ...life() }, nothing)
      })
    }
    this.#later(CROWD_EVERY / 2 + random.below(CROWD_EVERY / 2), () => this.#crowd())
  }

  #torrent(): void {
    const { world } = this
    const link = { ...planLink(world.random), cuts: 0, scribbles: false }
    const stream = { app: 'live', name: 'torrent', farewell: 'delete', lifeMs: TORRENT_MS } as const
    const forget = (): void => {}
    new Publisher(world, { ...stream, style: TORRENT, twice: false, chunkSize: 2 ** 20 }, link, forget)
    new Player(
      world,
      { ...stream, names: ['torrent'], kind: 'fast', lifeMs: TORRENT_MS + MINUTE },
      link,
      forget,
    )
  }

  /** It must have been more than 32 bits can count, or it has shown nothing. */
  #checkTorrent(): void {
    const { mostReceivedBytes, mostSentBytes } = this.world.figures
    if (!((mostReceivedBytes ?? 0) > 2 ** 32 && (mostSentBytes ?? 0) > 2 ** 32)) {
      this.world.violated(`the torrent had ${mostReceivedBytes} bytes, ${mostSentBytes} of them were played`)
    }
  }

  #visit(): void {
    const { random } = this.world
    this.#later(random.below(2 * this.#plan.visitorMs), () => {
      const name = `name${random.below(this.#plan.names)}`
      const visitor = new Visitor(this.world, random.pick(VISITS), name, planLink(random))
      this.#visitors.add(visitor)
      this.#later(VISIT_MS, () => {
        this.#visitors.delete(visitor)
        if (!visitor.link.isClosed) this.world.violated(`a visitor (${visitor.visit}) is still there`)
      })
      this.#visit()
    })
  }

  #look(): void {
    this.world.checkCounts()
    this.#later(5000, () => this.#look())
  }
}

import { FAREWELLS, type Farewell } from './client.ts'
import { planLink, planMedia, planSlowLink, planTown, TORRENT, type TownPlan } from './plan.ts'
import { Player, type PlayerKind } from './player.ts'
import { Publisher } from './publisher.ts'
import { VISITS, Visitor } from './visitor.ts'
import { World } from './world.ts'
import { SeededRandom } from '@rtmp/testkit/fuzz'

const MINUTE = 60_000

/** Lives are of three lengths, in milliseconds. */
const LIVES = [2 * MINUTE, 20 * MINUTE, 120 * MINUTE]

/** How long a client that nobody asked for may stay, in milliseconds: every deadline of the server and more. */
const VISIT_MS = 5 * MINUTE

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

  constructor(seed: number, sink?: (line: string) => void) {
    // The plan has numbers of its own, so that changing it changes nothing else.
    this.#plan = planTown(seed, new SeededRandom(seed ^ 0x5eed))
    const { streams, session, decideMs } = this.#plan
    this.world = new World(seed, { streams }, session, decideMs, sink)
  }

  /** Figures of the run so far. */
  get figures(): Readonly<Record<string, number>> {
    return { ...this.world.figures, players: this.#playersInAll, frames: this.#frames }
  }

  /** Runs for a time, then sends everybody away. @throws Violation */
  run(ms: number): void {
    const { world } = this
    for (let name = 0; name < this.#plan.names; name++) {
      this.#later(world.random.below(2 * MINUTE), () => this.#publish(`name${name}`))
      for (let i = 0; i < this.#plan.playersPerName; i++) {
        this.#later(world.random.below(5 * MINUTE), () => this.#play(name))
      }
    }
    this.#visit()
    this.#look()
    if (this.#plan.torrent) this.#later(MINUTE, () => this.#torrent())
    world.run(ms)
    this.#close()
    world.run(ms + 10 * MINUTE)
    world.checkEmpty()
  }

  /** Everybody goes. */
  #close(): void {
    this.#open = false
    if (this.#plan.closes) void this.world.core.close()
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
    const publisher = new Publisher(this.world, plan, planLink(random), (gone) => {
      this.#publishers.delete(gone)
      // Some are back at once, some within the grace period, some much later.
      this.#later(random.pick([100, 5000, 60_000]) + random.below(5000), () => this.#publish(name))
    })
    this.#publishers.add(publisher)
  }

  #play(name: number): void {
    const { random } = this.world
    const kind = random.pick(KINDS)
    const names = [`name${name}`]
    if (random.chance(0.1)) names.push(`name${random.below(this.#plan.names)}`)
    const plan = { app: 'live', names, kind, lifeMs: this.#life(), farewell: this.#farewell() }
    const profile = kind === 'slow' || kind === 'stalling' ? planSlowLink(random) : planLink(random)
    this.#playersInAll += 1
    const player = new Player(this.world, plan, profile, (gone) => {
      this.#players.delete(gone)
      this.#frames += gone.frames
      this.#later(random.below(MINUTE), () => this.#play(name))
    })
    this.#players.add(player)
  }

  #torrent(): void {
    const { world } = this
    const link = { ...planLink(world.random), cuts: 0, scribbles: false }
    const stream = { app: 'live', name: 'torrent', farewell: 'delete', lifeMs: 10 * MINUTE } as const
    const forget = (): void => {}
    new Publisher(world, { ...stream, style: TORRENT, twice: false, chunkSize: 2 ** 20 }, link, forget)
    new Player(world, { ...stream, names: ['torrent'], kind: 'fast', lifeMs: 11 * MINUTE }, link, forget)
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
    this.world.checkMemory()
    this.#later(1000, () => this.#look())
  }
}

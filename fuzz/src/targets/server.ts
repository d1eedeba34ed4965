import type { MediaMessage } from '@rtmp/e-rtmp'
import type { ServerHandler } from '@rtmp/server'
import { ServerCore } from '@rtmp/server/engine'
import { mutate, type SeededRandom } from '@rtmp/testkit/fuzz'
import { enter, STAGES } from '../server/attacker.ts'
import { GoodPair } from '../server/good-pair.ts'
import { Ledger } from '../server/ledger.ts'
import { crypto, type MemoryClient } from '../server/memory-client.ts'
import { serverSeeds } from '../server/seeds.ts'
import type { FuzzTarget } from '../target.ts'

/** The server never keeps more than this for inputs of a few kilobytes, in bytes. */
const MOST_KEPT = 8 * 1024 * 1024
/** How much time passes between frames at most: less than makes a publisher idle. */
const STEP_MS = 4000

/** Looks into everything a publisher sends, so that media are parsed too. */
const curious: ServerHandler = {
  metadata: (_context, properties) => void Object.keys(properties),
  data: (_context, { values }) => void values.length,
  mediaTag: (_context, { payload }: MediaMessage) => payload.length !== 77,
  videoFrame: () => undefined,
  audioFrame: () => undefined,
  enhancedVideoFrame: () => undefined,
  enhancedAudioFrame: () => undefined,
  keyframe: () => undefined,
  call: ({ values }) => values,
}

/** A whole server without its sockets, those who behave in it, and those who do not. */
class World {
  readonly core: ServerCore
  readonly ledger: Ledger
  readonly good: GoodPair
  #now = 1000

  constructor(random: SeededRandom) {
    this.core = new ServerCore({
      session: {
        crypto,
        limits: { maxHeldBytes: 100_000, maxBufferedBytes: 1_000_000 },
        strict: random.chance(0.1),
      },
      handler: random.chance(0.5) ? curious : {},
      enhancedOutput: random.chance(0.5) ? 'always' : 'announced',
      streams: {
        latency: random.pick(['low', 'balanced', 'throughput'] as const),
        absentStream: random.pick(['wait', 'reject'] as const),
        secondPublisher: random.pick(['refuse', 'replaceIfIdle'] as const),
      },
      now: () => this.#now,
    })
    this.ledger = new Ledger(this.core)
    this.good = new GoodPair(this.core, this.#now)
  }

  get now(): number {
    return this.#now
  }

  pass(ms: number): void {
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.#now += Math.min(left, STEP_MS)
      this.core.wheel.advance(this.#now)
      this.good.frame(this.#now)
    }
  }

  /** A frame among those who behave, and a look at what the server keeps. */
  check(): void {
    this.good.frame(this.#now)
    this.ledger.check()
    const { bytes } = this.core.memory
    if (bytes > MOST_KEPT) throw new Error(`the server keeps ${bytes} bytes for its clients`)
  }

  /** Everybody goes; nothing of them is left. */
  end(all: readonly MemoryClient[]): void {
    this.#now += 200
    this.core.wheel.advance(this.#now)
    this.good.check(this.#now)
    for (const client of [...all, this.good.publisher, this.good.player]) {
      client.connection.transportClosed(undefined, this.#now)
    }
    // Longer than players wait for a publisher that was lost.
    this.#now += STEP_MS * 3
    this.core.wheel.advance(this.#now)
    this.ledger.checkEmpty()
    const { connections, registry, wheel } = this.core
    if (connections.size + registry.size + wheel.size > 0) {
      throw new Error(
        `${connections.size} connections, ${registry.size} streams, ${wheel.size} timers are left`,
      )
    }
  }
}

/** What one attacker sends, and how far it has come. */
class Attack {
  readonly client: MemoryClient
  readonly #bytes: Uint8Array
  #at = 0

  constructor(client: MemoryClient, bytes: Uint8Array) {
    this.client = client
    this.#bytes = bytes
  }

  get isOver(): boolean {
    return this.#at >= this.#bytes.length || this.client.destroyed
  }

  send(random: SeededRandom, now: number): void {
    const size = random.chance(0.2) ? 1 + random.below(4) : 1 + random.below(3000)
    const slice = this.#bytes.slice(this.#at, this.#at + size)
    this.#at += size
    this.client.connection.receive(slice, now)
    // As a server's one buffer for every read: overwritten as soon as it has been looked at.
    slice.fill(0xee)
    this.client.take()
  }
}

const run = (input: Uint8Array, random: SeededRandom): void => {
  const world = new World(random)
  const body = input.subarray(1)
  const attacks = Array.from({ length: 1 + random.below(3) }, (_, i) => {
    const stage = i === 0 ? (input[0] ?? 0) % STAGES.length : random.below(STAGES.length)
    const client = enter(world.core, stage, `name-${random.below(2)}`, world.now)
    client.reads = random.chance(0.8)
    return new Attack(client, i === 0 ? body : mutate(body, random))
  })
  world.check()
  for (let active = attacks; active.length > 0; active = active.filter(({ isOver }) => !isOver)) {
    random.pick(active).send(random, world.now)
    if (random.chance(0.3)) world.check()
    if (random.chance(0.1)) world.pass(random.below(random.chance(0.1) ? 40_000 : 100))
  }
  world.check()
  for (const { client } of attacks) {
    const end = random.below(4)
    if (end === 0) client.connection.peerEnded(world.now)
    else if (end === 1) client.connection.transportClosed(new Error('reset'), world.now)
  }
  if (random.chance(0.2)) world.pass(random.below(90_000))
  world.check()
  world.end(attacks.map(({ client }) => client))
}

export const target: FuzzTarget = { name: 'server', seeds: serverSeeds, run }

import { type ClientHost, RtmpPlayer } from '@rtmp/client'
import type { Claim, MemoryStore } from '@rtmp/cluster'
import { NODE_URL, nodePlayerOptions } from '../../src/cluster/node-player.ts'
import { StreamCluster } from '../../src/cluster/stream-cluster.ts'
import type { ServerPolicies } from '../../src/contract/options.ts'
import { ServerCore } from '../../src/core/server-core.ts'
import { chainHandlers } from '../../src/handlers/chain.ts'
import { FaultyDirectory } from './faulty-directory.ts'
import type { Party } from './party.ts'
import { Pipe, type PipeWorld } from './pipe.ts'

/** What a node needs of the world around it. */
export interface SimNodeWorld extends PipeWorld {
  readonly store: MemoryStore
  nodeOf(id: string): SimNode | undefined
  claimed(node: SimNode, claim: Claim): void
  failed(node: SimNode, where: string, error: unknown): void
}

/** One process with a whole server in it, in virtual time. */
export class SimNode implements Party {
  readonly name: string
  readonly core: ServerCore
  readonly cluster: StreamCluster
  readonly directory: FaultyDirectory
  readonly #world: SimNodeWorld
  readonly #offset: number
  #backlog: (() => void)[] | undefined
  #isDead = false
  #wakeAt = Number.POSITIVE_INFINITY

  /** @param offset - What its clock shows more than the others', in milliseconds. */
  constructor(
    name: string,
    world: SimNodeWorld,
    offset: number,
    streams: NonNullable<ServerPolicies['streams']>,
    whenDirectoryAway: 'goOn' | 'stop',
  ) {
    this.name = name
    this.#world = world
    this.#offset = offset
    this.directory = new FaultyDirectory(world.store, world.events, world.random, this, (claim) =>
      world.claimed(this, claim),
    )
    let cluster: StreamCluster | undefined
    this.core = new ServerCore(
      {
        streams,
        session: { crypto: { randomBytes: (count) => world.random.bytes(count) } },
        now: () => this.now,
        handler: chainHandlers({
          publish: (context) => cluster?.handler.publish?.(context),
          play: (context) => cluster?.handler.play?.(context),
          ...(whenDirectoryAway === 'stop' && {
            mediaDelivery: 'raw',
            mediaTag: (context, message) => cluster?.handler.mediaTag?.(context, message) ?? true,
          }),
        }),
      },
      () => this.#arm(),
    )
    this.core.events.on('error', ({ where, error }) => world.failed(this, where, error))
    cluster = new StreamCluster({
      core: this.core,
      directory: this.directory,
      id: name,
      address: { name, machine: name },
      fetch: (path, entry, lost) => {
        const host: ClientHost = {
          ...clientHost(world, this),
          dial: async () => {
            const target = world.nodeOf(entry().owner.id)
            if (target === undefined) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
            return new Pipe(world, this, target, target.core, name).client
          },
        }
        const player = new RtmpPlayer(host, NODE_URL, nodePlayerOptions(path, lost))
        player.started.catch(() => {})
        player.finished.catch(() => {})
        return player
      },
      prefer: 'relay',
      whenDirectoryAway,
      lingerMs: 1000,
    })
    this.cluster = cluster
    this.#arm()
  }

  /** Its own milliseconds. */
  get now(): number {
    return this.#world.events.now + this.#offset
  }

  get isDead(): boolean {
    return this.#isDead
  }

  get isStopped(): boolean {
    return this.#backlog !== undefined
  }

  run(task: () => void): void {
    if (this.#isDead) return
    if (this.#backlog === undefined) task()
    else this.#backlog.push(task)
  }

  /** As SIGSTOP: nothing happens, what comes waits. */
  stop(): void {
    this.#backlog ??= []
  }

  /** As SIGCONT: what has come is dealt with in its order, one thing after the other, before what comes meanwhile. */
  wake(): void {
    const task = this.#backlog?.shift()
    if (task === undefined) {
      this.#backlog = undefined
      return
    }
    task()
    this.#world.events.after(0, { run: () => this.wake() })
  }

  /** As SIGKILL: its connections break, and it says nothing to anybody. */
  kill(): void {
    this.#isDead = true
    this.#backlog = undefined
    for (const pipe of this.#world.pipes) if (pipe.to === this || pipe.from === this) pipe.close()
  }

  #arm(): void {
    const next = this.core?.wheel.nextAt()
    if (next === undefined || next >= this.#wakeAt) return
    this.#wakeAt = next
    this.#world.events.at(Math.ceil(next - this.#offset) + this.#world.random.below(3), {
      run: () => this.run(() => this.#turn()),
    })
  }

  #turn(): void {
    this.#wakeAt = Number.POSITIVE_INFINITY
    this.core.wheel.advance(this.now)
    this.#arm()
  }
}

/** The world of a client: of a process, or nobody's. */
export const clientHost = (world: PipeWorld, party: Party): Omit<ClientHost, 'dial'> => ({
  now: () => world.events.now,
  schedule: (delayMs, run) => {
    let isCancelled = false
    world.events.after(delayMs, {
      run: () => {
        if (!isCancelled) party.run(run)
      },
    })
    return () => {
      isCancelled = true
    }
  },
  random: () => world.random.below(1_000_000) / 1_000_000,
  crypto: {
    hmacSha256: () => new Uint8Array(32),
    randomBytes: (count) => world.random.bytes(count),
  },
})

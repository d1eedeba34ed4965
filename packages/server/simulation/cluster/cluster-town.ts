import { type ClientTransport, MediaMessage, RtmpPlayer, RtmpPublisher } from '@rtmp/client'
import { type Claim, MemoryStore } from '@rtmp/cluster'
import { SeededRandom } from '@rtmp/testkit/fuzz'
import { NODE_PREFIX } from '../../src/cluster/node-address.ts'
import { EventQueue } from '../event-queue.ts'
import { decodeFrame, encodeFrame } from '../frame.ts'
import { Kind } from '../publication-log.ts'
import { CLIENT, type Party } from './party.ts'
import { Pipe } from './pipe.ts'
import { clientHost, SimNode, type SimNodeWorld } from './sim-node.ts'

/** Something that must never happen has happened. */
export class ClusterViolation extends Error {
  constructor(at: number, text: string) {
    super(`at ${(at / 1000).toFixed(3)} s: ${text}`)
  }
}

const NODES = 5
const PATHS = ['live/one', 'live/two'] as const
const VIEWERS = 6
const FRAME_MS = 100
const GROUP = 10
const LEASE_MS = 3000

/** How long it takes until everything must be as if nothing had been, in milliseconds: leases, grace, pings, retries. */
const QUIET_MS = 30_000

/** What a publisher has sent under one publish. */
interface Publication {
  readonly id: number
  readonly path: string
  isLive: boolean
}

interface Viewer {
  readonly path: string
  /** What it has seen on its present connection, in order. */
  seen: number[]
  lastTime: number
  lastAt: number
  player: RtmpPlayer | undefined
}

/** Five nodes, publishers that come back elsewhere, viewers anywhere, and faults: all in virtual time. */
export class ClusterTown implements SimNodeWorld {
  readonly random: SeededRandom
  readonly events: EventQueue
  readonly store: MemoryStore
  readonly pipes = new Set<Pipe>()
  /** What has been done to it. */
  readonly faults: string[] = []
  frames = 0
  #directoryOffset = 1_700_000_000_000
  #isDirectoryAway = false
  readonly #cutOff = new Set<Party>()
  readonly #partitions = new Set<string>()
  readonly #nodes: SimNode[] = []
  readonly #owners = new Map<string, string>()
  readonly #publications: Publication[] = []
  readonly #viewers: Viewer[] = []
  readonly #whenDirectoryAway: 'goOn' | 'stop'
  readonly #breaks: (node: SimNode) => void
  #generation = 0
  #isOpen = true
  #violation: ClusterViolation | undefined

  /** @param breaks - What is to be wrong with every node, to see it reported. */
  constructor(seed: number, breaks: (node: SimNode) => void = () => {}) {
    this.#breaks = breaks
    this.random = new SeededRandom(seed)
    this.events = new EventQueue(this.random, 1000)
    this.store = new MemoryStore({ now: () => this.events.now + this.#directoryOffset, lease: LEASE_MS })
    this.#whenDirectoryAway = this.random.chance(0.3) ? 'stop' : 'goOn'
    for (let i = 0; i < NODES; i++) this.#nodes.push(this.#start(i))
    this.#sweep()
    for (const path of PATHS) this.#later(500, () => this.#publish(path))
    for (let i = 0; i < VIEWERS; i++) {
      const path = PATHS[i % PATHS.length] as string
      const viewer: Viewer = { path, seen: [], lastTime: 0, lastAt: 0, player: undefined }
      this.#viewers.push(viewer)
      this.#later(this.random.below(2000), () => this.#watch(viewer))
    }
  }

  /** Runs so many faults, waits until they are over, and sends everybody away. @throws ClusterViolation */
  async run(faults: number): Promise<void> {
    await this.#until(this.events.now + 8000)
    for (let i = 0; i < faults; i++) {
      this.#fault()
      await this.#until(this.events.now + 500 + this.random.below(6000))
    }
    await this.#until(this.events.now + QUIET_MS)
    this.#checkServed()
    this.#isOpen = false
    for (const { player } of this.#viewers) void player?.close()
    await this.#until(this.events.now + QUIET_MS)
    this.#checkEmpty()
    for (const node of this.#nodes) void node.cluster.close()
    await this.#until(this.events.now + 2000)
    this.store.handleTimeout()
    const left = this.#claims()
    if (left.length > 0) this.violated(`claims are left: ${left.join(', ')}`)
    this.#throw()
  }

  /**
   * Kills the owner of a stream. Returns how long it takes until all its viewers get what is published elsewhere, in milliseconds.
   * @throws ClusterViolation
   */
  async killOwner(path: string): Promise<number> {
    await this.#until(this.events.now + 8000)
    const owner = this.store.resolve(path)?.owner.id
    const at = this.#nodes.findIndex(({ name }) => name === owner)
    this.#nodes[at]?.kill()
    const killedAt = this.events.now
    const before = this.#publications.length
    const viewers = this.#viewers.filter((viewer) => viewer.path === path)
    while (viewers.some(({ seen }) => (seen.at(-1) ?? 0) <= before)) {
      await this.#until(this.events.now + 10)
      if (this.events.now - killedAt > QUIET_MS) this.violated(`viewers of ${path} do not go on`)
      this.#throw()
    }
    return this.events.now - killedAt
  }

  nodeOf(id: string): SimNode | undefined {
    return this.#nodes.find((node) => node.name === id && !node.isDead)
  }

  isCut(a: Party, b: Party): boolean {
    return this.#partitions.has(`${a.name} ${b.name}`) || this.#partitions.has(`${b.name} ${a.name}`)
  }

  claimed(node: SimNode, { path, fence }: Claim): void {
    const key = `${path} ${fence}`
    const owner = this.#owners.get(key)
    if (owner !== undefined && owner !== node.name)
      this.violated(`${key} was given to ${owner} and to ${node.name}`)
    this.#owners.set(key, node.name)
  }

  failed(node: SimNode, where: string, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.violated(`${node.name} has failed in ${where}: ${text}`)
  }

  violated(text: string): void {
    this.#violation ??= new ClusterViolation(this.events.now, text)
  }

  #start(index: number): SimNode {
    const generation = this.#generation++
    const node = new SimNode(
      `n${index}.${generation}`,
      this,
      this.random.below(10_000_000),
      { graceMs: 10_000, secondPublisher: 'refuse' },
      this.#whenDirectoryAway,
    )
    node.directory.isCut = () => this.#isDirectoryAway || this.#cutOff.has(node)
    this.#breaks(node)
    const join = async (): Promise<void> => {
      try {
        await node.cluster.join()
      } catch {
        this.#later(500, () => void join())
      }
    }
    void join()
    return node
  }

  #sweep(): void {
    this.store.handleTimeout()
    this.events.after(250, { run: () => this.#sweep() })
  }

  #later(ms: number, act: () => void): void {
    this.events.after(ms, { run: () => this.#isOpen && act() })
  }

  #dial(): ClientTransport {
    const living = this.#nodes.filter((node) => !node.isDead && !node.isStopped)
    const node = living[this.random.below(living.length)]
    if (node === undefined) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
    return new Pipe(this, CLIENT, node, node.core, undefined).client
  }

  #publish(path: string): void {
    const host = { ...clientHost(this, CLIENT), dial: async () => this.#dial() }
    const publisher = new RtmpPublisher(host, `rtmp://cluster/${path}`, { reconnect: false })
    const publication: Publication = { id: this.#publications.length + 1, path, isLive: false }
    this.#publications.push(publication)
    let number = 0
    const beganAt = this.events.now
    const send = (): void => {
      if (!this.#isOpen) void publisher.end().catch(() => {})
      if (!publication.isLive || !this.#isOpen) return
      const kind = number === 0 ? Kind.videoHeader : number % GROUP === 1 ? Kind.keyFrame : Kind.interFrame
      const timestamp = Math.max(0, Math.round(this.events.now - beganAt))
      const frame = {
        kind,
        track: 0,
        publication: publication.id,
        number,
        videoHeader: number === 0 ? 0 : 1,
        audioHeader: 0,
        dataFrame: 0,
        timestamp,
      }
      const payload = encodeFrame(frame, false, 60)
      publisher.write(new MediaMessage(9, timestamp, payload)).catch(() => {})
      number += 1
      this.events.after(number === 1 ? 0 : FRAME_MS, { run: send })
    }
    const over = (): void => {
      publication.isLive = false
      this.#later(200 + this.random.below(1500), () => this.#publish(path))
    }
    publisher.started.then(
      () => {
        publication.isLive = true
        send()
      },
      () => {},
    )
    publisher.finished.then(over, over)
  }

  #watch(viewer: Viewer): void {
    const host = { ...clientHost(this, CLIENT), dial: async () => this.#dial() }
    const player = new RtmpPlayer(host, `rtmp://cluster/${viewer.path}`, { reconnect: false })
    viewer.player = player
    viewer.seen = []
    viewer.lastTime = 0
    player.started.catch(() => {})
    player.finished.catch(() => {})
    const read = async (): Promise<void> => {
      for await (const packet of player) if (packet.isVideo && packet.isCoded) this.#seen(viewer, packet)
    }
    const again = (): void => this.#later(200 + this.random.below(500), () => this.#watch(viewer))
    read().then(again, again)
  }

  #seen(viewer: Viewer, packet: MediaMessage): void {
    this.frames += 1
    viewer.lastAt = this.events.now
    const frame = decodeFrame(packet.typeId, packet.payload)
    if (frame === undefined) return
    const { publication } = frame
    const last = viewer.seen.at(-1)
    if (last !== publication) {
      if (viewer.seen.includes(publication))
        this.violated(`a viewer of ${viewer.path} went back from publication ${last} to ${publication}`)
      viewer.seen.push(publication)
    }
    if (packet.timestamp < viewer.lastTime)
      this.violated(`a viewer of ${viewer.path} went from ${viewer.lastTime} back to ${packet.timestamp} ms`)
    viewer.lastTime = packet.timestamp
  }

  #fault(): void {
    const { random } = this
    const at = random.below(NODES)
    const node = this.#nodes[at] as SimNode
    const ms = 500 + random.below(8000)
    const kinds = ['kill', 'stop', 'cutOff', 'directoryAway', 'partition', 'reset', 'clock'] as const
    const kind = random.pick(kinds)
    this.faults.push(`${Math.round(this.events.now)} ${kind} ${node.name} ${ms}`)
    if (node.isDead || node.isStopped) return
    switch (kind) {
      case 'kill':
        node.kill()
        this.events.after(ms, { run: () => void (this.#nodes[at] = this.#start(at)) })
        break
      case 'stop':
        node.stop()
        this.events.after(ms, { run: () => node.wake() })
        break
      case 'cutOff':
        this.#cutOff.add(node)
        this.events.after(ms, { run: () => void this.#cutOff.delete(node) })
        break
      case 'directoryAway':
        this.#isDirectoryAway = true
        this.events.after(ms, { run: () => (this.#isDirectoryAway = false) })
        break
      case 'partition': {
        const key = `${node.name} ${(this.#nodes[(at + 1 + random.below(NODES - 1)) % NODES] as SimNode).name}`
        this.#partitions.add(key)
        this.events.after(ms, { run: () => void this.#partitions.delete(key) })
        break
      }
      case 'reset':
        for (const pipe of this.pipes) if (pipe.to === node || pipe.from === node) pipe.close()
        break
      case 'clock':
        this.#directoryOffset += random.below(20_000) - 10_000
        break
    }
  }

  /** Runs until a time; what promises have to say is heard after every event. */
  async #until(time: number): Promise<void> {
    while (this.events.step(time)) {
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
      this.#throw()
    }
    this.#throw()
  }

  /** After a quiet time, each path has one publisher, and every viewer gets it. */
  #checkServed(): void {
    for (const path of PATHS) {
      const live = this.#publications.filter((one) => one.path === path && one.isLive)
      if (live.length !== 1) this.violated(`${path} has ${live.length} publishers after a quiet time`)
    }
    for (const { path, lastAt } of this.#viewers) {
      const ms = Math.round(this.events.now - lastAt)
      if (ms > 3000) this.violated(`a viewer of ${path} has had nothing for ${ms} ms after a quiet time`)
    }
    this.#throw()
  }

  #checkEmpty(): void {
    for (const { name, core } of this.#nodes) {
      if (core.connections.size > 0) this.violated(`${name} has ${core.connections.size} connections left`)
      if (core.registry.size > 0) this.violated(`${name} has ${core.registry.size} streams left`)
    }
    const left = this.#claims().filter((path) => !path.startsWith(NODE_PREFIX))
    if (left.length > 0) this.violated(`claims are left: ${left.join(', ')}`)
    this.#throw()
  }

  #claims(): string[] {
    const paths: string[] = []
    this.store.watch((change) => {
      if (change.kind === 'claimed') paths.push(change.entry.path)
    })()
    return paths
  }

  #throw(): void {
    if (this.#violation !== undefined) throw this.#violation
  }
}

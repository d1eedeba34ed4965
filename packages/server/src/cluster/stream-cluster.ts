import { type Directory, type Entry, isDirectoryError, type Owner } from '@rtmp/cluster'
import { CapsEx } from '@rtmp/e-rtmp'
import { type LiveStream, type Timed, WheelTimer } from '@rtmp/live/engine'
import { cutPath, StatusCode } from '@rtmp/message'
import type { Awaitable } from '../contract/awaitable.ts'
import type { ConnectionInfo } from '../contract/connection-info.ts'
import type { PlayContext, PublishContext } from '../contract/contexts.ts'
import { type Decision, redirect, reject } from '../contract/decision.ts'
import type { ServerHandler } from '../contract/handler.ts'
import type { ServerCore } from '../core/server-core.ts'
import { viewersOf } from '../core/viewer.ts'
import { Claims } from './claims.ts'
import { takePatiently } from './take-patiently.ts'
import { Entries } from './entries.ts'
import { addressOf, NODE_PREFIX, type NodeAddress, writtenAddress } from './node-address.ts'
import { type FetchStream, NodePull } from './node-pull.ts'

/** What a {@link StreamCluster} is made with. */
export interface StreamClusterSetup {
  readonly core: ServerCore
  readonly directory: Directory
  /** Different for each node and each of its starts. */
  readonly id: string
  readonly address: NodeAddress
  readonly fetch: FetchStream
  /** Whether a node of this machine may have a stream from us that we fetch ourselves. */
  readonly passesOn?: (path: string, node: string) => boolean
  /** A pull has ended, or never began after all. */
  readonly left?: (path: string) => void
  readonly prefer: 'relay' | 'redirect'
  readonly whenDirectoryAway: 'goOn' | 'stop'
  readonly lingerMs: number
}

/** How often it is looked whether what is claimed is what is published, in milliseconds. */
const LOOK_MS = 1000

/** How long a granted publish may take to begin, in milliseconds. */
const BEGIN_MS = 5000

/**
 * The streams of one node among those of others: claims what is published here, and fetches what is played here and published elsewhere,
 * once however many play it.
 *
 * What is claimed follows what is published. Who has a path is said by the directory; of two the one with the higher fence has it.
 */
export class StreamCluster implements Timed {
  readonly #setup: StreamClusterSetup
  readonly #core: ServerCore
  readonly #claims: Claims
  readonly #entries: Entries
  readonly #pulls = new Map<string, NodePull>()
  /** Paths that are claimed for a publisher that has not begun, and until when it may. */
  readonly #beginning = new Map<string, number>()
  /** Paths that the directory is being asked about. */
  readonly #asking = new Set<string>()
  readonly #timer: WheelTimer = new WheelTimer(this)
  readonly #offs: readonly (() => void)[]
  #isClosed = false

  constructor(setup: StreamClusterSetup) {
    this.#setup = setup
    const { core, directory, id, address } = setup
    this.#core = core
    const owner = { id, address: writtenAddress(address) }
    this.#claims = new Claims(core, directory, owner, {
      lost: (path, entry) => this.#lost(path, entry),
      overdue: (path) => this.#overdue(path),
    })
    this.#entries = new Entries(directory, {
      claimed: (entry) => this.#claimed(entry),
      gone: () => {},
    })
    const { events } = core
    const soon = (act: (path: string) => void) => (event: { readonly stream: { readonly path: string } }) =>
      queueMicrotask(() => {
        if (!this.#isClosed) act(event.stream.path)
      })
    const look = soon((path) => this.#look(path))
    this.#offs = [
      events.on('streamStarted', look),
      events.on('publisherLost', look),
      events.on('publisherReturned', look),
      events.on('streamEnded', look),
      events.on(
        'firstPlayer',
        soon((path) => this.#playerCame(path)),
      ),
      events.on(
        'lastPlayer',
        soon((path) => this.#playersLeft(path)),
      ),
    ]
    core.wheel.set(this.#timer, core.now() + LOOK_MS)
  }

  /** Joins: says that the node is there, and resolves when it knows what the others have. @throws DirectoryError */
  async join(): Promise<void> {
    await this.#claims.take(NODE_PREFIX + this.#setup.id)
    await this.#entries.current
  }

  /** The nodes that are there, this one included, by id. */
  nodes(): ReadonlyMap<string, NodeAddress> {
    const nodes = new Map([[this.#setup.id, this.#setup.address]])
    for (const { path, owner } of this.#entries.all())
      if (path.startsWith(NODE_PREFIX)) nodes.set(owner.id, addressOf(owner))
    return nodes
  }

  /** Whether a stream that is here is published here, and not fetched from another node. */
  isOwn(path: string): boolean {
    const publication = this.#streamOf(path)?.publication
    return publication !== undefined && this.#pulls.get(path)?.owns(publication) !== true
  }

  /** Whether a stream is fetched from another node at present. */
  isFetching(path: string): boolean {
    return this.#pulls.has(path)
  }

  /** The other node that has a stream; `undefined` for one that is published here, or nowhere. */
  ownerOf(path: string): Owner | undefined {
    return this.isOwn(path) ? undefined : this.#entryOfOther(path)?.owner
  }

  /** What to put behind the application's handlers, where names are those that count. */
  get handler(): ServerHandler {
    const { whenDirectoryAway } = this.#setup
    return {
      publish: (context) => this.#publish(context),
      play: (context) => this.#play(context),
      // Only there when it is wanted: what hooks are shown cannot be used again.
      ...(whenDirectoryAway === 'stop' && { mediaTag: ({ path }) => this.#claims.isSure(path) }),
    }
  }

  /** Ends all pulls and gives back what is claimed. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const off of this.#offs) off()
    this.#core.wheel.cancel(this.#timer)
    for (const pull of this.#pulls.values()) pull.end()
    this.#entries.close()
    await this.#claims.close()
  }

  /** @internal Makes what is claimed what is published, in case anything went past us. */
  onTimer(now: number): void {
    this.#core.wheel.set(this.#timer, now + LOOK_MS)
    for (const { path } of this.#core.streams()) this.#look(path)
    for (const path of this.#claims.paths()) this.#look(path)
  }

  #publish({ connection, path, streamName }: PublishContext): Awaitable<Decision> {
    if (connection.node !== undefined) return reject('nodes publish nothing at each other')
    // Another publisher here is a matter of this server alone.
    if (this.isOwn(path) || this.#beginning.has(path)) return undefined
    return this.#take(path, streamName)
  }

  async #take(path: string, streamName: string): Promise<Decision> {
    const taken = reject(`${streamName} is being published by someone else`, {
      code: StatusCode.publishBadName,
    })
    this.#asking.add(path)
    try {
      const mayTakeOver = this.#core.registry.options.secondPublisher === 'replace'
      const { directory } = this.#setup
      const { kind } = await takePatiently(this.#core, directory, this.#claims, path, mayTakeOver)
      if (kind === 'held') return taken
    } catch (error) {
      if (!isDirectoryError(error)) throw error
      if (this.#setup.whenDirectoryAway === 'stop')
        return reject('the directory of the cluster cannot be reached: try again')
      const known = this.#entries.get(path)
      if (known !== undefined && known.owner.id !== this.#setup.id) return taken
    } finally {
      this.#asking.delete(path)
    }
    this.#beginning.set(path, this.#core.now() + BEGIN_MS)
    this.#pulls.get(path)?.end(true)
    return undefined
  }

  #play({ connection, app, path, streamName, waitMs }: PlayContext): Awaitable<Decision> {
    const core = this.#core
    if (connection.node !== undefined) {
      const isHere =
        this.isOwn(path) || this.#beginning.has(path) || this.#setup.passesOn?.(path, connection.node)
      return isHere === true
        ? undefined
        : reject('the stream is not here', { code: StatusCode.playStreamNotFound })
    }
    if (this.isOwn(path)) return undefined
    const entry = this.#entryOfOther(path)
    if (entry === undefined) return undefined
    const url = this.#redirectOf(connection, entry)
    if (url !== undefined) return redirect(`${url}/${app}`, 'the stream is at another node')
    if (core.registry.find('', path)?.publication !== undefined) return undefined
    const waits = waitMs === undefined ? core.registry.options.absentStream === 'wait' : waitMs > 0
    if (waits) return undefined
    return this.#whenThere(this.#pull(path, entry), path, streamName)
  }

  #redirectOf({ capabilities }: ConnectionInfo, { owner }: Entry): string | undefined {
    if (this.#setup.prefer !== 'redirect') return undefined
    if (((capabilities.capsEx ?? 0) & CapsEx.reconnect) === 0) return undefined
    const { machine, redirectTo } = addressOf(owner)
    return machine === this.#setup.address.machine ? undefined : redirectTo
  }

  /** A play that may wait only until it is clear whether the owner has the stream. */
  async #whenThere(pull: NodePull, path: string, streamName: string): Promise<Decision> {
    pull.wanted()
    const isThere = await pull.arrives()
    // In case the player does not come after all.
    if ((this.#streamOf(path)?.subscribers.length ?? 0) === 0) pull.unwanted()
    return isThere
      ? undefined
      : reject(`there is no stream ${streamName}`, { code: StatusCode.playStreamNotFound })
  }

  #claimed(entry: Entry): void {
    const { path, owner, fence } = entry
    if (this.#isClosed || owner.id === this.#setup.id) return
    if (path.startsWith(NODE_PREFIX)) return
    const own = this.#claims.fence(path)
    if (own !== undefined && own > fence) return
    this.#lost(path, entry)
  }

  /** Another node has a path: what is published here under it ends, and whoever plays it here goes on with what the other has. */
  #lost(path: string, entry: Entry): void {
    this.#claims.forget(path)
    if (path.startsWith(NODE_PREFIX)) return
    if (this.isOwn(path)) this.#endPublisher(path)
    const known = this.#pulls.get(path)
    if (known !== undefined) known.follow(entry)
    else this.#playerCame(path)
  }

  /** The publisher is told that another has taken over; players stay. Nodes that get it from here go where it is now. */
  #endPublisher(path: string): void {
    const stream = this.#streamOf(path)
    const publication = stream?.publication
    if (stream === undefined || publication === undefined) return
    const now = this.#core.now()
    for (const { peer } of viewersOf(stream))
      if (peer.node !== undefined) this.#core.connection(peer.id)?.destroy(now)
    if (publication.ended) return
    publication.end(true, now)
    publication.owner.publisherReplaced(publication, now)
  }

  #overdue(path: string): void {
    if (this.#setup.whenDirectoryAway !== 'stop' || path.startsWith(NODE_PREFIX)) return
    this.#claims.release(path)
    this.#endPublisher(path)
  }

  /** Sees to it that a path is claimed exactly as long as somebody publishes it here. */
  #look(path: string): void {
    if (this.isOwn(path)) {
      this.#beginning.delete(path)
      if (this.#isIdle(path)) this.#claims.release(path)
      else if (!this.#claims.has(path)) void this.#claimLater(path)
      return
    }
    if (!this.#claims.has(path) || path.startsWith(NODE_PREFIX)) return
    const until = this.#beginning.get(path)
    if (until !== undefined && this.#core.now() < until) return
    this.#beginning.delete(path)
    if (!this.#asking.has(path)) this.#claims.release(path)
  }

  /** Whether a publisher may be replaced, because it has been silent: whoever wants the path may claim it. */
  #isIdle(path: string): boolean {
    const { secondPublisher, idlePublisherMs } = this.#core.registry.options
    if (secondPublisher !== 'replaceIfIdle') return false
    const publication = this.#streamOf(path)?.publication
    return publication !== undefined && this.#core.now() - publication.lastMediaAt >= idlePublisherMs
  }

  /** What is published without a claim: by the application itself, after a silence, or while the directory was away. */
  async #claimLater(path: string): Promise<void> {
    if (this.#asking.has(path) || this.#isClosed) return
    this.#asking.add(path)
    try {
      const result = await this.#claims.take(path)
      if (result.kind === 'held') this.#lost(path, result.entry)
    } catch (error) {
      if (!isDirectoryError(error)) throw error
    } finally {
      this.#asking.delete(path)
    }
    if (!this.#isClosed) this.#look(path)
  }

  #playerCame(path: string): void {
    const stream = this.#streamOf(path)
    if (stream === undefined || stream.subscribers.length === 0) return
    const pull = this.#pulls.get(path)
    if (pull !== undefined) pull.wanted()
    else if (stream.publication === undefined) {
      const entry = this.#entryOfOther(path)
      if (entry !== undefined) this.#pull(path, entry)
    }
  }

  #playersLeft(path: string): void {
    const stream = this.#streamOf(path)
    if (stream === undefined || stream.subscribers.length === 0) this.#pulls.get(path)?.unwanted()
  }

  #pull(path: string, entry: Entry): NodePull {
    const known = this.#pulls.get(path)
    if (known !== undefined) return known
    const { fetch, lingerMs, left } = this.#setup
    const gone = (): void => {
      this.#pulls.delete(path)
      left?.(path)
      // Somebody may have come for it in the very moment.
      queueMicrotask(() => {
        if (!this.#isClosed) this.#playerCame(path)
      })
    }
    const isClaimed = (): boolean => this.#entryOfOther(path) !== undefined
    const pull = new NodePull({ core: this.#core, fetch, lingerMs, isClaimed, gone }, entry)
    this.#pulls.set(path, pull)
    return pull
  }

  #entryOfOther(path: string): Entry | undefined {
    const entry = this.#entries.get(path)
    return entry?.owner.id === this.#setup.id ? undefined : entry
  }

  #streamOf(path: string): LiveStream | undefined {
    const { app, streamName } = cutPath(path)
    return this.#core.registry.find(app, streamName)
  }
}

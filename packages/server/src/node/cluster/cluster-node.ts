import type { Buffer } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { hostname } from 'node:os'
import { UsageError } from '@rtmp/bytes'
import { play } from '@rtmp/client'
import type { Directory, Entry } from '@rtmp/cluster'
import { Claims } from '../../cluster/claims.ts'
import { addressOf, type NodeAddress, writtenAddress } from '../../cluster/node-address.ts'
import { NODE_URL, nodePlayerOptions } from '../../cluster/node-player.ts'
import type { FetchStream } from '../../cluster/node-pull.ts'
import { StreamCluster } from '../../cluster/stream-cluster.ts'
import type { ClusterOptions } from '../../contract/cluster-options.ts'
import type { ServerCore } from '../../core/server-core.ts'
import { CountedSocket } from '../counted-socket.ts'
import { SocketTransport } from '../socket-transport.ts'
import { LOCAL_NODE, NodeDoor } from './node-door.ts'
import { NodeAgent } from './node-agent.ts'
import { askNode, type NodeAnswer, type NodeRequest } from './node-request.ts'
import { passedRequests, passOn, type PassedRequest } from './passed-request.ts'
import { dialNode, keyOf, type NodeDialler } from './node-socket.ts'

/** What a worker of several on one machine is given. */
export interface WorkerPlace {
  /** From 0. */
  readonly index: number
  /** A folder for its sockets, which only this user can enter. */
  readonly folder: string
  /** What the workers of the machine have in common. */
  readonly machine: string
  /** Who of them has which stream, or fetches it for all. */
  readonly directory: Directory
}

/** What a {@link ClusterNode} is made with. */
export interface ClusterNodeSetup {
  readonly core: ServerCore
  readonly options: ClusterOptions | undefined
  readonly worker: WorkerPlace | undefined
  /** Answers other nodes. */
  readonly request: RequestListener
}

/** The port for other nodes. */
const NODE_PORT = 1936

const LINGER_MS = 5000

/** Another node, and how it is called. */
export interface OtherNode {
  readonly id: string
  readonly address: NodeAddress
}

/** This server among others: on this machine, on other machines, or both. */
export class ClusterNode {
  readonly id: string
  readonly address: NodeAddress
  readonly streams: StreamCluster
  /** What its id ends with: by this it is found again. */
  readonly tag: string
  readonly #dialler: NodeDialler
  readonly #door: NodeDoor
  readonly #agent: NodeAgent
  readonly #passed = passedRequests()
  /** Which worker fetches what for the others of this machine, where streams come from other machines. */
  readonly #fetching: Claims | undefined
  readonly #closeDirectory: () => Promise<void>

  private constructor(
    { core, options, worker }: ClusterNodeSetup,
    door: NodeDoor,
    directory: Directory,
    closeDirectory: () => Promise<void>,
    id: string,
    address: NodeAddress,
    key: Buffer | undefined,
  ) {
    this.id = id
    this.tag = tagOf(id)
    this.address = address
    this.#door = door
    this.#closeDirectory = closeDirectory
    this.#dialler = { id, machine: address.machine, key }
    this.#agent = new NodeAgent(this.#dialler)
    if (worker !== undefined && options !== undefined) {
      const owner = { id, address: writtenAddress(address) }
      this.#fetching = new Claims(core, worker.directory, owner, { lost: () => {}, overdue: () => {} })
    }
    this.streams = new StreamCluster({
      core,
      directory,
      id,
      address,
      fetch: this.#fetch,
      passesOn: (path, node) => node === LOCAL_NODE && this.#fetching?.has(path) === true,
      left: (path) => this.#fetching?.release(path),
      prefer: options?.prefer ?? 'relay',
      whenDirectoryAway: options?.whenDirectoryAway ?? 'goOn',
      lingerMs: options?.lingerMs ?? LINGER_MS,
    })
  }

  /** Opens the doors for other nodes, and joins them. @throws Error of Node; DirectoryError; UsageError */
  static async join(setup: ClusterNodeSetup): Promise<ClusterNode> {
    const { core, options, worker, request } = setup
    const door = new NodeDoor({
      request,
      stream: (socket, node) => enter(core, socket, node),
      arrived: (socket, address) => new CountedSocket(core, socket, address, true, 'node'),
      failed: (error) => core.failed('the port for nodes', error),
    })
    const name = options?.node ?? hostname()
    const id = `${name.slice(0, 64)}${worker === undefined ? '' : `/${worker.index + 1}`}-${randomBytes(4).toString('hex')}`
    let directory: Directory | undefined
    try {
      if (worker !== undefined) await door.openFolder(worker.folder)
      let key: Buffer | undefined
      let place: { readonly place?: string } = {}
      if (options !== undefined) {
        key = keyOf(checkedSecret(options.secret))
        const { port = NODE_PORT, bind, host } = options
        await door.openPort({ port: port === 0 ? 0 : port + (worker?.index ?? 0), bind, key })
        place = { place: `${host.includes(':') ? `[${host}]` : host}:${door.port}` }
      }
      const { redirectTo } = options ?? {}
      const address: NodeAddress = {
        name: worker === undefined ? name : `${name}/${worker.index + 1}`,
        machine: worker?.machine ?? id,
        ...(worker === undefined ? {} : { folder: worker.folder }),
        ...place,
        ...(redirectTo === undefined ? {} : { redirectTo }),
      }
      const opened = options === undefined ? undefined : await openDirectory(options)
      const own = opened ?? worker?.directory
      if (own === undefined) throw new TypeError('neither a directory nor a worker')
      if (typeof options?.directory === 'string') directory = opened
      const closing = directory
      const node = new ClusterNode(setup, door, own, async () => closing?.close(), id, address, key)
      await node.streams.join()
      return node
    } catch (error) {
      door.close()
      await directory?.close()
      throw error
    }
  }

  /** The other nodes that are there. */
  get others(): readonly OtherNode[] {
    return [...this.streams.nodes()].flatMap(([id, address]) => (id === this.id ? [] : [{ id, address }]))
  }

  /** One node of each other machine: what is on a disk there, any of its workers can give. */
  get machines(): readonly OtherNode[] {
    const far = this.others.filter((other) => !this.isNear(other))
    return [...new Map(far.map((other) => [other.address.machine, other])).values()]
  }

  /** Another node, by its tag. */
  find(tag: string): OtherNode | undefined {
    return this.others.find(({ id }) => tagOf(id) === tag)
  }

  /** The other node that has a stream; `undefined` for one that is published here, or nowhere. */
  ownerOf(path: string): OtherNode | undefined {
    const owner = this.streams.ownerOf(path)
    return owner && { id: owner.id, address: addressOf(owner) }
  }

  /** Whether another node is on this machine. */
  isNear({ address }: OtherNode): boolean {
    return address.machine === this.address.machine
  }

  /** Asks another node. @throws Error */
  async ask({ address }: OtherNode, request: NodeRequest): Promise<NodeAnswer> {
    return askNode(this.#dialler, address, request)
  }

  /** Passes a request on to another node, with whose it is. @throws Error of Node */
  async pass({ address }: OtherNode, request: PassedRequest): Promise<Response> {
    return passOn(this.#agent, this.#passed, address, request)
  }

  /** Leaves: gives back what is claimed, and lets nobody in. */
  async close(): Promise<void> {
    await this.streams.close()
    await this.#fetching?.close()
    this.#passed.close()
    this.#agent.destroy()
    this.#door.close()
    await this.#closeDirectory()
  }

  readonly #fetch: FetchStream = (path, entry, lost) => {
    const dial = async (): Promise<Socket> => this.#dial(path, entry())
    const player = play(NODE_URL, { ...nodePlayerOptions(path, lost), dial })
    player.started.catch(() => {})
    player.finished.catch(() => {})
    return player
  }

  /** To the owner, or to the worker of this machine that has the stream from there already. */
  async #dial(path: string, { owner }: Entry): Promise<Socket> {
    const theirs = addressOf(owner)
    if (
      this.#fetching !== undefined &&
      theirs.machine !== this.address.machine &&
      !this.#fetching.has(path)
    ) {
      const result = await this.#fetching.take(path)
      if (result.kind === 'held') return dialNode(this.#dialler, addressOf(result.entry.owner), 'rtmp')
      if (!this.streams.isFetching(path)) {
        // It was left while it was asked for: others must not be sent here for it.
        this.#fetching.release(path)
        throw new Error('nobody wants the stream any more')
      }
    }
    return dialNode(this.#dialler, theirs, 'rtmp')
  }
}

const tagOf = (id: string): string => id.slice(id.lastIndexOf('-') + 1)

const enter = (core: ServerCore, socket: Socket, node: string): void => {
  try {
    new SocketTransport(core, socket, { node, remoteAddress: node, remotePort: 0, localPort: 0 })
  } catch (error) {
    core.failed('accepting a node', error)
    socket.destroy()
  }
}

const LEAST_SECRET = 16

const checkedSecret = (secret: string): string => {
  if (secret.length >= LEAST_SECRET) return secret
  const message = `give a text of ${LEAST_SECRET} characters or more that only the nodes of the cluster know`
  throw new UsageError('CLUSTER_SECRET', message, 'cluster.secret')
}

const openDirectory = async ({ directory, prefix }: ClusterOptions): Promise<Directory> => {
  if (typeof directory !== 'string') return directory
  const { openRedisDirectory } = await import('@rtmp/cluster/redis')
  return openRedisDirectory({ url: directory, ...(prefix === undefined ? {} : { prefix }) })
}

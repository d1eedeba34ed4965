import { randomInt } from 'node:crypto'
import type { RequestListener } from 'node:http'
import type { ClusterOptions } from '../../contract/cluster-options.ts'
import type { ServerHandler } from '../../contract/handler.ts'
import type { ServerCore } from '../../core/server-core.ts'
import { chainHandlers } from '../../handlers/chain.ts'
import { forClients } from '../../handlers/for-clients.ts'
import type { Ports } from '../ports.ts'
import type { ClusterNode, WorkerPlace } from './cluster-node.ts'

/** Numbers that one server gives before those of another may begin. */
const NUMBERS = 2 ** 20

/** How many blocks of numbers there are: with {@link NUMBERS}, 15 digits. */
const BLOCKS = 2 ** 29

/**
 * What answers other nodes, loaded when the first one asks: a server without HTTP has no other use for it, which is half of what there is to load.
 *
 * @param load - Told once, and again where it has failed.
 */
export const whenAsked = (load: () => Promise<RequestListener>): RequestListener => {
  let loading: Promise<RequestListener> | undefined
  return (request, response) => {
    loading ??= load()
    loading.then(
      (listener) => listener(request, response),
      () => {
        loading = undefined
        response.writeHead(503).end()
      },
    )
  }
}

/** A server's part in a cluster, or among workers: loaded when there is one. */
export class LoadedCluster {
  /** What connections and bans are counted up from: other nodes have other numbers. */
  readonly firstNumber: number
  readonly #options: ClusterOptions | undefined
  readonly #worker: WorkerPlace | undefined
  #node: ClusterNode | undefined
  #handler: ServerHandler = {}

  constructor(options: ClusterOptions | undefined, worker: WorkerPlace | undefined) {
    this.#options = options
    this.#worker = worker
    this.firstNumber = this.#isAlone ? 0 : randomInt(1, BLOCKS) * NUMBERS
  }

  get node(): ClusterNode | undefined {
    return this.#node
  }

  /** A server's handler, which is asked about clients, and behind it what the cluster says. */
  around(handler: ServerHandler): ServerHandler {
    if (this.#isAlone) return handler
    return chainHandlers(forClients(handler), {
      publish: (context) => this.#handler.publish?.(context),
      play: (context) => this.#handler.play?.(context),
      ...(this.#options?.whenDirectoryAway === 'stop' && {
        mediaDelivery: 'raw',
        mediaTag: (context, message) => this.#handler.mediaTag?.(context, message) ?? true,
      }),
    })
  }

  /** Joins the others. @throws Error of Node; DirectoryError; UsageError */
  async start(core: ServerCore, ports: Ports): Promise<void> {
    if (this.#isAlone || this.#node !== undefined) return
    const [{ ClusterNode: Loaded }, { takeBans }] = await Promise.all([
      import('./cluster-node.ts'),
      import('./known-bans.ts'),
    ])
    const request = ports.servesHttp
      ? await ports.nodeRequests()
      : whenAsked(async () => ports.nodeRequests())
    this.#node = await Loaded.join({ core, options: this.#options, worker: this.#worker, request })
    this.#handler = this.#node.streams.handler
    // Workers of one machine that serve no HTTP have none: nobody can ask for one.
    if (ports.servesHttp || this.#options !== undefined) await takeBans(core, this.#node)
  }

  /** Leaves them. */
  async close(): Promise<void> {
    const node = this.#node
    this.#node = undefined
    await node?.close()
  }

  get #isAlone(): boolean {
    return this.#options === undefined && this.#worker === undefined
  }
}

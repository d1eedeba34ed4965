import { Agent, type ClientRequestArgs } from 'node:http'
import type { Duplex } from 'node:stream'
import type { NodeAddress } from '../../cluster/node-address.ts'
import { dialNode, type NodeDialler } from './node-socket.ts'

/** Connections to another node that wait for the next request. */
const MOST_IDLE = 64

/** Who asks for something of a node. */
export interface NodeRequestOptions extends ClientRequestArgs {
  readonly node: NodeAddress
}

/** Keeps connections to other nodes: what viewers ask for comes many times a second, and TLS with a node costs more than an answer. */
export class NodeAgent extends Agent {
  readonly #dialler: NodeDialler

  constructor(dialler: NodeDialler) {
    super({ keepAlive: true, maxFreeSockets: MOST_IDLE })
    this.#dialler = dialler
  }

  getName(options?: NodeRequestOptions): string {
    const { folder = '', place = '' } = options?.node ?? {}
    return `${folder} ${place}`
  }

  createConnection(
    options: NodeRequestOptions,
    opened: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    dialNode(this.#dialler, options.node, 'http').then(
      (socket) => opened(null, socket),
      // Node's own callback takes no socket then.
      (error: unknown) => (opened as (error: unknown) => void)(error),
    )
  }
}

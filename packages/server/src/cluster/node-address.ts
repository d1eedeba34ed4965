import type { Owner } from '@rtmp/cluster'

/** Where a node is reached, as its claims say it. */
export interface NodeAddress {
  /** Its name, for lists and logs. */
  readonly name: string
  /** The machine it runs on: nodes of one machine reach each other by sockets of the system. */
  readonly machine: string
  /** Path of the folder with its sockets, for nodes of the same machine. */
  readonly folder?: string
  /** `host:port` for nodes of other machines. */
  readonly place?: string
  /** Where players can be sent to. */
  readonly redirectTo?: string
}

/** What stands in a claim. */
export const writtenAddress = (address: NodeAddress): string => JSON.stringify(address)

/** What a claim says; nothing that is of use when another program has written it. */
export const addressOf = ({ id, address }: Owner): NodeAddress => {
  try {
    const read = JSON.parse(address) as NodeAddress
    if (typeof read.machine === 'string' && typeof read.name === 'string') return read
  } catch {
    // Said below.
  }
  return { name: id, machine: '' }
}

/** What the paths begin with by which nodes say that they are there; no stream's path can. */
export const NODE_PREFIX = '/node/'

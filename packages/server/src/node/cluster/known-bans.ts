import type { Ban } from '../../contract/ban.ts'
import type { ServerCore } from '../../core/server-core.ts'
import type { ClusterNode, OtherNode } from './cluster-node.ts'

/** Takes over what is banned at the other nodes: who joins later, as a worker in place of one that has died, bans them as well. */
export const takeBans = async (core: ServerCore, node: ClusterNode): Promise<void> => {
  const lists = await Promise.all(node.others.map(async (other) => bansOf(node, other)))
  const bans = new Map(lists.flat().map((ban) => [ban.id, ban]))
  for (const { id, address, stream, actions, reason, secondsLeft } of bans.values()) {
    if (secondsLeft === 0) continue
    const options = {
      reason,
      ...(address === undefined ? {} : { address }),
      ...(stream === undefined ? {} : { stream }),
      ...(actions === undefined ? {} : { actions }),
      ...(secondsLeft === undefined ? {} : { seconds: secondsLeft }),
    }
    core.bans.add(options, id)
  }
}

const bansOf = async (node: ClusterNode, other: OtherNode): Promise<readonly Ban[]> => {
  try {
    const { status, text } = await node.ask(other, { method: 'GET', path: '/_/api/bans' })
    return status === 200 ? (JSON.parse(text) as { readonly bans: readonly Ban[] }).bans : []
  } catch {
    // It is going, or cannot be reached; the others know them too.
    return []
  }
}

import type { ConnectionInfo } from '../contract/connection-info.ts'
import type { ServerHandler } from '../contract/handler.ts'
import { HOOK_NAMES, HOOKS, type HookName } from '../contract/hooks.ts'

type Call = (first: unknown, second?: unknown, third?: unknown) => unknown

/** Hooks about media: nodes publish nothing, so there is nobody to leave out. */
const MEDIA: ReadonlySet<string> = new Set(['filter', 'frame'])

/** A handler that is asked and told about clients only, not about other servers of the cluster. */
export const forClients = (handler: ServerHandler): ServerHandler => {
  const narrowed: Partial<Record<HookName, Call>> = {}
  for (const name of HOOK_NAMES) {
    const hook = handler[name]?.bind(handler) as Call | undefined
    if (hook === undefined) continue
    narrowed[name] = MEDIA.has(HOOKS[name])
      ? hook
      : (first, second, third) => (isNode(first) ? undefined : hook(first, second, third))
  }
  return narrowed as ServerHandler
}

/** What hooks are called with first is a connection, or something about one. */
const isNode = (about: unknown): boolean => {
  const { node, connection } = about as Partial<ConnectionInfo> & { readonly connection?: ConnectionInfo }
  return (connection === undefined ? node : connection.node) !== undefined
}

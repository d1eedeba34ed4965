import { createServer, type ListenOptions as NodeListenOptions, type Server } from 'node:net'

/** Where a server is to listen. */
export interface PortPlace {
  readonly port: number
  readonly host?: string | undefined
  /** The most that may wait to be accepted; the system may allow less. */
  readonly backlog?: number
}

/**
 * A port that several processes have, each with a socket of its own, among which the system shares out who comes (`SO_REUSEPORT`). The
 * first one sees to it that no other program has the port, since nobody would be told.
 */
export type PortSharing = 'first' | 'another'

/** Whether Node can do it, which is since 22.12 and 23.1, and the system shares out evenly. */
export const canSharePorts = (version: string, platform: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return platform === 'linux' && (major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12))
}

/**
 * Listens. A port that the system chooses is not shared: each process would have another one.
 *
 * @throws Error of Node: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, …
 */
export const openPort = async (
  server: Server,
  { port, host, backlog }: PortPlace,
  sharing?: PortSharing,
): Promise<void> => {
  const place = {
    port,
    ...(host === undefined ? {} : { host }),
    ...(backlog === undefined ? {} : { backlog }),
  }
  if (sharing === undefined || port === 0) return listening(server, place)
  if (sharing === 'first') {
    const alone = createServer()
    await listening(alone, { ...place, exclusive: true })
    await new Promise((resolve) => void alone.close(resolve))
  }
  const shared: SharedListenOptions = { ...place, reusePort: true }
  return listening(server, shared)
}

/** The types of the oldest Node do not know it. */
interface SharedListenOptions extends NodeListenOptions {
  readonly reusePort: boolean
}

const listening = (server: Server, options: NodeListenOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options, () => {
      server.off('error', reject)
      resolve()
    })
  })

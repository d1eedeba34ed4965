import { Buffer } from 'node:buffer'
import { hkdfSync } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectSocket, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls, type SecureContextOptions } from 'node:tls'
import type { NodeAddress } from '../../cluster/node-address.ts'

/** What nodes say to each other on a connection: streams by RTMP, administration by HTTP. */
export type NodeProtocol = 'rtmp' | 'http'

/** How protocols are called in ALPN. */
export const ALPN: Readonly<Record<NodeProtocol, string>> = { rtmp: 'rtmp', http: 'http/1.1' }

/**
 * TLS with a key that both sides have (RFC 5489): each proves to the other that it knows the secret, and nobody else can listen in.
 * Node's key callbacks know TLS 1.2 only.
 */
export const PSK_CONTEXT = {
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
} as const satisfies SecureContextOptions

/** The key of connections between nodes. */
export const keyOf = (secret: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', 'rtmp cluster nodes', 32))

/** The file of a protocol's socket in a node's folder. */
export const socketFile = (folder: string, protocol: NodeProtocol): string => join(folder, protocol)

const CONNECT_MS = 3000

/** Who dials. */
export interface NodeDialler {
  readonly id: string
  readonly machine: string
  /** For nodes of other machines. */
  readonly key: Buffer | undefined
}

/** Opens a connection to another node. @throws Error of Node */
export const dialNode = async (
  { id, machine, key }: NodeDialler,
  { folder, place, machine: theirs }: NodeAddress,
  protocol: NodeProtocol,
): Promise<Socket> => {
  if (theirs === machine && folder !== undefined) {
    const socket = connectSocket({ path: socketFile(folder, protocol), allowHalfOpen: true })
    return opened(socket, 'connect')
  }
  const at = /^(.*):(\d+)$/.exec(place ?? '')
  if (at === null || key === undefined) throw new Error('the node says no address at which it can be reached')
  const socket = connectTls({
    ...PSK_CONTEXT,
    host: (at[1] ?? '').replace(/^\[|\]$/g, ''),
    port: Number(at[2]),
    ALPNProtocols: [ALPN[protocol]],
    pskCallback: () => ({ psk: key, identity: id }),
    // The key says who it is: there is no certificate.
    checkServerIdentity: () => undefined,
  })
  socket.setNoDelay(true)
  return opened(socket, 'secureConnect')
}

const opened = async (socket: Socket, ready: string): Promise<Socket> => {
  const signal = AbortSignal.timeout(CONNECT_MS)
  try {
    await once(socket, ready, { signal })
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

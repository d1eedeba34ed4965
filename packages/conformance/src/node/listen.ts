import { type AddressInfo, createServer } from 'node:net'
import type { Link } from '../wire/link.ts'
import { SocketLink } from './socket-link.ts'

/** Listens on this machine for the client under test; port 0 takes a free one. */
export const listenForClients = async (
  port: number,
  onLink: (link: Link) => void,
): Promise<{ readonly url: string; close(): void }> => {
  const server = createServer({ allowHalfOpen: true }, (socket) => onLink(new SocketLink(socket)))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const { port: taken } = server.address() as AddressInfo
  return { url: `rtmp://127.0.0.1:${taken}/live`, close: () => server.close() }
}

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { NodeDoor } from '../../src/node/cluster/node-door.ts'
import { keyOf, PSK_CONTEXT } from '../../src/node/cluster/node-socket.ts'
import { CountedSocket } from '../../src/node/counted-socket.ts'
import { begin } from '../core/peer.ts'
import { eventually } from './arrange.ts'

const key = keyOf('a secret of the nodes of this test')

const open = async () => {
  const { core } = begin()
  const nodes: string[] = []
  const door = new NodeDoor({
    stream: (socket, node) => {
      nodes.push(node)
      onTestFinished(() => void socket.destroy())
    },
    request: () => {},
    arrived: (socket, address) => new CountedSocket(core, socket, address, true, 'node'),
    failed: (error) => expect.unreachable(String(error)),
  })
  await door.openPort({ port: 0, bind: '127.0.0.1', key })
  onTestFinished(() => door.close())
  const port = door.port ?? 0
  const stranger = async (): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1' })
    onTestFinished(() => void socket.destroy())
    socket.on('error', () => {}).resume()
    await once(socket, 'connect')
    return socket
  }
  const node = (): Socket => {
    const socket = connectTls({
      ...PSK_CONTEXT,
      port,
      host: '127.0.0.1',
      ALPNProtocols: ['rtmp'],
      pskCallback: () => ({ psk: key, identity: 'b' }),
      checkServerIdentity: () => undefined,
    })
    onTestFinished(() => void socket.destroy())
    return socket
  }
  return { core, nodes, stranger, node }
}

describe('the port for nodes', () => {
  test('handshakes that are begun and not finished are bounded, and keep no node out: at the limit, and one beyond', async () => {
    const { core, nodes, stranger, node } = await open()
    const bytes = 16_384 + 40_960
    const sockets: Socket[] = []
    for (let i = 0; i < 512; i++) sockets.push(await stranger())
    await eventually('all are counted, and take nobody’s place', () => core.memory.bytes === 512 * bytes)
    expect([core.admission.open, core.admission.httpSockets]).toEqual([0, 0])
    const [first, second] = sockets
    expect(first?.destroyed).toBe(false)
    const gone = once(first as Socket, 'close')
    await once(node(), 'secureConnect')
    await gone
    await eventually('the node is in, and no stranger any more', () => nodes.length === 1)
    await eventually('the others are left', () => core.memory.bytes === 511 * bytes)
    expect(second?.destroyed).toBe(false)
    for (const socket of sockets) socket.destroy()
    await eventually('nothing is left', () => core.memory.bytes === 0)
  })
})

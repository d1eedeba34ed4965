import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { takeOver, type TakenSocket } from '../../src/node/take-over.ts'

/** A pair of connected sockets; ours was accepted paused. */
const pair = async (): Promise<{ accepted: Socket; peer: Socket; connections: () => Promise<number> }> => {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const peer = connect({ port, host: '127.0.0.1' })
  const [accepted] = (await once(server, 'connection')) as [Socket]
  onTestFinished(() => {
    peer.destroy()
    server.close()
  })
  const connections = (): Promise<number> =>
    new Promise((resolve, reject) => {
      server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))
    })
  return { accepted, peer, connections }
}

test('a socket that is taken over reads, writes, ends, and is counted as before', async () => {
  const { accepted, peer, connections } = await pair()
  const read: number[] = []
  const { socket } = takeOver(accepted, (bytes) => read.push(...bytes)) as TakenSocket
  expect(socket.remoteAddress).toBe('127.0.0.1')
  const ended = once(socket, 'end')
  peer.end(Uint8Array.of(1, 2, 3))
  await ended
  expect(read).toEqual([1, 2, 3])
  expect(await connections()).toBe(1)
  const got = once(peer, 'data')
  const closed = once(socket, 'close')
  socket.end(Uint8Array.of(4))
  expect([...((await got)[0] as Uint8Array)]).toEqual([4])
  await closed
  expect(await connections()).toBe(0)
})

test('a reset is an error of the socket that took over', async () => {
  const { accepted, peer } = await pair()
  const { socket } = takeOver(accepted, () => {}) as TakenSocket
  const failed = once(socket, 'error')
  peer.resetAndDestroy()
  expect(((await failed)[0] as NodeJS.ErrnoException).code).toBe('ECONNRESET')
})

test('what comes while nothing is read waits in the kernel', async () => {
  const { accepted, peer } = await pair()
  const read: number[] = []
  let arrived = (): void => {}
  const taken = takeOver(accepted, (bytes) => {
    read.push(...bytes)
    arrived()
  }) as TakenSocket
  taken.setReading(false)
  peer.write(Uint8Array.of(1))
  // The other way is open: when its byte is there, ours has had time enough.
  const got = once(peer, 'data')
  taken.socket.write(Uint8Array.of(9))
  await got
  expect(read).toEqual([])
  await new Promise<void>((resolve) => {
    arrived = resolve
    taken.setReading(true)
  })
  expect(read).toEqual([1])
})

test('where the handle is not as expected, the socket stays as it is', async () => {
  const { accepted, peer } = await pair()
  const inside = accepted as unknown as { _handle: unknown }
  const handle = inside._handle
  inside._handle = { readStart: undefined }
  expect(takeOver(accepted, () => {})).toBeUndefined()
  inside._handle = handle
  const data = once(accepted, 'data')
  accepted.resume()
  peer.write(Uint8Array.of(7))
  expect([...((await data)[0] as Uint8Array)]).toEqual([7])
})

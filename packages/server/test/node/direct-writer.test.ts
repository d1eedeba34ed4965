import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import { connect, createServer, Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { DirectWriter, type WritableHandle } from '../../src/node/direct-writer.ts'

/** A connected socket with a writer, and its peer, which reads nothing yet. */
const connected = async (): Promise<{ socket: Socket; writer: DirectWriter; peer: Socket }> => {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect({ port: (server.address() as { port: number }).port, host: '127.0.0.1' })
  const [peer] = (await once(server, 'connection')) as [Socket]
  if (socket.connecting) await once(socket, 'connect')
  onTestFinished(() => {
    socket.destroy()
    peer.destroy()
    server.close()
  })
  const { _handle } = socket as unknown as { _handle: WritableHandle }
  return { socket, writer: DirectWriter.for(socket, _handle) as DirectWriter, peer }
}

/** So many bytes that count up, from `from`. */
const counting = (size: number, from: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => (from + i) % 251)

/** Writes until the kernel takes no more; returns how many bytes were written. */
const fill = (writer: DirectWriter): number => {
  let written = 0
  while (writer.pendingBytes === 0) {
    expect(writer.write(counting(100_000, written))).toBe(true)
    written += 100_000
  }
  return written
}

test('what is written directly arrives in order, also what waits for the kernel and what the stream writes behind it', async () => {
  const { socket, writer, peer } = await connected()
  let written = fill(writer)
  expect(writer.pendingBytes).toBe(100_000)
  for (const size of [1, 70_000]) {
    expect(writer.write(counting(size, written))).toBe(true)
    written += size
  }
  expect(writer.pendingBytes).toBe(170_001)
  socket.end(counting(5000, written))
  written += 5000
  // The collector comes by: nothing else refers to the bytes that wait.
  for (let i = 0; i < 300; i++) new Uint8Array(1_000_000).fill(255)
  const received: Buffer[] = []
  peer.on('data', (bytes: Buffer) => received.push(bytes)).resume()
  await once(peer, 'end')
  expect(Buffer.concat(received).equals(counting(written, 0))).toBe(true)
  expect(writer.pendingBytes).toBe(0)
})

test('a peer that resets while bytes wait is an error of the socket; nothing can be written then', async () => {
  const { socket, writer, peer } = await connected()
  fill(writer)
  const errors: NodeJS.ErrnoException[] = []
  const closed = new Promise((resolve) => {
    socket.on('error', (error) => errors.push(error)).on('close', resolve)
  })
  peer.resetAndDestroy()
  await closed
  expect(errors.map(({ code }) => code)).toEqual(['ECONNRESET'])
  expect(writer.write(counting(1, 0))).toBe(false)
})

test('bytes that wait when the socket is destroyed are given up without an error', async () => {
  const { socket, writer } = await connected()
  fill(writer)
  const errors: Error[] = []
  socket.on('error', (error) => errors.push(error))
  socket.destroy()
  await once(socket, 'close')
  expect(errors).toEqual([])
})

test('where the handle cannot write, there is no writer', () => {
  expect(DirectWriter.for(new Socket(), {})).toBeUndefined()
})

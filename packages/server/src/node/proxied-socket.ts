import type { Socket } from 'node:net'
import { type ProxyHeader, readProxyHeader } from '../transport/proxy-header.ts'

/** For the header of the PROXY protocol, in milliseconds. */
const HEADER_MS = 5000

/**
 * Reads the header of the PROXY protocol at the front of a connection; what follows it stays in the socket, which is
 * paused then.
 *
 * @throws DecodeError for a header that is none; Error when the connection ends before it, or it takes too long; the socket is
 *   destroyed then
 */
export const readProxied = (socket: Socket): Promise<ProxyHeader> =>
  new Promise((resolve, reject) => {
    let read = new Uint8Array(0)
    const stop = (): void => {
      clearTimeout(timer)
      socket.off('readable', look)
      socket.off('error', fail)
      socket.off('close', closed)
      socket.off('end', closed)
    }
    const fail = (error: unknown): void => {
      stop()
      socket.on('error', () => {})
      socket.destroy()
      reject(error as Error)
    }
    const closed = (): void => fail(new Error('the connection ended before its PROXY header'))
    const look = (): void => {
      for (let bytes = socket.read(); bytes !== null; bytes = socket.read()) {
        read = Buffer.concat([read, bytes as Buffer])
        let header: ProxyHeader | undefined
        try {
          header = readProxyHeader(read)
        } catch (error) {
          fail(error)
          return
        }
        if (header === undefined) continue
        stop()
        const rest = read.subarray(header.length)
        if (rest.length > 0) socket.unshift(rest)
        resolve(header)
        return
      }
      if (socket.readableEnded) closed()
    }
    const timer = setTimeout(() => fail(new Error(`no PROXY header within ${HEADER_MS / 1000} s`)), HEADER_MS)
    timer.unref()
    socket.on('error', fail)
    socket.once('close', closed)
    socket.on('end', closed)
    socket.on('readable', look)
  })

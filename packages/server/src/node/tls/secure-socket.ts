import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { CertificateStore } from './certificate-store.ts'

/** For the TLS handshake, in milliseconds. */
export const TLS_HANDSHAKE_MS = 10_000

/**
 * Carries out the TLS handshake of a client.
 *
 * @returns the encrypted socket, with nothing read from it
 * @throws Error when the handshake fails, ends or takes too long; the socket is destroyed then
 */
export const secureSocket = (raw: Socket, store: CertificateStore, handshakeMs: number): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const socket = new TLSSocket(raw, {
      isServer: true,
      secureContext: store.contextFor(undefined),
      SNICallback: (serverName, done) => done(null, store.contextFor(serverName)),
    })
    const fail = (error: Error): void => {
      clearTimeout(timer)
      reject(error)
      socket.destroy()
      raw.destroy()
    }
    const closed = (): void => fail(new Error('the client went away within the TLS handshake'))
    const timer = setTimeout(
      () => fail(new Error(`no TLS handshake within ${handshakeMs / 1000} s`)),
      handshakeMs,
    )
    timer.unref()
    socket.on('error', fail)
    socket.once('close', closed)
    socket.once('secure', () => {
      clearTimeout(timer)
      socket.off('close', closed)
      socket.off('error', fail)
      resolve(socket)
    })
  })

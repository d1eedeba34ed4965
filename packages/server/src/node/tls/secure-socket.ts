import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { CertificateStore } from './certificate-store.ts'

/** For the TLS handshake, in milliseconds. */
export const TLS_HANDSHAKE_MS = 10_000

/**
 * Carries out the TLS handshake of a client.
 *
 * @param protocols - Those that are offered (ALPN), in the order of their preference, as TLS writes them.
 * @returns the encrypted socket, with nothing read from it
 * @throws Error when the handshake fails, ends or takes too long; the socket is destroyed then
 */
export const secureSocket = (
  raw: Socket,
  store: CertificateStore,
  handshakeMs: number,
  protocols?: Buffer,
): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const socket = new TLSSocket(raw, {
      isServer: true,
      secureContext: store.contextFor(undefined),
      ...(protocols === undefined ? {} : { ALPNProtocols: protocols }),
      SNICallback: (serverName, done) => done(null, store.contextFor(serverName)),
    })
    const fail = (error: Error): void => {
      clearTimeout(timer)
      reject(inWords(error))
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
    // Where it may be half open, the client's end is not its own.
    socket.once('end', closed)
    socket.once('secure', () => {
      clearTimeout(timer)
      socket.off('end', closed)
      socket.off('close', closed)
      socket.off('error', fail)
      resolve(socket)
    })
  })

/** What OpenSSL says of the usual mistakes, for people. */
const inWords = (cause: Error): Error => {
  const { code } = cause as { code?: unknown }
  const text =
    code === 'ERR_SSL_WRONG_VERSION_NUMBER'
      ? 'it speaks no TLS on a port that is for TLS'
      : code === 'ERR_SSL_HTTP_REQUEST'
        ? 'it speaks HTTP on a port that is for TLS'
        : undefined
  return text === undefined ? cause : new Error(text, { cause })
}

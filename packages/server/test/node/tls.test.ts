import { once } from 'node:events'
import { copyFile, mkdtemp, rename, rm } from 'node:fs/promises'
import { connect as connectPlain, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect, type TLSSocket } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { TlsOptions } from '../../src/index.ts'
import { nextEvent, startServer } from './arrange.ts'
import { LightClient } from './light-client.ts'

const file = (name: string): string => fileURLToPath(new URL(`../certificates/${name}`, import.meta.url))
const pair = (name: string): { cert: string; key: string } => ({
  cert: file(`${name}.pem`),
  key: file(`${name}.key`),
})

const secure = async (port: number, servername = 'localhost'): Promise<TLSSocket> => {
  const socket = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false })
  socket.on('error', () => {})
  onTestFinished(() => {
    socket.destroy()
  })
  await once(socket, 'secureConnect')
  return socket
}

const subjectOf = async (port: number, servername?: string): Promise<string> => {
  const socket = await secure(port, servername)
  const { subject } = socket.getPeerCertificate()
  socket.destroy()
  return String(subject.CN)
}

const startSecure = async (tls: TlsOptions) => {
  const started = await startServer({ listeners: [{ port: 0, host: '127.0.0.1', tls }] })
  return { ...started, tlsPort: started.server.address('rtmps')?.port ?? 0 }
}

describe('RTMPS', () => {
  test('a publisher over TLS reaches a player over TCP, and hooks know who is encrypted', async () => {
    const { server, tlsPort, client } = await startSecure({ certificates: [pair('localhost')] })
    const opened = nextEvent(server, 'publishStarted')
    const publisher = await new LightClient(await secure(tlsPort)).open()
    const id = await publisher.publish('a')
    expect((await opened).connection).toMatchObject({ secure: true, localPort: tlsPort })
    const player = await client().open()
    await player.play('a')
    publisher.send(id, 9, 0, Uint8Array.of(0x17, 1, 0, 0, 0, 1, 2, 3))
    await player.until('media', () => player.media.length === 1)
    const ended = nextEvent(server, 'publishEnded')
    publisher.socket.end()
    expect((await ended).reason).toBe('transportClosed')
  })

  test('the server name chooses the certificate; wildcards count, unknown names get the first', async () => {
    const { tlsPort } = await startSecure({ certificates: [pair('localhost'), pair('example')] })
    expect(await subjectOf(tlsPort, 'live.example.test')).toBe('*.example.test')
    expect(await subjectOf(tlsPort, 'EXAMPLE.test')).toBe('*.example.test')
    expect(await subjectOf(tlsPort, 'deep.live.example.test')).toBe('localhost')
    expect(await subjectOf(tlsPort, 'elsewhere.test')).toBe('localhost')
    expect(await subjectOf(tlsPort, '')).toBe('localhost')
  })

  test('a PKCS#12 file and its passphrase', async () => {
    const { tlsPort } = await startSecure({
      certificates: [{ pfx: file('localhost.pfx'), passphrase: 'secret' }],
    })
    expect(await subjectOf(tlsPort)).toBe('localhost')
  })

  test('a certificate that cannot be used keeps the server from starting', async () => {
    const wrong = [
      { ...pair('localhost'), key: file('example.key') },
      { ...pair('localhost'), cert: file('absent.pem') },
      { pfx: file('localhost.pfx'), passphrase: 'wrong' },
    ]
    for (const one of wrong) await expect(startSecure({ certificates: [one] })).rejects.toThrow()
  })

  test('certificates are read again when their files change; who is connected stays; broken ones change nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rtmp-tls-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const own = { cert: join(folder, 'server.pem'), key: join(folder, 'server.key') }
    /** Puts files into place as certificate tools do. */
    const install = async (cert: string, key: string): Promise<void> => {
      await copyFile(file(key), `${own.key}.new`)
      await copyFile(file(cert), `${own.cert}.new`)
      await rename(`${own.key}.new`, own.key)
      await rename(`${own.cert}.new`, own.cert)
    }
    await install('localhost.pem', 'localhost.key')
    const { server, tlsPort, errors } = await startSecure({ certificates: [own] })
    expect(await subjectOf(tlsPort)).toBe('localhost')
    const before = await new LightClient(await secure(tlsPort)).open()

    const reloaded = nextEvent(server, 'certificatesReloaded')
    await install('renewed.pem', 'renewed.key')
    expect((await reloaded).certificates[0]?.serverNames).toEqual(['localhost'])
    expect(await subjectOf(tlsPort)).toBe('renewed')

    // A neighbour in the folder that changes is none of its business.
    let more = 0
    server.on('certificatesReloaded', () => (more += 1))
    await copyFile(file('renewed.pem'), join(folder, 'neighbour.log'))

    const failed = nextEvent(server, 'error')
    await new Promise((resolve) => {
      setTimeout(resolve, 400) // nothing is to happen, so there is nothing to wait for
    })
    expect(more).toBe(0)
    await install('renewed.pem', 'example.key')
    expect(await failed).toMatchObject({ where: 'reading certificates again' })
    expect(await subjectOf(tlsPort)).toBe('renewed')
    await before.publish('still-here')
    expect(before.codes).toContain('NetStream.Publish.Start')
    await install('localhost.pem', 'localhost.key')
    await server.reloadCertificates()
    expect(await subjectOf(tlsPort)).toBe('localhost')
    errors.length = 0
  })

  test('who speaks no TLS, or nothing, is turned away with a reason', async () => {
    const { server, tlsPort } = await startSecure({ certificates: [pair('localhost')], handshakeMs: 200 })
    const raw = (): Socket => {
      const socket = connectPlain(tlsPort, '127.0.0.1')
      socket.on('error', () => {})
      onTestFinished(() => {
        socket.destroy()
      })
      return socket
    }
    const refused = nextEvent(server, 'turnedAway')
    const c0c1 = new Uint8Array(1537)
    c0c1[0] = 3
    raw().write(c0c1)
    expect(await refused).toMatchObject({
      localPort: tlsPort,
      description: 'it speaks no TLS on a port that is for TLS',
    })
    const web = nextEvent(server, 'turnedAway')
    raw().write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    expect((await web).description).toBe('it speaks HTTP on a port that is for TLS')
    const silent = nextEvent(server, 'turnedAway')
    const closed = once(raw(), 'close')
    expect((await silent).description).toBe('no TLS handshake within 0.2 s')
    await closed
    const gone = nextEvent(server, 'turnedAway')
    raw().end()
    await gone
    expect(server.connections.size).toBe(0)
  })
})

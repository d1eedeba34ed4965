import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { listenRtmp } from '../../src/node/listen.ts'
import type { ListenOptions } from '../../src/contract/listen-options.ts'
import type { ServerLimits } from '../../src/contract/limits.ts'
import { begin } from '../core/peer.ts'
import { eventually } from './arrange.ts'

const file = (name: string): string => fileURLToPath(new URL(`../certificates/${name}`, import.meta.url))
const tls = { certificates: [{ cert: file('localhost.pem'), key: file('localhost.key') }] }

/** A port of its own, and what it says of those it does not take. */
const listen = async (options: Partial<ListenOptions>, limits: Partial<ServerLimits> = {}) => {
  const { core } = begin({ limits })
  const listener = await listenRtmp(core, { port: 0, host: '127.0.0.1', ...options })
  onTestFinished(() => listener.close())
  const turnedAway: string[] = []
  core.events.on('turnedAway', ({ description }) => turnedAway.push(description))
  const open = async (): Promise<Socket> => {
    const socket = connect({ port: listener.address.port, host: '127.0.0.1' })
    onTestFinished(() => {
      socket.destroy()
    })
    socket.on('error', () => {})
    await once(socket, 'connect')
    return socket
  }
  return { core, listener, turnedAway, open }
}

describe('sockets that speak no RTMP yet', () => {
  test('count for their address while TLS waits for them: at the limit, and one beyond', async () => {
    const { core, open, turnedAway, listener } = await listen({ tls }, { connectionsPerAddress: 2 })
    const first = await open()
    await open()
    await open()
    await eventually('the third is turned away', () => turnedAway.length > 0)
    expect(turnedAway).toEqual(['there are 2 connections from 127.0.0.1 already'])
    expect(core.memory.bytes).toBeGreaterThan(2 * 40_000)
    first.destroy()
    await eventually('there is room again', () => core.admits('127.0.0.1'))
    const secured = connectTls({ port: listener.address.port, host: '127.0.0.1', rejectUnauthorized: false })
    onTestFinished(() => {
      secured.destroy()
    })
    await once(secured, 'secureConnect')
    await eventually('it counts as a connection', () => core.connections.size === 1)
    expect(core.admits('127.0.0.1')).toBe(false)
    secured.destroy()
    await eventually('it has gone', () => core.connections.size === 0)
    expect(core.admits('127.0.0.1')).toBe(true)
  })

  test('are given up when there is too much, before anybody is refused', async () => {
    const { core, open } = await listen({ tls }, { memoryBytes: 200_000 })
    const sockets = await Promise.all(Array.from({ length: 12 }, open))
    const ended = sockets.map(async (socket) => once(socket, 'close'))
    await Promise.race(ended)
    await eventually('there is room again', () => core.memory.bytes <= 200_000)
    expect(core.admits('192.0.2.1')).toBe(true)
    expect(core.memory.shedConnections).toBeGreaterThan(0)
  })

  test('of a client behind a proxy count for the client from when it is known', async () => {
    const { core, open, turnedAway } = await listen(
      { tls, proxyFrom: ['127.0.0.1'] },
      { connectionsPerAddress: 1 },
    )
    const silent = await open()
    const sockets = [await open(), await open()]
    for (const socket of sockets) socket.write('PROXY TCP4 192.0.2.7 192.0.2.1 5000 443\r\n')
    await eventually('the second is turned away', () => turnedAway.length > 0)
    expect(turnedAway).toEqual(['there are 1 connections from 192.0.2.7 already'])
    expect([core.admits('192.0.2.7'), core.admits('127.0.0.1')]).toEqual([false, true])
    for (const socket of [silent, ...sockets]) socket.destroy()
    await eventually('nothing is counted', () => core.memory.bytes === 0 && core.admits('192.0.2.7'))
  })
})

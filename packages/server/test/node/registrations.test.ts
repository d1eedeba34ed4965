import { once } from 'node:events'
import { connect } from 'node:net'
import { describe as group, expect, test } from 'vitest'
import { keyFrame } from '../../../live/test/arrange.ts'
import { eventually, nextEvent, startServer } from './arrange.ts'
import { LightClient } from './light-client.ts'

const refused = async (port: number): Promise<string> => {
  const socket = connect({ port, host: '127.0.0.1' })
  const [error] = (await once(socket, 'error').catch((thrown: unknown) => [thrown])) as [{ code?: string }]
  return error.code ?? 'connected'
}

group('registrations over sockets', () => {
  test('open a port of their own, and close it when they are removed', async () => {
    const { server, client } = await startServer()
    const told: string[] = []
    const publishers = await server.registrations.listenForPublishers({
      port: 0,
      app: 'live',
      connected: ({ context }) => told.push(`connected ${context.streamName}`),
      stopped: ({ context }) => told.push(`stopped ${context.streamName}`),
    })
    const watchers = await server.registrations.listenForWatchers({
      port: publishers.port,
      app: 'live',
      active: (streamName) => told.push(`active ${streamName}`),
      inactive: (streamName) => told.push(`inactive ${streamName}`),
    })
    const publisher = await new LightClient(publishers.port).open()
    const id = await publisher.publish('key')
    const player = await new LightClient(publishers.port).open()
    await player.play('key')
    const elsewhere = await client().open()
    await elsewhere.play('key')
    publisher.send(id, 9, 0, keyFrame(1))
    for (const one of [player, elsewhere]) await one.until('media', () => one.media.length === 1)
    watchers.remove()
    await player.until('close', () => player.closed)
    expect(player.codes.at(-1)).toBe('NetStream.Play.Stop')
    publishers.remove()
    await publisher.until('close', () => publisher.closed)
    expect(publisher.codes.at(-1)).toBe('NetStream.Unpublish.Success')
    await eventually('the port is closed', () => server.registrations.all.length === 0)
    expect(await refused(publishers.port)).toBe('ECONNREFUSED')
    expect(told).toEqual(['connected key', 'active key', 'inactive key', 'stopped key'])
  })

  test('a port that is taken fails the registration, and nothing of it is left', async () => {
    const { server } = await startServer()
    const other = await startServer()
    await expect(
      server.registrations.listenForPublishers({ port: other.port, app: 'live' }),
    ).rejects.toMatchObject({
      code: 'REGISTRATION_PORT',
      cause: { code: 'EADDRINUSE' },
    })
    expect(server.registrations.all).toEqual([])
  })

  test('the server’s own port is shared, and stays when they go', async () => {
    const { server, port, client } = await startServer()
    const registration = await server.registrations.listenForPublishers({
      port,
      app: 'live',
      streamName: 'x',
    })
    const publisher = await client().open()
    await publisher.publish('y')
    expect(publisher.codes.at(-1)).toBe('NetStream.Publish.Denied')
    registration.remove()
    const again = await client().open()
    await again.publish('y')
    expect(again.codes.at(-1)).toBe('NetStream.Publish.Start')
  })

  test('ports of registrations close with the server', async () => {
    const { server } = await startServer()
    const { port } = await server.registrations.listenForPublishers({ port: 0, app: 'live' })
    await server.close()
    expect(await refused(port)).toBe('ECONNREFUSED')
  })
})

group('limits over sockets', () => {
  test('who is too many is dropped before a word, and told of', async () => {
    const { server, port, client } = await startServer({ limits: { connectionsPerAddress: 1 } })
    const first = await client().open()
    const turnedAway = nextEvent(server, 'turnedAway')
    const second = connect({ port, host: '127.0.0.1' })
    second.on('error', () => {})
    await once(second, 'close')
    expect(await turnedAway).toMatchObject({ remoteAddress: '127.0.0.1', localPort: port })
    expect(server.stats().connections).toMatchObject({ open: 1, total: 1, turnedAway: 1 })
    await first.end()
    await eventually('room', () => server.connections.size === 0)
    await client().open()
  })

  test('nothing is read from a client that waits to be let in, and everything when it is', async () => {
    let admit: () => void = () => {}
    const { client } = await startServer({
      handler: {
        connection: () =>
          new Promise<void>((resolve) => {
            admit = resolve
          }),
      },
    })
    const waiting = client()
    const opened = waiting.open()
    await new Promise((resolve) => {
      setTimeout(resolve, 50)
    })
    expect(waiting.events).toEqual([])
    admit()
    await opened
    await waiting.play('key')
  })

  test('who sends more than waits for a decision is not read until it is made; nothing is lost', async () => {
    let decide: () => void = () => {}
    const { server, client } = await startServer({
      session: { limits: { maxHeldBytes: 1_000_000 } },
      handler: {
        publish: () =>
          new Promise<void>((resolve) => {
            decide = resolve
          }),
      },
    })
    const player = await client().open()
    await player.play('key')
    const publisher = await client().open()
    const id = await publisher.createStream()
    publisher.session.publish(id, { streamName: 'key' })
    publisher.settle()
    // 3 MB of media before the answer, in chunks of 4096 bytes on chunk stream 6.
    const payload = keyFrame(1, 30_000)
    const message: number[] = [6, 0, 0, 0, 0, payload.length >> 8, payload.length & 255, 9, id, 0, 0, 0]
    for (let at = 0; at < payload.length; at += 4096) {
      if (at > 0) message.push(0xc6)
      message.push(...payload.subarray(at, at + 4096))
    }
    const bytes = Uint8Array.from(message)
    for (let i = 0; i < 100; i++) publisher.socket.write(bytes)
    await eventually('the server has stopped to read', () => {
      const [stats] = server.connectionStats().filter(({ session }) => session.heldBytes > 0)
      return (stats?.session.heldBytes ?? 0) > 400_000
    })
    decide()
    await player.until('everything', () => player.media.length === 100)
  })
})

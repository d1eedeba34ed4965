import { once } from 'node:events'
import { connect } from 'node:net'
import { describe as group, expect, test } from 'vitest'
import { accept, redirect, reject, type ServerHandler } from '../../src/index.ts'
import { audioFrame, interFrame, keyFrame } from '../../../live/test/arrange.ts'
import { eventually, nextEvent, startServer } from './arrange.ts'
import { sendRaw } from './light-client.ts'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

group('peers that are none', () => {
  test('HTTP, TLS and garbage end with a reason that says so, and nobody else is disturbed', async () => {
    const { server, port, client } = await startServer()
    const publisher = await client().open()
    const id = await publisher.publish('key')
    const player = await client().open()
    await player.play('key')
    const cases: [Uint8Array, RegExp][] = [
      [text('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), /^HANDSHAKE_HTTP/],
      [Uint8Array.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), /^HANDSHAKE_TLS/],
      [new Uint8Array(4000).fill(0xee), /^HANDSHAKE_VERSION/],
    ]
    for (const [bytes, code] of cases) {
      const closed = nextEvent(server, 'connectionClosed')
      await sendRaw(port, bytes)
      const { closed: how } = await closed
      expect(how.reason).toBe('protocolError')
      expect(how.error?.code).toMatch(code)
    }
    publisher.send(id, 9, 0, keyFrame(1))
    await player.until('media', () => player.media.length === 1)
    await eventually('gone', () => server.connections.size === 2)
  })

  test('garbage behind a good handshake ends that connection only', async () => {
    const { server, client } = await startServer()
    const publisher = await client().open()
    const id = await publisher.publish('key')
    const closed = nextEvent(server, 'connectionClosed')
    const other = await client().open()
    other.socket.write(new Uint8Array(100_000).fill(0x07))
    expect((await closed).closed.reason).toBe('protocolError')
    await other.until('close', () => other.closed)
    const player = await client().open()
    publisher.send(id, 9, 0, keyFrame(1))
    await player.play('key')
    await player.until('media', () => player.media.length === 1)
  })

  test('who stays silent is closed at the deadline of the stage', async () => {
    const { server, port, client } = await startServer({
      session: { deadlines: { handshake: 80, connect: 80, command: 80 } },
    })
    const closings: string[] = []
    server.on('connectionClosed', ({ closed }) => closings.push(`${closed.reason} ${closed.error?.code}`))
    await sendRaw(port, Uint8Array.from([3, 0, 0, 0, 0]))
    const half = connect({ port, host: '127.0.0.1' })
    half.on('error', () => {})
    half.resume()
    half.write(new Uint8Array(1537).fill(3))
    await once(half, 'close')
    const idle = await client().open()
    await idle.until('close', () => idle.closed)
    expect(closings).toEqual([
      'timeout SESSION_HANDSHAKE_TIMEOUT',
      'timeout SESSION_HANDSHAKE_TIMEOUT',
      'timeout SESSION_COMMAND_TIMEOUT',
    ])
    await eventually('gone', () => server.connections.size === 0)
  })

  test('a publisher that falls silent is given up', async () => {
    const { server, client } = await startServer({ session: { deadlines: { publisherIdle: 100 } } })
    const ended = nextEvent(server, 'publishEnded')
    const publisher = await client().open()
    await publisher.publish('key')
    expect((await ended).reason).toBe('timeout')
  })
})

group('players that do not keep up', () => {
  test('who stops reading is cut off at the hard bound; the others get everything', async () => {
    const mebibyte = 1024 * 1024
    const { server, client } = await startServer({
      streams: {
        player: { soft: { bytes: mebibyte, ms: 60_000 }, hard: { bytes: 2 * mebibyte, ms: 60_000 } },
      },
    })
    const publisher = await client().open()
    const id = await publisher.publish('key')
    const stalled = await client().open()
    await stalled.play('key')
    stalled.socket.pause()
    const healthy = await client().open()
    await healthy.play('key')
    const throttled = nextEvent(server, 'playThrottled')
    const ended = nextEvent(server, 'playEnded')
    let sent = 0
    let done = false
    void ended.then(() => {
      done = true
    })
    for (; !done && sent < 3000; sent++) {
      // Video until the soft bound takes it away, then sound.
      publisher.send(
        id,
        sent % 2 === 0 ? 9 : 8,
        sent,
        sent % 2 === 0 ? keyFrame(sent, 60_000) : audioFrame(sent, 60_000),
      )
      if (publisher.socket.writableLength > mebibyte) await once(publisher.socket, 'drain')
      await healthy.until('its media', () => healthy.media.length >= sent - 50)
    }
    expect((await throttled).throttled).toBe(true)
    expect((await ended).reason).toBe('stalled')
    await healthy.until('everything', () => healthy.media.length === sent)
    expect(healthy.media.map(({ timestamp }) => timestamp)).toEqual(Array.from({ length: sent }, (_, i) => i))
    expect(server.registry.find('live', 'key')?.counters.stalled).toBe(1)
    await eventually('the stalled one is gone', () => server.connections.size === 2)
  })
})

group('hooks', () => {
  /** A handler that notes what it hears and decides as told, later. */
  const listening = (decide: ServerHandler['publish']): { handler: ServerHandler; heard: string[] } => {
    const heard: string[] = []
    return {
      heard,
      handler: {
        connect: ({ app }) => {
          heard.push(`connect ${app}`)
        },
        publish: async (context) => {
          heard.push(`publish ${context.streamName}`)
          await new Promise((resolve) => {
            setTimeout(resolve, 20)
          })
          return decide?.(context)
        },
        play: ({ streamName }) => {
          heard.push(`play ${streamName}`)
        },
        unpublish: ({ streamName }, reason) => {
          heard.push(`unpublish ${streamName} ${reason}`)
        },
        playStop: ({ streamName }, reason) => {
          heard.push(`playStop ${streamName} ${reason}`)
        },
        disconnect: (_connection, { reason }) => {
          heard.push(`disconnect ${reason}`)
        },
      },
    }
  }

  test('every end reaches its hook once, with the reason', async () => {
    const { handler, heard } = listening(() => undefined)
    const { server, client } = await startServer({ handler, streams: { graceMs: 0 } })
    const publisher = await client().open()
    const id = await publisher.publish('key')
    const player = await client().open()
    await player.play('key')
    publisher.session.closeStream(id)
    publisher.settle()
    await player.status('NetStream.Play.Stop')
    await player.end()
    publisher.session.deleteStream(id)
    publisher.settle()
    await publisher.publish('key', await publisher.createStream())
    publisher.kill()
    await eventually('all gone', () => server.connections.size === 0)
    expect(heard).toEqual([
      'connect live',
      'publish key',
      'connect live',
      'play key',
      'playStop key streamEnded',
      'unpublish key closeStream',
      'disconnect transportClosed',
      'publish key',
      'unpublish key transportError',
      'disconnect transportError',
    ])
  })

  test('a publish is answered after the hook; media sent meanwhile is not lost', async () => {
    const { handler } = listening(() => undefined)
    const { client } = await startServer({ handler })
    const player = await client().open()
    await player.play('key')
    const publisher = await client().open()
    const id = await publisher.createStream()
    publisher.session.publish(id, { streamName: 'key' })
    publisher.settle()
    const chunk = (typeId: number, payload: Uint8Array): Uint8Array =>
      Uint8Array.from([6, 0, 0, 0, 0, 0, payload.length, typeId, id, 0, 0, 0, ...payload])
    publisher.socket.write(chunk(9, keyFrame(1)))
    publisher.socket.write(chunk(9, interFrame(2)))
    await player.until('media', () => player.media.length === 2)
  })

  test('a refusal is said before the connection ends', async () => {
    const { handler, heard } = listening(() =>
      reject('wrong key', { code: 'NetStream.Publish.Unauthorized' }),
    )
    const { server, client } = await startServer({ handler })
    const publisher = await client().open()
    await publisher.publish('key')
    expect(publisher.codes.at(-1)).toBe('NetStream.Publish.Unauthorized')
    await publisher.until('close', () => publisher.closed)
    expect(server.streams).toEqual([])
    expect(heard.slice(1)).toEqual(['publish key', 'disconnect refused'])
  })

  test('a redirect tells where to go', async () => {
    const { client } = await startServer({ handler: { connect: () => redirect('rtmp://elsewhere/live') } })
    const player = client()
    await once(player.socket, 'connect')
    player.session.connect({ app: 'live' })
    player.settle()
    expect((await player.event('connectRejected')).redirect).toBe('rtmp://elsewhere/live')
    await player.until('close', () => player.closed)
  })

  test('a publisher may be given another name, which is the only one anybody sees', async () => {
    const { handler, heard } = listening(() => accept('public'))
    const { server, client } = await startServer({ handler })
    const publisher = await client().open()
    const id = await publisher.publish('secret')
    publisher.send(id, 9, 0, keyFrame(1))
    const player = await client().open()
    await player.play('public')
    await player.until('media', () => player.media.length === 1)
    expect(server.streams.map(({ streamName }) => streamName)).toEqual(['public'])
    publisher.session.deleteStream(id)
    publisher.settle()
    await player.status('NetStream.Play.Stop')
    await eventually('unpublish', () => heard.some((line) => line.startsWith('unpublish')))
    expect(heard.at(-1)).toBe('unpublish public deleteStream')
  })

  test('a hook that throws refuses, and the server goes on', async () => {
    const { server, client, errors } = await startServer({
      handler: {
        play: () => {
          throw new Error('out of order')
        },
      },
    })
    const failed = nextEvent(server, 'error')
    const player = await client().open()
    await player.play('key')
    expect(player.codes.at(-1)).toBe('NetStream.Play.StreamNotFound')
    expect((await failed).where).toBe('the play hook')
    errors.length = 0
  })

  test('whoever leaves before the hook has answered leaves nothing behind', async () => {
    let answer = (): void => undefined
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    let asked = false
    const { handler, heard } = listening(() => {
      asked = true
      return answered
    })
    const { server, client } = await startServer({ handler })
    const publisher = await client().open()
    const id = await publisher.createStream()
    publisher.session.publish(id, { streamName: 'key' })
    publisher.settle()
    await eventually('the hook is asked', () => asked)
    publisher.kill()
    await eventually('gone', () => server.connections.size === 0)
    answer()
    await answered
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    expect(server.streams).toEqual([])
    expect(heard).toEqual(['connect live', 'publish key', 'disconnect transportError'])
  })
})

group('closing the server', () => {
  test('streams end, players and publishers are told, sockets are closed in order', async () => {
    const { server, client } = await startServer()
    const publisher = await client().open()
    const id = await publisher.publish('key')
    publisher.send(id, 9, 0, keyFrame(1))
    const player = await client().open()
    await player.play('key')
    const waiting = await client().open()
    await waiting.play('other')
    const started = performance.now()
    await server.close()
    expect(performance.now() - started).toBeLessThan(5000)
    for (const one of [publisher, player, waiting]) await one.until('close', () => one.closed)
    expect(publisher.codes.at(-1)).toBe('NetStream.Unpublish.Success')
    expect(player.codes.slice(-2)).toEqual(['NetStream.Play.UnpublishNotify', 'NetStream.Play.Stop'])
    expect(waiting.codes.at(-1)).toBe('NetStream.Play.Stop')
    expect(server.streams).toEqual([])
    expect(server.connections.size).toBe(0)
  })

  test('a client that does not end its side is cut off', async () => {
    const { server, client } = await startServer()
    const stubborn = await client().open()
    stubborn.socket.removeAllListeners('end')
    await server.close({ drainMs: 5000 })
    expect(server.connections.size).toBe(0)
  })
})

import { describe as group, expect, test } from 'vitest'
import { audioFrame, interFrame, keyFrame } from '../../../live/test/arrange.ts'
import { begin, crypto, type Peer } from './peer.ts'

const MIB = 1024 * 1024

group('who may connect', () => {
  /** Lets clients in as a listener does. */
  const entering = (limits: Parameters<typeof begin>[0]) => {
    const server = begin(limits)
    const turnedAway: string[] = []
    server.core.events.on('turnedAway', ({ remoteAddress, description }) =>
      turnedAway.push(`${remoteAddress}: ${description}`),
    )
    const enter = (remoteAddress = '192.0.2.1'): Peer | undefined =>
      server.core.admits(remoteAddress) ? server.peer({ remoteAddress }) : undefined
    return { ...server, turnedAway, enter }
  }

  test('so many in all, and again when one has gone', () => {
    const { enter, turnedAway, core } = entering({ limits: { connections: 2 } })
    const first = enter()
    enter('192.0.2.2')
    expect(enter('192.0.2.3')).toBeUndefined()
    first?.leave()
    expect(enter('192.0.2.3')).toBeDefined()
    expect(turnedAway).toEqual(['192.0.2.3: there are 2 connections already'])
    const { open, total, turnedAway: away } = core.admission
    expect([open, total, away]).toEqual([2, 3, 1])
  })

  test('so many from one address', () => {
    const { enter, turnedAway } = entering({ limits: { connectionsPerAddress: 2 } })
    const first = enter()
    enter()
    expect(enter()).toBeUndefined()
    expect(enter('2001:db8::1')).toBeDefined()
    first?.leave()
    expect(enter()).toBeDefined()
    expect(turnedAway).toEqual(['192.0.2.1: there are 2 connections from 192.0.2.1 already'])
  })

  test('whoever has one address of an IPv6 network has the others too', () => {
    const limits = { connectionsPerAddress: 2, newConnectionsPerSecondPerAddress: 3 }
    const { enter, turnedAway, advance } = entering({ limits })
    enter('2001:db8::1')
    const second = enter('2001:db8::2')
    expect(enter('2001:db8::ffff:1')).toBeUndefined()
    expect(enter('2001:db8:0:1::1')).toBeDefined()
    expect(turnedAway).toEqual(['2001:db8::ffff:1: there are 2 connections from 2001:db8::/64 already'])
    second?.leave()
    expect(enter('2001:db8::3')?.leave()).toBeUndefined()
    expect(enter('2001:db8::4')).toBeUndefined()
    advance(1000)
    expect(enter('2001:db8::4')).toBeDefined()
  })

  test('two apps are counted apart, and each only as long as its clients are there', () => {
    const { peer } = begin({ limits: { connectionsPerApp: 2 } })
    const come = (app: string): Peer => peer({ app }).connect()
    const [first] = [come('a'), come('a'), come('b')]
    expect(come('a').codes).toEqual(['NetConnection.Connect.Rejected'])
    expect(come('b').codes).toEqual(['NetConnection.Connect.Success'])
    expect(come('b').codes).toEqual(['NetConnection.Connect.Rejected'])
    first?.leave()
    expect(come('b').codes).toEqual(['NetConnection.Connect.Rejected'])
    expect(come('a').codes).toEqual(['NetConnection.Connect.Success'])
    expect(come('a').codes).toEqual(['NetConnection.Connect.Rejected'])
  })

  test('so many to one app; the others are told', () => {
    const { peer } = begin({ limits: { connectionsPerApp: 1 } })
    const first = peer().connect()
    const second = peer().connect()
    expect(second.codes).toEqual(['NetConnection.Connect.Rejected'])
    expect(peer({ app: 'other' }).connect().codes).toEqual(['NetConnection.Connect.Success'])
    first.leave()
    second.leave()
    expect(peer().connect().codes).toEqual(['NetConnection.Connect.Success'])
  })

  test('so many new ones in a second, in all and from one address', () => {
    const { enter, turnedAway, advance } = entering({
      limits: { newConnectionsPerSecond: 3, newConnectionsPerSecondPerAddress: 2 },
    })
    const came = (): boolean[] => ['1', '1', '1', '2', '3'].map((n) => enter(`192.0.2.${n}`) !== undefined)
    expect(came()).toEqual([true, true, false, true, false])
    advance(900)
    expect(enter('192.0.2.4')).toBeUndefined()
    advance(150)
    expect(came()).toEqual([true, true, false, true, false])
    expect(turnedAway[0]).toBe('192.0.2.1: more than 2 new connections in a second from 192.0.2.1')
    expect(turnedAway[1]).toBe('192.0.2.3: more than 3 new connections in a second')
  })

  test('limits that are none are named', () => {
    expect(() => begin({ limits: { connections: -1 } })).toThrow(
      expect.objectContaining({ code: 'LIMIT_INVALID', path: 'limits.connections' }),
    )
  })
})

group('streams', () => {
  test('have so many players; further ones are told and may stay', () => {
    const { peer } = begin({ limits: { playersPerStream: 1 } })
    const first = peer().play()
    const second = peer().play()
    expect(second.codes.at(-1)).toBe('NetStream.Play.Failed')
    first.leave()
    second.session.play(1, { streamName: 'key' })
    expect(second.pump().codes.at(-1)).toBe('NetStream.Play.Start')
  })

  test('names that strangers try leave nothing behind', () => {
    const { peer, core } = begin({
      streams: { absentStream: 'reject' },
      handler: { publish: () => ({ kind: 'reject' }) },
    })
    const player = peer().open()
    for (let i = 0; i < 50; i++) {
      player.session.play(1, { streamName: `try-${i}` })
      player.pump()
      peer({ remoteAddress: `192.0.2.${i}` })
        .publish(`try-${i}`)
        .leave()
    }
    expect(core.registry.size).toBe(0)
    player.leave()
    expect([core.connections.size, core.wheel.size]).toEqual([0, 0])
  })
})

group('liveness', () => {
  test('every stage has its deadline', () => {
    const { peer, closed, advance } = begin({
      session: { crypto, deadlines: { handshake: 1000, connect: 2000, command: 3000 } },
      limits: { firstMediaMs: 4000 },
    })
    peer()
    const silent = peer()
    silent.session.handleTimeout(0)
    const shaken = peer()
    const bytes = shaken.session.takeOutput()
    for (const piece of bytes) shaken.connection.receive(piece, 0)
    shaken.connection.receive(new Uint8Array(1536), 0)
    peer().connect()
    const publisher = peer().publish()
    // Data is no media.
    publisher.session.sendData(1, 0, '@setDataFrame', 'onMetaData', { width: 1 })
    publisher.pump()
    const sounding = peer().publish('sound')
    for (let i = 0; i < 120; i++) {
      advance(50)
      sounding.audio(i * 50, audioFrame(i))
      publisher.pump()
    }
    expect(closed.toSorted((a, b) => a.localeCompare(b))).toEqual([
      '1 timeout: the handshake was not completed in time',
      '2 timeout: the handshake was not completed in time',
      '3 timeout: connect did not come in time',
      '4 timeout: neither publish nor play came in time',
      '5 timeout: no media came within 4000 ms',
    ])
    expect(publisher.codes.at(-1)).toBe('NetStream.Publish.Idle')
  })

  test('a publisher that falls silent is given up; a player that is silent is not', () => {
    const { peer, closed, advance } = begin({
      session: { crypto, deadlines: { publisherIdle: 2000 }, ping: { interval: 0 } },
      streams: { waitMs: 0 },
    })
    peer().publish()
    peer().play('other')
    advance(10_000)
    expect(closed).toEqual(['1 timeout: the publisher sent nothing for 2000 ms'])
  })

  test('a player that is given nothing for long is ended, where that is wanted', () => {
    const { peer, closed, advance } = begin({ limits: { playerIdleMs: 3000 }, streams: { waitMs: 0 } })
    const publisher = peer().publish()
    const playing = peer().play()
    const waiting = peer().play('other')
    const paused = peer().play()
    paused.session.pause(1, true, 0)
    paused.pump()
    for (let i = 0; i < 80; i++) {
      advance(50)
      publisher.video(i * 50, i % 10 === 0 ? keyFrame(i) : interFrame(i))
      playing.pump()
    }
    expect(closed).toEqual([
      '3 timeout: nothing was played for 3000 ms',
      '4 timeout: nothing was played for 3000 ms',
    ])
    expect(waiting.finished).toBe(true)
    expect(playing.texts).toHaveLength(80)
  })

  test('what does not get away ends the connection after the time for it', () => {
    const { peer, closed, advance } = begin({ limits: { writeStallMs: 5000 } })
    const publisher = peer().publish()
    const player = peer().play()
    player.reads = false
    for (let i = 0; i < 40; i++) {
      publisher.video(i * 250, keyFrame(i))
      advance(250)
    }
    expect(closed).toEqual(['2 timeout: the client does not take what it is sent'])
  })

  test('pings measure the way and find who is lost', () => {
    const { peer, closed, advance, core } = begin({
      session: { crypto, ping: { interval: 1000, timeout: 2000 }, deadlines: { command: 0 } },
    })
    const alive = peer().connect()
    peer().connect()
    for (let i = 0; i < 10; i++) {
      advance(500)
      alive.pump()
    }
    expect(closed).toEqual(
      ['2 timeout: ' + 'a ping request was not answered in time'].map(() =>
        expect.stringMatching(/^2 timeout: /),
      ),
    )
    expect(alive.connection.stats.rtt).toBeGreaterThanOrEqual(0)
    expect(core.connections.size).toBe(2)
  })

  test('who sends more than is decided is not read until it is', async () => {
    let answer: () => void = () => {}
    const { peer } = begin({
      session: { crypto, limits: { maxHeldBytes: 100_000 } },
      handler: {
        publish: () =>
          new Promise<void>((resolve) => {
            answer = resolve
          }),
      },
    })
    const player = peer().play()
    const client = peer().open()
    client.session.publish(1, { streamName: 'key' })
    client.pump()
    const payload = keyFrame(1, 20_000)
    const chunk = (at: number): Uint8Array => {
      const header = [6, 0, 0, at, 0, payload.length >> 8, payload.length & 255, 9, 1, 0, 0, 0]
      const parts: number[] = [...header]
      for (let from = 0; from < payload.length; from += 4096) {
        if (from > 0) parts.push(0xc6)
        parts.push(...payload.subarray(from, from + 4096))
      }
      return Uint8Array.from(parts)
    }
    for (let at = 0; at < 4 && !client.unread; at++) client.connection.receive(chunk(at), 0)
    expect(client.unread).toBe(true)
    answer()
    for (let i = 0; i < 10; i++) await Promise.resolve()
    expect(client.unread).toBe(false)
    expect(client.connection.isOpen).toBe(true)
    expect(player.pump().texts.length).toBeGreaterThan(1)
  })
})

group('the memory budget', () => {
  test('forgets groups of pictures first, then gives up who holds most; meanwhile others come in', () => {
    const shed: number[][] = []
    const { peer, closed, core } = begin({ limits: { memoryBytes: 4 * MIB } })
    core.events.on('memoryShed', ({ countedBytes, caches, connections }) => {
      shed.push([caches, connections])
      expect(countedBytes).toBeLessThan(3.5 * MIB)
    })
    const publisher = peer().publish()
    const healthy = peer().play()
    const slow = peer().play()
    slow.reads = false
    publisher.video(0, keyFrame(0, 100_000))
    for (let i = 1; i < 60; i++) {
      publisher.video(i, interFrame(i, 100_000))
      healthy.pump()
      expect(core.memory.bytes).toBeLessThanOrEqual(4 * MIB)
      expect(core.admits('192.0.2.9')).toBe(true)
    }
    expect(shed).toEqual([
      [1, 0],
      [0, 1],
    ])
    expect(closed).toEqual(['3 closed: the server needs the memory that this client holds'])
    expect([core.memory.shedConnections, core.memory.shedCaches]).toEqual([1, 1])
    publisher.video(100, keyFrame(100))
    expect(healthy.pump().texts.at(-1)).toBe('K100@100')
    expect(peer().play().texts).toEqual(['K100@100'])
  })

  test('what several slow players share counts once', () => {
    const { peer, core } = begin()
    const publisher = peer().publish()
    const slow = [peer().play(), peer().play(), peer().play()]
    for (const player of slow) player.reads = false
    for (let i = 0; i < 20; i++) publisher.video(i, i === 0 ? keyFrame(i, 100_000) : interFrame(i, 100_000))
    // The group of pictures, and what was encoded of it once for all three.
    expect(core.memory.bytes).toBeGreaterThan(3.9e6)
    expect(core.memory.bytes).toBeLessThan(4.4e6)
    for (const player of slow) player.leave()
    publisher.leave()
    expect(core.memory.bytes).toBe(0)
  })
})

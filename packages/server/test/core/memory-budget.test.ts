import { describe as group, expect, test } from 'vitest'
import { encodeAmf0 } from '@rtmp/amf0'
import { audioFrame, interFrame, keyFrame } from '../../../live/test/arrange.ts'
import { accept } from '../../src/contract/decision.ts'
import { begin as beginServer, Peer, type PeerOptions, type ServerSettings } from './peer.ts'

const MIB = 1024 * 1024

/** A client that is read at once, also while nobody watches what it publishes. */
class EagerPeer extends Peer {
  override pauseReading(): void {}
}

const begin = (settings?: ServerSettings) => {
  const server = beginServer(settings)
  return {
    ...server,
    peer: (options?: PeerOptions): Peer => new EagerPeer(server.core, server.clock, options),
  }
}

/** What a message that is kept costs beside its payload at least: measured. */
const MESSAGE = 177

/** The head of a message of type 9 on a chunk stream, announcing 16 MB, and some of it. */
const unfinished = (csid: number, bytes: number): Uint8Array => {
  const chunk = new Uint8Array(12 + bytes)
  chunk.set([csid, 0, 0, 0, 0xff, 0xff, 0xff, 9, 1, 0, 0, 0])
  return chunk
}

/** Set Chunk Size. */
const chunkSize = (size: number): Uint8Array =>
  Uint8Array.from([2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, size >>> 24, size >>> 16, size >>> 8, size])

const header = (peer: Peer, name: string, bytes: number): void => {
  const payload = encodeAmf0(['@setDataFrame', name, { text: 'a'.repeat(bytes) }])
  peer.session.sendMessage({ csid: 4, typeId: 18, messageStreamId: 1, timestamp: 0, payload })
  peer.pump()
}

group('what is counted', () => {
  test('messages of one byte count as what they cost, and no more than half beyond', () => {
    const { peer, core } = begin()
    const publisher = peer().publish()
    publisher.video(0, keyFrame(0))
    const before = core.memory.bytes
    for (let i = 0; i < 2000; i++) publisher.video(0, Uint8Array.of(0x27))
    const counted = core.memory.bytes - before
    expect(counted).toBeGreaterThanOrEqual(2000 * MESSAGE)
    expect(counted).toBeLessThan(2000 * MESSAGE * 1.5)
  })

  test('unfinished messages count with the room that is made for them, and not when they are complete', () => {
    const { peer, core } = begin()
    const client = peer().connect()
    const before = core.memory.bytes
    client.connection.receive(chunkSize(100_000), 0)
    for (let i = 0; i < 10; i++) client.connection.receive(unfinished(10 + i, 100_000), 0)
    expect(core.memory.bytes - before).toBeGreaterThanOrEqual(1_000_000)
    // Memory grows by twice what has come.
    expect(core.memory.bytes - before).toBeLessThan(2_010_000)
    client.leave()
    expect(core.memory.bytes).toBe(0)
  })

  test('encoded pieces of the cache count once for all of a kind, and again for another kind', () => {
    const { peer, core } = begin()
    const publisher = peer().publish()
    publisher.video(0, keyFrame(0, 500_000))
    const before = core.memory.bytes
    peer().play()
    const one = core.memory.bytes - before
    expect(one).toBeGreaterThan(500_000)
    peer().play()
    expect(core.memory.bytes - before - one).toBeLessThan(50_000)
    const third = peer().open()
    third.session.createStream()
    third.pump().session.play(2, { streamName: 'key' })
    third.pump()
    expect(core.memory.bytes - before - one).toBeGreaterThan(500_000)
  })

  test('a stream that somebody waits for is in the share of who waits', () => {
    const { peer } = begin()
    const player = peer().open()
    const before = player.connection.memory.bytes
    player.session.play(1, { streamName: 'absent' })
    player.pump()
    expect(player.connection.memory.bytes - before).toBeGreaterThan(4096)
    expect([...player.connection.memory.streams.keys()].map(({ name }) => name)).toEqual(['absent'])
    const publisher = peer({ remoteAddress: '192.0.2.8' }).publish('absent')
    publisher.video(0, keyFrame(0))
    expect(player.connection.memory.streams.size).toBe(0)
    expect(publisher.connection.memory.streams.size).toBe(1)
  })

  test('nothing is left when all have gone, in whatever order', () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
    ]) {
      const { peer, core, advance } = begin({ streams: { graceMs: 1000 } })
      const publisher = peer().publish()
      const slow = peer().play()
      slow.reads = false
      const all = [publisher, slow, peer().play()]
      header(publisher, 'onMetaData', 1000)
      for (let i = 0; i < 50; i++) {
        publisher.video(i, i % 20 === 0 ? keyFrame(i, 50_000) : interFrame(i, 50_000))
        publisher.audio(i, audioFrame(i))
      }
      expect(core.memory.bytes).toBeGreaterThan(2 * MIB)
      for (const i of order) (all[i] as Peer).leave()
      advance(1200)
      expect([core.memory.bytes, core.memory.ledger.size]).toEqual([0, 0])
    }
  })
})

group('who pays', () => {
  test('at the bound nothing happens; one message beyond, the group goes', () => {
    const { peer, core } = begin()
    const publisher = peer().publish()
    publisher.video(0, keyFrame(0, 100_000))
    for (let i = 1; i < 20; i++) publisher.video(i, interFrame(i, 100_000))
    core.setLimits({ memoryBytes: core.memory.bytes })
    core.memory.shed(0)
    expect([core.memory.isOver, core.memory.shedCaches]).toEqual([false, 0])
    publisher.video(20, interFrame(20, 100_000))
    expect([core.memory.isOver, core.memory.shedCaches]).toEqual([false, 1])
    expect(core.memory.shedConnections).toBe(0)
  })

  test('streams that nobody plays go before those that somebody does, and the largest of them first', () => {
    const { peer, core } = begin({ limits: { memoryBytes: 4 * MIB } })
    const publisher = peer().publish('played')
    publisher.video(0, keyFrame(0, 60_000))
    peer().play('played')
    const others = ['small', 'large'].map((name) => peer().publish(name))
    const fill = (i: number, frames: number): void => {
      others[i]?.video(0, keyFrame(0, 60_000))
      for (let k = 1; k < frames; k++) others[i]?.video(k, interFrame(k, 60_000))
    }
    fill(0, 10)
    fill(1, 60)
    const groups = ['played', 'small', 'large'].map(
      (name) => core.registry.find('live', name)?.cache.group.length,
    )
    expect(groups[0]).toBe(1)
    expect(groups[1]).toBe(10)
    expect(groups[2]).toBeLessThan(59)
    expect(core.memory.shedConnections).toBe(0)
  })

  test('fat headers are paid by who publishes them, told and ended; nobody else is refused, none loses a group', () => {
    const { peer, core, closed } = begin({ limits: { memoryBytes: 4 * MIB } })
    const honest = peer({ remoteAddress: '192.0.2.1' }).publish('honest')
    honest.video(0, keyFrame(0, 50_000))
    const hoarders = Array.from({ length: 8 }, (_, i) =>
      peer({ remoteAddress: '198.51.100.1' }).publish(`h${i}`),
    )
    for (let i = 0; i < 8; i++) {
      for (let k = 0; k < 9; k++) header(hoarders[i] as Peer, `on${k}`, 100_000)
      expect(core.memory.bytes).toBeLessThanOrEqual(4 * MIB)
      expect(core.admits('203.0.113.1')).toBe(true)
    }
    for (const hoarder of hoarders) hoarder.pump()
    expect(closed.length).toBeGreaterThan(0)
    expect(
      closed.every((line) => line.endsWith('closed: the server needs the memory that this client holds')),
    ).toBe(true)
    expect(hoarders.some(({ codes }) => codes.at(-1) === 'NetStream.Unpublish.Success')).toBe(true)
    expect(honest.connection.isOpen).toBe(true)
    expect(core.registry.find('live', 'honest')?.cache.group).toHaveLength(1)
  })

  test('of one address the connection that holds most pays, however fast it brought it', () => {
    const { peer, core, closed } = begin({ limits: { memoryBytes: 4 * MIB } })
    const witness = peer().publish('witness')
    for (let i = 0; i < 10; i++) witness.video(i, i === 0 ? keyFrame(i, 5000) : interFrame(i, 5000))
    const hoarder = peer().connect()
    hoarder.connection.receive(chunkSize(100_000), 0)
    for (let i = 0; hoarder.connection.isOpen && i < 60; i++)
      hoarder.connection.receive(unfinished(10 + i, 100_000), 0)
    expect(closed).toEqual(['2 closed: the server needs the memory that this client holds'])
    expect(witness.connection.isOpen).toBe(true)
    expect(core.registry.find('live', 'witness')?.cache.group).toHaveLength(10)
  })

  test('of one address, whoever begins messages and does not finish them goes before who publishes and plays', () => {
    const { peer, core, advance } = begin({ limits: { memoryBytes: 8 * MIB } })
    const publisher = peer().publish()
    const player = peer().play()
    const crowd = Array.from({ length: 12 }, () => peer().connect())
    for (const { connection } of crowd) connection.receive(chunkSize(100_000), 0)
    for (let csid = 10; csid < 20; csid++) {
      publisher.video(csid * 100, csid === 10 ? keyFrame(0, 20_000) : interFrame(csid, 20_000))
      for (const { connection } of crowd) connection.receive(unfinished(csid, 100_000), core.now())
      for (const one of crowd) one.pump()
      advance(100)
    }
    expect([publisher, player].map(({ connection }) => connection.isOpen)).toEqual([true, true])
    const ended = crowd.filter(({ connection }) => !connection.isOpen)
    expect(ended.length).toBeGreaterThan(3)
    for (const one of ended) expect(one.codes.at(-1)).toBe('NetConnection.Connect.Closed')
  })

  test('of one address, a crowd that costs little each goes, and no more of it than needed; who is leaving is not paid for', () => {
    const { peer, core, advance } = begin({ limits: { memoryBytes: 2 * MIB } })
    const publisher = peer().publish()
    const player = peer().play()
    const crowd: Peer[] = []
    let ended = 0
    for (let i = 0; i < 200; i++) {
      expect(core.admits('192.0.2.7')).toBe(true)
      crowd.push(peer().connect())
      if (i % 20 === 0) publisher.video(i * 100, keyFrame(i, 20_000))
      player.pump()
      advance(10)
      const now = crowd.filter(({ connection }) => !connection.isOpen).length
      // An eighth of the room is made at a time.
      expect(now - ended).toBeLessThan(60)
      ended = now
    }
    expect([publisher, player].map(({ connection }) => connection.isOpen)).toEqual([true, true])
    expect(ended).toBeGreaterThan(20)
    expect(ended).toBeLessThan(190)
  })

  test('a connection that a hook has to decide about pays as well', () => {
    const { peer, core, closed } = begin({
      limits: { memoryBytes: 100_000 },
      handler: { connection: () => new Promise<boolean>(() => {}) },
    })
    for (let i = 0; i < 12; i++) peer()
    expect(core.admits('192.0.2.1')).toBe(true)
    expect(closed.length).toBeGreaterThan(2)
    expect(closed.length).toBeLessThan(9)
  })

  test('a thousand small hoarders do not get a large publisher shed', () => {
    const { peer, core, closed, advance } = begin({
      limits: { memoryBytes: 32 * MIB },
      session: { ping: { interval: 0 } } as never,
    })
    const honest = peer({ remoteAddress: '192.0.2.1' }).publish('honest')
    const player = peer({ remoteAddress: '192.0.2.2' }).play('honest')
    let frame = 0
    const second = (): void => {
      for (let i = 0; i < 10; i++, frame++) {
        honest.video(frame * 100, frame % 20 === 0 ? keyFrame(frame, 300_000) : interFrame(frame, 100_000))
        player.pump()
      }
      advance(1000)
    }
    second()
    const hoarders: Peer[] = []
    for (let i = 0; i < 1000; i++) {
      const hoarder = peer({ remoteAddress: `198.51.${i >> 8}.${i & 255}` }).publish(`h${i}`)
      hoarder.audio(0, audioFrame(i))
      header(hoarder, 'onMetaData', 40_000)
      hoarders.push(hoarder)
      if (i % 200 === 199) second()
      expect(core.memory.bytes).toBeLessThanOrEqual(37 * MIB)
    }
    for (let i = 0; i < 3; i++) second()
    expect(honest.connection.isOpen).toBe(true)
    expect(player.connection.isOpen).toBe(true)
    expect(player.texts).toHaveLength(frame)
    expect(closed.length).toBeGreaterThan(100)
    expect(core.admits('203.0.113.1')).toBe(true)
  }, 180_000)

  test('addresses of one IPv6 network answer together, two networks apart', () => {
    const { peer } = begin()
    const [one, same, other] = ['2001:db8::1', '2001:db8::2', '2001:db8:0:1::1'].map((remoteAddress) =>
      peer({ remoteAddress }).connect(),
    ) as [Peer, Peer, Peer]
    expect(one.connection.memory.owner).toBe(same.connection.memory.owner)
    expect(one.connection.memory.owner).not.toBe(other.connection.memory.owner)
    const together = one.connection.memory.bytes + same.connection.memory.bytes
    expect(one.connection.memory.owner.bytes).toBe(together)
    same.leave()
    expect(one.connection.memory.owner.bytes).toBe(one.connection.memory.bytes)
  })

  test('a user who is known answers in the place of the address, whichever request has shown it', () => {
    for (const hook of ['connect', 'publish', 'play'] as const) {
      const { peer } = begin({ handler: { [hook]: () => accept({ user: 'anna' }) } })
      const stranger = hook === 'connect' ? undefined : peer().connect()
      const known = hook === 'play' ? peer().play() : peer().publish()
      const { owner } = known.connection.memory
      expect(owner.name).toBe('user anna')
      expect(owner.bytes).toBe(known.connection.memory.bytes)
      const elsewhere =
        hook === 'play'
          ? peer({ remoteAddress: '203.0.113.9' }).play()
          : peer({ remoteAddress: '203.0.113.9' }).publish('b')
      expect(elsewhere.connection.memory.owner).toBe(owner)
      if (stranger !== undefined) expect(stranger.connection.memory.owner.name).toBe('192.0.2.7')
      known.leave()
      elsewhere.leave()
      expect(owner.bytes).toBe(0)
    }
  })

  test('what is left of a publisher that was lost is paid by ending its stream', () => {
    const { peer, core, closed, advance } = begin({ limits: { memoryBytes: 1.75 * MIB } })
    const lost = peer({ remoteAddress: '198.51.100.1' }).publish('lost')
    const player = peer({ remoteAddress: '192.0.2.1' }).play('lost')
    for (let k = 0; k < 9; k++) {
      header(lost, `on${k}`, 100_000)
      advance(400)
      player.pump()
    }
    lost.leave()
    expect(core.registry.find('live', 'lost')?.state).toBe('grace')
    const other = peer({ remoteAddress: '192.0.2.3' }).publish('other')
    for (let k = 0; k < 9; k++) header(other, `on${k}`, 100_000)
    expect(core.registry.find('live', 'lost')).toBeUndefined()
    expect(player.pump().codes).toContain('NetStream.Play.UnpublishNotify')
    expect(closed.filter((line) => line.includes('memory'))).toEqual([])
  })

  test('without a bound nothing is shed', () => {
    const { peer, core } = begin({ limits: { memoryBytes: 0 } })
    const publisher = peer().publish()
    for (let i = 0; i < 30; i++)
      publisher.video(i, i === 0 ? keyFrame(0, 1_000_000) : interFrame(i, 1_000_000))
    core.memory.shed(0)
    expect([core.memory.isOver, core.memory.shedCaches]).toEqual([false, 0])
    expect(core.memory.bytes).toBeGreaterThan(30_000_000)
  })
})

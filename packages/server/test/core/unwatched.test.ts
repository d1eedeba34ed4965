import { concat } from '@rtmp/bytes'
import { describe as group, expect, test } from 'vitest'
import { type Frames, framesFormat, Outbox, Subscriber } from '@rtmp/live/engine'
import { describe, interFrame, keyFrame } from '../../../live/test/arrange.ts'
import { begin, crypto } from './peer.ts'

group('a publisher that nobody watches', () => {
  test('is read every 100 ms, and at once when a player comes: which misses nothing', () => {
    const { advance, peer } = begin()
    const publisher = peer().publish()
    expect(publisher.unread).toBe(false)
    publisher.video(0, keyFrame(1))
    expect(publisher.unread).toBe(true)
    publisher.video(20, interFrame(2))
    const counters = publisher.connection.activities.publishings[0]?.publication.counters
    expect(counters).toMatchObject({ videoMessages: 1 })
    advance(99)
    expect(publisher.unread).toBe(true)
    advance(1)
    expect(publisher.unread).toBe(false)
    publisher.pump()
    expect(counters).toMatchObject({ videoMessages: 2 })
    publisher.video(40, interFrame(3))
    expect(publisher.unread).toBe(true)
    const player = peer().play()
    expect(publisher.unread).toBe(false)
    publisher.pump()
    publisher.video(60, interFrame(4))
    expect(publisher.unread).toBe(false)
    player.pump()
    expect(player.texts).toEqual(['K1@0', 'P2@20', 'P3@40', 'P4@60'])
  })

  test('but by who is patient, is read as rarely, and at once when a player comes', () => {
    const { core, clock, advance, peer } = begin()
    const publisher = peer().publish()
    const recorded: string[] = []
    const outbox = new Outbox<Frames>({
      pendingBytes: 0,
      write: ({ messages }, done) => {
        recorded.push(...messages.map(describe))
        queueMicrotask(() => done?.())
      },
    })
    const recorder = new Subscriber<Frames>({
      format: framesFormat,
      outbox,
      owner: { subscriberEnded: () => {} },
      patient: true,
    })
    core.registry.subscribe('live', 'key', recorder, clock.now())
    publisher.video(0, keyFrame(1))
    expect(publisher.unread).toBe(true)
    publisher.video(20, interFrame(2))
    advance(100)
    expect(publisher.unread).toBe(false)
    publisher.pump()
    publisher.video(40, interFrame(3))
    expect(publisher.unread).toBe(true)
    const player = peer().play()
    expect(publisher.unread).toBe(false)
    publisher.pump()
    player.pump()
    publisher.video(60, interFrame(4))
    expect(publisher.unread).toBe(false)
    player.pump()
    player.leave()
    publisher.video(80, interFrame(5))
    expect(publisher.unread).toBe(true)
    advance(100)
    publisher.pump()
    advance(100)
    expect(player.texts).toEqual(['K1@0', 'P2@20', 'P3@40', 'P4@60'])
    expect(recorded).toEqual(['K1@0', 'P2@20', 'P3@40', 'P4@60', 'P5@80'])
  })

  test('is read at once when there is more behind what came, or somebody in the process sees it', () => {
    const { core, clock, peer } = begin()
    const publisher = peer().publish()
    publisher.session.sendMessage({
      csid: 6,
      typeId: 9,
      messageStreamId: 1,
      timestamp: 0,
      payload: keyFrame(1, 20_000),
    })
    publisher.connection.receive(concat(publisher.session.takeOutput()), clock.now())
    expect(publisher.unread).toBe(false)
    const untap = core.tap('live', 'key', () => {})
    publisher.video(20, interFrame(2))
    expect(publisher.unread).toBe(false)
    untap()
    publisher.video(40, interFrame(3))
    expect(publisher.unread).toBe(true)
  })

  test('is left alone for half as long once it has brought much', () => {
    const { advance, clock, peer } = begin()
    const publisher = peer().publish()
    const bring = (bytes: number): void => {
      const payload = keyFrame(1, bytes)
      publisher.session.sendMessage({ csid: 6, typeId: 9, messageStreamId: 1, timestamp: 0, payload })
      publisher.connection.receive(concat(publisher.session.takeOutput()), clock.now())
    }
    const restMs = (): number => {
      let ms = 0
      for (; publisher.unread; ms += 10) advance(10)
      return ms
    }
    bring(1000)
    restMs()
    bring(1000)
    expect(restMs()).toBe(100)
    bring(20_000)
    expect(publisher.unread).toBe(false)
    bring(1000)
    expect(restMs()).toBe(50)
    bring(1000)
    expect(restMs()).toBe(50)
    bring(1000)
    expect(restMs()).toBe(100)
  })

  test('is read at once while a ping is on its way, so that the round-trip time is right', () => {
    const { advance, peer } = begin({ session: { crypto, ping: { interval: 1000, timeout: 5000 } } })
    const publisher = peer().publish()
    publisher.reads = false
    advance(1000)
    publisher.video(0, keyFrame(1))
    expect(publisher.unread).toBe(false)
    publisher.reads = true
    publisher.pump()
    publisher.video(20, interFrame(2))
    expect(publisher.unread).toBe(true)
  })

  test('that leaves while it is not read leaves nothing behind', () => {
    const { core, peer } = begin()
    const publisher = peer().publish()
    publisher.video(0, keyFrame(1))
    expect(publisher.unread).toBe(true)
    publisher.leave()
    expect([core.connections.size, core.registry.size, core.wheel.size]).toEqual([0, 0, 0])
  })
})

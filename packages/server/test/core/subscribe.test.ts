import { encodeAmf0 } from '@rtmp/amf0'
import { describe as group, expect, test } from 'vitest'
import { describe, interFrame, keyFrame, metadata } from '../../../live/test/arrange.ts'
import type { Subscription } from '../../src/index.ts'
import { begin, crypto, type Peer } from './peer.ts'

/** What is there, as texts. */
const take = async (subscription: Subscription): Promise<string[]> => {
  const texts: string[] = []
  while (subscription.queuedBytes > 0 || subscription.endReason !== undefined) {
    const { done, value } = await subscription.next()
    if (done === true) break
    texts.push(value.kind === 'gap' ? 'gap' : value.kind === 'end' ? value.reason : describe(value))
  }
  return texts
}

const LIMITS = { soft: { bytes: 2000, ms: 1e9 }, hard: { bytes: 1e9, ms: 1e9 } }

/** Sends until the server does not read any more; returns what was read. */
const sendUntilUnread = (publisher: Peer, most = 100): number => {
  for (let i = 0; i < most; i++) {
    publisher.video(i * 40, i === 0 ? keyFrame(i, 500) : interFrame(i, 500))
    if (publisher.unread) return i + 1
  }
  return most
}

group("overflow: 'hold'", () => {
  test("stops only its publisher's connection, misses nothing, and reads on when the loop has caught up", async () => {
    const { core, peer } = begin()
    const [slow, other] = [peer().publish('slow'), peer().publish('other')]
    const subscription = core.subscribe('live', 'slow', { overflow: 'hold', limits: LIMITS })
    const player = peer().play('other')
    const read = sendUntilUnread(slow)
    expect(read).toBeLessThan(10)
    expect(sendUntilUnread(other, 20)).toBe(20)
    expect(player.pump().texts.length).toBe(20)
    // What the publisher sends now stays on its side.
    for (let i = read; i < 30; i++) slow.video(i * 40, interFrame(i, 500))
    expect((await take(subscription)).length).toBe(read)
    expect(slow.unread).toBe(false)
    const texts: string[] = []
    for (let i = 0; i < 30; i++) {
      slow.pump()
      texts.push(...(await take(subscription)))
    }
    expect(texts).toEqual(Array.from({ length: 30 - read }, (_, i) => `P${i + read}@${(i + read) * 40}`))
  })

  test('is no silence of the publisher: neither pings nor the deadline for silent publishers end it', async () => {
    const session = { crypto, ping: { interval: 1000, timeout: 3000 }, deadlines: { publisherIdle: 5000 } }
    const { core, peer, advance, closed } = begin({ session, limits: { firstMediaMs: 0 } })
    const publisher = peer().publish()
    const subscription = core.subscribe('live', 'key', { overflow: 'hold', limits: LIMITS })
    sendUntilUnread(publisher)
    for (let i = 0; i < 120; i++) {
      advance(1000)
      publisher.pump()
    }
    expect(closed).toEqual([])
    await take(subscription)
    publisher.pump().video(9000, keyFrame(99))
    expect(await take(subscription)).toEqual(['K99@9000'])
    // From now on silence counts again.
    publisher.reads = false
    advance(20_000)
    expect(closed.length).toBe(1)
  })

  test.each(['return', 'abort', 'close', 'the end of the server'] as const)(
    'ends cleanly with %s',
    async (how) => {
      const { core, peer } = begin()
      const publisher = peer().publish()
      const abort = new AbortController()
      const subscription = core.subscribe('live', 'key', {
        overflow: 'hold',
        limits: LIMITS,
        signal: abort.signal,
      })
      sendUntilUnread(publisher)
      if (how === 'return') await subscription.return()
      else if (how === 'abort') abort.abort()
      else if (how === 'close') subscription.close()
      else {
        const closing = core.close()
        publisher.leave()
        await closing
        expect(subscription.endReason).toBe('streamEnded')
        return
      }
      expect(publisher.unread).toBe(false)
      publisher.video(9000, keyFrame(9))
      expect(core.registry.find('live', 'key')?.subscribers).toEqual([])
    },
  )

  test('of one of two publishes on a connection holds both, and no longer than it is there', () => {
    const { core, peer } = begin({ streams: { graceMs: 0 } })
    const publisher = peer().publish('a').publish('b', 2)
    core.subscribe('live', 'a', { overflow: 'hold', limits: LIMITS })
    sendUntilUnread(publisher)
    expect(publisher.unread).toBe(true)
    publisher.connection.activities.endPublish(1, { kind: 'reject', close: false }, 'kicked')
    expect(publisher.unread).toBe(false)
  })

  test('tells publishers inside the process', async () => {
    const { core } = begin()
    const publisher = core.inject('live', 'key')
    if (publisher === undefined) throw new Error('the name is free')
    const subscription = core.subscribe('live', 'key', { overflow: 'hold', limits: LIMITS })
    await publisher.ready()
    let count = 0
    for (let i = 0; !publisher.held; i++) {
      count += 1
      publisher.write({
        kind: 'video',
        timestamp: i * 40,
        payload: i === 0 ? keyFrame(i, 500) : interFrame(i, 500),
      })
    }
    let isReady = false
    const ready = publisher.ready().then(() => {
      isReady = true
    })
    await Promise.resolve()
    expect(isReady).toBe(false)
    expect((await take(subscription)).length).toBe(count)
    await ready
    expect([isReady, publisher.held]).toEqual([true, false])
    publisher.end()
    await publisher.ready()
    expect(await take(subscription)).toEqual(['streamEnded'])
  })
})

test("overflow: 'gap' leaves the publisher alone", async () => {
  const { core, peer } = begin()
  const publisher = peer().publish()
  const subscription = core.subscribe('live', 'key', { limits: LIMITS })
  expect(sendUntilUnread(publisher, 30)).toBe(30)
  expect((await take(subscription)).length).toBeLessThan(10)
  publisher.video(2000, keyFrame(50))
  publisher.video(2040, interFrame(51))
  expect(await take(subscription)).toEqual(['gap', 'K50@2000', 'P51@2040'])
})

test('counts as a subscriber: the stream waits for it, and the first and the last are told', async () => {
  const { core, peer } = begin()
  const log: string[] = []
  core.events.on('firstPlayer', () => log.push('first'))
  core.events.on('lastPlayer', () => log.push('last'))
  const early = core.subscribe('live', 'key')
  const publisher = peer().publish()
  publisher.session.sendData(1, 0, '@setDataFrame', 'onMetaData', { width: 640 })
  publisher.video(0, keyFrame(1))
  const kinds: string[] = []
  for await (const item of early) {
    kinds.push(item.kind)
    if (kinds.length === 2) break
  }
  expect([kinds, log]).toEqual([
    ['data', 'video'],
    ['first', 'last'],
  ])
})

test('a tap is told of the end of the stream, each time, and may throw there too', () => {
  const { core, peer, errors } = begin({ expectsErrors: true, streams: { graceMs: 0 } })
  const heard: string[] = []
  const untap = core.tap(
    'live',
    'key',
    (message) => heard.push(describe(message)),
    () => {
      heard.push('end')
      throw new Error('no')
    },
  )
  for (let i = 0; i < 2; i++) {
    const publisher = peer().publish()
    publisher.video(0, keyFrame(1))
    publisher.leave()
  }
  untap()
  const publisher = peer().publish()
  publisher.video(0, keyFrame(1))
  publisher.leave()
  expect(heard).toEqual(['K1@0', 'end', 'K1@0', 'end'])
  expect(errors).toEqual(Array.from({ length: 2 }, () => 'the tap on live/key: Error: no'))
})

test('a client that asks to play again and again, and reads nothing, is kept one catch-up only', () => {
  const { core, peer } = begin({ session: { crypto, limits: { maxCommandsPerSecond: 0 } } })
  const publisher = peer().publish()
  const size = 500_000
  publisher.session.sendMessage({
    csid: 6,
    typeId: 18,
    messageStreamId: 1,
    timestamp: 0,
    payload: Uint8Array.from([2, 0, 13, ...new TextEncoder().encode('@setDataFrame'), ...metadataOf(size)]),
  })
  publisher.pump()
  expect(core.registry.find('live', 'key')?.cache.bytes).toBeGreaterThan(size)
  const player = peer().play()
  player.reads = false
  const play = encodeAmf0(['play', 0, null, 'key'])
  for (let i = 0; i < 200; i++) {
    player.session.sendMessage({ csid: 3, typeId: 20, messageStreamId: 1, timestamp: 0, payload: play })
    player.pump()
    player.session.pause(1, true, 0)
    player.session.pause(1, false, 0)
    player.pump()
  }
  expect(player.connection.outbox.queuedBytes).toBeLessThan(size + 400_000)
  player.reads = true
  player.pump()
  publisher.video(0, keyFrame(1))
  publisher.video(40, interFrame(2))
  expect(player.pump().texts.slice(-2)).toEqual(['K1@0', 'P2@40'])
})

/** `onMetaData` with one long string. */
const metadataOf = (size: number): Uint8Array => {
  const head = [...metadata(0).subarray(0, 13), 8, 0, 0, 0, 1, 0, 1, 97, 12]
  return Uint8Array.from([
    ...head,
    size >>> 24,
    (size >>> 16) & 255,
    (size >>> 8) & 255,
    size & 255,
    ...new Uint8Array(size).fill(97),
    0,
    0,
    9,
  ])
}

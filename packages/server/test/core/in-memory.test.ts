import { ClientSession } from '@rtmp/session'
import { VirtualClock } from '@rtmp/testkit'
import { describe as group, expect, test } from 'vitest'
import type { Connection } from '../../src/core/connection.ts'
import type { ServerCoreOptions } from '../../src/core/options.ts'
import { ServerCore } from '../../src/core/server-core.ts'
import type { Transport } from '../../src/core/transport.ts'
import { describe, interFrame, keyFrame } from '../relay/arrange.ts'

const crypto = { randomBytes: (count: number): Uint8Array => new Uint8Array(count).fill(7) }

/** A client and its way to the server, in memory. Bytes travel when `pump` is called. */
class Peer implements Transport {
  readonly remoteAddress = '192.0.2.7'
  readonly remotePort = 5000
  readonly localPort = 1935
  readonly secure = false
  readonly session = new ClientSession({ crypto })
  readonly texts: string[] = []
  readonly kinds: string[] = []
  readonly codes: string[] = []
  readonly connection: Connection
  readonly #clock: VirtualClock
  #toClient: { bytes: Uint8Array; done: (() => void) | undefined }[] = []
  /** Whether the client takes what it is sent. */
  reads = true
  finished = false
  destroyed = false

  constructor(core: ServerCore, clock: VirtualClock) {
    this.#clock = clock
    this.connection = core.open(this)
  }

  get pendingBytes(): number {
    return this.#toClient.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  write(bytes: Uint8Array, done?: () => void): void {
    this.#toClient.push({ bytes, done })
  }

  finish(): void {
    this.finished = true
  }

  destroy(): void {
    this.destroyed = true
  }

  /** Moves bytes both ways until nothing moves any more. */
  pump(): this {
    for (let moved = true; moved && !this.destroyed; ) {
      moved = false
      for (const bytes of this.session.takeOutput()) {
        moved = true
        this.connection.receive(bytes, this.#clock.now())
      }
      while (this.reads && this.#toClient.length > 0) {
        moved = true
        const { bytes, done } = this.#toClient.shift() as {
          bytes: Uint8Array
          done: (() => void) | undefined
        }
        this.session.receive(bytes, this.#clock.now())
        this.#note()
        done?.()
      }
    }
    return this
  }

  open(): this {
    this.session.connect({ app: 'live' })
    this.pump()
    this.session.createStream()
    return this.pump()
  }

  publish(streamName = 'key'): this {
    this.open().session.publish(1, { streamName })
    return this.pump()
  }

  play(streamName = 'key'): this {
    this.open().session.play(1, { streamName })
    return this.pump()
  }

  video(timestamp: number, payload: Uint8Array): void {
    this.session.sendMessage({ csid: 6, typeId: 9, messageStreamId: 1, timestamp, payload })
    this.pump()
  }

  #note(): void {
    for (let event = this.session.nextEvent(); event !== undefined; event = this.session.nextEvent()) {
      this.kinds.push(event.kind)
      if (event.kind === 'media') this.texts.push(describe(event.message))
      if ('status' in event && event.status !== undefined) this.codes.push(event.status.code)
    }
  }
}

const begin = (options: Partial<ServerCoreOptions> = {}) => {
  const clock = new VirtualClock(0)
  const core = new ServerCore({ ...options, session: { ...options.session, crypto }, now: () => clock.now() })
  const closed: string[] = []
  core.events.on('connectionClosed', ({ connection, closed: how }) =>
    closed.push(`${connection.id} ${how.reason}: ${how.description}`),
  )
  core.events.on('error', ({ error }) => {
    throw error
  })
  const advance = (ms: number): void => {
    for (let left = ms; left > 0; left -= 50) {
      clock.advance(Math.min(50, left))
      core.wheel.advance(clock.now())
    }
  }
  return { clock, core, closed, advance, peer: () => new Peer(core, clock) }
}

group('a server without sockets', () => {
  test('relays, and leaves nothing behind when everybody has gone', () => {
    const { core, clock, peer } = begin()
    const publisher = peer().publish()
    const player = peer().play()
    publisher.video(0, keyFrame(1))
    publisher.video(40, interFrame(2))
    player.pump()
    expect(player.texts).toEqual(['K1@0', 'P2@40'])
    for (const one of [publisher, player]) one.connection.transportClosed(undefined, clock.now())
    expect([core.connections.size, core.registry.size, core.wheel.size]).toEqual([0, 0, 0])
  })

  test('a client that announces Enhanced RTMP is told what we can do, in both objects; others are not', () => {
    const { peer } = begin()
    const answers = [{ app: 'live' }, { app: 'live', fourCcList: ['hvc1'] }].map((properties) => {
      const client = peer()
      client.session.connect(properties)
      client.reads = false
      client.pump()
      const events: unknown[] = []
      const connected = client.session
      client.reads = true
      const note = connected.nextEvent.bind(connected)
      connected.nextEvent = () => {
        const event = note()
        if (event?.kind === 'connected')
          events.push(event.properties['capsEx'], event.status.information['capsEx'])
        return event
      }
      client.pump()
      return events
    })
    expect(answers).toEqual([
      [undefined, undefined],
      [15, 15],
    ])
  })

  test('a player that takes nothing is cut off after 30 s of standing still, though little waits', () => {
    const { core, advance, closed, peer } = begin()
    const reasons: string[] = []
    core.events.on('playEnded', ({ reason }) => reasons.push(reason))
    const publisher = peer().publish()
    const player = peer().play()
    player.reads = false
    for (let i = 0; i < 4; i++) publisher.video(i * 40, keyFrame(i))
    for (let second = 0; second < 32; second++) {
      advance(1000)
      publisher.video(1000 + second, interFrame(second))
    }
    expect(closed).toEqual(['2 timeout: the client does not take what it is sent'])
    expect(reasons).toEqual(['stalled'])
  })

  test('so is a client that only never reads the answers it asks for', () => {
    const { advance, closed, peer } = begin({ session: { crypto, ping: { interval: 0, timeout: 0 } } })
    const client = peer().play()
    client.reads = false
    for (let second = 0; second < 32 && closed.length === 0; second++) {
      client.session.call('anything')
      client.pump()
      advance(1000)
    }
    expect(closed).toEqual(['1 timeout: the client does not take what it is sent'])
  })

  test('the end of a connection: what was said is sent, our side ends, and the peer has 2 s for its own', () => {
    const { core, clock, advance, peer } = begin()
    const player = peer().play()
    player.connection.close('kicked', 'enough', clock.now())
    expect(player.finished).toBe(true)
    player.pump()
    expect(player.codes.at(-1)).toBe('NetStream.Play.Stop')
    advance(1900)
    expect(player.destroyed).toBe(false)
    advance(200)
    expect(player.destroyed).toBe(true)
    player.connection.transportClosed(undefined, clock.now())
    expect([core.connections.size, core.wheel.size]).toEqual([0, 0])
  })

  test('what cannot be sent at the end is not waited for longer than 5 s', () => {
    const { clock, advance, peer } = begin()
    const publisher = peer().publish()
    const player = peer().play()
    player.reads = false
    for (let i = 0; i < 10; i++) publisher.video(i, keyFrame(i, 100_000))
    player.connection.close('kicked', 'enough', clock.now())
    expect(player.finished).toBe(false)
    advance(4900)
    expect(player.destroyed).toBe(false)
    advance(200)
    expect(player.destroyed).toBe(true)
  })

  test('bytes of batches count as sent, whoever wrote them', () => {
    const { peer } = begin()
    const publisher = peer().publish()
    const player = peer().play()
    const before = player.connection.stats.bytesSent
    publisher.video(0, keyFrame(1, 10_000))
    expect(player.connection.stats.bytesSent - before).toBeGreaterThan(10_000)
    expect(player.connection.stats.bytesSent - before).toBeLessThan(10_100)
  })

  test('closing the server tells everybody and waits until they have gone', async () => {
    const { core, clock, peer } = begin()
    const publisher = peer().publish()
    const player = peer().play()
    let gone = false
    const closing = core.close().then(() => {
      gone = true
    })
    player.pump()
    publisher.pump()
    expect(player.codes.slice(-2)).toEqual(['NetStream.Play.UnpublishNotify', 'NetStream.Play.Stop'])
    expect(publisher.codes.at(-1)).toBe('NetStream.Unpublish.Success')
    expect(gone).toBe(false)
    for (const one of [publisher, player]) one.connection.transportClosed(undefined, clock.now())
    await closing
    expect(core.wheel.size).toBe(0)
  })
})

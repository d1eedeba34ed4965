import { describe, expect, onTestFinished, test } from 'vitest'
import type { RtmpServer } from '../../src/index.ts'
import { eventually, nextEvent, startServer } from './arrange.ts'
import { LightClient } from './light-client.ts'

const KNOWS = { capsEx: 1 }
const KEY = 0x17
const INTER = 0x27

/** A video message with its number in it; every tenth is a key frame. */
const frame = (number: number): Uint8Array =>
  Uint8Array.of(number % 10 === 0 ? KEY : INTER, 1, 0, 0, 0, number >> 8, number & 255)
const numberOf = (payload: Uint8Array): number => ((payload[5] ?? 0) << 8) | (payload[6] ?? 0)

/**
 * A publisher that follows a reconnect request as a good encoder does: it goes on as before while it opens the new connection,
 * changes over at a key frame, and then leaves the old server.
 */
class MovingPublisher {
  sent = 0
  moved = false
  #client: LightClient
  #id = 0
  #next: { client: LightClient; id: number } | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #dial: (tcUrl: string) => LightClient

  constructor(client: LightClient, dial: (tcUrl: string) => LightClient) {
    this.#client = client
    this.#dial = dial
  }

  async start(): Promise<void> {
    await this.#client.open('live', KNOWS)
    this.#id = await this.#client.publish('show')
    this.#timer = setInterval(() => this.#tick(), 5)
    void this.#client.event('reconnectRequested').then(async ({ tcUrl = '' }) => {
      const client = this.#dial(tcUrl)
      await client.open('live', KNOWS)
      this.#next = { client, id: await client.publish('show') }
    })
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #tick(): void {
    if (this.#next !== undefined && this.sent % 10 === 0 && !this.moved) {
      this.#client.session.deleteStream(this.#id)
      this.#client.settle()
      this.#client.socket.end()
      this.moved = true
      this.#client = this.#next.client
      this.#id = this.#next.id
    }
    this.#client.send(this.#id, 9, this.sent * 40, frame(this.sent))
    this.sent += 1
  }
}

const urlOf = (server: RtmpServer): string => `rtmp://127.0.0.1:${server.address()?.port}/live`

describe('drain', () => {
  test('a publisher that follows the reconnect request loses no frame, a player that follows it misses none', async () => {
    const old = await startServer()
    const fresh = await startServer()
    const dial = (tcUrl: string): LightClient => {
      expect(tcUrl).toBe(urlOf(fresh.server))
      return fresh.client()
    }
    const publisher = new MovingPublisher(old.client(), dial)
    onTestFinished(() => publisher.stop())
    await publisher.start()
    const stays = await old.client().open()
    await stays.play('show')
    await stays.until('frames', () => stays.media.length > 20)
    const follows = await old.client().open('live', KNOWS)
    await follows.play('show')

    const drained = old.server.drain({ deadlineMs: 8000, tcUrl: urlOf(fresh.server) })
    expect(await follows.event('reconnectRequested')).toMatchObject({ tcUrl: urlOf(fresh.server) })
    const there = await fresh.client().open('live', KNOWS)
    await there.play('show')
    await stays.status('NetStream.Play.UnpublishNotify')
    follows.socket.end()
    await drained
    expect(publisher.moved).toBe(true)
    await there.until('frames', () => there.media.length > 30)
    publisher.stop()
    await there.until(
      'the last frame',
      () => numberOf(there.media.at(-1)?.payload ?? frame(0)) === publisher.sent - 1,
    )

    const numbers = (client: LightClient): number[] => client.media.map(({ payload }) => numberOf(payload))
    const before = numbers(stays)
    const after = numbers(there)
    const last = before.at(-1) ?? 0
    expect(after[0]).toBeLessThanOrEqual(last + 1)
    const all = [...before, ...after.filter((number) => number > last)]
    expect(all).toEqual(Array.from({ length: publisher.sent }, (_, i) => i).slice(before[0] ?? 0))
    expect(old.server.connections.size).toBe(0)
  })

  test('clients that do not know the request are ended in order at once; the idle ones too', async () => {
    const { server, client } = await startServer()
    const publisher = await client().open()
    const id = await publisher.publish('a')
    publisher.send(id, 9, 0, frame(0))
    const player = await client().open()
    await player.play('a')
    const idle = await client().open()
    const silent = client()
    await eventually('four connections', () => server.connections.size === 4)
    await server.drain({ deadlineMs: 60_000 })
    expect(publisher.codes).toContain('NetStream.Unpublish.Success')
    expect(player.events.filter(({ kind }) => kind === 'streamEof')).toHaveLength(1)
    expect(player.codes).toContain('NetStream.Play.UnpublishNotify')
    expect([idle.closed || idle.socket.readableEnded, server.connections.size]).toEqual([true, 0])
    expect(server.isReady).toBe(false)
    silent.socket.destroy()
  })

  test('who is asked and does not go is ended at the deadline; nothing new begins meanwhile; no one gets in', async () => {
    const { server, client, port } = await startServer()
    const stubborn = await client().open('live', KNOWS)
    const id = await stubborn.publish('a')
    stubborn.send(id, 9, 0, frame(0))
    const ended = nextEvent(server, 'publishEnded')
    const drained = server.drain({ deadlineMs: 400 })
    await stubborn.event('reconnectRequested')
    await stubborn.play('a')
    expect(stubborn.events.some(({ kind }) => kind === 'playRejected')).toBe(true)
    const late = new LightClient(port)
    await late.until('close', () => late.closed)
    expect((await ended).reason).toBe('shutdown')
    await drained
    expect(stubborn.codes).toContain('NetStream.Unpublish.Success')
  })

  test('a publisher that leaves without a word is not waited for, and a player of nothing does not keep the server', async () => {
    const { server, client } = await startServer({ streams: { graceMs: 60_000 } })
    const publisher = await client().open('live', KNOWS)
    const id = await publisher.publish('a')
    publisher.send(id, 9, 0, frame(0))
    const player = await client().open()
    await player.play('a')
    const waiting = await client().open()
    await waiting.play('b')
    const drained = server.drain({ deadlineMs: 60_000 })
    await publisher.event('reconnectRequested')
    publisher.socket.end()
    await drained
    expect(player.codes).toContain('NetStream.Play.UnpublishNotify')
    expect(waiting.closed || waiting.socket.readableEnded).toBe(true)
  })

  test('without anybody it is done at once, and again', async () => {
    const { server } = await startServer()
    await server.drain()
    await server.drain()
    await server.close()
  })
})

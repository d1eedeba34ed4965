// A server is emptied while much goes on: publishers that follow its request lose nothing.
import { setTimeout as wait } from 'node:timers/promises'

import { publish, type RtmpPublisher } from '@rtmp/client'
import { createServer, type RtmpServer } from '@rtmp/server'
import { describe, expect, test, type TestContext } from 'vitest'

import { LightPlayer } from '../src/light-player.ts'
import { LOOPBACK } from '../src/loopback.ts'

const PUBLISHERS = 5
const PLAYERS_EACH = 6
const FRAME_MS = 40
const FRAME_BYTES = 20_000
const KEY_EVERY = 10

/** H.264 in shape: a picture with its number behind the codec's five bytes. */
const frameOf = (number: number): Uint8Array => {
  const payload = new Uint8Array(FRAME_BYTES).fill(number)
  payload.set([number % KEY_EVERY === 0 ? 0x17 : 0x27, 1, 0, 0, 0, number >>> 8, number])
  return payload
}

const HEADER = Uint8Array.of(0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 0, 1, 0, 0)

const numberOf = (payload: Uint8Array): number | undefined =>
  payload[1] === 1 ? ((payload[5] ?? 0) << 8) | (payload[6] ?? 0) : undefined

const start = async ({ onTestFinished }: TestContext): Promise<RtmpServer> => {
  const server = createServer({ rtmp: { port: 0, host: LOOPBACK } })
  const errors: unknown[] = []
  server.on('error', (event) => errors.push(event))
  await server.listen()
  onTestFinished(async () => {
    await server.close({ drainMs: 1000 })
    expect(errors).toEqual([])
  })
  return server
}

const urlOf = (server: RtmpServer): string => `rtmp://${LOOPBACK}:${server.address('rtmp')?.port}/live`

/** Numbers of the pictures that a server was sent under a name. */
const heard = (server: RtmpServer, name: string): number[] => {
  const numbers: number[] = []
  server.tap('live', name, ({ typeId, payload }) => {
    const number = typeId === 9 ? numberOf(payload) : undefined
    if (number !== undefined) numbers.push(number)
  })
  return numbers
}

/** Publishes pictures in real time until it is told to stop. */
class Film {
  readonly publisher: RtmpPublisher
  readonly #filming: Promise<void>
  #isOver = false
  sent = 0

  constructor(publisher: RtmpPublisher) {
    this.publisher = publisher
    this.#filming = this.#film()
  }

  async end(): Promise<void> {
    this.#isOver = true
    await this.#filming
    await this.publisher.end()
  }

  async #film(): Promise<void> {
    await this.publisher.write({ typeId: 9, timestamp: 0, payload: HEADER })
    for (const began = performance.now(); !this.#isOver; ) {
      const number = this.sent++
      await this.publisher.write({ typeId: 9, timestamp: number * FRAME_MS, payload: frameOf(number) })
      await wait(Math.max(0, began + this.sent * FRAME_MS - performance.now()))
    }
  }
}

describe('drain under load', () => {
  test('five publishers with thirty players move to another server, and not a frame is lost', async (context) => {
    const [old, fresh] = [await start(context), await start(context)]
    const names = Array.from({ length: PUBLISHERS }, (_, i) => `show-${i}`)
    const before = names.map((name) => heard(old, name))
    const after = names.map((name) => heard(fresh, name))
    const films = await Promise.all(
      names.map(async (name) => new Film(await publish(`${urlOf(old)}/${name}`))),
    )
    const port = old.address('rtmp')?.port ?? 0
    const players = names.flatMap((name) =>
      Array.from({ length: PLAYERS_EACH }, () => new LightPlayer(port, 'live', name)),
    )
    context.onTestFinished(async () => {
      await Promise.all(players.map(async (player) => player.close()))
    })
    await Promise.all(players.map(async ({ playing }) => playing))
    await wait(1000)

    await old.drain({ deadlineMs: 10_000, tcUrl: urlOf(fresh) })
    expect(old.connections.size).toBe(0)
    await wait(500)
    await Promise.all(films.map(async (film) => film.end()))
    await expect.poll(() => fresh.stats().publishers, { timeout: 5000 }).toBe(0)

    for (const [at, { sent, publisher }] of films.entries()) {
      const everything = Array.from({ length: sent }, (_, number) => number)
      expect([...(before[at] ?? []), ...(after[at] ?? [])]).toEqual(everything)
      expect((after[at] ?? [])[0] ?? -1, 'it changes over at a key frame').toSatisfy(
        (number: number) => number > 0 && number % KEY_EVERY === 0,
      )
      expect(publisher.stats.reconnects).toBeLessThanOrEqual(1)
    }
    for (const [at, { media, statuses }] of players.entries()) {
      const seen = media.flatMap(({ payload }) => numberOf(payload) ?? [])
      const published = before[Math.floor(at / PLAYERS_EACH)] ?? []
      expect(seen).toEqual(published.slice(published.indexOf(seen[0] ?? -1)))
      expect(statuses).toContain('NetStream.Play.UnpublishNotify')
    }
  })
})

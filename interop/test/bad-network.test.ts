import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import {
  type LogEntry,
  type NodePublisherOptions,
  type MediaMessage,
  play,
  publish,
  publishFlv,
  type RtmpPublisher,
} from '@rtmp/client'
import { decodeFlv, encodeFlvHeader, encodeFlvTag } from '@rtmp/flv'
import { createServer, redirect } from '@rtmp/server'
import { describe, expect, test, type TestContext } from 'vitest'

import { BadLine, type Weather } from '../src/bad-line.ts'
import { freePort, LOOPBACK } from '../src/loopback.ts'
import { mediaFile } from '../src/media.ts'
import { ServerUnderTest } from './support/server-under-test.ts'

/** Four seconds, 25 pictures each, a key frame every second; 27 kB a second. */
const SMALL = await readFile(mediaFile('h264-aac.flv'))
/** The same with pictures that fill the buffers of sockets: about 1 MB a second. */
const LARGE = Buffer.concat([
  encodeFlvHeader({ hasAudio: true, hasVideo: true }),
  ...decodeFlv(SMALL).map((tag) =>
    encodeFlvTag(
      tag.typeId === 9 && tag.payload[1] === 1
        ? { ...tag, payload: Buffer.concat([tag.payload, Buffer.alloc(40_000)]) }
        : tag,
    ),
  ),
])
const BACK_SOON = { initialMs: 200, maximumMs: 500 }

const isCoded = ({ typeId, payload }: MediaMessage): boolean =>
  typeId === 9 ? payload[1] === 1 : typeId === 8 && payload[1] === 1

const timesOf = (packets: readonly MediaMessage[], typeId: number): number[] =>
  packets.filter((packet) => packet.typeId === typeId && isCoded(packet)).map(({ timestamp }) => timestamp)

/** A server, a stream that goes to it over a bad line, and one who watches, from the beginning. */
const stage = async (
  { onTestFinished }: TestContext,
  what: {
    readonly weather?: Partial<Weather>
    readonly publisher?: NodePublisherOptions
    /** The one who watches is behind the bad line, instead of the publisher. */
    readonly watchOverIt?: boolean
    readonly data?: Uint8Array
  } = {},
) => {
  const server = await ServerUnderTest.start({ graceMs: 30_000, silenceMs: 3000 })
  const line = await BadLine.open(server.port, what.weather)
  const straight = `rtmp://${LOOPBACK}:${server.port}/live/stream`
  const over = line.url('live/stream')
  const stop = new AbortController()
  const log: LogEntry[] = []
  const received: MediaMessage[] = []
  onTestFinished(async () => {
    stop.abort()
    await line.down()
    await server.close()
  })
  const player = play(what.watchOverIt === true ? over : straight, {
    signal: stop.signal,
    whenUnpublished: 'wait',
    reconnect: BACK_SOON,
  })
  await player.started
  const watching = (async () => {
    for await (const packet of player) received.push(packet)
  })().catch(() => undefined)
  const publisher = await publish(what.watchOverIt === true ? straight : over, {
    reconnect: BACK_SOON,
    queue: { overflow: 'drop', maxBytes: 300_000 },
    liveness: { interval: 1000, timeout: 2000 },
    deadlines: { dial: 2000, handshake: 2000, stall: 3000 },
    onLog: (entry) => log.push(entry),
    ...what.publisher,
  })
  const film = filming(publisher, what.data)
  const ended = async (): Promise<void> => {
    await publisher.end()
    await until(() => timesOf(received, 9).at(-1) === film.lastPicture)
    await player.close()
    await watching
  }
  return { line, straight, publisher, player, received, log, film, ended }
}

/** Sends the file again and again, in real time, and remembers the largest queue. */
const filming = (publisher: RtmpPublisher, data: Uint8Array = SMALL) => {
  const film = {
    mostBytes: 0,
    mostMs: 0,
    lastPicture: -1,
    /** Plays the file so often. */
    async times(loops: number): Promise<void> {
      const base = film.rounds * LENGTH_MS
      const sink = {
        async write(tag: { typeId: number; timestamp: number; payload: Uint8Array }): Promise<void> {
          const timestamp = tag.timestamp + base
          if (tag.typeId === 9 && tag.payload[1] === 1) film.lastPicture = timestamp
          await publisher.write({ ...tag, timestamp })
          const { queuedBytes, queuedMs } = publisher.stats
          film.mostBytes = Math.max(film.mostBytes, queuedBytes)
          film.mostMs = Math.max(film.mostMs, queuedMs)
        },
      }
      await publishFlv(sink, () => [data], { loop: loops })
      film.rounds += loops
    },
    rounds: 0,
  }
  return film
}

/** What a round of the file takes on the output's clock, and a little more. */
const LENGTH_MS = 4100

const until = async (condition: () => boolean, limitMs = 15_000): Promise<void> => {
  const end = performance.now() + limitMs
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain for ${condition.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const KEY_FRAME = 0x17

const hashOf = (payload: Uint8Array): string => createHash('sha1').update(payload).digest('base64')

/** Everything that came was sent so, in one order, and begins at a key frame wherever something is missing. */
const expectSound = (received: readonly MediaMessage[], data: Uint8Array = SMALL): void => {
  const known = new Set(decodeFlv(data).map(({ payload }) => hashOf(payload)))
  for (const packet of received.filter(isCoded)) expect(known).toContain(hashOf(packet.payload))
  for (const typeId of [8, 9]) {
    const times = timesOf(received, typeId)
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(new Set(times).size).toBe(times.length)
  }
  const pictures = received.filter((packet) => packet.kind === 'video' && isCoded(packet))
  for (const [at, { timestamp, payload }] of pictures.entries()) {
    if (timestamp - (pictures[at - 1]?.timestamp ?? -1000) > 300) expect(payload[0]).toBe(KEY_FRAME)
  }
}

const textOf = (log: readonly LogEntry[]): string => log.map(({ text }) => text).join('\n')

describe('our client on a bad network', { concurrent: true }, () => {
  test('a connection that is cut for 20 s', async (context) => {
    const { line, publisher, received, log, film, ended } = await stage(context)
    await film.times(1)
    await line.down()
    await film.times(5)
    expect(publisher.state).toBe('reconnecting')
    await line.up()
    await film.times(1)
    await ended()
    expectSound(received)
    const times = timesOf(received, 9)
    expect(times[0]).toBeLessThan(100)
    expect(Math.max(...times.map((time, at) => time - (times[at - 1] ?? time)))).toBeGreaterThan(8000)
    expect(publisher.stats.reconnects).toBe(1)
    expect(film.mostBytes).toBeLessThan(320_000)
    expect(film.mostMs).toBeLessThan(11_000)
    expect(textOf(log)).toMatch(/The stream is interrupted: /)
    expect(textOf(log)).toMatch(/Nobody listens at 127\.0\.0\.1:\d+.*next try in/i)
    expect(textOf(log)).toMatch(/Publishing again after 2\d\.\d s; left out so far: \d+ pictures/)
  })

  test('a cable that is pulled out, with nobody told', async (context) => {
    const { line, publisher, received, log, film, ended } = await stage(context)
    await film.times(1)
    line.weather.silent = true
    await film.times(2)
    expect(publisher.state).toBe('reconnecting')
    line.weather.silent = false
    await film.times(2)
    expect(publisher.state).toBe('live')
    await ended()
    expectSound(received)
    expect(textOf(log)).toMatch(/the connection is dead: the server has been silent for \d/)
    expect(film.mostBytes).toBeLessThan(320_000)
  })

  test('5 % loss and a delay of 200 ms, of the publisher', async (context) => {
    const { publisher, received, film, ended } = await stage(context, {
      weather: { delayMs: 200, loss: 0.05 },
    })
    await film.times(3)
    await ended()
    expectSound(received)
    expect(publisher.stats).toMatchObject({ reconnects: 0, videoDropped: 0, audioDropped: 0 })
    expect(timesOf(received, 9)).toHaveLength(300)
    expect(publisher.stats.session?.rtt ?? 400).toBeGreaterThanOrEqual(400)
  })

  test('5 % loss and a delay of 200 ms, of the player', async (context) => {
    const { received, player, film, ended } = await stage(context, {
      weather: { delayMs: 200, loss: 0.05 },
      watchOverIt: true,
    })
    await film.times(3)
    await ended()
    expectSound(received)
    expect(timesOf(received, 9)).toHaveLength(300)
    expect(player.stats.reconnects).toBe(0)
  })

  test('a line too slow for the pictures: some are left out, sound is kept', async (context) => {
    const { line, publisher, received, film, ended } = await stage(context, {
      data: LARGE,
      // What waits in sockets is seconds of the stream here, and pings stand behind it.
      publisher: { deadlines: { stall: 10_000 }, liveness: { timeout: 20_000 } },
    })
    await film.times(1)
    line.weather.rate = 400_000
    await film.times(4)
    line.weather.rate = Number.POSITIVE_INFINITY
    await film.times(1)
    await ended()
    expectSound(received, LARGE)
    expect(publisher.stats).toMatchObject({ reconnects: 0, audioDropped: 0 })
    expect(publisher.stats.videoDropped).toBeGreaterThan(50)
    expect(timesOf(received, 8)).toHaveLength(6 * 189)
    expect(film.mostBytes).toBeLessThan(500_000)
    expect(film.mostMs).toBeLessThan(6100) // Sound may wait for twice the bound of 3 s.
    expect(line.mostBytes).toBeLessThan(200_000)
  })

  test('a player too slow for the stream: nobody else notices', async (context) => {
    const { line, straight, publisher, player, received, film } = await stage(context, {
      data: LARGE,
      watchOverIt: true,
      weather: { rate: 250_000 },
    })
    const other = play(straight, { whenUnpublished: 'end' })
    let pictures = 0
    const watching = (async () => {
      for await (const packet of other) if (packet.typeId === 9 && isCoded(packet)) pictures += 1
    })()
    await other.started
    await film.times(4)
    await publisher.end()
    await watching
    await player.close()
    expect(pictures).toBe(400)
    expectSound(received, LARGE)
    expect(timesOf(received, 9).length).toBeGreaterThan(20)
    expect(publisher.stats).toMatchObject({ reconnects: 0, videoDropped: 0, audioDropped: 0 })
    expect(line.mostBytes).toBeLessThan(200_000)
  })

  test('a server that is restarted', async (context) => {
    const port = await freePort()
    const serve = async () => {
      const server = createServer({ rtmp: { port, host: LOOPBACK } })
      await server.listen()
      return server
    }
    const first = await serve()
    const url = `rtmp://${LOOPBACK}:${port}/live/stream`
    const log: LogEntry[] = []
    const publisher = await publish(url, {
      reconnect: BACK_SOON,
      queue: { overflow: 'drop' },
      onLog: (entry) => log.push(entry),
    })
    const player = play(url, { reconnect: BACK_SOON, whenUnpublished: 'wait' })
    const received: MediaMessage[] = []
    const watching = (async () => {
      for await (const packet of player) received.push(packet)
    })()
    const film = filming(publisher)
    await film.times(1)
    await first.close({ drainMs: 0 })
    const filmingOn = film.times(1)
    await until(() => publisher.state === 'reconnecting')
    const second = await serve()
    context.onTestFinished(async () => {
      await second.close({ drainMs: 0 })
    })
    await filmingOn
    await film.times(1)
    await until(() => timesOf(received, 9).at(-1) === film.lastPicture)
    await publisher.end()
    await player.close()
    await watching
    expectSound(received)
    expect(publisher.stats.reconnects).toBe(1)
    expect(textOf(log)).toMatch(/Publishing again/)
  })

  test('servers that send it round in circles', async ({ onTestFinished }) => {
    const [one, two] = [await freePort(), await freePort()]
    for (const [port, other] of [
      [one, two],
      [two, one],
    ]) {
      const server = createServer({
        rtmp: { port: port ?? 0, host: LOOPBACK },
        handler: { connect: () => redirect(`rtmp://${LOOPBACK}:${other ?? 0}/live`) },
      })
      await server.listen()
      onTestFinished(async () => {
        await server.close({ drainMs: 0 })
      })
    }
    const failure = await publish(`rtmp://${LOOPBACK}:${one}/live/stream`, { maxRedirects: 4 }).catch(
      (error: unknown) => error,
    )
    expect(failure).toMatchObject({ code: 'REDIRECT_LIMIT', canRetry: false })
    expect(String(failure)).toContain('4')
  })
})

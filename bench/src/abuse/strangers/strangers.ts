import { pbkdf2Sync } from 'node:crypto'
import { control, message } from '../wire.ts'
import { after, command, RawStranger } from './raw-stranger.ts'
import type { Stranger } from './stranger.ts'

const MEGABYTE = 1 << 20

/** Each in a group of its own, so that the wire has two bytes for a message. */
const tinyGroup = (messageStreamId: number, count: number): Uint8Array => {
  const key = message(6, 9, Uint8Array.of(0x17, 1, 0, 0, 0, 1), messageStreamId)
  const first = message(7, 9, Uint8Array.of(0x27), messageStreamId)
  const rest = new Uint8Array(count * 2).fill(0x27)
  for (let at = 0; at < rest.length; at += 2) rest[at] = 0xc7
  return Buffer.concat([key, first, rest])
}

/** A data frame of so many bytes, with a chunk size in which it is one chunk. */
const fatMetadata = (bytes: number, messageStreamId: number): Uint8Array => {
  const long = Buffer.alloc(7 + bytes, 'a')
  long.set([12, bytes >>> 24, (bytes >> 16) & 255, (bytes >> 8) & 255, bytes & 255])
  const name = Buffer.from('\u0002\u0000\u000d@setDataFrame', 'latin1')
  const about = Buffer.from('\u0002\u0000\u000aonMetaData\u0003\u0000\u0001a', 'latin1')
  const body = Buffer.concat([name, about, long.subarray(0, 5 + bytes), Uint8Array.of(0, 0, 9)])
  const header = Uint8Array.of(4, 0, 0, 0, body.length >> 16, (body.length >> 8) & 255, body.length & 255, 18)
  return Buffer.concat([header, Uint8Array.of(messageStreamId, 0, 0, 0), body])
}

/** The first chunk of a message of 16 MB, and so much of it. */
const begun = (csid: number, body: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.of(csid, 0, 0, 0, 0xff, 0xff, 0xff, 9, 1, 0, 0, 0), body])

/** How many of them have been ended, and what those that have were told last. */
const ends = (clients: readonly RawStranger[]): string => {
  const gone = clients.filter(({ isGone }) => isGone)
  const told = new Set(gone.map(({ codes }) => codes.at(-1) ?? 'nothing'))
  return `${gone.length} of ${clients.length} ended${told.size === 0 ? '' : ` (${[...told].join(', ')})`}`
}

/** For the end that must come to one of them at least: a busy server has other things to do first. */
const PATIENCE_MS = 30_000

/** How it ended for clients of which the server ends some. */
const endsOf = async (clients: readonly RawStranger[]): Promise<string> => {
  await Promise.race(clients.map(async (client) => client.until(() => client.isGone, PATIENCE_MS)))
  return ends(clients)
}

const tinyMessages: Stranger = {
  row: 1,
  title: 'Messages of one byte',
  sends: 'groups of 10,000 one-byte messages on 64 streams each of 4 connections',
  act: async ({ raw, seconds }) => {
    const clients = await Promise.all([0, 1, 2, 3].map(async (i) => raw().publishMany(64, `tiny${i}`)))
    const until = performance.now() + seconds * 1000
    for (let id = 1; id <= 64 && performance.now() < until; id++) {
      await Promise.all(clients.map(async (client) => client.write(tinyGroup(id, 10_000), 200)))
    }
    await after(until - performance.now())
    return `slowed; ${ends(clients)}`
  },
}

const catchUps: Stranger = {
  row: 2,
  title: 'Catch-ups again and again',
  sends: 'play, pause and receiveVideo 2000 times each from 6 players that read nothing',
  act: async ({ raw, seconds }) => {
    const kinds = [
      command(1, 'play', 0, null, 'bench'),
      Buffer.concat([command(1, 'pause', 0, null, true, 0), command(1, 'pause', 0, null, false, 0)]),
      Buffer.concat([command(1, 'receiveVideo', 0, null, false), command(1, 'receiveVideo', 0, null, true)]),
    ]
    const clients = await Promise.all(Array.from({ length: 6 }, async () => raw().connect()))
    const works = clients.map(async (client, i) => {
      await client.write(
        Buffer.concat([command(0, 'createStream', 2, null), command(1, 'play', 0, null, 'bench')]),
      )
      await client.until(() => client.codes.includes('NetStream.Play.Start'))
      client.socket.pause()
      const hundred = Buffer.concat(Array.from({ length: 100 }, () => kinds[i % 3] as Uint8Array))
      for (let n = 0; n < 20 && !client.isGone; n++) await client.write(hundred, 200)
      client.socket.resume()
    })
    await Promise.all([...works, after(seconds * 1000)])
    return endsOf(clients)
  },
}

const fatHeaders: Stranger = {
  row: 3,
  title: 'Fat headers',
  sends: 'a data frame of 1 MB on each of 64 streams of 2 connections, kept alive with sound',
  act: async ({ raw, seconds }) => {
    const clients = await Promise.all([0, 1].map(async (i) => raw().publishMany(64, `fat${i}`)))
    const until = performance.now() + seconds * 1000
    for (const client of clients) await client.write(control(1, 4 * MEGABYTE))
    for (let id = 1; id <= 64; id++) {
      const sound = message(5, 8, Uint8Array.of(0xaf, 1, 2), id)
      for (const client of clients)
        await client.write(Buffer.concat([fatMetadata(1_040_000, id), sound]), 1000)
    }
    await after(until - performance.now())
    return endsOf(clients)
  },
}

const unfinished: Stranger = {
  row: 4,
  title: 'Messages begun and not finished',
  sends: '500 kB of messages of 16 MB, on 60 chunk streams, from 20 clients before connect and 20 after it',
  act: async ({ raw, seconds }) => {
    const body = new Uint8Array(500_000)
    const clients = await Promise.all(
      Array.from({ length: 40 }, async (_, i) => (i % 2 === 0 ? raw().shake() : raw().connect())),
    )
    const until = performance.now() + seconds * 1000
    for (const client of clients) await client.write(control(1, body.length))
    for (let csid = 10; csid < 62; csid++) {
      await Promise.all(clients.map(async (client) => client.write(begun(csid, body), 1000)))
      if (clients.every(({ isGone }) => isGone)) break
    }
    await after(until - performance.now())
    return endsOf(clients)
  },
}

const passwords: Stranger = {
  row: 5,
  title: 'Passwords to check',
  sends:
    '60 publishes with a wrong password from each of 6 clients, which leave; then one with the right one',
  prepare: () => {
    const salt = '00112233445566778899aabbccddeeff'
    const hash = pbkdf2Sync('right', salt, 210_000, 32, 'sha256').toString('hex')
    const rules = [
      { stream: 'live/guarded*', publish: ['anna'], play: true },
      { stream: '*', publish: true, play: true },
    ]
    const access = { users: { anna: `pbkdf2:210000:${salt}:${hash}` }, table: { rules } }
    return { configuration: { access } }
  },
  act: async ({ raw, server }) => {
    const clients = await Promise.all(Array.from({ length: 6 }, async () => raw().connect()))
    const before = server.seconds
    for (const client of clients) {
      const asks = Array.from({ length: 60 }, (_, i) => command(0, 'createStream', i + 2, null))
      const begins = Array.from({ length: 60 }, (_, i) =>
        command(i + 1, 'publish', 0, null, `guarded${i}?user=x&pass=y${i}`, 'live'),
      )
      await client.write(Buffer.concat([...asks, ...begins]))
    }
    await after(300)
    const left = ends(clients)
    for (const client of clients) client.socket.destroy()
    const began = performance.now()
    const anna = await raw().connect()
    await anna.write(command(0, 'createStream', 2, null))
    await anna.write(command(1, 'publish', 3, null, 'guarded?user=anna&pass=right', 'live'))
    const isIn = await anna.until(() => anna.codes.includes('NetStream.Publish.Start'), 30_000)
    const ms = Math.round(performance.now() - began)
    const spent = (server.seconds - before).toFixed(1)
    if (!isIn) throw new Error('the right password was refused')
    return `${left}; the right password got in after ${ms} ms, ${spent} s of processor in all`
  },
}

/** Strangers that want memory and work. */
export const greedyStrangers: readonly Stranger[] = [
  tinyMessages,
  catchUps,
  fatHeaders,
  unfinished,
  passwords,
]

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeFlv } from '@rtmp/flv'
import { readRepoFile } from '@rtmp/testkit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { accept, type HttpOptions, type PlayContext, reject, type ServerOptions } from '../../src/index.ts'
import { MemoryLedger } from '@rtmp/live/engine'
import { PictureDecoder, programAt } from '../../src/node/http/posters/picture-decoder.ts'
import { PosterShelf } from '../../src/node/http/posters/poster-shelf.ts'
import { startServer } from './arrange.ts'

const HTTP: HttpOptions = { port: 0, host: '127.0.0.1', token: 't0ken' }
const hasFfmpeg = programAt('ffmpeg') !== undefined

const begin = async (options: ServerOptions = {}) => {
  const started = await startServer({ http: HTTP, ...options })
  const origin = `http://127.0.0.1:${started.server.address('http')?.port ?? 0}`
  const get = (path: string, init: RequestInit = {}): Promise<Response> => fetch(new URL(path, origin), init)
  const publish = async (name: string): Promise<void> => {
    const publisher = await started.client().open('live')
    const id = await publisher.publish(name)
    for (const { typeId, timestamp, payload } of decodeFlv(await readRepoFile('media/h264-aac.flv')))
      if (typeId !== 18) publisher.send(id, typeId as 8 | 9, timestamp, payload)
  }
  /** Asks until there is a picture. */
  const poster = async (path: string): Promise<Response> => {
    for (;;) {
      const response = await get(path)
      if (response.status !== 404) return response
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  return { ...started, get, publish, poster }
}

/** Width and height of a JPEG, by its frame header (ITU-T T.81 §B.2.2). */
const sizeOf = (jpeg: Buffer): [number, number] => {
  for (let at = 2; at + 9 < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    if (((jpeg[at + 1] ?? 0) & 0xfc) === 0xc0) return [jpeg.readUInt16BE(at + 7), jpeg.readUInt16BE(at + 5)]
  }
  return [0, 0]
}

describe('posters', () => {
  test.skipIf(!hasFfmpeg)('of a live stream and of a recording, as JPEG', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rtmp-posters-'))
    onTestFinished(async () => rm(folder, { recursive: true, force: true }))
    await writeFile(join(folder, 'movie.flv'), await readRepoFile('media/hevc-aac.flv'))
    const { publish, poster, get } = await begin({
      recordings: [{ file: `${folder}/{path}.{ext}`, on: 'request' }],
    })
    await publish('show')
    for (const path of ['/live/show.jpg', '/vod/movie.jpg']) {
      const response = await poster(path)
      expect([path, response.status, response.headers.get('content-type')]).toEqual([path, 200, 'image/jpeg'])
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      const bytes = Buffer.from(await response.arrayBuffer())
      expect(sizeOf(bytes)).toEqual([320, 180])
    }
    expect((await get('/live/show.jpg', { method: 'HEAD' })).headers.get('content-length')).not.toBe('0')
  })

  test('as a video of one picture where FFmpeg is not', async () => {
    const path = process.env['PATH']
    process.env['PATH'] = '/nowhere'
    onTestFinished(() => {
      process.env['PATH'] = path
    })
    const { publish, poster } = await begin()
    await publish('show')
    const response = await poster('/live/show.jpg')
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'video/mp4'])
    expect(
      Buffer.from(await response.arrayBuffer())
        .subarray(4, 8)
        .toString(),
    ).toBe('ftyp')
  })

  test('for whoever may play it', async () => {
    const seen: string[] = []
    const { publish, poster, get, server } = await begin({
      handler: {
        play: ({ path, query, connection }: PlayContext) => {
          seen.push(`${path} ${connection.protocol}`)
          return query['token'] === 'secret' ? accept() : reject('not you')
        },
      },
    })
    await publish('show')
    expect((await get('/live/show.jpg')).status).toBe(403)
    expect((await poster('/live/show.jpg?token=secret')).status).toBe(200)
    expect((await get('/live/none.jpg?token=secret')).status).toBe(404)
    expect(seen[0]).toBe('live/show poster')
    await expect.poll(() => server.stats().players).toBe(0)
  })
})

test('what takes too much room is no picture, what is none neither, and what waits is bounded', async () => {
  const decoder = new PictureDecoder('/bin/false')
  const asked = await Promise.all(Array.from({ length: 40 }, () => decoder.jpeg(Uint8Array.of(1))))
  expect(asked.every((one) => one === undefined)).toBe(true)
  expect(await new PictureDecoder('/no/such/program').jpeg(Uint8Array.of(1))).toBe(undefined)
})

test('pictures that wait for their turn are bounded in number: at the bound, and one beyond', async () => {
  const decoder = new PictureDecoder('/bin/false')
  const pending = new Set<number>()
  const asked = Array.from({ length: 17 }, async (_, i) => {
    pending.add(i)
    await decoder.jpeg(Uint8Array.of(1))
    pending.delete(i)
  })
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  expect([pending.size, pending.has(16)]).toEqual([16, false])
  await Promise.all(asked)
})

test.runIf(process.platform !== 'win32')(
  'a picture has at most 4 MiB: at the bound, and one beyond',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rtmp-decoder-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const made = async (size: number): Promise<number | undefined> => {
      const program = join(folder, `of-${size}`)
      await writeFile(program, `#!/bin/sh\nhead -c ${size} /dev/zero\n`, { mode: 0o755 })
      return (await new PictureDecoder(program).jpeg(Uint8Array.of(1)))?.length
    }
    expect(await made(4 * 1024 * 1024)).toBe(4 * 1024 * 1024)
    expect(await made(4 * 1024 * 1024 + 1)).toBeUndefined()
    expect(await made(0)).toBeUndefined()
  },
)

test('pictures of 200 streams are kept: at the bound, and one beyond', async () => {
  const shelf = new PosterShelf(() => 0, new MemoryLedger())
  const made: string[] = []
  const ask = async (path: string): Promise<unknown> =>
    shelf.of(path, async () => {
      made.push(path)
      return Promise.resolve({ type: 'image/jpeg', bytes: new Uint8Array(1) } as const)
    })
  for (let i = 0; i < 200; i++) await ask(`s${i}`)
  await ask('s0')
  expect(made).toHaveLength(200)
  await ask('one more')
  await ask('s1')
  expect(made.slice(200)).toEqual(['one more'])
  await ask('s0')
  expect(made.slice(200)).toEqual(['one more', 's0'])
})

test('pictures that wait for their turn are bounded in bytes: at the bound, and one beyond', async () => {
  const decoder = new PictureDecoder('/bin/false')
  const pending = new Set<number>()
  const asked = [8, 8, 8, 1].map(async (mebibytes, i) => {
    pending.add(i)
    await decoder.jpeg(new Uint8Array(mebibytes * 1024 * 1024))
    pending.delete(i)
  })
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  expect([...pending]).toEqual([0, 1, 2])
  await Promise.all(asked)
})

test('a picture is made once for all who ask within seconds, and no more are kept than may be', async () => {
  let now = 0
  const ledger = new MemoryLedger()
  const shelf = new PosterShelf(() => now, ledger)
  let made = 0
  const make = async () => {
    made += 1
    return { type: 'image/jpeg', bytes: new Uint8Array(1024 * 1024) } as const
  }
  await Promise.all(Array.from({ length: 100 }, () => shelf.of('a', make)))
  expect(made).toBe(1)
  now = 5000
  await shelf.of('a', make)
  expect(made).toBe(2)
  for (let i = 0; i < 20; i++) await shelf.of(`b${i}`, make)
  await shelf.of('b19', make)
  expect(made).toBe(22)
  await shelf.of('b0', make)
  expect(made).toBe(23)
  // What is kept is counted, and nothing else.
  expect(ledger.bytes).toBe(16 * (1024 * 1024 + 256))
  now = 60_000
  await shelf.of('a', async () => Promise.resolve(undefined))
  expect(ledger.bytes).toBe(0)
})

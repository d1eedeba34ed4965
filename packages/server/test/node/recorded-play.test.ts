import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MediaMessage } from '@rtmp/e-rtmp'
import { encodeFlvHeader, encodeFlvTag } from '@rtmp/flv'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type HttpOptions, reject, type ServerOptions } from '../../src/index.ts'
import { partOf } from '../../src/node/http/recordings/file-answer.ts'
import { eventually, startServer } from './arrange.ts'

const HTTP: HttpOptions = { port: 0, host: '127.0.0.1', token: 't0ken' }
const HEADER = Uint8Array.of(0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1f, 0xff, 0xe0, 0)
const picture = (key: boolean, number: number): Uint8Array =>
  Uint8Array.of(key ? 0x17 : 0x27, 1, 0, 0, 0, 0, 0, 0, 3, key ? 0x65 : 0x41, number >> 8, number & 255)

/** Twenty seconds of 10 pictures a second, a key frame each second. */
const movie = (): Buffer =>
  Buffer.concat([
    encodeFlvHeader({ hasAudio: false, hasVideo: true }),
    encodeFlvTag({ typeId: 9, timestamp: 0, payload: HEADER }),
    ...Array.from({ length: 200 }, (_, i) =>
      encodeFlvTag({ typeId: 9, timestamp: i * 100, payload: picture(i % 10 === 0, i) }),
    ),
  ])

const begin = async (options: ServerOptions = {}) => {
  const folder = await mkdtemp(join(tmpdir(), 'rtmp-vod-'))
  onTestFinished(async () => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'movie.flv'), movie())
  await writeFile(join(folder, 'half.part.flv'), movie())
  const started = await startServer({
    http: HTTP,
    recordings: [{ file: `${folder}/{path}.{ext}`, on: 'request' }],
    ...options,
  })
  const player = await started.client().open('vod')
  /** A buffer as long as the whole of it, so that nothing has to be waited for. */
  const play = async (name: string, more: { start?: number; duration?: number } = {}, bufferMs = 60_000) => {
    const id = await player.createStream()
    player.session.setBufferLength(id, bufferMs)
    player.session.play(id, { streamName: name, ...more })
    player.settle()
    return id
  }
  const frames = () =>
    player.media.filter(
      ({ typeId, timestamp, payload }) => new MediaMessage(typeId, timestamp, payload).isCoded,
    )
  const times = (): number[] => frames().map(({ timestamp }) => timestamp)
  return { ...started, folder, player, play, frames, times }
}

test('a recording is played to its end, which is told', async () => {
  const { player, play, times } = await begin()
  await play('movie')
  await player.status('NetStream.Play.Stop')
  expect(player.events.some(({ kind }) => kind === 'streamIsRecorded')).toBe(true)
  expect(times()).toEqual(Array.from({ length: 200 }, (_, i) => i * 100))
  expect(player.media[0]?.payload).toEqual(HEADER)
  expect(player.data.find(({ name }) => name === 'onPlayStatus')?.values[0]).toMatchObject({
    code: 'NetStream.Play.Complete',
  })
  expect(player.data.find(({ name }) => name === 'onMetaData')?.values[0]).toMatchObject({ duration: 19.9 })
})

test('a start and a duration: from the key frame before it, counted from 0, with headers', async () => {
  const { player, play, frames, times } = await begin()
  await play('mp4:movie.flv', { start: 5500, duration: 2000 })
  await player.status('NetStream.Play.Stop')
  expect(frames()[0]?.payload).toEqual(picture(true, 50))
  expect(times()).toEqual(Array.from({ length: 25 }, (_, i) => i * 100))
  expect(player.media[0]?.payload).toEqual(HEADER)
})

test('no more is sent than the buffer of the client holds; a seek goes to the key frame before it, a pause stops it', async () => {
  const { player, play, times, server } = await begin()
  const id = await play('movie', {}, 1000)
  await player.until('a beginning', () => times().length > 5)
  expect(Math.max(...times())).toBeLessThan(6000)
  player.session.pause(id, true, 500)
  player.settle()
  await player.status('NetStream.Pause.Notify')
  await eventually('its reader is counted', () => server.stats().memory.countedBytes > 2 * 256 * 1024)
  const paused = times().length
  player.session.seek(id, 15_250)
  player.settle()
  await player.status('NetStream.Seek.Notify')
  expect(times().length).toBe(paused)
  player.session.pause(id, false, 15_250)
  player.settle()
  await player.until('what was sought', () => times().length > paused + 3)
  expect(times()[paused]).toBe(15_000)
})

test('what is not there, not finished, outside, or refused by a rule is not played', async () => {
  const { player, play, frames } = await begin({
    handler: { play: ({ streamName }) => (streamName === 'secret' ? reject('no') : undefined) },
  })
  await writeFile(join(tmpdir(), 'rtmp-outside.flv'), movie())
  for (const [i, name] of ['nothing', 'half.part', '../rtmp-outside'].entries()) {
    await play(name)
    await player.until(
      name,
      () => player.codes.filter((code) => /StreamNotFound|Failed/.test(code)).length > i,
    )
  }
  await play('secret')
  await player.until('a refusal', () => player.codes.length >= 4)
  expect(player.codes.every((code) => code !== 'NetStream.Play.Start')).toBe(true)
  expect(frames()).toEqual([])
  await rm(join(tmpdir(), 'rtmp-outside.flv'))
})

test('rules are asked about one path, whatever kind of file a player puts before the name', async () => {
  const seen: string[] = []
  const { player, play } = await begin({
    handler: {
      play: ({ path }) => {
        seen.push(path)
        return reject('no')
      },
    },
  })
  for (const [i, name] of ['movie', 'mp4:movie', 'flv:movie', 'mp4:movie.flv'].entries()) {
    await play(name)
    await player.until('a question', () => seen.length > i)
  }
  expect(seen).toEqual(['vod/movie', 'vod/movie', 'vod/movie', 'vod/movie.flv'])
})

describe('over HTTP', () => {
  const get = async (port: number | undefined, path: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${port}/_/recordings/${path}`, {
      headers: { authorization: 'Bearer t0ken', ...headers },
    })

  test('a file is given whole, in parts, and not again', async () => {
    const { server } = await begin()
    const port = server.address('http')?.port
    const whole = await get(port, 'movie.flv')
    expect(whole.status).toBe(200)
    expect(Buffer.from(await whole.arrayBuffer()).equals(movie())).toBe(true)
    expect(whole.headers.get('content-type')).toBe('video/x-flv')
    const part = await get(port, 'movie.flv', { range: 'bytes=100-199' })
    expect(part.status).toBe(206)
    expect(part.headers.get('content-range')).toBe(`bytes 100-199/${movie().length}`)
    expect(Buffer.from(await part.arrayBuffer()).equals(movie().subarray(100, 200))).toBe(true)
    const end = await get(port, 'movie.flv', { range: 'bytes=-10' })
    expect(Buffer.from(await end.arrayBuffer()).equals(movie().subarray(-10))).toBe(true)
    expect((await get(port, 'movie.flv', { range: `bytes=${movie().length}-` })).status).toBe(416)
    const etag = whole.headers.get('etag') ?? ''
    expect((await get(port, 'movie.flv', { 'if-none-match': etag })).status).toBe(304)
    const changed = await get(port, 'movie.flv', { range: 'bytes=0-9', 'if-range': '"other"' })
    expect(changed.status).toBe(200)
    await changed.arrayBuffer()
    for (const name of ['half.part.flv', 'nothing.flv', '..%2fmovie.flv', '%2e%2e/movie.flv'])
      expect((await get(port, name)).status).toBe(404)
    expect((await fetch(`http://127.0.0.1:${port}/_/recordings/movie.flv`)).status).toBe(401)
  })

  test.each([
    [null, undefined],
    ['bytes=0-', { from: 0, to: 99 }],
    ['bytes=99-500', { from: 99, to: 99 }],
    ['bytes=-1000', { from: 0, to: 99 }],
    ['bytes=100-', 'none'],
    ['bytes=-0', 'none'],
    ['bytes=5-4', undefined],
    ['bytes=0-1,5-6', undefined],
    ['bytes=-', undefined],
    ['lines=0-1', undefined],
  ] as const)('the range %j of 100 bytes', (range, part) => {
    expect(partOf(range, 100)).toEqual(part)
  })
})

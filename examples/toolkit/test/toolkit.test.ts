import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isRtmpClientError, play, publish, publishFile } from '@rtmp/client'
import { createServer, type RtmpServer } from '@rtmp/server'
import { afterEach, expect, test } from 'vitest'
import { serveEnhanced } from '../src/enhanced-server.ts'
import { pull } from '../src/puller.ts'
import { recordTo } from '../src/recording-client.ts'
import { type Done, serveAndRecord } from '../src/recording-server.ts'
import { serve } from '../src/simple-server.ts'

const media = (name: string): string => fileURLToPath(new URL(`../../../media/${name}`, import.meta.url))
const movie = media('h264-aac.flv')
const never = new AbortController().signal

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

const urlOf = (server: RtmpServer): string => {
  ends.push(() => server.close())
  return `rtmp://127.0.0.1:${server.address('rtmp')?.port}`
}
/** Resolves when an event happens the next time. */
const happens = (server: RtmpServer, name: 'playStarted' | 'publishStarted'): Promise<void> =>
  new Promise((resolve) => server.on(name, () => resolve()))
const folder = async (): Promise<string> => {
  const made = await mkdtemp(join(tmpdir(), 'toolkit-'))
  ends.push(() => rm(made, { recursive: true }))
  return made
}

test('the simple server tells of a publish, and of one that it has refused', async () => {
  const lines: string[] = []
  const url = urlOf(await serve(0, (line) => lines.push(line)))
  await publishFile(movie, `${url}/live/show`, { pace: 'fast' })
  const refused = await publish(`${url}/elsewhere/show`).catch((error: unknown) => error)
  expect(isRtmpClientError(refused)).toBe(true)
  expect(lines).toContain('live/show comes from 127.0.0.1')
  expect(lines).toContain('refused to publish: publish below live/')
})

/** A server whose streams end with their publishers. */
const plain = async (): Promise<{ readonly url: string; readonly played: Promise<void> }> => {
  const server = createServer({ rtmp: { port: 0, host: '127.0.0.1' }, streams: { graceMs: 0 } })
  await server.listen()
  return { url: urlOf(server), played: happens(server, 'playStarted') }
}

test('the puller waits for a stream, and says what it is made of', async () => {
  const { url, played } = await plain()
  const lines: string[] = []
  const pulling = pull(`${url}/live/show`, never, (line) => lines.push(line))
  await played
  await publishFile(movie, `${url}/live/show`)
  expect(await pulling).toEqual({ audio: 189, video: 100, keyFrames: 4, codecs: ['h264', 'aac'] })
  expect(lines).toContain('video track 0 is h264')
  expect(lines.some((line) => line.startsWith('onMetaData [{'))).toBe(true)
})

test('the recording client leaves a whole file', async () => {
  const { url, played } = await plain()
  const file = join(await folder(), 'show.flv')
  const recording = recordTo(`${url}/live/show`, file, never)
  await played
  await publishFile(movie, `${url}/live/show`)
  const { files } = await recording
  expect(files).toMatchObject([{ path: file, videoTags: expect.any(Number) }])
  expect((await readFile(file)).subarray(0, 3).toString()).toBe('FLV')
})

test('the recording server records what is published, and plays it again', async () => {
  let tell: (done: Done) => void = () => {}
  const done = new Promise<Done>((resolve) => (tell = resolve))
  const server = await serveAndRecord(0, await folder(), (recorded) => tell(recorded))
  const url = urlOf(server)
  await publishFile(movie, `${url}/live/show`, { pace: 'fast' })
  server.endStream('live', 'show')
  const { vod, seconds } = await done
  expect(vod).toMatch(/^vod\/live\/show\//)
  expect(seconds).toBeCloseTo(4.1, 0)
  const player = play(`${url}/${vod}`)
  for await (const message of player) if (message.keyFrame) break
  expect(player.isRecorded).toBe(true)
})

test('the enhanced server tells tracks of every form, and moves a publisher that knows how', async () => {
  const lines: string[] = []
  const [{ server, moveTo }, other] = await Promise.all([
    serveEnhanced(0, (line) => lines.push(line)),
    serve(0, () => {}),
  ])
  const [url, elsewhere] = [urlOf(server), urlOf(other)]
  await publishFile(media('multitrack-h264-hevc-aac-opus.flv'), `${url}/live/show`, { pace: 'fast' })
  expect(lines.filter((line) => line.includes(' track ')).toSorted()).toEqual([
    'live/show: audio track 0 is aac, legacy',
    'live/show: audio track 1 is opus, enhanced',
    'live/show: video track 0 is h264, legacy, from a key frame on',
    'live/show: video track 1 is hevc, enhanced, from a key frame on',
  ])
  expect(lines[0]).toMatch(/^127\.0\.0\.1 speaks Enhanced RTMP: .*hvc1/)

  const publisher = await publish(`${url}/live/moving`, { reconnect: true })
  const arrived = happens(other, 'publishStarted')
  expect(moveTo('live/nobody', `${elsewhere}/live`)).toBe(false)
  expect(moveTo('live/moving', `${elsewhere}/live`)).toBe(true)
  await arrived
  await publisher.end()
})

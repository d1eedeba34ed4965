// Many viewers of one recording: what they hold is counted, bounded, and gone when they go.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MediaMessage } from '@rtmp/e-rtmp'
import { decodeFlv, TagType } from '@rtmp/flv'
import { record } from '@rtmp/recorder'
import { readRepoFile } from '@rtmp/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { eventually, startServer } from './arrange.ts'

const VIEWERS = 200
const KiB = 1024

const PICTURE_BYTES = 4 * KiB

const sample = decodeFlv(await readRepoFile('media/h264-aac.flv'))
  .filter(({ typeId }) => typeId === TagType.video)
  .map(({ typeId, payload }) => new MediaMessage(typeId, 0, payload))
const header = sample.find(({ isHeader }) => isHeader) as MediaMessage
const key = sample.find(({ keyFrame, isCoded }) => keyFrame && isCoded) as MediaMessage

/** An hour and a half, two pictures a second, each a key frame: 43 MB. */
async function* film(): AsyncGenerator<MediaMessage> {
  yield header
  const payload = new Uint8Array(PICTURE_BYTES)
  payload.set(key.payload.subarray(0, PICTURE_BYTES))
  for (let i = 0; i < 10_800; i++) yield key.withPayload(payload).at(i * 500)
}

test.each(['flv', 'fmp4'] as const)('two hundred of a long one in %s', async (format) => {
  const folder = await mkdtemp(join(tmpdir(), 'rtmp-viewers-'))
  onTestFinished(async () => rm(folder, { recursive: true, force: true }))
  await record(film(), { file: join(folder, 'film.{ext}'), path: 'film', format, minFreeBytes: 0 }).ended
  const { client, server } = await startServer({
    recordings: [{ file: `${folder}/{path}.{ext}`, on: 'request' }],
  })
  const viewers = await Promise.all(
    Array.from({ length: VIEWERS }, async (_, i) => {
      const viewer = await client().open('vod')
      const id = await viewer.createStream()
      viewer.session.setBufferLength(id, 1000)
      viewer.session.play(id, { streamName: 'film', start: i * 25_000 })
      viewer.settle()
      return viewer
    }),
  )
  await Promise.all(viewers.map(async (viewer) => viewer.until('pictures', () => viewer.media.length >= 4)))
  expect([server.connections.size, server.stats().players]).toEqual([VIEWERS, VIEWERS])
  // A piece of the file and what is cut out of it for each, beside what any connection costs; the index of the file for all.
  const held = (): number => server.stats().memory.countedBytes
  await eventually('all are counted', () => held() > VIEWERS * PICTURE_BYTES)
  expect(held()).toBeLessThan(VIEWERS * 700 * KiB + 2048 * KiB)
  for (const viewer of viewers) viewer.socket.destroy()
  await eventually('all have gone', () => server.connections.size === 0)
  await eventually('nothing is held for them', () => held() < 1024 * KiB)
  expect(server.stats().players).toBe(0)
})

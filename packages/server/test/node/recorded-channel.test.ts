// What a recording that is watched over HLS holds: counted while a segment is cut, and gone when there is too much.
import { MediaMessage } from '@rtmp/e-rtmp'
import { decodeFlv, TagType } from '@rtmp/flv'
import { readRepoFile } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import type { RecordedReader } from '../../src/core/recorded-stream.ts'
import { RecordedChannel } from '../../src/node/http/hls/recorded-channel.ts'
import { begin } from '../core/peer.ts'

const MiB = 1024 * 1024

const sample = decodeFlv(await readRepoFile('media/h264-aac.flv'))
  .filter(({ typeId }) => typeId === TagType.video)
  .map(({ typeId, payload }) => new MediaMessage(typeId, 0, payload))
const header = sample.find(({ isHeader }) => isHeader) as MediaMessage
const key = sample.find(({ keyFrame, isCoded }) => keyFrame && isCoded) as MediaMessage

/** A film of one segment: pictures of 256 KiB, so many of them. What is counted is noted whenever one is asked for. */
const film = (pictures: number, memoryBytes: number) => {
  const { core } = begin({ limits: { memoryBytes } })
  const counted: number[] = []
  const picture = key.withPayload(new Uint8Array(256 * 1024).fill(0))
  picture.payload.set(key.payload)
  let at = 0
  const reader: RecordedReader = {
    durationMs: pictures,
    heldBytes: 50_000,
    starts: async () => [{ time: 0, position: 0 }],
    seek: async () => (at = 0),
    next: async () => {
      counted.push(core.memory.bytes)
      if (at >= pictures) return undefined
      at += 1
      return [...(at === 1 ? [header] : []), picture.at(at)]
    },
    close: async () => {},
  }
  const channel = new RecordedChannel(
    core,
    'vod/film',
    async () => reader,
    '192.0.2.1',
    () => {},
  )
  return { core, channel, counted }
}

test('is counted: the file, what is being cut, what was cut', async () => {
  const { core, channel, counted } = film(40, 64 * MiB)
  expect((await channel.answer({ name: 'v0-0.m4s' })).status).toBe(200)
  expect(counted[0]).toBe(50_000)
  expect(counted.at(-1)).toBeGreaterThan(10 * MiB)
  expect(core.memory.bytes).toBeGreaterThan(10 * MiB)
  expect(core.memory.bytes).toBeLessThan(11 * MiB)
  channel.close()
  expect(core.memory.bytes).toBe(0)
})

test('is given up when there is too much, and what is being cut with it', async () => {
  const { core, channel, counted } = film(400, 8 * MiB)
  expect((await channel.answer({ name: 'v0-0.m4s' })).status).toBe(503)
  expect(Math.max(...counted)).toBeLessThan(9 * MiB)
  expect(counted.length).toBeLessThan(40)
  expect([channel.isClosed, core.memory.bytes]).toEqual([true, 0])
})

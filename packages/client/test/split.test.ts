import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { flvRules, MediaMessage } from '@rtmp/e-rtmp'
import { decodeFlv, type FlvTag } from '@rtmp/flv'
import { readFlvFile } from '@rtmp/flv/file'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { saveFlv } from '../src/index.ts'

const MEDIA = new URL('../../../media/h264-aac.flv', import.meta.url)

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtmp-split-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

const tags = async (): Promise<FlvTag[]> => decodeFlv(new Uint8Array(await readFile(MEDIA)))

async function* packetsOf(all: readonly FlvTag[], shift = 0): AsyncGenerator<MediaMessage> {
  for (const { typeId, timestamp, payload } of all)
    yield new MediaMessage(typeId, (timestamp + shift) >>> 0, payload)
}

const isFrame = ({ typeId, timestamp, payload }: FlvTag): boolean =>
  new MediaMessage(typeId, timestamp, payload).isCoded

describe('a stream saved into several files', () => {
  test.each([
    ['by time', { splitMs: 1500 }, 0],
    ['by size', { splitBytes: 30_000 }, 0],
    ['across the wrap of 32 bits, with its own times', { splitMs: 1500, fromZero: false }, 2 ** 32 - 1000],
  ])('%s', async (name, options, shift) => {
    const sent = await tags()
    const path = join(folder, `${name}.flv`)
    const saved = await saveFlv(packetsOf(sent, shift), path, options)
    expect(saved.files.length).toBeGreaterThanOrEqual(2)
    expect(saved.files.map((file) => file.path)).toEqual(
      saved.files.map((_, i) => join(folder, i === 0 ? `${name}.flv` : `${name}-${i + 1}.flv`)),
    )
    const received: FlvTag[] = []
    for (const { path: one, fileSize, duration, keyframes } of saved.files) {
      const bytes = new Uint8Array(await readFile(one))
      const file = readFlvFile(bytes, flvRules)
      expect(bytes.length).toBe(fileSize)
      expect(file.metadata?.duration).toBeCloseTo(duration / 1000, 1)
      if (keyframes.times.length > 1)
        expect(file.metadata?.keyframes?.filePositions).toEqual(keyframes.filePositions)
      const frames = file.tags.filter(isFrame)
      const video = frames.find(({ typeId }) => typeId === 9)
      expect(video && new MediaMessage(9, 0, video.payload).keyFrame).toBe(true)
      const headers = file.tags.map((tag) => new MediaMessage(tag.typeId, tag.timestamp, tag.payload))
      expect(headers.filter(({ isHeader }) => isHeader).length).toBe(2)
      if (shift === 0) expect(Math.min(...frames.map(({ timestamp }) => timestamp))).toBeLessThan(30)
      received.push(...frames)
    }
    const wanted = sent.filter(isFrame)
    expect(received.map(({ payload }) => payload)).toEqual(wanted.map(({ payload }) => payload))
    expect(saved.duration).toBeGreaterThan(3900)
    expect(saved.duration).toBeLessThan(4200)
  })

  test('only sound is split anywhere, and one file has an index for its size', async () => {
    const sound = (await tags()).filter(({ typeId }) => typeId === 8)
    const path = join(folder, 'sound.flv')
    const saved = await saveFlv(packetsOf(sound), path, { splitMs: 1000 })
    expect(saved.files.length).toBe(5)
    const whole = await saveFlv(packetsOf(await tags()), join(folder, 'whole.flv'), { maxMs: 10_000 })
    const { metadata } = readFlvFile(new Uint8Array(await readFile(join(folder, 'whole.flv'))), flvRules)
    expect(metadata?.keyframes?.times.length).toBe(4)
    expect(metadata?.keyframes?.filePositions).toEqual(whole.keyframes.filePositions)
  })

  test('a stream cannot be split, nor a file behind nothing', async () => {
    await expect(saveFlv(packetsOf([]), new PassThrough(), { splitMs: 10 })).rejects.toMatchObject({
      code: 'SAVE_SPLIT',
    })
    await expect(saveFlv(packetsOf([]), join(folder, 'no.flv'), { splitMs: 0 })).rejects.toMatchObject({
      code: 'SAVE_SPLIT',
    })
    expect(await readdir(folder)).not.toContain('no.flv')
  })
})

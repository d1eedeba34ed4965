import { crc32 } from 'node:zlib'
import { flvRules, type MediaMessage, MediaMessage as Message } from '@rtmp/e-rtmp'
import { decodeFlv } from '@rtmp/flv'
import { readFlvFile } from '@rtmp/flv/file'
import { SeededRandom } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import { readRuns } from '../src/runs.ts'
import { repairRecordings } from '../src/index.ts'
import { walkMp4 } from '../src/mp4-walk.ts'
import { MemoryFiles } from './support/memory-files.ts'
import { messagesOf, recorded } from './support/recorded.ts'

const sample = await messagesOf('h264-aac')
const hashesOf = (messages: readonly MediaMessage[]): number[] =>
  messages.filter(({ isCoded }) => isCoded).map(({ payload }) => crc32(payload))
const all = hashesOf(sample)

/** A file as it is while it grows: cut somewhere, under its unfinished name. */
const cutFile = async (bytes: Uint8Array<ArrayBuffer>, size: number, path: string): Promise<MemoryFiles> => {
  const files = new MemoryFiles()
  const file = await files.create(path)
  await file.write(bytes.subarray(0, size), 0)
  return files
}

/** Without index and numbers, as it was before it was finished. */
const grown = async (format: 'flv' | 'fmp4'): Promise<Uint8Array<ArrayBuffer>> => {
  const files = new MemoryFiles()
  let bytes = new Uint8Array(0)
  function* source(): Generator<MediaMessage> {
    yield* sample
    bytes = files.bytesOf([...files.files.keys()][0] ?? '')
  }
  await recorded(source(), { format, indexEntries: 100 }, files)
  return bytes
}

test.each(['flv', 'fmp4'] as const)(
  'a file cut anywhere is whole again, with its index (%s)',
  async (format) => {
    const bytes = await grown(format)
    const random = new SeededRandom(19)
    const extension = format === 'flv' ? 'flv' : 'mp4'
    for (let i = 0; i < 60; i++) {
      const size = i === 0 ? bytes.length : random.below(bytes.length)
      const files = await cutFile(bytes, size, `rec/show.part.${extension}`)
      const [repaired] = await repairRecordings(files, 'rec')
      expect(repaired?.error).toBeUndefined()
      const name = `rec/show.${extension}`
      if (repaired?.file === undefined) {
        expect([...files.files.keys()]).toEqual([])
        continue
      }
      expect([...files.files.keys()]).toEqual([name])
      if (format === 'flv') {
        const whole = files.bytesOf(name)
        const tags = decodeFlv(whole, { damaged: 'strict' })
        const hashes = hashesOf(tags.map((tag) => new Message(tag.typeId, tag.timestamp, tag.payload)))
        expect(hashes).toEqual(all.slice(0, hashes.length))
        const { metadata, facts } = readFlvFile(whole, flvRules)
        expect(metadata?.fileSize).toBe(whole.length)
        expect(metadata?.duration).toBeGreaterThanOrEqual(facts.lastTime / 1000 - 0.1)
        if (facts.keyframes.times.length > 1)
          expect(metadata?.keyframes?.filePositions).toEqual(facts.keyframes.filePositions)
      } else {
        let samples = 0
        for await (const walked of walkMp4(await files.open(name)))
          if (walked.kind === 'fragment') samples += walked.runs.flat().length
        expect(samples).toBeGreaterThan(0)
        expect(samples).toBeLessThanOrEqual(all.length)
      }
    }
  },
)

test('a tag that is whole but for what stands behind it gets that back', async () => {
  const bytes = await grown('flv')
  const tags = decodeFlv(bytes)
  const last = tags[Math.floor(tags.length / 2)]
  const size = (last?.payload.length ?? 0) + 11
  const end = (last?.offset ?? 0) + size
  for (const missing of [1, 2, 3, 4]) {
    const files = await cutFile(bytes, end + 4 - missing, 'rec/show.part.flv')
    expect((await repairRecordings(files, 'rec'))[0]?.error).toBeUndefined()
    const whole = files.bytesOf('rec/show.flv')
    // With none of it the tag may be given up; what is there ends well.
    const pointer = new DataView(whole.buffer, whole.byteOffset + whole.length - 4).getUint32(0)
    const kept = decodeFlv(whole, { damaged: 'strict' }).at(-1)
    expect(pointer).toBe((kept?.payload.length ?? 0) + 11)
    expect(whole.length).toBe((kept?.offset ?? 0) + pointer + 4)
  }
})

test('what is being recorded, and what is finished, is left alone; what is no recording is told', async () => {
  const files = new MemoryFiles()
  for (const path of ['rec/a.flv', 'rec/b.part.flv', 'rec/c.part.flv']) {
    await (await files.create(path)).write(new TextEncoder().encode('FLV? no'), 0)
  }
  const repaired = await repairRecordings(files, 'rec', { isOpen: (path) => path === 'rec/b.part.flv' })
  expect(repaired).toMatchObject([{ unfinished: 'rec/c.part.flv', file: undefined, cutBytes: 7 }])
  expect([...files.files.keys()]).toEqual(['rec/a.flv', 'rec/b.part.flv'])
})

test('a moof that lies is read without harm', () => {
  expect(readRuns(new Uint8Array(8), 0, new Map())).toEqual([])
  expect(
    readRuns(Uint8Array.of(0, 0, 0, 16, 1, 1, 1, 1, 0, 0, 0, 99, 0x74, 0x72, 0x61, 0x66), 0, new Map()),
  ).toEqual([])
})

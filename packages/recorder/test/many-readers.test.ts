// Many who read one file: what is known of it is found out once and held once, and nothing of it when they have gone.
import { MediaMessage } from '@rtmp/e-rtmp'
import { encodeFlvHeader, encodeFlvTag } from '@rtmp/flv'
import { expect, test } from 'vitest'
import { openRecording, type RecordingFile, type RecordingReader } from '../src/index.ts'
import { MemoryFiles } from './support/memory-files.ts'
import { messagesOf, recorded } from './support/recorded.ts'

const READERS = 200
const KiB = 1024

/** A disk that counts what is read of it. */
class CountedFiles extends MemoryFiles {
  reads = 0
  opened = 0

  override async open(path: string): Promise<RecordingFile> {
    const file = await super.open(path)
    this.opened += 1
    return {
      ...file,
      read: async (into, position) => {
        this.reads += 1
        return file.read(into, position)
      },
      close: async () => {
        this.opened -= 1
        await file.close()
      },
    }
  }
}

const sample = await messagesOf('h264-aac')
const [key] = sample.filter(({ keyFrame, isVideo }) => keyFrame && isVideo)
const headers = sample.filter(({ isHeader, isVideo }) => isHeader && isVideo)

/** Two hours, a key frame each second, of 2 KiB. */
function* film(): Generator<MediaMessage> {
  yield* headers
  const payload = new Uint8Array(2 * KiB)
  payload.set(key?.payload.subarray(0, payload.length) ?? [])
  for (let second = 0; second < 7200; second++)
    yield (key as MediaMessage).withPayload(payload).at(second * 1000)
}

const files = new CountedFiles()
await recorded(film(), { file: 'out/film.{ext}' }, files)
await recorded(film(), { file: 'out/film.{ext}', format: 'fmp4' }, files)
// FLV of others, which has no index: all of it has to be looked at.
const bare = await files.create('out/bare.flv')
let end = 0
for (const piece of [
  encodeFlvHeader({ hasVideo: true }),
  ...[...film()].map(({ typeId, timestamp, payload }) => encodeFlvTag({ typeId, timestamp, payload })),
]) {
  await bare.write(piece, end)
  end += piece.length
}

test.each(['film.flv', 'film.mp4', 'bare.flv'])('%s by two hundred', async (name) => {
  const path = `out/${name}`
  const open = async (i: number): Promise<RecordingReader> => {
    const reader = await openRecording(files, path)
    // Each is somewhere else in it.
    const found = await reader.seek(i * 30_000 + 500)
    expect(found).toBe(i * 30_000)
    expect((await reader.next())?.length).toBeGreaterThan(1)
    return reader
  }
  files.reads = 0
  files.opened = 0
  const first = await open(0)
  const byFirst = files.reads
  const others: RecordingReader[] = []
  for (let i = 1; i < READERS; i++) others.push(await open(i))
  // Each goes to its place and reads a piece there: boxes or tags, and media.
  expect((files.reads - byFirst) / others.length).toBeLessThan(8)
  const readers = [first, ...others]
  const held = readers.reduce((sum, { heldBytes }) => sum + heldBytes, 0)
  expect(held).toBeLessThan(READERS * 520 * KiB + 1024 * KiB)
  // The first may go: what it has found out stays with the others.
  await first.close()
  const one = others[0] as RecordingReader
  expect(await one.seek(3_600_700)).toBe(3_600_000)
  expect(one.heldBytes).toBeLessThan(520 * KiB)
  await Promise.all(others.map(async (reader) => reader.close()))
  expect(files.opened).toBe(0)
  // Nobody reads it, so nothing is held: whoever comes has to look again.
  files.reads = 0
  const again = await open(0)
  expect(files.reads).toBe(byFirst)
  await again.close()
})

test('two hundred at once look through a file once', async () => {
  files.reads = 0
  const alone = await openRecording(files, 'out/bare.flv')
  await alone.seek(0)
  await alone.close()
  const byOne = files.reads
  files.reads = 0
  const readers = await Promise.all(
    Array.from({ length: READERS }, async () => openRecording(files, 'out/bare.flv')),
  )
  await Promise.all(readers.map(async (reader) => reader.seek(0)))
  expect(files.reads).toBeLessThan(byOne + READERS * 2)
  await Promise.all(readers.map(async (reader) => reader.close()))
})

test('a file that has changed is another one, to those who come', async () => {
  const before = await openRecording(files, 'out/bare.flv')
  const more = encodeFlvTag({ typeId: 9, timestamp: 7_200_000, payload: (key as MediaMessage).payload })
  await bare.write(more, end)
  end += more.length
  const after = await openRecording(files, 'out/bare.flv')
  expect([before.durationMs, after.durationMs]).toEqual([7_199_000, 7_200_000])
  await before.close()
  await after.close()
})

// A recording that goes on, read from some time ago on: over its files, then with what comes, to its end.
import { crc32 } from 'node:zlib'
import type { MediaMessage } from '@rtmp/e-rtmp'
import { describe, expect, test } from 'vitest'
import { record, type Recording, type RecordingReader } from '../src/index.ts'
import { MemoryFiles } from './support/memory-files.ts'
import { messagesOf } from './support/recorded.ts'

const sample = (await messagesOf('h264-aac')).filter((message) => message.kind !== 'data')
const coded = sample.filter(({ isCoded }) => isCoded)
const length = Math.max(...coded.map(({ timestamp }) => timestamp)) + 23

/** The sample so often, from some round on. */
const rounds = (from: number, count: number): MediaMessage[] =>
  Array.from({ length: count }, (_, i) => from + i).flatMap((round) =>
    (round === 0 ? sample : coded).map((message) => message.at(message.timestamp + round * length)),
  )

/** Time that passes at once. */
const clock = {
  now: () => 1_700_000_000_000,
  after: (_: number, call: () => void) => {
    const timer = setImmediate(call)
    return () => clearImmediate(timer)
  },
}

/** A stream of which more comes when the test says so. */
class Source {
  readonly #parts: MediaMessage[][] = []
  #isOver = false
  #wake: (() => void) | undefined

  send(part: MediaMessage[] | 'end'): void {
    if (part === 'end') this.#isOver = true
    else this.#parts.push(part)
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<MediaMessage, void, undefined> {
    for (;;) {
      const part = this.#parts.shift()
      if (part !== undefined) yield* part
      else if (this.#isOver) return
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }
}

const begin = (format: 'flv' | 'fmp4', splitMs = Number.POSITIVE_INFINITY) => {
  const files = new MemoryFiles()
  const source = new Source()
  const names: string[] = []
  const recording = record(source, {
    file: 'out/{index}.{ext}',
    path: 'live/show',
    format,
    splitMs,
    files,
    clock,
    onEvent: (event) => {
      if (event.kind === 'fileStarted') names.push(event.file)
    },
    onError: (error) => {
      throw error
    },
  })
  return { files, source, recording, names }
}

/** What was sent is written when nothing comes for a while. */
const written = async (files: MemoryFiles): Promise<void> => {
  for (let size = -1; size !== files.used || size === 0; ) {
    size = files.used
    for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve))
  }
}

const readBack = async (recording: Recording, files: MemoryFiles, ms: number): Promise<RecordingReader> => {
  await written(files)
  const reader = await recording.readBack(ms)
  if (reader === undefined) throw new Error('there is nothing to read')
  return reader
}

/** What a reader gives until it has nothing for now, or no more. */
const given = async (reader: RecordingReader, until: 'now' | 'end'): Promise<MediaMessage[]> => {
  const messages: MediaMessage[] = []
  for (;;) {
    const more = await reader.next()
    if (more === undefined || (more.length === 0 && until === 'now')) return messages
    messages.push(...more)
  }
}

const hashes = (messages: readonly MediaMessage[], kind: 'audio' | 'video'): number[] =>
  messages.filter((one) => one.kind === kind && one.isCoded).map(({ payload }) => crc32(payload))

describe.each(['flv', 'fmp4'] as const)('%s', (format) => {
  test.each([
    ['in one file', undefined],
    ['over several files', 6000],
  ])('is read back and followed, %s', async (_, splitMs) => {
    const { files, source, recording, names } = begin(format, splitMs)
    const first = rounds(0, 5)
    source.send(first)
    const reader = await readBack(recording, files, 9000)
    const seen = await given(reader, 'now')
    const end = recording.durationMs
    const key = first.findLast(({ keyFrame, timestamp }) => keyFrame && timestamp <= end - 9000)
    const pictures = seen.filter(({ isVideo, isCoded }) => isVideo && isCoded)
    expect(crc32(pictures[0]?.payload ?? '')).toBe(crc32(key?.payload ?? ''))
    expect(pictures[0]?.timestamp).toBe(0)
    expect(seen.findIndex(({ isHeader, isVideo }) => isHeader && isVideo)).toBeLessThan(
      seen.findIndex(({ isCoded }) => isCoded),
    )
    expect(reader.heldBytes).toBeGreaterThan(0)
    // More comes, and then the end.
    const second = rounds(5, 4)
    source.send(second)
    await written(files)
    const more = await given(reader, 'now')
    source.send('end')
    const rest = await given(reader, 'end')
    await reader.close()
    expect(more.length).toBeGreaterThan(0)
    const all = [...first, ...second]
    const read = [...seen, ...more, ...rest]
    for (const kind of ['video', 'audio'] as const) {
      const found = hashes(read, kind)
      const wanted = hashes(all, kind)
      expect(found.length).toBeGreaterThan(150)
      expect(found).toEqual(wanted.slice(-found.length))
    }
    const times = read.filter(({ isVideo, isCoded }) => isVideo && isCoded).map(({ timestamp }) => timestamp)
    const start = key?.timestamp ?? 0
    const sent = all
      .filter(({ isVideo, isCoded, timestamp }) => isVideo && isCoded && timestamp >= start)
      .map(({ timestamp }) => timestamp - start)
    expect(times.length).toBe(sent.length)
    // Where files meet, the beginning of one is as near to the end of the other as its sound lets it.
    expect(times.filter((time, i) => Math.abs(time - (sent[i] ?? 0)) > 100)).toEqual([])
    expect(names.length).toBe(splitMs === undefined ? 1 : 6)
    await recording.ended
  })

  test('from its beginning where that is not so long ago, and wherever is sought', async () => {
    const { files, source, recording } = begin(format, 6000)
    const all = rounds(0, 5)
    source.send(all)
    const reader = await readBack(recording, files, 1_000_000)
    const video = hashes(all, 'video')
    expect(hashes(await given(reader, 'now'), 'video')).toEqual(format === 'flv' ? video : video.slice(0, -1))
    for (const ms of [12_500, 400, 19_000]) {
      const found = await reader.seek(ms)
      expect(found).toBeLessThanOrEqual(ms)
      const key = all.findLast(({ keyFrame, timestamp }) => keyFrame && timestamp <= ms)
      const [picture] = (await given(reader, 'now')).filter(({ isVideo, isCoded }) => isVideo && isCoded)
      expect(crc32(picture?.payload ?? '')).toBe(crc32(key?.payload ?? ''))
      expect(Math.abs((picture?.timestamp ?? 0) - (key?.timestamp ?? 0))).toBeLessThanOrEqual(100)
    }
    await reader.close()
    source.send('end')
    await recording.ended
  })

  test('what has come and ended unseen is read to its end', async () => {
    const { files, source, recording } = begin(format)
    source.send(rounds(0, 3))
    const reader = await readBack(recording, files, 1_000_000)
    const [first = []] = [await reader.next()]
    source.send(rounds(3, 3))
    source.send('end')
    await recording.ended
    const rest = await given(reader, 'end')
    expect(hashes([...first, ...rest], 'video')).toEqual(hashes(rounds(0, 6), 'video'))
    await reader.close()
  })

  test('goes on behind a file that was removed', async () => {
    const { files, source, recording, names } = begin(format, 6000)
    source.send(rounds(0, 5))
    const reader = await readBack(recording, files, 1_000_000)
    await reader.next()
    await files.remove(names[1] ?? '')
    const seen = await given(reader, 'now')
    expect(Math.max(...seen.map(({ timestamp }) => timestamp))).toBeGreaterThan(17_000)
    await reader.close()
    source.send('end')
    await recording.ended
  })

  test('of nothing there is nothing to read', async () => {
    const { source, recording } = begin(format)
    expect(await recording.readBack(1000)).toBe(undefined)
    source.send('end')
    await recording.ended
    expect(await recording.readBack(1000)).toBe(undefined)
  })
})

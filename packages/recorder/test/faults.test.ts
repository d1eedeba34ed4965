import { crc32 } from 'node:zlib'
import { MediaMessage } from '@rtmp/e-rtmp'
import { FlvReader } from '@rtmp/flv'
import { expect, test } from 'vitest'
import { MemoryFiles } from './support/memory-files.ts'
import { messagesOf, recorded } from './support/recorded.ts'

const framesIn = (bytes: Uint8Array): { readonly hashes: readonly number[]; readonly reader: FlvReader } => {
  const reader = new FlvReader()
  reader.push(bytes)
  reader.end()
  const hashes: number[] = []
  for (let tag = reader.read(); tag !== undefined; tag = reader.read()) {
    const message = new MediaMessage(tag.typeId, tag.timestamp, tag.payload)
    if (message.isCoded) hashes.push(crc32(tag.payload))
  }
  return { hashes, reader }
}

const sample = (await messagesOf('h264-aac')).filter((message) => message.kind !== 'data')
const coded = sample.filter(({ isCoded }) => isCoded)
const length = Math.max(...coded.map(({ timestamp }) => timestamp)) + 23

/** The sample again and again, with headers once. */
function* long(times: number): Generator<MediaMessage> {
  for (let i = 0; i < times; i++)
    for (const message of i === 0 ? sample : coded) yield message.at(message.timestamp + i * length)
}

test.each(['flv', 'fmp4'] as const)(
  'a full disk interrupts a recording, which goes on when there is room (%s)',
  async (format) => {
    const files = new MemoryFiles({ capacity: 300_000 })
    let round = 0
    function* source(): Generator<MediaMessage> {
      for (const message of long(12)) {
        // After two thirds somebody makes room.
        if (message.timestamp > 8 * length && round++ === 0) files.faults.capacity = 10_000_000
        yield message
      }
    }
    const { events, paths } = await recorded(
      source(),
      { format, minFreeBytes: 80_000, retryMs: 1000, indexEntries: 60 },
      files,
    )
    expect(events.map(({ kind }) => kind)).toEqual([
      'started',
      'fileStarted',
      'fileCompleted',
      'interrupted',
      'resumed',
      'fileStarted',
      'fileCompleted',
      'ended',
    ])
    expect(events[3]).toMatchObject({ reason: 'diskFull' })
    const resumed = events[4]
    expect(resumed?.kind === 'resumed' && resumed.missedMs).toBeGreaterThan(2000)
    expect([...files.files.keys()].sort()).toEqual([...paths].sort())
    if (format === 'fmp4') return
    const all = [...long(12)].filter(({ isCoded }) => isCoded).map(({ payload }) => crc32(payload))
    const [first, second] = paths.map((path) => framesIn(files.bytesOf(path)))
    expect(first?.reader.damages).toEqual([])
    expect(first?.hashes.length).toBeGreaterThan(100)
    expect(first?.hashes).toEqual(all.slice(0, first?.hashes.length))
    expect(second?.hashes).toEqual(all.slice(-(second?.hashes.length ?? 0)))
  },
)

test('a device that fails interrupts it too, and a folder that was removed is made again', async () => {
  const files = new MemoryFiles()
  let step = 0
  function* source(): Generator<MediaMessage> {
    for (const message of long(10)) {
      if (step === 0 && message.timestamp > 2 * length) {
        files.faults.writeFails = 'EIO'
        step = 1
      } else if (step === 1 && message.timestamp > 4 * length) {
        files.faults.writeFails = undefined
        step = 2
      } else if (step === 2 && message.timestamp > 7 * length) {
        files.files.clear()
        step = 3
      }
      yield message
    }
  }
  const { events } = await recorded(source(), { retryMs: 500, syncMs: 1000 }, files)
  const interruptions = events.flatMap((event) => (event.kind === 'interrupted' ? [event.reason] : []))
  expect(interruptions).toEqual(['failed', 'fileGone'])
  expect(events.filter(({ kind }) => kind === 'resumed')).toHaveLength(2)
  expect(events.at(-1)).toMatchObject({ kind: 'ended', files: 2 })
})

test('a power cut takes no more than a sync interval', async () => {
  const files = new MemoryFiles()
  let cut: Uint8Array | undefined
  function* source(): Generator<MediaMessage> {
    for (const message of long(6)) {
      if (message.timestamp > 5 * length && cut === undefined) {
        files.cutPower()
        cut = files.bytesOf('out/live/show/1.part.flv')
        return
      }
      yield message
    }
  }
  await recorded(source(), { syncMs: 2000 }, files)
  const { hashes } = framesIn(cut ?? new Uint8Array(0))
  const all = [...long(6)].filter(({ isCoded }) => isCoded)
  expect(hashes).toEqual(all.slice(0, hashes.length).map(({ payload }) => crc32(payload)))
  expect(all[hashes.length]?.timestamp).toBeGreaterThan(5 * length - 3000)
})

test('names that are taken get numbers, however many recordings there are', async () => {
  const files = new MemoryFiles()
  const options = { file: 'out/{streamName}.{ext}' }
  const three = await Promise.all([
    recorded(sample, options, files),
    recorded(sample, options, files),
    recorded(sample, options, files),
  ])
  expect(three.flatMap(({ paths }) => paths).sort()).toEqual([
    'out/show-2.flv',
    'out/show-3.flv',
    'out/show.flv',
  ])
})

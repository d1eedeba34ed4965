// What an MP4 file can name without having bytes for it.
import { concat } from '@rtmp/bytes'
import { expect, test } from 'vitest'
import { boxesIn, MOST_BOXES, MOST_ENTRY, MOST_TRACKS, readTracks } from '../src/boxes.ts'
import { FragmentIndex, MOST_PLACES } from '../src/fragment-index.ts'
import { Movie, readMoov } from '../src/movie.ts'
import { MOST_RUNS, readRuns } from '../src/runs.ts'
import { MOST_SAMPLES, SampleTable } from '../src/sample-table.ts'
import { MemoryFiles } from './support/memory-files.ts'

const u32 = (...values: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(values.length * 4)
  const view = new DataView(bytes.buffer)
  for (const [i, value] of values.entries()) view.setUint32(i * 4, value)
  return bytes
}
const box = (type: string, ...content: readonly Uint8Array[]): Uint8Array => {
  const body = concat([...content])
  return concat([u32(8 + body.length), Uint8Array.from(type, (letter) => letter.charCodeAt(0)), body])
}

test('a fragment has no more than a million samples in all its runs', () => {
  const fragment = (...counts: readonly number[]): Uint8Array =>
    box(
      'moof',
      box(
        'traf',
        box('tfhd', u32(0, 1)),
        box('tfdt', u32(0, 0)),
        ...counts.map((count) => box('trun', u32(0, count))),
      ),
    )
  const samplesOf = (...counts: readonly number[]): number =>
    readRuns(fragment(...counts), 0, new Map()).reduce((sum, run) => sum + run.length, 0)
  expect(samplesOf(400_000, 600_000)).toBe(1_000_000)
  expect(samplesOf(400_000, 600_001)).toBe(0)
})

test('a fragment has as many runs as muxers make, and no more', () => {
  const run = box('trun', u32(0x200, 1, 1))
  const samplesOf = (runs: number): number => {
    const all = new Uint8Array(runs * run.length)
    for (let at = 0; at < all.length; at += run.length) all.set(run, at)
    const fragment = box('moof', box('traf', box('tfhd', u32(8, 1, 1)), box('tfdt', u32(0, 0)), all))
    return readRuns(fragment, 0, new Map()).flat().length
  }
  expect([samplesOf(MOST_BOXES + 1), samplesOf(MOST_RUNS + 1)]).toEqual([MOST_BOXES + 1, MOST_RUNS - 2])
})

test('a track has no more samples than a moov has room to name, also where all are of one size', () => {
  const tableOf = (samples: number): SampleTable => {
    const bytes = box('stsz', u32(0, 1, samples))
    return new SampleTable(bytes, { table: { from: 0, end: bytes.length } } as never)
  }
  expect(tableOf(MOST_SAMPLES).sampleCount).toBe(MOST_SAMPLES)
  expect(() => tableOf(MOST_SAMPLES + 1)).toThrow(`more than ${MOST_SAMPLES} samples`)
  expect(() => tableOf(0xffff_ffff)).toThrow('samples')
})

test('a fragment names no more samples than it and its media have bytes', () => {
  const fragment = (count: number): Uint8Array =>
    box('moof', box('traf', box('tfhd', u32(0, 1)), box('tfdt', u32(0, 0)), box('trun', u32(0, count))))
  const bytes = fragment(0).length + 1000
  const samplesOf = (count: number): number => readRuns(fragment(count), 0, new Map(), 1000).flat().length
  expect([samplesOf(bytes), samplesOf(bytes + 1)]).toEqual([bytes, 0])
})

/** A track of AVC, with tables of its own. */
const trak = (...tables: readonly Uint8Array[]): Uint8Array => trakOf(1, ...tables)
const trakOf = (id: number, ...tables: readonly Uint8Array[]): Uint8Array => trakWith(id, u32(1), tables)
const trakWith = (id: number, decoderRecord: Uint8Array, tables: readonly Uint8Array[] = []): Uint8Array =>
  box(
    'trak',
    box('tkhd', u32(0, 0, 0, id)),
    box(
      'mdia',
      box('mdhd', u32(0, 0, 0, 1000)),
      box('hdlr', u32(0, 0, 0x76696465)),
      box(
        'minf',
        box(
          'stbl',
          box('stsd', u32(0, 1), box('avc1', new Uint8Array(78), box('avcC', decoderRecord))),
          ...tables,
        ),
      ),
    ),
  )
/** So many samples of a byte, each a millisecond long. */
const equal = (samples: number): readonly Uint8Array[] => [
  box('stts', u32(0, 1, samples, 1)),
  box('stsc', u32(0, 1, 1, samples, 1)),
  box('stco', u32(0, 1, 0)),
  box('stsz', u32(0, 1, samples)),
]
const moov = (...tracks: readonly Uint8Array[]): Uint8Array =>
  box('moov', box('mvhd', u32(0, 0, 0, 1000)), ...tracks)
const TURN = 16_384
const none = async (): Promise<void> => {}

test('boxes of nothing are looked at up to a bound, and so are tracks', () => {
  const nothing = box('free')
  expect(boxesIn(concat(Array.from({ length: 100_000 }, () => nothing)))).toHaveLength(MOST_BOXES)
  const many = Array.from({ length: MOST_TRACKS + 1 }, () => trak())
  expect(readTracks(moov(...many.slice(1)))).toHaveLength(MOST_TRACKS)
  expect(readTracks(moov(...many))).toHaveLength(MOST_TRACKS)
})

test('a track whose decoder would need more than a mebibyte first is left out', () => {
  const withEntry = (bytes: number): Uint8Array => moov(trakWith(1, new Uint8Array(bytes - 8 - 78 - 8)))
  expect(readTracks(withEntry(MOST_ENTRY))).toHaveLength(1)
  expect(readTracks(withEntry(MOST_ENTRY + 1))).toHaveLength(0)
})

test('others have their turn while a film of hours is looked at', async () => {
  const samples = TURN * 10
  let pauses = 0
  const movie = await Movie.of(moov(trak(...equal(samples))), samples, async () => void (pauses += 1))
  expect([pauses, movie.durationMs]).toEqual([10, samples])
})

test('tracks have no more samples together than one may have', async () => {
  const half = trak(...equal(MOST_SAMPLES / 2 + 1))
  const other = trakOf(2, ...equal(MOST_SAMPLES / 2 + 1))
  await expect(Movie.of(moov(half, other), 100, none)).rejects.toThrow(`more than ${MOST_SAMPLES} samples`)
  expect((await Movie.of(moov(half), 100, none)).durationMs).toBe(100)
})

test.each(['stts', 'ctts', 'stsc', 'stco', 'stss'])(
  'rows of %s that say nothing are not gone through',
  async (type) => {
    const rows = 200_000
    const width = { stts: 2, ctts: 2, stsc: 3, stco: 1, stss: 1 }[type] ?? 1
    // All of them are of no sample: only the last one would be.
    const empty = box(type, u32(0, rows), new Uint8Array(rows * width * 4))
    const others = [
      box('stts', u32(0, 1, 3, 1)),
      box('stsc', u32(0, 1, 1, type === 'stco' ? 0 : 3, 1)),
      box('stco', u32(0, 1, 0)),
      box('stsz', u32(0, 1, 3)),
    ]
    const movie = await Movie.of(moov(trak(empty, ...others)), 100, none)
    expect(movie.durationMs).toBeLessThanOrEqual(1)
  },
)

test('whoever opens a file is told what that takes before it is read', async () => {
  const files = new MemoryFiles()
  const bytes = moov(trak(...equal(10)))
  const file = await files.create('a.mp4')
  await file.write(bytes, 0)
  const told: number[] = []
  await readMoov(file, (held) => told.push(held))
  expect(told).toEqual([bytes.length])
})

test('a file in fragments has no more places to begin at than that', async () => {
  const fragment = concat([
    box(
      'moof',
      box('traf', box('tfhd', u32(8, 1, 1)), box('tfdt', u32(0, 0)), box('trun', u32(0x200, 1, 1))),
    ),
    box('mdat', new Uint8Array(1)),
  ])
  const all = new Uint8Array(fragment.length * (MOST_PLACES + 1))
  for (let at = 0; at < all.length; at += fragment.length) all.set(fragment, at)
  const files = new MemoryFiles()
  const file = await files.create('a.mp4')
  await file.write(concat([moov(trak()), all]), 0)
  expect((await FragmentIndex.of(file)).starts).toHaveLength(MOST_PLACES)
})

// What an MP4 file can name without having bytes for it.
import { concat } from '@rtmp/bytes'
import { expect, test } from 'vitest'
import { readRuns } from '../src/runs.ts'
import { MOST_SAMPLES, SampleTable } from '../src/sample-table.ts'

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

test('a track has no more samples than a moov has room to name, also where all are of one size', () => {
  const tableOf = (samples: number): SampleTable => {
    const bytes = box('stsz', u32(0, 1, samples))
    return new SampleTable(bytes, { table: { from: 0, end: bytes.length } } as never)
  }
  expect(tableOf(MOST_SAMPLES).sampleCount).toBe(MOST_SAMPLES)
  expect(() => tableOf(MOST_SAMPLES + 1)).toThrow(`more than ${MOST_SAMPLES} samples`)
  expect(() => tableOf(0xffff_ffff)).toThrow('samples')
})

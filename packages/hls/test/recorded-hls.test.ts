import type { MediaMessage } from '@rtmp/e-rtmp'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecordedHls, type RecordedSource } from '../src/index.ts'
import { planSegments } from '../src/recorded-plan.ts'
import { madeUp } from './support/stream.ts'

/** A recording in memory, that counts how often it is read from. */
const recorded = (messages: readonly MediaMessage[], durationMs: number) => {
  const headers = messages.filter(({ isHeader }) => isHeader)
  const starts = messages.flatMap(({ keyFrame, track, timestamp, isCoded }, position) =>
    keyFrame && isCoded && track === 0 ? [{ time: timestamp, position }] : [],
  )
  let at = 0
  const counts = { seeks: 0 }
  const source: RecordedSource = {
    durationMs,
    starts: () => Promise.resolve(starts),
    seek: (ms) => {
      counts.seeks += 1
      const found = starts.findLast(({ time }) => time <= ms) ?? starts[0]
      at = found === starts[0] ? 0 : (found?.position ?? 0)
      return Promise.resolve(found?.time ?? 0)
    },
    next: () => {
      const some = messages.slice(at, at + 20)
      at += some.length
      return Promise.resolve(some.length === 0 ? undefined : [...headers, ...some])
    },
  }
  return { source, counts }
}

const uris = (text: string): string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

test('all of a recording is in its playlists at once, and a segment holds what its time says', async () => {
  const { source } = recorded(madeUp({ ms: 60_000 }), 60_000)
  const hls = await RecordedHls.open(source)
  const text = String((await hls.answer({ name: 'v0.m3u8' })).body)
  expect(uris(text)).toEqual(Array.from({ length: 10 }, (_, i) => `v0-${i}.m4s`))
  expect(text.match(/#EXTINF:6\.000/g)?.length).toBe(10)
  expect(hls.durationMs).toBe(60_000)
  for (const name of ['v0-10.m4s', 'v0-1.0.m4s', 'v1.m3u8', 'v0-1.mp4', 'x'])
    expect((await hls.answer({ name })).status).toBe(404)
  expect((await hls.answer({ name: 'index.m3u8', base: '/base/', start: 30 })).body).toMatch(
    /^#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-START:TIME-OFFSET=30\.000\n[^]*\n\/base\/v0\.m3u8\n/,
  )
})

test('what is held is bounded, and a segment is cut once for all its tracks and all who ask at once', async () => {
  const { source, counts } = recorded(madeUp({ ms: 60_000, audioTracks: 2 }), 60_000)
  const hls = await RecordedHls.open(source, { maxBytes: 20_000 })
  const before = counts.seeks
  const names = ['v0-3.m4s', 'a0-3.m4s', 'a1-3.m4s', 'v0-3.m4s']
  const answers = await Promise.all(names.map(async (name) => hls.answer({ name })))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  expect(counts.seeks).toBe(before + 1)
  for (let i = 0; i < 10; i++) {
    await hls.answer({ name: `v0-${i}.m4s` })
    expect(hls.heldBytes).toBeLessThan(30_000)
  }
})

test('what is held is told while a segment is cut, and afterwards', async () => {
  const { source } = recorded(madeUp({ ms: 60_000 }), 60_000)
  const told: number[] = []
  const hls = await RecordedHls.open(source, { maxBytes: 0, onHeld: (bytes) => told.push(bytes) })
  expect(told.at(-1)).toBe(hls.heldBytes)
  const before = hls.heldBytes
  told.length = 0
  await hls.answer({ name: 'v0-3.m4s' })
  const cut = told.slice(0, -2)
  // It grows as it is read, beside what is kept.
  expect(cut.length).toBeGreaterThan(5)
  expect(cut).toEqual(cut.toSorted((a, b) => a - b))
  expect(cut[0]).toBeGreaterThan(before)
  expect(told.at(-1)).toBe(hls.heldBytes)
})

test('more who wait than may are told so', async () => {
  const { source } = recorded(madeUp({ ms: 60_000 }), 60_000)
  const hls = await RecordedHls.open(source, { maxWaiting: 2, maxBytes: 0 })
  const asked = await Promise.all([4, 5, 6, 7].map(async (i) => hls.answer({ name: `v0-${i}.m4s` })))
  expect(asked.map(({ status }) => status)).toEqual([200, 200, 503, 503])
  expect((await hls.answer({ name: 'v0-8.m4s' })).status).toBe(200)
})

test('a recording without a frame has nothing', async () => {
  const { source } = recorded([], 0)
  expect((await (await RecordedHls.open(source)).answer({ name: 'index.m3u8' })).status).toBe(404)
})

test('segments follow each other without a hole, and begin where decoding can', () => {
  const distances = fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 60 })
  fc.assert(
    fc.property(distances, fc.integer({ min: 500, max: 10_000 }), (steps, segmentMs) => {
      let time = 0
      const starts = steps.map((step, position) => ({ time: (time += step), position }))
      const plan = planSegments(starts, time + 40, segmentMs)
      expect(plan.length).toBeGreaterThan(0)
      plan.forEach(({ start, end }, i) => {
        expect(end).toBeGreaterThan(start)
        if (i === 0) return
        expect(start).toBe(plan[i - 1]?.end)
        expect(starts.some((one) => one.time === start)).toBe(true)
        expect(start - (plan[i - 1]?.start ?? 0)).toBeGreaterThanOrEqual(segmentMs - 500)
      })
    }),
    { numRuns: 200 },
  )
})

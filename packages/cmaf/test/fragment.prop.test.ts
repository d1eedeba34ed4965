import { concat } from '@rtmp/bytes'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cmafSamples, mediaStream, trackRun } from '../src/arbitraries.ts'
import { CmafWriter, encodeFragment, type TrackRun } from '../src/index.ts'
import { boxesAt, readBoxes, readSamples } from './support/read-mp4.ts'
import { cutEvery, joined } from './support/stream.ts'

const inUnits = ({ trackId, timescale = 1000, samples, lastDuration }: TrackRun): unknown[] => {
  const units = (milliseconds: number): number => Math.round((milliseconds * timescale) / 1000)
  return samples.map((sample, i) => {
    const next = samples[i + 1]
    const start = units(sample.decodeTime)
    const end = units(next?.decodeTime ?? sample.decodeTime + lastDuration)
    const offset = units(sample.decodeTime + sample.compositionOffset) - start
    return {
      trackId,
      decodeTime: start,
      duration: end - start,
      offset: Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, offset)),
      keyFrame: sample.keyFrame,
      data: sample.data,
    }
  })
}

test('a fragment of any runs is read back as it was given', () => {
  const runs = fc
    .integer({ min: 1, max: 3 })
    .chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => trackRun(i + 1))))
  fc.assert(
    fc.property(runs, (given) => {
      expect(readSamples(concat(encodeFragment(given)))).toEqual(given.flatMap(inUnits))
    }),
    { numRuns: 300 },
  )
})

test('one sample alone is read back, and its slice is the payload itself', () => {
  fc.assert(
    fc.property(cmafSamples(), (samples) => {
      for (const sample of samples) {
        const slices = encodeFragment([{ trackId: 7, samples: [sample], lastDuration: 40 }])
        expect(slices[1]).toBe(sample.data)
        expect(readSamples(concat(slices))).toEqual(
          inUnits({ trackId: 7, samples: [sample], lastDuration: 40 }),
        )
      }
    }),
  )
})

test('whatever a stream does, each frame is written once or counted as dropped, and files are well formed', () => {
  fc.assert(
    fc.property(mediaStream(), fc.integer({ min: 1, max: 9 }), fc.boolean(), (frames, count, holdLast) => {
      const writer = new CmafWriter({ holdLast })
      const pieces = cutEvery(count, frames, writer)
      const file = joined(pieces)
      const samples = readSamples(file)
      const { beforeHeader, empty, unsupported, broken } = writer.dropped
      const coded = frames.filter(({ type }) => type === 'coded')
      expect(samples.length + beforeHeader + empty + unsupported + broken).toBe(coded.length)
      // Every fragment stands behind an init segment that has its tracks.
      let tracks = new Set<number>()
      for (const piece of pieces) {
        if (piece.kind === 'init') tracks = new Set(piece.tracks.map(({ id }) => id))
        else expect(piece.tracks.every(({ id }) => tracks.has(id))).toBe(true)
      }
      expect(boxesAt(readBoxes(file), 'moof').length).toBe(
        pieces.filter(({ kind }) => kind === 'fragment').length,
      )
      // Presentation times are those of the source, modulo 2^32.
      for (const kind of ['video', 'audio'] as const) {
        const id = kind === 'video' ? 1 : 2
        const found = samples.filter(({ trackId }) => trackId === id)
        const written = coded
          .filter((frame) => frame.kind === kind && frame.payload.length > 0)
          .slice(-found.length)
        expect(found.map(({ data }) => data)).toEqual(
          found.length === 0 ? [] : written.map(({ payload }) => payload),
        )
      }
    }),
    { numRuns: 300 },
  )
})

import type { MediaFrame } from '@rtmp/e-rtmp'
import type { FlvTagInit } from '@rtmp/flv'
import { expect } from 'vitest'
import type { Track } from '../../src/packets.ts'
import { crcOf, tracksOf } from '../../src/source-packets.ts'
import { framesOf } from './live-hls.ts'

/** From each time to the next. 32 bits may turn over between them. */
const steps = (times: readonly number[]): number[] =>
  times.slice(1).map((time, i) => (time - (times[i] ?? 0)) | 0)

/** One track of a source. */
const ofSource = (frames: readonly MediaFrame[]) => ({
  hashes: frames.map(({ payload }) => crcOf(payload)),
  steps: steps(frames.map(({ dts }) => dts)),
  shifts: frames.map(({ pts, dts }) => pts - dts),
})

/** One track as it was read. */
const ofTrack = ({ packets }: Track) => ({
  hashes: packets.map(({ hash }) => hash),
  steps: steps(packets.map(({ dts }) => dts)),
  shifts: packets.map(({ pts, dts }) => pts - dts),
})

/** How many packets each track has, smallest first. */
const sizes = (tracks: readonly { readonly hashes: readonly unknown[] }[]): number[] =>
  tracks.map(({ hashes }) => hashes.length).toSorted((a, b) => a - b)

/** Every packet of every track was read: the same bytes, in the same order, at the same distances in time. */
export const expectSame = (tracks: readonly Track[], tags: readonly FlvTagInit[]): void => {
  const sources = tracksOf(tags.flatMap(framesOf)).map(ofSource)
  const found = tracks.map(ofTrack)
  expect(sizes(found)).toEqual(sizes(sources))
  for (const source of sources) {
    const same = found.find(({ hashes }) => String(hashes) === String(source.hashes))
    expect(same?.hashes[0]).toBe(source.hashes[0])
    expect(same?.steps).toEqual(source.steps)
    expect(same?.shifts).toEqual(source.shifts)
  }
}

/**
 * The same of stretches, one behind the other, each on a clock of its own that was moved as a whole.
 *
 * @returns by how much each was moved against the first, in milliseconds
 */
export const expectStretches = (
  tracks: readonly Track[],
  stretches: readonly (readonly FlvTagInit[])[],
): number[] => {
  const moved = stretches.map(() => new Set<number>())
  const from = tracks.map(() => 0)
  stretches.forEach((tags, stretch) => {
    for (const source of tracksOf(tags.flatMap(framesOf))) {
      const at = tracks.findIndex(({ kind }) => kind === source[0]?.kind)
      const packets = tracks[at]?.packets.slice(from[at], (from[at] ?? 0) + source.length) ?? []
      from[at] = (from[at] ?? 0) + source.length
      expect(packets.map(({ hash }) => hash)).toEqual(source.map(({ payload }) => crcOf(payload)))
      expect(packets.map(({ pts, dts }) => pts - dts)).toEqual(source.map(({ pts, dts }) => pts - dts))
      packets.forEach(({ dts }, i) => moved[stretch]?.add(dts - (source[i]?.dts ?? 0)))
    }
  })
  expect(from).toEqual(tracks.map(({ packets }) => packets.length))
  expect(moved.map(({ size }) => size)).toEqual(stretches.map(() => 1))
  const [first = 0, ...others] = moved.map((each) => [...each][0] ?? 0)
  return [0, ...others.map((each) => each - first)]
}

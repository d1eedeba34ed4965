import { boxesIn, boxIn, perTrack, type ReadSample, viewOf } from './boxes.ts'

/** What a `trex` says of the samples of a track, unless a fragment says otherwise. */
interface TrackDefaults {
  readonly duration: number
  readonly size: number
  readonly flags: number
}

/** By the number of the track. */
export type SampleDefaults = ReadonlyMap<number, TrackDefaults>

/** The defaults in a `moov`. @param bytes - The whole box. */
export const readDefaults = (bytes: Uint8Array): SampleDefaults => {
  const view = viewOf(bytes)
  const mvex = boxIn(bytes, 'mvex', 8)
  const defaults = new Map<number, TrackDefaults>()
  if (mvex === undefined) return defaults
  for (const { type, from, end } of boxesIn(bytes, mvex.from, mvex.end)) {
    if (type !== 'trex' || end - from < 24) continue
    const [duration, size, flags] = [12, 16, 20].map((at) => view.getUint32(from + at)) as [
      number,
      number,
      number,
    ]
    defaults.set(view.getUint32(from + 4), { duration, size, flags })
  }
  return defaults
}

const NO_DEFAULTS: TrackDefaults = { duration: 0, size: 0, flags: 0 }

/** The most samples of a fragment: without sizes of their own, they would cost nothing to write. */
const MOST_SAMPLES = 1_000_000

/** The most runs of a track in a fragment: some muxers make one of each few samples. */
export const MOST_RUNS = 65_536

/** sample_is_non_sync_sample (14496-12 §8.8.3.1). */
const NOT_SYNC = 0x10000

/**
 * The samples of each track in a `moof`. Tracks without `tfdt`, whose times nobody knows who has not read all before it, are left out.
 *
 * @param bytes - The whole box.
 * @param start - Where it stands in the file.
 * @param mediaBytes - Of its media: samples without sizes of their own have at least a byte each.
 */
export const readRuns = (
  bytes: Uint8Array,
  start: number,
  defaults: SampleDefaults,
  mediaBytes: number = MOST_SAMPLES,
): readonly (readonly ReadSample[])[] => {
  const view = viewOf(bytes)
  let left = Math.min(MOST_SAMPLES, bytes.length + mediaBytes)
  return perTrack(bytes, 'traf', 8).flatMap((traf) => {
    const tfhd = boxIn(bytes, 'tfhd', traf.from, traf.end)
    const tfdt = boxIn(bytes, 'tfdt', traf.from, traf.end)
    if (tfhd === undefined || tfdt === undefined) return []
    const flags = view.getUint32(tfhd.from) & 0xffffff
    const trackId = view.getUint32(tfhd.from + 4)
    const known = defaults.get(trackId) ?? NO_DEFAULTS
    let at = tfhd.from + 8
    const next = (): number => view.getUint32((at += 4) - 4)
    // Offsets count from the `moof` unless it says from where in the file.
    const base = (flags & 1) === 0 ? 0 : next() * 0x1_0000_0000 + next() - start
    if ((flags & 2) !== 0) at += 4
    const defaultDuration = (flags & 8) === 0 ? known.duration : next()
    const defaultSize = (flags & 0x10) === 0 ? known.size : next()
    const defaultFlags = (flags & 0x20) === 0 ? known.flags : next()
    let time =
      bytes[tfdt.from] === 1 ? Number(view.getBigUint64(tfdt.from + 4)) : view.getUint32(tfdt.from + 4)
    const samples: ReadSample[] = []
    let offset = base
    for (const trun of boxesIn(bytes, traf.from, traf.end, MOST_RUNS)) {
      if (trun.type !== 'trun') continue
      const runFlags = view.getUint32(trun.from) & 0xffffff
      at = trun.from + 4
      const count = next()
      if ((runFlags & 1) !== 0) offset = base + (next() | 0)
      const firstFlags = (runFlags & 4) === 0 ? undefined : next()
      const width = [0x100, 0x200, 0x400, 0x800].filter((bit) => (runFlags & bit) !== 0).length * 4
      if (count * width > trun.end - at || count > left) return []
      left -= count
      for (let i = 0; i < count; i++) {
        const duration = (runFlags & 0x100) === 0 ? defaultDuration : next()
        const size = (runFlags & 0x200) === 0 ? defaultSize : next()
        const own = (runFlags & 0x400) === 0 ? undefined : next()
        const compositionOffset = (runFlags & 0x800) === 0 ? 0 : next() | 0
        const sampleFlags = own ?? (i === 0 ? firstFlags : undefined) ?? defaultFlags
        const isKey = (sampleFlags & NOT_SYNC) === 0
        samples.push({ trackId, decodeTime: time, compositionOffset, duration, isKey, offset, size })
        time += duration
        offset += size
      }
    }
    return [samples]
  })
}

import { type Box, BOX_HEADER, boxAt, type ReadSample, type ReadTrack, readTracks } from './boxes.ts'
import type { RecordingFile } from './files.ts'
import { readDefaults, readRuns, type SampleDefaults } from './runs.ts'

/** The longest `moof` that is read, and `moov` of a file in fragments, in bytes. */
const MOST_BOX = 16 * 1024 * 1024

/** A fragment of a file, or what its tracks are. */
export type Walked =
  | {
      readonly kind: 'tracks'
      readonly box: Box
      readonly tracks: readonly ReadTrack[]
      readonly defaults: SampleDefaults
    }
  /** A `free` box. */
  | { readonly kind: 'room'; readonly box: Box }
  | {
      readonly kind: 'fragment'
      /** From the `moof` to the end of the `mdat`. */
      readonly start: number
      readonly end: number
      readonly runs: readonly (readonly ReadSample[])[]
    }

/** Reads part of a file; `undefined` where the file ends before. */
export const readPart = async (
  file: RecordingFile,
  start: number,
  size: number,
): Promise<Uint8Array | undefined> => {
  const bytes = new Uint8Array(size)
  return (await file.read(bytes, start)) === size ? bytes : undefined
}

/** The box at a position; `undefined` where the file ends within it. */
const nextBox = async (file: RecordingFile, at: number, size: number): Promise<Box | undefined> => {
  const head = new Uint8Array(BOX_HEADER)
  const read = await file.read(head, at)
  const box = boxAt(head.subarray(0, read), at)
  return box === undefined || box.end > size ? undefined : box
}

/**
 * Walks a fragmented MP4 file from box to box, without its media. Ends at the first box that is not whole.
 *
 * @param from - The start of a box.
 * @param defaults - What its `moov` says of the samples, where it begins behind that.
 */
export async function* walkMp4(
  file: RecordingFile,
  from = 0,
  defaults: SampleDefaults = new Map(),
): AsyncGenerator<Walked, void, undefined> {
  let inForce = defaults
  const size = await file.size()
  for (let at = from; ; ) {
    const box = await nextBox(file, at, size)
    if (box === undefined) return
    at = box.end
    if (box.type === 'free') yield { kind: 'room', box }
    if (box.type !== 'moov' && box.type !== 'moof') continue
    if (box.end - box.start > MOST_BOX) return
    const bytes = await readPart(file, box.start, box.end - box.start)
    if (bytes === undefined) return
    if (box.type === 'moov') {
      inForce = readDefaults(bytes)
      yield { kind: 'tracks', box, tracks: readTracks(bytes), defaults: inForce }
      continue
    }
    const media = await nextBox(file, at, size)
    if (media?.type !== 'mdat') return
    at = media.end
    yield {
      kind: 'fragment',
      start: box.start,
      end: media.end,
      runs: readRuns(bytes, box.start, inForce, media.end - media.from),
    }
  }
}

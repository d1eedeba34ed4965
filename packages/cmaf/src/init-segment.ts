import { BoxWriter } from './box-writer.ts'
import { requireRange, usageError } from './errors.ts'
import { type CmafTrack, DEFAULT_TIMESCALE } from './track-config.ts'

/** What an init segment can say beside its tracks. */
export interface InitSegmentOptions {
  /**
   * The decode or presentation time in milliseconds that is shown at 0, 0 or more: an edit list in every track. The times
   * in fragments stay as they are, and readers subtract it. Default: none, times are shown as they are.
   *
   * For a file that is cut out of a stream that has been running for hours; and for B-frames, the composition offset of
   * the first picture, where a file should begin at exactly 0.
   */
  readonly presentFrom?: number
}

/** Largest timescale. */
export const MAX_TIMESCALE = 1_000_000_000
const LATEST = 2 ** 53 - 1

/** Unity of the matrices in `mvhd` and `tkhd`. */
const MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000] as const
/** `und`, in three times five bits. */
const UNDETERMINED = 0x55c4

/**
 * An init segment: what goes once before all fragments (ISO/IEC 14496-12, CMAF §7.3.1).
 *
 *   ftyp
 *   moov  mvhd · for each track: trak · mvex (for each track: trex)
 *
 * @example
 * ```ts
 * const init = encodeInitSegment([track]) // of describeTrack
 * ```
 *
 * @param tracks - With ids that differ. CMAF allows one; readers of fragmented MP4 take several.
 * @throws UsageError `CMAF_EMPTY`, `CMAF_FIELD_RANGE`
 */
export const encodeInitSegment = (
  tracks: readonly CmafTrack[],
  options: InitSegmentOptions = {},
): Uint8Array<ArrayBuffer> => {
  const { presentFrom = 0 } = options
  if (tracks.length === 0) throw usageError('CMAF_EMPTY', 'an init segment wants a track', 'tracks')
  tracks.forEach(({ id, timescale = DEFAULT_TIMESCALE }, i) => {
    requireRange(id, 1, 0xffffffff, `tracks[${i}].id`)
    requireRange(timescale, 1, MAX_TIMESCALE, `tracks[${i}].timescale`)
    requireRange(presentFrom, 0, (LATEST / timescale) * 1000, 'options.presentFrom')
  })
  const writer = new BoxWriter(1024)
  writeFileType(writer, tracks.length === 1)
  const moov = writer.open('moov')
  const mvhd = writer.openFull('mvhd', 0, 0)
  writer.u32s(0, 0, DEFAULT_TIMESCALE, 0, 0x10000)
  writer.u16(0x100)
  writer.zeros(10)
  writer.u32s(...MATRIX)
  writer.zeros(24)
  writer.u32(Math.max(...tracks.map(({ id }) => id)) + 1)
  writer.close(mvhd)
  for (const track of tracks) writeTrack(writer, track, presentFrom)
  const mvex = writer.open('mvex')
  for (const { id } of tracks) {
    const trex = writer.openFull('trex', 0, 0)
    writer.u32s(id, 1, 0, 0, 0)
    writer.close(trex)
  }
  writer.close(mvex)
  writer.close(moov)
  return writer.finish()
}

/** iso6 has `tfdt` and signed composition offsets; cmfc is CMAF, of one track. */
const writeFileType = (writer: BoxWriter, single: boolean): void => {
  const at = writer.open('ftyp')
  writer.utf8('iso6')
  writer.u32(0)
  writer.utf8(single ? 'iso6cmfcmp41' : 'iso6mp41')
  writer.close(at)
}

/** `trak`: `tkhd`, `edts` where asked for, `mdia` with empty sample tables. */
const writeTrack = (writer: BoxWriter, track: CmafTrack, presentFrom: number): void => {
  const { id, config, timescale = DEFAULT_TIMESCALE } = track
  const video = config.kind === 'video'
  const trak = writer.open('trak')
  const tkhd = writer.openFull('tkhd', 0, 3) // enabled, in the movie
  writer.u32s(0, 0, id, 0, 0)
  writer.zeros(8)
  writer.u16s(0, video ? 1 : 2, video ? 0 : 0x100, 0) // layer, alternate group, volume
  writer.u32s(...MATRIX)
  writer.u16s(config.width, 0, config.height, 0)
  writer.close(tkhd)
  if (presentFrom > 0) writeEditList(writer, Math.round((presentFrom * timescale) / 1000))
  const mdia = writer.open('mdia')
  const mdhd = writer.openFull('mdhd', 0, 0)
  writer.u32s(0, 0, timescale, 0)
  writer.u16s(UNDETERMINED, 0)
  writer.close(mdhd)
  const hdlr = writer.openFull('hdlr', 0, 0)
  writer.u32(0)
  writer.utf8(video ? 'vide' : 'soun')
  writer.zeros(12)
  writer.utf8(video ? 'Video\0' : 'Sound\0')
  writer.close(hdlr)
  const minf = writer.open('minf')
  const header = writer.openFull(video ? 'vmhd' : 'smhd', 0, video ? 1 : 0)
  writer.zeros(video ? 8 : 4)
  writer.close(header)
  writeSelfReference(writer)
  const stbl = writer.open('stbl')
  const stsd = writer.openFull('stsd', 0, 0)
  writer.u32(1)
  writer.bytes(config.sampleEntry)
  writer.close(stsd)
  for (const [type, size] of EMPTY_TABLES) {
    const table = writer.openFull(type, 0, 0)
    writer.zeros(size)
    writer.close(table)
  }
  writer.close(stbl)
  writer.close(minf)
  writer.close(mdia)
  writer.close(trak)
}

/** Sample tables without a sample, and the bytes of their counts. */
const EMPTY_TABLES = [
  ['stts', 4],
  ['stsc', 4],
  ['stsz', 8],
  ['stco', 4],
] as const

/** `edts` with one edit: u64 duration 0 (to the end) · i64 media time · i16 rate 1 · i16 0. */
const writeEditList = (writer: BoxWriter, mediaTime: number): void => {
  const edts = writer.open('edts')
  const elst = writer.openFull('elst', 1, 0)
  writer.u32(1)
  writer.u64(0)
  writer.u64(mediaTime)
  writer.u16s(1, 0)
  writer.close(elst)
  writer.close(edts)
}

/** `dinf`: the media lie in the same file. */
const writeSelfReference = (writer: BoxWriter): void => {
  const dinf = writer.open('dinf')
  const dref = writer.openFull('dref', 0, 0)
  writer.u32(1)
  writer.close(writer.openFull('url ', 0, 1))
  writer.close(dref)
  writer.close(dinf)
}

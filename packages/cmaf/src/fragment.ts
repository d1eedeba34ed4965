import { BoxWriter } from './box-writer.ts'
import { requireRange, usageError } from './errors.ts'
import { DEFAULT_TIMESCALE } from './track-config.ts'

/** One frame of one track. */
export interface CmafSample {
  /** When it is decoded, in milliseconds: 0 or more, not wrapped, fractions allowed. */
  readonly decodeTime: number
  /** From decoding to showing, in milliseconds; may be negative. */
  readonly compositionOffset: number
  /** Decoding can start here. */
  readonly keyFrame: boolean
  /** As in RTMP: NAL units with their lengths, and so on. Kept and passed on, not copied. */
  readonly data: Uint8Array
}

/** Samples of one track that follow each other. */
export interface TrackRun {
  /** The track's id in the init segment. */
  readonly trackId: number
  /** The track's in the init segment; default 1000. */
  readonly timescale?: number
  /** One or more, their decode times never going back, and less than 2^32 units from one to the next. */
  readonly samples: readonly CmafSample[]
  /** How long the last sample lasts in milliseconds; every other one lasts until the next. */
  readonly lastDuration: number
}

/** What a fragment can say beside its samples. */
export interface FragmentOptions {
  /** mfhd's sequence_number, 1 and up; taken modulo 2^32. Default 1. */
  readonly sequenceNumber?: number
  /**
   * When the first sample was captured or sent, in milliseconds since 1970 (UTC): a `prft` box before the fragment, from
   * which players measure latency.
   */
  readonly producedAt?: number
  /** Begin with a `styp` box, as the first fragment of a file that is a segment of its own does. Default false. */
  readonly segmentStart?: boolean
}

/** Flags of a sample (14496-12 §8.8.3.1): one that others depend on, and one that depends on others. */
const SYNC_SAMPLE = 0x02000000
const DEPENDENT_SAMPLE = 0x01010000

/** tf_flags: default-base-is-moof, and a default for duration, size, flags. */
const DEFAULT_BASE_IS_MOOF = 0x020000
const DEFAULT_DURATION = 0x08
const DEFAULT_SIZE = 0x10
const DEFAULT_FLAGS = 0x20

/** tr_flags: where the data begin, the first sample's flags, and a column of the table for each of four fields. */
const DATA_OFFSET = 0x01
const FIRST_SAMPLE_FLAGS = 0x04
const SAMPLE_DURATION = 0x100
const SAMPLE_SIZE = 0x200
const SAMPLE_FLAGS = 0x400
const SAMPLE_COMPOSITION_OFFSET = 0x800

/** Seconds from 1900, where NTP begins, to 1970. */
const NTP_EPOCH = 2_208_988_800

const MOST = 0xffffffff

/**
 * A fragment: `moof` and `mdat` of one or several tracks, one sample or more in each (14496-12 §8.8, CMAF §7.3.2).
 *
 * @returns what to send or store in order: fresh bytes up to the data, and behind them the samples' own `data`
 * @throws UsageError `CMAF_EMPTY`, `CMAF_TIME_ORDER`, `CMAF_FIELD_RANGE`
 *
 * @example
 * const data = Uint8Array.of(0, 0, 0, 2, 0x65, 0x88)
 * const sample = { decodeTime: 40, compositionOffset: 80, keyFrame: true, data }
 * const slices = encodeFragment([{ trackId: 1, samples: [sample], lastDuration: 40 }])
 */
export const encodeFragment = (runs: readonly TrackRun[], options: FragmentOptions = {}): Uint8Array[] => {
  if (runs.length === 0) throw usageError('CMAF_EMPTY', 'a fragment wants a run', 'runs')
  const tables = runs.map(tableOf)
  const writer = new BoxWriter(512)
  const { sequenceNumber = 1, producedAt, segmentStart = false } = options
  if (segmentStart) writeSegmentType(writer, runs.length === 1)
  if (producedAt !== undefined) writeProducerTime(writer, tables[0] as RunTable, producedAt)
  const moof = writer.open('moof')
  const mfhd = writer.openFull('mfhd', 0, 0)
  writer.u32(sequenceNumber)
  writer.close(mfhd)
  const dataOffsets = tables.map((table) => writeTrackFragment(writer, table))
  writer.close(moof)
  let offset = writer.length - moof + BOX_HEADER
  tables.forEach(({ size }, i) => {
    writer.patchU32(dataOffsets[i] as number, offset)
    offset += size
  })
  const mdat = offset - (writer.length - moof)
  requireRange(mdat, 0, MOST, 'runs')
  writer.u32(mdat)
  writer.utf8('mdat')
  return [writer.finish(), ...runs.flatMap(({ samples }) => samples.map(({ data }) => data))]
}

/** Bytes of a box's size and type. */
const BOX_HEADER = 8

/** A run in units of its timescale. */
interface RunTable {
  readonly run: TrackRun
  /** Bytes of all samples. */
  readonly size: number
  readonly start: number
  readonly durations: readonly number[]
  readonly offsets: readonly number[]
}

const tableOf = (run: TrackRun, index: number): RunTable => {
  const path = `runs[${index}]`
  const { samples, lastDuration, timescale = DEFAULT_TIMESCALE } = run
  const first = samples[0]
  if (first === undefined) throw usageError('CMAF_EMPTY', 'a run wants a sample', `${path}.samples`)
  requireRange(
    first.decodeTime,
    0,
    (Number.MAX_SAFE_INTEGER / timescale) * 1000,
    `${path}.samples[0].decodeTime`,
  )
  requireRange(lastDuration, 0, Number.MAX_SAFE_INTEGER, `${path}.lastDuration`)
  const units = (milliseconds: number): number => Math.round((milliseconds * timescale) / 1000)
  const durations: number[] = []
  const offsets: number[] = []
  const start = units(first.decodeTime)
  let at = start
  let size = 0
  samples.forEach((sample, i) => {
    const next = samples[i + 1]
    const end = units(next === undefined ? sample.decodeTime + lastDuration : next.decodeTime)
    if (!(end >= at)) {
      throw usageError(
        'CMAF_TIME_ORDER',
        'a decode time that goes back',
        `${path}.samples[${i + 1}].decodeTime`,
      )
    }
    // What is longer wants a fragment of its own, which says its own time.
    requireRange(end - at, 0, MOST, `${path}.samples[${i}], its duration`)
    durations.push(end - at)
    offsets.push(clampInt32(units(sample.decodeTime + sample.compositionOffset) - at))
    at = end
    size += sample.data.length
  })
  return { run, size, start, durations, offsets }
}

const clampInt32 = (value: number): number => Math.max(-0x80000000, Math.min(0x7fffffff, value))

const flagsOf = (sample: CmafSample): number => (sample.keyFrame ? SYNC_SAMPLE : DEPENDENT_SAMPLE)

/** What all values have in common, or `undefined`. */
const common = (values: readonly number[]): number | undefined =>
  values.every((value) => value === values[0]) ? values[0] : undefined

/**
 * `traf`: what is the same for all samples stands in `tfhd`, the rest in the table of `trun`.
 *
 *   tfhd  u32 track_ID · [u32 duration] · [u32 size] · u32 flags
 *   tfdt  u64 decode time of the first sample
 *   trun  u32 samples · i32 data offset from `moof` · [u32 flags of the first] · for each [u32 duration] [u32 size]
 *         [u32 flags] [i32 composition offset]
 *
 * @returns where the data offset stands
 */
const writeTrackFragment = (writer: BoxWriter, table: RunTable): number => {
  const { run, start, durations, offsets } = table
  const { samples } = run
  const sizes = samples.map(({ data }) => data.length)
  const flags = samples.map(flagsOf)
  const duration = common(durations)
  const size = common(sizes)
  // A group of pictures: the first sample has flags of its own, all others share theirs.
  const rest = common(flags.length > 1 ? flags.slice(1) : flags)
  const firstFlags = rest !== undefined && flags[0] !== rest ? flags[0] : undefined
  const withOffsets = offsets.some((offset) => offset !== 0)
  const traf = writer.open('traf')
  const tfhd = writer.openFull(
    'tfhd',
    0,
    DEFAULT_BASE_IS_MOOF |
      (duration === undefined ? 0 : DEFAULT_DURATION) |
      (size === undefined ? 0 : DEFAULT_SIZE) |
      (rest === undefined ? 0 : DEFAULT_FLAGS),
  )
  writer.u32(run.trackId)
  if (duration !== undefined) writer.u32(duration)
  if (size !== undefined) writer.u32(size)
  if (rest !== undefined) writer.u32(rest)
  writer.close(tfhd)
  const tfdt = writer.openFull('tfdt', 1, 0)
  writer.u64(start)
  writer.close(tfdt)
  const trun = writer.openFull(
    'trun',
    offsets.some((offset) => offset < 0) ? 1 : 0,
    DATA_OFFSET |
      (firstFlags === undefined ? 0 : FIRST_SAMPLE_FLAGS) |
      (duration === undefined ? SAMPLE_DURATION : 0) |
      (size === undefined ? SAMPLE_SIZE : 0) |
      (rest === undefined ? SAMPLE_FLAGS : 0) |
      (withOffsets ? SAMPLE_COMPOSITION_OFFSET : 0),
  )
  writer.u32(samples.length)
  const dataOffset = writer.length
  writer.u32(0)
  if (firstFlags !== undefined) writer.u32(firstFlags)
  for (let i = 0; i < samples.length; i++) {
    if (duration === undefined) writer.u32(durations[i] as number)
    if (size === undefined) writer.u32(sizes[i] as number)
    if (rest === undefined) writer.u32(flags[i] as number)
    if (withOffsets) writer.u32(offsets[i] as number)
  }
  writer.close(trun)
  writer.close(traf)
  return dataOffset
}

/** `styp`: a media segment that begins at its own first byte; `cmfs` is a CMAF segment, of one track. */
const writeSegmentType = (writer: BoxWriter, single: boolean): void => {
  const at = writer.open('styp')
  writer.utf8('msdh')
  writer.u32(0)
  writer.utf8(single ? 'msdhmsixcmfs' : 'msdhmsix')
  writer.close(at)
}

/**
 * `prft` (14496-12 §8.16.5): u32 track · u64 NTP time · u64 the same moment in the track's time. Flags 24: the time of
 * input into the encoder is not known, the real time of the media is meant.
 */
const writeProducerTime = (
  writer: BoxWriter,
  { run, start, offsets }: RunTable,
  producedAt: number,
): void => {
  requireRange(producedAt, 0, Number.MAX_SAFE_INTEGER, 'options.producedAt')
  const at = writer.openFull('prft', 1, 24)
  writer.u32(run.trackId)
  writer.u32(Math.floor(producedAt / 1000) + NTP_EPOCH)
  writer.u32(Math.floor(((producedAt % 1000) / 1000) * 0x1_0000_0000))
  writer.u64(Math.max(0, start + (offsets[0] ?? 0)))
  writer.close(at)
}

import { UsageError } from '@rtmp/bytes'
import { rootOf } from './file-name.ts'
import type { RecordingFiles } from './files.ts'
import type { RecordingEvent } from './recording-events.ts'

/** Time, as recordings need it. */
export interface RecordingClock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls back after so many milliseconds; returns what prevents it. */
  after(ms: number, call: () => void): () => void
}

/** How a stream is recorded. Times are milliseconds, sizes bytes. */
export interface RecordOptions {
  /**
   * Where to: a template with `{path}`, `{app}`, `{streamName}`, `{start}`, `{date}`, `{time}`, `{index}` and `{ext}`, for example
   * `recordings/{path}/{start}.{ext}`. What stands before the first of them is a folder that no name leaves. Where a name is
   * taken, a number is put behind it.
   */
  readonly file: string
  /** The stream's path, for the name: `live/show`. */
  readonly path: string
  /** Default `'flv'`. */
  readonly format?: 'flv' | 'fmp4'
  /** A new file at the first key frame after so long. Default: none. */
  readonly splitMs?: number
  /** A new file at the first key frame behind so many bytes. Default: none. */
  readonly splitBytes?: number
  /**
   * What becomes of a codec configuration that differs, or of a track that is new. `'newFile'` (default): a new file, in FLV at
   * the next key frame. `'inFile'`: all in one, which FLV and Media Source Extensions can, and FFmpeg cannot for MP4.
   */
  readonly newHeaders?: 'newFile' | 'inFile'
  /** What is lost by a power cut at most. Default 5000. */
  readonly syncMs?: number
  /** Length of fragments in MP4: what is lost by a crash at most. Default 1000. */
  readonly fragmentMs?: number
  /**
   * How much an index in front has room for. FLV: key frames; with more of them, every second one is in it. MP4: fragments;
   * with more of them only the index at the end is there. Default 3600 and 7200, less for short files.
   */
  readonly indexEntries?: number
  /** What is left free on the disk; it goes on when twice as much is free. Default 64 MiB. */
  readonly minFreeBytes?: number
  /** How long to wait after an interruption before the next try. Default 5000. */
  readonly retryMs?: number
  /** Told what happens. What it throws is told to `onError`. */
  readonly onEvent?: (event: RecordingEvent) => void
  /** Told what `onEvent` threw, and why the source of messages failed. What fails at the disk is an event, `interrupted`. */
  readonly onError?: (error: unknown) => void
  /** Ends the recording; what has come is in the file. */
  readonly signal?: AbortSignal
  /** The file system. Default this machine's. */
  readonly files?: RecordingFiles
  /** The time. Default this machine's. */
  readonly clock?: RecordingClock
}

export type ResolvedOptions = Required<Omit<RecordOptions, 'signal' | 'onEvent' | 'onError'>> &
  Pick<RecordOptions, 'signal' | 'onEvent' | 'onError'>

const MOST_INDEX = { flv: 3600, fmp4: 7200 } as const
const LEAST_INDEX = 60
/** The shortest distance of key frames that an index is made for. */
const KEY_FRAME_MS = 500

const MiB = 1024 * 1024

/** All options. @throws UsageError `RECORDING_FILE`, `RECORDING_OPTION` */
export const resolveRecordOptions = (
  options: RecordOptions,
  defaults: Required<Pick<RecordOptions, 'files' | 'clock'>>,
): ResolvedOptions => {
  rootOf(options.file)
  const { splitMs = Number.POSITIVE_INFINITY } = options
  const most = MOST_INDEX[options.format ?? 'flv']
  const indexEntries = Math.min(most, Math.max(LEAST_INDEX, Math.ceil(splitMs / KEY_FRAME_MS)))
  const all: ResolvedOptions = {
    format: 'flv',
    splitMs,
    splitBytes: Number.POSITIVE_INFINITY,
    newHeaders: 'newFile',
    syncMs: 5000,
    fragmentMs: 1000,
    indexEntries,
    minFreeBytes: 64 * MiB,
    retryMs: 5000,
    ...defaults,
    ...options,
  }
  for (const name of ['splitMs', 'splitBytes', 'syncMs', 'fragmentMs', 'retryMs'] as const) {
    if (!(all[name] > 0)) throw badOption(name, all[name], 'more than 0')
  }
  if (!(all.minFreeBytes >= 0)) throw badOption('minFreeBytes', all.minFreeBytes, '0 or more')
  if (!(Number.isInteger(all.indexEntries) && all.indexEntries >= 2 && all.indexEntries <= 20_000)) {
    throw badOption('indexEntries', all.indexEntries, 'a whole number from 2 to 20000')
  }
  return all
}

const badOption = (name: string, value: number, wanted: string): UsageError =>
  new UsageError('RECORDING_OPTION', `${name} is ${value}, and has to be ${wanted}`, name)

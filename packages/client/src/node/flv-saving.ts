import { join, parse } from 'node:path'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { UsageError } from '@rtmp/bytes'
import { TimestampUnwrapper, timestampDifference } from '@rtmp/bytes/time'
import type { MediaMessage } from '@rtmp/e-rtmp'
import type { FlvFacts } from '@rtmp/flv'
import { ElapsedTime } from '@rtmp/flv/file'
import { FlvSplits } from '../core/flv-splits.ts'
import { isFrame } from '../core/outgoing.ts'
import { outputClock } from '../core/to-flv.ts'
import type { TrackWait } from '../core/track-wait.ts'
import { type FlvSink, SavedFile, SavedStream } from './saved-file.ts'

/** Where files begin and end; see `SaveFlvOptions`. */
interface SavingBounds {
  readonly maxMs?: number
  readonly maxBytes?: number
  readonly splitMs?: number
  readonly splitBytes?: number
  readonly fromZero?: boolean
}

/** One of the files that were written. */
export interface SavedFlvFile extends FlvFacts {
  /** As it was given; numbered behind the first where several files were written. */
  readonly path: string
}

/** What was written, in all: positions of key frames count through all files. */
export interface SavedFlv extends FlvFacts {
  /** None for a stream. */
  readonly files: readonly SavedFlvFile[]
}

/** Most places of an index, and least. */
const MOST_INDEX = 3600
const LEAST_INDEX = 2

/** The shortest distance of key frames that an index has room for, in milliseconds, and how many bytes of a file let it have one more. */
const KEY_FRAME_MS = 500
const BYTES_PER_ENTRY = 2000

/** A stream on its way to files, or to another stream. */
export class FlvSaving {
  readonly #to: string | URL | Writable
  readonly #tracks: TrackWait
  readonly #maxMs: number
  readonly #fromZero: boolean
  readonly #splits: FlvSplits
  readonly #room: number
  readonly #clock: ReturnType<typeof outputClock>
  readonly #unwrapper = new TimestampUnwrapper()
  readonly #passed = new ElapsedTime()
  readonly #files: SavedFlvFile[] = []
  #sink: FlvSink | undefined
  #facts: FlvFacts | undefined
  /** The metadata that stand in front of the open file, with its own numbers. */
  #inFront: MediaMessage | undefined
  #path = ''
  /** What times in the open file count from, and how much media had come before it. Milliseconds. */
  #base = 0
  #msBefore = 0
  #bytesBefore = 0
  #ms = 0
  /** Times of the newest frame, and of that of each kind. */
  #latest = 0
  readonly #newest = new Map<number, number>()
  #discontinuities = 0

  /** @throws UsageError `SAVE_SPLIT` */
  constructor(to: string | URL | Writable, bounds: SavingBounds, tracks: TrackWait) {
    const { splitMs = NEVER, splitBytes = NEVER, maxMs = NEVER, maxBytes = NEVER, fromZero = true } = bounds
    if (!(splitMs > 0 && splitBytes > 0)) {
      throw new UsageError('SAVE_SPLIT', 'what a file is split behind has to be more than 0', 'options')
    }
    if (Math.min(splitMs, splitBytes) < NEVER && !isPath(to)) {
      throw new UsageError('SAVE_SPLIT', 'a stream cannot be split into files', 'to')
    }
    this.#to = to
    this.#tracks = tracks
    this.#maxMs = maxMs
    this.#fromZero = fromZero
    this.#splits = new FlvSplits({ splitMs, splitBytes })
    this.#clock = outputClock(fromZero)
    const entries = Math.min(
      Math.min(maxMs, splitMs) / KEY_FRAME_MS,
      Math.min(maxBytes, splitBytes) / BYTES_PER_ENTRY,
    )
    this.#room = Math.max(LEAST_INDEX, Math.min(MOST_INDEX, Math.ceil(entries)))
  }

  /** Of all files so far. */
  get bytes(): number {
    return this.#bytesBefore + (this.#sink?.bytes ?? 0)
  }

  /** Of media so far. */
  get ms(): number {
    return this.#ms
  }

  /** Writes packets. False when one lies behind the bound: it is not written, nor are those behind it. */
  async add(packets: readonly MediaMessage[]): Promise<boolean> {
    for (const packet of packets) if (!(await this.#write(packet, packets))) return false
    await this.#sink?.flush()
    return true
  }

  /** Writes the last packets and what is only known in the end. */
  async finish(packets: readonly MediaMessage[]): Promise<void> {
    try {
      await this.add(packets)
      if (this.#sink === undefined) await this.#begin(packets)
    } finally {
      await this.#end()
    }
  }

  /** What was written, when all is. */
  saved(): SavedFlv {
    const [first, ...others] = this.#files
    const facts = first === undefined ? this.#facts : others.reduce<FlvFacts>(joined, first)
    if (facts === undefined) throw new Error('it is not finished')
    return { ...facts, discontinuities: this.#discontinuities, files: this.#files }
  }

  /** @param together - What has come at once, at the beginning all that was held back. */
  async #write(packet: MediaMessage, together: readonly MediaMessage[]): Promise<boolean> {
    const tag = this.#clock.map(packet)
    const frame = isFrame(packet)
    const time = frame
      ? this.#unwrapper.unwrap(tag.timestamp)
      : this.#latest + timestampDifference(tag.timestamp, this.#latest >>> 0)
    if (frame) {
      const ms = Math.max(this.#ms, this.#passed.add(tag.typeId, time))
      if (ms >= this.#maxMs) return false
      this.#ms = ms
      if (this.#clock.leap !== 0) this.#discontinuities += 1
    }
    const extent = { ms: this.#ms - this.#msBefore, bytes: this.#sink?.bytes ?? 0 }
    const isNext = this.#splits.add(packet, extent, time)
    let sink = this.#sink ?? (await this.#begin(together))
    if (isNext) sink = await this.#next(packet.typeId, time)
    if (frame) {
      this.#latest = time
      this.#newest.set(packet.typeId, time)
    }
    if (packet === this.#inFront) return true
    const inFile = Math.max(0, time - this.#base)
    sink.add({ ...tag, timestamp: inFile >>> 0 }, inFile)
    return true
  }

  async #begin(together: readonly MediaMessage[]): Promise<FlvSink> {
    const to = this.#to
    const { hasAudio, hasVideo } = this.#tracks
    if (!isPath(to)) {
      this.#sink = new SavedStream(to, { hasAudio, hasVideo })
      return this.#sink
    }
    this.#inFront = together.find(({ name }) => name === 'onMetaData')
    return this.#create(to)
  }

  /** A file ends, and the next one begins. */
  async #next(typeId: number, time: number): Promise<FlvSink> {
    const to = this.#to
    if (!isPath(to)) return this.#begin([])
    await this.#end()
    const others = [...this.#newest].flatMap(([kind, last]) => (kind === typeId ? [] : [last]))
    const start = Math.min(time, ...others.filter((last) => time - last <= SKEW_MS))
    if (this.#fromZero) this.#base = start
    this.#msBefore = this.#ms
    this.#inFront = this.#splits.metadata
    const sink = await this.#create(numbered(to, this.#files.length + 1))
    for (const { typeId: kind, payload } of this.#splits.headers) {
      sink.add({ typeId: kind, timestamp: (start - this.#base) >>> 0, payload }, start - this.#base)
    }
    return sink
  }

  async #create(path: string | URL): Promise<FlvSink> {
    const { hasAudio, hasVideo } = this.#tracks
    const properties = this.#inFront?.properties ?? {}
    const start = this.#fromZero ? 0 : 'first'
    const file = await SavedFile.create(path, { properties, room: this.#room, hasAudio, hasVideo, start })
    this.#path = path instanceof URL ? fileURLToPath(path) : path
    this.#sink = file
    return file
  }

  async #end(): Promise<void> {
    const sink = this.#sink
    if (sink === undefined) return
    this.#sink = undefined
    this.#bytesBefore += sink.bytes
    this.#facts = await sink.finish()
    if (isPath(this.#to)) this.#files.push({ ...this.#facts, path: this.#path })
  }
}

/** Tracks whose newest frames are further behind than this are not waited for. Milliseconds. */
const SKEW_MS = 1000

const NEVER = Number.POSITIVE_INFINITY

const isPath = (to: string | URL | Writable): to is string | URL =>
  typeof to === 'string' || to instanceof URL

/** `show.flv`, 2 → `show-2.flv`. */
const numbered = (path: string | URL, number: number): string => {
  const file = path instanceof URL ? fileURLToPath(path) : path
  const { dir, name, ext } = parse(file)
  return join(dir, `${name}-${number}${ext}`)
}

/** What two files amount to, one behind the other. */
const joined = (a: FlvFacts, b: FlvFacts): FlvFacts => ({
  ...a,
  duration: a.duration + b.duration,
  lastTime: a.duration + b.lastTime,
  hasAudio: a.hasAudio || b.hasAudio,
  hasVideo: a.hasVideo || b.hasVideo,
  hasScript: a.hasScript || b.hasScript,
  audioTags: a.audioTags + b.audioTags,
  videoTags: a.videoTags + b.videoTags,
  audioSize: a.audioSize + b.audioSize,
  videoSize: a.videoSize + b.videoSize,
  scriptSize: a.scriptSize + b.scriptSize,
  fileSize: a.fileSize + b.fileSize,
  keyframes: {
    times: [...a.keyframes.times, ...b.keyframes.times.map((time) => a.duration / 1000 + time)],
    filePositions: [...a.keyframes.filePositions, ...b.keyframes.filePositions.map((at) => a.fileSize + at)],
  },
})

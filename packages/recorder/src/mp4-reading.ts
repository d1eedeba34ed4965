import type { MediaMessage } from '@rtmp/e-rtmp'
import type { ReadSample } from './boxes.ts'
import type { Loan } from './file-shelf.ts'
import type { RecordingFile } from './files.ts'
import type { FragmentIndex } from './fragment-index.ts'
import { beginningOf, bytesOf, messagesOf, timeIn } from './mp4-messages.ts'
import { type Walked, walkMp4 } from './mp4-walk.ts'
import type { RecordingReader, RecordingStart } from './recording-reader.ts'

/** What a sample that waits to be read takes, in bytes. */
const SAMPLE_BYTES = 128

/** Of a fragment that is longer, so much is read at a time: bytes, and samples. */
const SLICE = 512 * 1024
const SLICE_SAMPLES = 1000

/** Reads MP4 in fragments, whoever has written it: its tracks as messages of RTMP. */
export class Mp4Reading implements RecordingReader {
  readonly #file: RecordingFile
  readonly #loan: Loan<FragmentIndex>
  #walk: AsyncGenerator<Walked, void, undefined>
  /** Samples of a fragment that have still to be read, in the order of time, and where it begins. */
  #pending: readonly ReadSample[] = []
  /** How many of them have been read. */
  #read = 0
  #start = 0
  #preamble = true
  /** Of the messages that were given last. */
  #given = 0
  /** Behind the last fragment. */
  #end = 0
  readonly #grows: () => boolean
  /** Whether it grew when the present walk began. */
  #mayGrow: boolean

  /**
   * @param loan - Shared by all who read the file.
   * @param grows - Whether more is being written: then at its end there is nothing for now.
   */
  constructor(file: RecordingFile, loan: Loan<FragmentIndex>, grows: () => boolean = () => false) {
    this.#grows = grows
    this.#mayGrow = grows()
    this.#file = file
    this.#loan = loan
    this.#walk = walkMp4(file)
  }

  get durationMs(): number {
    return this.#loan.index.durationMs
  }

  get heldBytes(): number {
    return this.#given + this.#pending.length * SAMPLE_BYTES + this.#loan.heldBytes
  }

  starts(): Promise<readonly RecordingStart[]> {
    return Promise.resolve(this.#loan.index.starts)
  }

  async seek(ms: number): Promise<number> {
    const { starts, defaults } = this.#loan.index
    const found = starts.findLast(({ time }) => time <= ms) ?? starts[0]
    await this.#walk.return()
    this.#end = found?.position ?? 0
    this.#mayGrow = this.#grows()
    this.#walk = walkMp4(this.#file, this.#end, defaults)
    this.#pending = []
    this.#read = 0
    this.#preamble = true
    return found?.time ?? 0
  }

  async next(): Promise<readonly MediaMessage[] | undefined> {
    const { tracks, durationMs } = this.#loan.index
    const beginning = this.#preamble ? beginningOf(tracks, durationMs) : []
    this.#preamble = false
    for (;;) {
      if (this.#read >= this.#pending.length && !(await this.#nextFragment())) {
        if (!this.#mayGrow) return beginning.length > 0 ? beginning : undefined
        // What was walked through while it grew may have grown since.
        this.#mayGrow = this.#grows()
        this.#walk = walkMp4(this.#file, this.#end, this.#loan.index.defaults)
        if (this.#mayGrow) return beginning
        continue
      }
      const messages = await messagesOf(this.#file, tracks, this.#slice(), this.#start)
      this.#given = bytesOf(messages)
      if (messages.length > 0) return [...beginning, ...messages]
    }
  }

  async close(): Promise<void> {
    this.#loan.leave()
    await this.#walk.return()
    await this.#file.close()
  }

  async #nextFragment(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#walk.next()
      if (done === true || value === undefined) return false
      if (value.kind !== 'fragment') continue
      this.#start = value.start
      this.#end = value.end
      this.#read = 0
      this.#pending = value.runs
        .flat()
        .flatMap((sample) => {
          const track = this.#loan.index.tracks.get(sample.trackId)
          return track === undefined ? [] : [{ sample, time: timeIn(track, sample.decodeTime) }]
        })
        .sort((a, b) => a.time - b.time)
        .map(({ sample }) => sample)
      return true
    }
  }

  /** What is read at once of the fragment. */
  #slice(): readonly ReadSample[] {
    const from = this.#read
    const most = Math.min(this.#pending.length, from + SLICE_SAMPLES)
    // One sample may be longer.
    let bytes = this.#pending[this.#read++]?.size ?? 0
    while (this.#read < most && (bytes += this.#pending[this.#read]?.size ?? 0) <= SLICE) this.#read += 1
    const slice = this.#pending.slice(from, this.#read)
    if (this.#read >= this.#pending.length) {
      this.#pending = []
      this.#read = 0
    }
    return slice
  }
}

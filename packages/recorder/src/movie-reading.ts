import type { MediaMessage } from '@rtmp/e-rtmp'
import type { ReadSample } from './boxes.ts'
import type { Loan } from './file-shelf.ts'
import type { RecordingFile } from './files.ts'
import type { Movie } from './movie.ts'
import { beginningOf, bytesOf, messagesOf, type Mp4Track, timeIn } from './mp4-messages.ts'
import type { RecordingReader, RecordingStart } from './recording-reader.ts'
import type { SampleCursor } from './sample-table.ts'

/** What is read at a time: bytes, and samples. */
const SLICE = 256 * 1024
const SLICE_SAMPLES = 200

/** A place in a track. */
interface Lane {
  readonly track: Mp4Track
  readonly cursor: SampleCursor
  next: ReadSample | undefined
}

/** Reads MP4 as other programs write it, without fragments: its tracks as messages of RTMP. */
export class MovieReading implements RecordingReader {
  readonly #file: RecordingFile
  readonly #movie: Movie
  readonly #loan: Loan<Movie>
  #lanes: readonly Lane[]
  #preamble = true
  /** Of the messages that were given last. */
  #given = 0

  /** @param loan - Shared by all who read the file. */
  constructor(file: RecordingFile, loan: Loan<Movie>) {
    this.#file = file
    this.#movie = loan.index
    this.#loan = loan
    this.#lanes = this.#lanesFrom(0)
  }

  get durationMs(): number {
    return this.#movie.durationMs
  }

  get heldBytes(): number {
    return this.#given + this.#loan.heldBytes
  }

  starts(): Promise<readonly RecordingStart[]> {
    return Promise.resolve(this.#movie.starts)
  }

  seek(ms: number): Promise<number> {
    const { starts } = this.#movie
    const found = starts.findLast(({ time }) => time <= ms) ?? starts[0]
    // What stands before the first key frame belongs to it.
    this.#lanes = this.#lanesFrom(found === starts[0] ? 0 : (found?.time ?? 0))
    this.#preamble = true
    return Promise.resolve(found?.time ?? 0)
  }

  async next(): Promise<readonly MediaMessage[] | undefined> {
    const { tracks, durationMs } = this.#movie
    const beginning = this.#preamble ? beginningOf(tracks, durationMs) : []
    this.#preamble = false
    for (;;) {
      const samples = this.#slice()
      if (samples.length === 0) return beginning.length > 0 ? beginning : undefined
      const messages = await messagesOf(this.#file, tracks, samples)
      this.#given = bytesOf(messages)
      if (messages.length > 0) return [...beginning, ...messages]
    }
  }

  async close(): Promise<void> {
    this.#loan.leave()
    await this.#file.close()
  }

  #lanesFrom(ms: number): Lane[] {
    return [...this.#movie.tables].map(([track, table]) => {
      const { shiftMs, read } = track
      // Half a unit less, since milliseconds are not whole units.
      const cursor = table.from(((ms - shiftMs) * read.timescale) / 1000 - 0.5)
      return { track, cursor, next: cursor.next() }
    })
  }

  /** The next samples of all tracks, in the order of time. */
  #slice(): readonly ReadSample[] {
    const samples: ReadSample[] = []
    for (let bytes = 0; bytes < SLICE && samples.length < SLICE_SAMPLES; ) {
      let first: Lane | undefined
      let earliest = Number.POSITIVE_INFINITY
      for (const lane of this.#lanes) {
        if (lane.next === undefined) continue
        const time = timeIn(lane.track, lane.next.decodeTime)
        if (time >= earliest) continue
        first = lane
        earliest = time
      }
      const sample = first?.next
      if (first === undefined || sample === undefined) break
      first.next = first.cursor.next()
      if (sample.offset + sample.size > this.#movie.fileBytes) {
        first.next = undefined
        continue
      }
      samples.push(sample)
      bytes += sample.size
    }
    return samples
  }
}

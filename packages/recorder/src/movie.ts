import { boxAt, BOX_HEADER, readTracks } from './boxes.ts'
import type { FileIndex } from './file-shelf.ts'
import type { RecordingFile } from './files.ts'
import { type Mp4Track, type Mp4Tracks, timeIn, tracksFor } from './mp4-messages.ts'
import { readPart } from './mp4-walk.ts'
import type { RecordingStart } from './recording-reader.ts'
import { MOST_SAMPLES, SampleTable, TOO_MANY } from './sample-table.ts'

/** The longest `moov` that is read, in bytes: ten hours and more. */
const MOST_MOOV = 64 * 1024 * 1024

/** The most places to begin at, and what each takes in memory, in bytes. */
const MOST_PLACES = 100_000
const PLACE_BYTES = 64

/** Without video, so much sound lies between two places. Milliseconds. */
const SOUND_MS = 2000

/** What is known of an MP4 file without fragments: the same for all who read it. */
export class Movie implements FileIndex {
  readonly tracks: Mp4Tracks
  readonly tables: ReadonlyMap<Mp4Track, SampleTable>
  readonly fileBytes: number
  readonly #moovBytes: number
  #starts: readonly RecordingStart[] = []
  #durationMs = 0

  private constructor(moov: Uint8Array, fileBytes: number) {
    this.fileBytes = fileBytes
    this.#moovBytes = moov.length
    this.tracks = tracksFor(readTracks(moov))
    const all = [...this.tracks.values()]
    this.tables = new Map(all.map((track) => [track, new SampleTable(moov, track.read)]))
    const samples = [...this.tables.values()].reduce((sum, { sampleCount }) => sum + sampleCount, 0)
    if (samples > MOST_SAMPLES) throw new Error(TOO_MANY)
  }

  /**
   * Looks at all that a `moov` says, a piece at a time: that of a film of hours is the work of seconds.
   *
   * @param moov - The whole box.
   * @param pause - Lets others have their turn.
   * @throws Error for one that says too much
   */
  static async of(moov: Uint8Array, fileBytes: number, pause: () => Promise<unknown>): Promise<Movie> {
    const movie = new Movie(moov, fileBytes)
    await movie.#scan(pause)
    return movie
  }

  /** Where decoding can start, in the first video track. */
  get starts(): readonly RecordingStart[] {
    return this.#starts
  }

  get durationMs(): number {
    return this.#durationMs
  }

  async #scan(pause: () => Promise<unknown>): Promise<void> {
    const all = [...this.tracks.values()]
    const guide = all.find(({ read: { kind } }) => kind === 'video') ?? all[0]
    const starts: RecordingStart[] = []
    for (const [track, table] of this.tables) {
      const apart = track.read.kind === 'video' ? 0 : SOUND_MS
      await table.scan(
        this.fileBytes,
        ({ decodeTime, duration, isKey, offset }) => {
          this.#durationMs = Math.max(this.#durationMs, timeIn(track, decodeTime + duration))
          if (track !== guide || !isKey || starts.length >= MOST_PLACES) return
          const time = timeIn(track, decodeTime)
          const last = starts.at(-1)
          if (last === undefined || time - last.time >= apart) starts.push({ time, position: offset })
        },
        pause,
      )
    }
    this.#starts = starts
  }

  /** Whether nothing stands in it itself: then it is in fragments. */
  get isEmpty(): boolean {
    return [...this.tables.values()].every(({ isEmpty }) => isEmpty)
  }

  get heldBytes(): number {
    const tables = [...this.tables.values()].reduce((sum, table) => sum + table.heldBytes, 0)
    return this.#moovBytes + tables + this.starts.length * PLACE_BYTES
  }
}

/**
 * Finds the `moov` of a file, wherever it stands: FFmpeg writes it last, unless it is told `faststart`.
 *
 * @param onFound - Told how long it is, before it is read.
 * @throws Error that says why there is none
 */
export const readMoov = async (
  file: RecordingFile,
  onFound: (bytes: number) => void = () => {},
): Promise<Uint8Array> => {
  const size = await file.size()
  for (let at = 0; ; ) {
    const head = new Uint8Array(BOX_HEADER)
    const box = boxAt(head.subarray(0, await file.read(head, at)), at)
    if (box === undefined || box.end > size)
      throw new Error('it has no moov box: whoever wrote it did not come to its end')
    at = box.end
    if (box.type !== 'moov') continue
    if (box.end - box.start > MOST_MOOV) throw new Error(`its moov box has more than ${MOST_MOOV} bytes`)
    onFound(box.end - box.start)
    const moov = await readPart(file, box.start, box.end - box.start)
    if (moov !== undefined) return moov
  }
}

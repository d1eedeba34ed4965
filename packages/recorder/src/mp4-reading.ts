import type { MediaMessage } from '@rtmp/e-rtmp'
import type { ReadSample, ReadTrack } from './boxes.ts'
import type { RecordingFile } from './files.ts'
import { beginningOf, bytesOf, messagesOf, type Mp4Tracks, timeIn, tracksFor } from './mp4-messages.ts'
import { type Walked, walkMp4 } from './mp4-walk.ts'
import type { RecordingReader, RecordingStart } from './recording-reader.ts'
import type { SampleDefaults } from './runs.ts'

interface Fragment {
  readonly position: number
  readonly time: number
  readonly isStart: boolean
}

/** What a fragment takes that is known, and a sample that waits to be read, in bytes. */
const FRAGMENT_BYTES = 64
const SAMPLE_BYTES = 128

/** Of a fragment that is longer, so much is read at a time, in bytes. */
const SLICE = 512 * 1024

/** Reads MP4 in fragments, whoever has written it: its tracks as messages of RTMP. */
export class Mp4Reading implements RecordingReader {
  readonly durationMs: number
  readonly #file: RecordingFile
  readonly #tracks: Mp4Tracks
  /** Of the track that seeking goes by. */
  readonly #fragments: readonly Fragment[]
  readonly #defaults: SampleDefaults
  #walk: AsyncGenerator<Walked, void, undefined>
  /** Samples of a fragment that have still to be read, in the order of time, and where it begins. */
  #pending: readonly ReadSample[] = []
  #start = 0
  #preamble = true
  /** Of the messages that were given last. */
  #given = 0

  private constructor(
    file: RecordingFile,
    tracks: Mp4Tracks,
    fragments: readonly Fragment[],
    durationMs: number,
    defaults: SampleDefaults,
  ) {
    this.#defaults = defaults
    this.#file = file
    this.#tracks = tracks
    this.#fragments = fragments
    this.durationMs = durationMs
    this.#walk = walkMp4(file)
  }

  /** @throws Error for a file without fragments that can be read */
  static async open(file: RecordingFile): Promise<Mp4Reading> {
    let tracks: Mp4Tracks = new Map()
    let defaults: SampleDefaults = new Map()
    const fragments: Fragment[] = []
    let end = 0
    let guide: ReadTrack | undefined
    for await (const walked of walkMp4(file)) {
      if (walked.kind === 'tracks' && tracks.size === 0) {
        ;({ defaults } = walked)
        tracks = tracksFor(walked.tracks)
        const known = [...tracks.values()].map(({ read }) => read)
        guide = known.find(({ kind }) => kind === 'video') ?? known[0]
      }
      if (walked.kind !== 'fragment') continue
      for (const run of walked.runs) {
        const first = run[0]
        const last = run.at(-1)
        const track = first && tracks.get(first.trackId)
        if (first === undefined || last === undefined || track === undefined) continue
        end = Math.max(end, timeIn(track, last.decodeTime + last.duration))
        if (track.read === guide)
          fragments.push({
            position: walked.start,
            time: timeIn(track, first.decodeTime),
            isStart: first.isKey,
          })
      }
    }
    if (fragments.length === 0 || guide === undefined) throw new Error('it has no fragments that can be read')
    return new Mp4Reading(file, tracks, fragments, end, defaults)
  }

  get heldBytes(): number {
    return this.#given + this.#pending.length * SAMPLE_BYTES + this.#fragments.length * FRAGMENT_BYTES
  }

  starts(): Promise<readonly RecordingStart[]> {
    return Promise.resolve(this.#starts)
  }

  get #starts(): readonly Fragment[] {
    return this.#fragments.filter(({ isStart }) => isStart)
  }

  async seek(ms: number): Promise<number> {
    const starts = this.#starts
    const found = starts.findLast(({ time }) => time <= ms) ?? starts[0] ?? this.#fragments[0]
    await this.#walk.return()
    this.#walk = walkMp4(this.#file, found?.position, this.#defaults)
    this.#pending = []
    this.#preamble = true
    return found?.time ?? 0
  }

  async next(): Promise<readonly MediaMessage[] | undefined> {
    const beginning = this.#preamble ? beginningOf(this.#tracks, this.durationMs) : []
    this.#preamble = false
    for (;;) {
      if (this.#pending.length === 0 && !(await this.#nextFragment()))
        return beginning.length > 0 ? beginning : undefined
      const messages = await messagesOf(this.#file, this.#tracks, this.#slice(), this.#start)
      this.#given = bytesOf(messages)
      if (messages.length > 0) return [...beginning, ...messages]
    }
  }

  async close(): Promise<void> {
    await this.#walk.return()
    await this.#file.close()
  }

  async #nextFragment(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#walk.next()
      if (done === true || value === undefined) return false
      if (value.kind !== 'fragment') continue
      this.#start = value.start
      this.#pending = value.runs
        .flat()
        .flatMap((sample) => {
          const track = this.#tracks.get(sample.trackId)
          return track === undefined ? [] : [{ sample, time: timeIn(track, sample.decodeTime) }]
        })
        .sort((a, b) => a.time - b.time)
        .map(({ sample }) => sample)
      return true
    }
  }

  /** What is read at once of the fragment. */
  #slice(): readonly ReadSample[] {
    let bytes = 0
    const behind = this.#pending.findIndex(({ size }) => (bytes += size) > SLICE)
    // One sample may be longer.
    const slice = behind < 0 ? this.#pending : this.#pending.slice(0, Math.max(1, behind))
    this.#pending = this.#pending.slice(slice.length)
    return slice
  }
}

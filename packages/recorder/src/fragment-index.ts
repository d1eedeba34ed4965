import type { ReadTrack } from './boxes.ts'
import type { FileIndex } from './file-shelf.ts'
import type { RecordingFile } from './files.ts'
import { type Mp4Tracks, timeIn, tracksFor } from './mp4-messages.ts'
import { walkMp4 } from './mp4-walk.ts'
import type { RecordingStart } from './recording-reader.ts'
import type { SampleDefaults } from './runs.ts'

/** The most places to begin at. */
export const MOST_PLACES = 100_000

/** What a fragment takes that is known, in bytes. */
const FRAGMENT_BYTES = 64

/** What is known of an MP4 file in fragments: the same for all who read it. */
export class FragmentIndex implements FileIndex {
  readonly tracks: Mp4Tracks
  /** What the `moov` says of the samples. */
  readonly defaults: SampleDefaults
  /** Fragments with which decoding can start, by the track that seeking goes by; where none is, the first one. */
  readonly starts: readonly RecordingStart[]
  readonly durationMs: number

  private constructor(
    tracks: Mp4Tracks,
    defaults: SampleDefaults,
    starts: readonly RecordingStart[],
    durationMs: number,
  ) {
    this.tracks = tracks
    this.defaults = defaults
    this.starts = starts
    this.durationMs = durationMs
  }

  /** Walks through a file. @throws Error for one without fragments that can be read */
  static async of(file: RecordingFile): Promise<FragmentIndex> {
    let tracks: Mp4Tracks = new Map()
    let defaults: SampleDefaults = new Map()
    let first: RecordingStart | undefined
    const starts: RecordingStart[] = []
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
        const sample = run[0]
        const last = run.at(-1)
        const track = sample && tracks.get(sample.trackId)
        if (sample === undefined || last === undefined || track === undefined) continue
        end = Math.max(end, timeIn(track, last.decodeTime + last.duration))
        if (track.read !== guide) continue
        const place = { position: walked.start, time: timeIn(track, sample.decodeTime) }
        first ??= place
        if (sample.isKey && starts.length < MOST_PLACES) starts.push(place)
      }
    }
    if (first === undefined) throw new Error('it has no fragments that can be read')
    return new FragmentIndex(tracks, defaults, starts.length > 0 ? starts : [first], end)
  }

  /** What is known of a file that is being written, by who writes it. @throws Error while it has no `moov` */
  static async growing(
    file: RecordingFile,
    starts: readonly RecordingStart[],
    durationMs: number,
  ): Promise<FragmentIndex> {
    for await (const walked of walkMp4(file))
      if (walked.kind === 'tracks')
        return new FragmentIndex(tracksFor(walked.tracks), walked.defaults, starts, durationMs)
    throw new Error('nothing of it has been written')
  }

  get heldBytes(): number {
    return this.starts.length * FRAGMENT_BYTES
  }
}

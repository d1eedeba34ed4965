import { FileShelf, type Loan } from './file-shelf.ts'
import type { FileFacts, RecordingFile, RecordingFiles } from './files.ts'
import { FlvIndex } from './flv-index.ts'
import { FlvReading } from './flv-reading.ts'
import { FragmentIndex } from './fragment-index.ts'
import { MovieReading } from './movie-reading.ts'
import { Movie, readMoov } from './movie.ts'
import { Mp4Reading } from './mp4-reading.ts'
import type { RecordingReader } from './recording-reader.ts'

/** What an MP4 file can begin with; of others than `ftyp`, QuickTime's. */
const MP4 = new Set(['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip'])

type AnyIndex = FlvIndex | FragmentIndex | Movie

/** By file system: paths are its own. */
const shelves = new WeakMap<RecordingFiles, FileShelf<AnyIndex>>()

/**
 * Opens a recording to be read as messages of RTMP, with seek: any FLV, and MP4 of anybody, with fragments and without. Of MP4 the tracks are
 * read whose codecs have a name in RTMP. What is known of a file is held once for all who read it.
 *
 * @example
 * ```ts
 * const reader = await openRecording(nodeFiles, 'recordings/live/show.flv')
 * await reader.seek(60_000)
 * for (let messages = await reader.next(); messages !== undefined; messages = await reader.next()) {
 *   for (const { timestamp, kind } of messages) console.log(timestamp, kind)
 * }
 * ```
 *
 * @param onHeld - Told how many bytes it takes while what the file says of itself is looked at; afterwards the reader says it.
 * @throws what the file system says; an error for a file that is neither, in words
 */
export const openRecording = async (
  files: RecordingFiles,
  path: string,
  onHeld: (bytes: number) => void = () => {},
): Promise<RecordingReader> => {
  const file = await files.open(path, 'read')
  try {
    const shelf = shelves.get(files) ?? new FileShelf()
    shelves.set(files, shelf)
    const look = async (of: RecordingFile, facts: FileFacts): Promise<AnyIndex> => indexOf(of, facts, onHeld)
    return readerOf(file, await shelf.take(files, path, file, look))
  } catch (error) {
    await file.close()
    throw error
  }
}

const indexOf = async (
  file: RecordingFile,
  { bytes }: FileFacts,
  onHeld: (bytes: number) => void,
): Promise<AnyIndex> => {
  const head = new Uint8Array(8)
  await file.read(head, 0)
  if (!MP4.has(String.fromCharCode(...head.subarray(4)))) return FlvIndex.of(file)
  // Others have their turn while a file is read.
  const pause = async (): Promise<unknown> => file.read(head, 0)
  const movie = await Movie.of(await readMoov(file, onHeld), bytes, pause)
  if (!movie.isEmpty && movie.starts.length > 0) return movie
  if (movie.tracks.size > 0) return FragmentIndex.of(file)
  throw new Error('none of its tracks is of a codec that RTMP has a name for')
}

const readerOf = (file: RecordingFile, loan: Loan<AnyIndex>): RecordingReader => {
  const { index } = loan
  if (index instanceof FlvIndex) return new FlvReading(file, loan as Loan<FlvIndex>)
  if (index instanceof Movie) return new MovieReading(file, loan as Loan<Movie>)
  return new Mp4Reading(file, loan as Loan<FragmentIndex>)
}

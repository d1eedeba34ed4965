import type { RecordingFile, RecordingFiles } from './files.ts'
import { FlvReading } from './flv-reading.ts'
import { MovieReading } from './movie-reading.ts'
import { MovieShelf } from './movie-shelf.ts'
import { Mp4Reading } from './mp4-reading.ts'
import type { RecordingReader } from './recording-reader.ts'

/** What an MP4 file can begin with; of others than `ftyp`, QuickTime's. */
const MP4 = new Set(['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip'])

/** By file system: paths are its own. */
const shelves = new WeakMap<RecordingFiles, MovieShelf>()

/**
 * Opens a recording to be read as messages of RTMP, with seek: any FLV, and MP4 of anybody, with fragments and without. Of MP4 the tracks are
 * read whose codecs have a name in RTMP.
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
 * @throws what the file system says; an error for a file that is neither, in words
 */
export const openRecording = async (files: RecordingFiles, path: string): Promise<RecordingReader> => {
  const file = await files.open(path, 'read')
  try {
    const head = new Uint8Array(8)
    await file.read(head, 0)
    const isMp4 = MP4.has(String.fromCharCode(...head.subarray(4)))
    return await (isMp4 ? openMp4(files, path, file) : FlvReading.open(file))
  } catch (error) {
    await file.close()
    throw error
  }
}

const openMp4 = async (
  files: RecordingFiles,
  path: string,
  file: RecordingFile,
): Promise<RecordingReader> => {
  const shelf = shelves.get(files) ?? new MovieShelf()
  shelves.set(files, shelf)
  const { movie, leave } = await shelf.take(files, path, file)
  if (!movie.isEmpty && movie.starts.length > 0) return new MovieReading(file, movie, leave)
  leave()
  if (movie.tracks.size > 0) return Mp4Reading.open(file)
  throw new Error('none of its tracks is of a codec that RTMP has a name for')
}

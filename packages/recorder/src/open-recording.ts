import type { RecordingFiles } from './files.ts'
import { FlvReading } from './flv-reading.ts'
import { Mp4Reading } from './mp4-reading.ts'
import type { RecordingReader } from './recording-reader.ts'

/**
 * Opens a recording to be read as messages of RTMP, with seek: any FLV, and fragmented MP4 of this package.
 *
 * @throws what the file system says; an error for a file that is neither
 */
export const openRecording = async (files: RecordingFiles, path: string): Promise<RecordingReader> => {
  const file = await files.open(path, 'read')
  try {
    const head = new Uint8Array(8)
    await file.read(head, 0)
    const isMp4 = String.fromCharCode(...head.subarray(4)) === 'ftyp'
    return await (isMp4 ? Mp4Reading.open(file) : FlvReading.open(file))
  } catch (error) {
    await file.close()
    throw error
  }
}

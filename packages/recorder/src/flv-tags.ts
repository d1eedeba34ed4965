import { FlvReader, type FlvTag } from '@rtmp/flv'
import type { RecordingFile } from './files.ts'

/** What is read at a time, in bytes. */
export const SLICE: number = 256 * 1024

/** The tags from a position on; damage is passed over. */
export async function* tagsOf(
  file: RecordingFile,
  position: number,
): AsyncGenerator<FlvTag, void, undefined> {
  const reader = position === 0 ? new FlvReader() : new FlvReader({ header: 'optional', position })
  for (let at = position; ; ) {
    const slice = new Uint8Array(SLICE)
    const read = await file.read(slice, at)
    at += read
    if (read === 0) reader.end()
    else reader.push(slice.subarray(0, read))
    for (let tag = reader.read(); tag !== undefined; tag = reader.read()) yield tag
    if (read === 0) return
  }
}

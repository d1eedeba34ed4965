import { type MediaFrame, toMediaFrames } from '@rtmp/e-rtmp'
import { concat } from '@rtmp/bytes'
import { decodeFlv, TagType } from '@rtmp/flv'
import { MEDIA_FILES, readRepoFile } from '@rtmp/testkit'
import type { CmafPiece, CmafWriter } from '../../src/index.ts'

/** The frames of a sample in `media/`. */
export const framesOf = async (name: string): Promise<MediaFrame[]> =>
  decodeFlv(await readRepoFile(`media/${name}.flv`)).flatMap(({ typeId, timestamp, payload }) => {
    if (typeId === TagType.video) return toMediaFrames('video', timestamp, payload)
    return typeId === TagType.audio ? toMediaFrames('audio', timestamp, payload) : []
  })

/** Samples that fragmented MP4 can carry, every codec of it among them. */
export const SAMPLES = MEDIA_FILES.filter((name) => !name.startsWith('legacy-'))

/** Pushes frames and cuts behind every so many; at the end the rest. */
export const cutEvery = (count: number, frames: readonly MediaFrame[], writer: CmafWriter): CmafPiece[] => {
  const pieces: CmafPiece[] = []
  frames.forEach((frame, i) => {
    writer.push(frame)
    if ((i + 1) % count === 0) pieces.push(...writer.take())
  })
  pieces.push(...writer.finish())
  return pieces
}

/** One file of pieces. */
export const joined = (pieces: readonly CmafPiece[]): Uint8Array<ArrayBuffer> =>
  concat(pieces.flatMap((piece) => (piece.kind === 'init' ? [piece.bytes] : piece.slices)))

/** A track's frames with data: what a reader must find. */
export const codedOf = (frames: readonly MediaFrame[], kind: string, trackId: number): MediaFrame[] =>
  frames.filter(
    (frame) =>
      frame.type === 'coded' && frame.payload.length > 0 && frame.kind === kind && frame.trackId === trackId,
  )

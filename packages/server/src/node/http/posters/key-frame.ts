import { concat } from '@rtmp/bytes'
import { CmafWriter } from '@rtmp/cmaf'
import type { MediaFrame, MediaMessage } from '@rtmp/e-rtmp'

/**
 * The first key frame among messages, as an MP4 file of one picture; `undefined` where there is none, or of a codec that MP4 has no
 * place for.
 */
export const keyFrameAsMp4 = (messages: Iterable<MediaMessage>): Uint8Array<ArrayBuffer> | undefined => {
  const headers: MediaFrame[] = []
  for (const message of messages) {
    if (!message.isVideo) continue
    for (const frame of message.readableFrames()) {
      if (frame.type !== 'coded') headers.push(frame)
      else if (frame.keyFrame) return asMp4(headers, frame)
    }
  }
  return undefined
}

const asMp4 = (headers: readonly MediaFrame[], picture: MediaFrame): Uint8Array<ArrayBuffer> | undefined => {
  const { trackId } = picture
  const writer = new CmafWriter({ presentFrom: 'first', accept: (frame) => frame.trackId === trackId })
  for (const frame of [...headers, picture]) writer.push(frame)
  const bytes = writer.finish().flatMap((piece) => (piece.kind === 'init' ? [piece.bytes] : piece.slices))
  return bytes.length === 0 ? undefined : concat(bytes)
}

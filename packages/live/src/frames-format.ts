import type { BatchFormat } from './batch-format.ts'
import { Frames } from './frames.ts'

/**
 * The messages themselves, for whoever goes on with frames: a segmenter, a recorder of MP4, a push to another server, an
 * iterator. Payloads are shared with everybody and must not be written to.
 */
export const framesFormat: BatchFormat<Frames> = {
  name: 'frames',
  holdsPayloads: true,
  encode: (messages) => new Frames(messages),
  gap: (gap) => new Frames([], gap),
}

import type { MediaFrame } from '@rtmp/e-rtmp'

/**
 * A frame that is not decoded before the newest one, as the writer has it, so that segments begin where it says. A picture is shown
 * when it should be; sound is heard in turn.
 *
 * @param newest - The decode time of the frame before it on this stretch, in milliseconds.
 */
export const inOrder = (frame: MediaFrame, newest: number | undefined): MediaFrame => {
  if (newest === undefined || frame.dts >= newest) return frame
  return { ...frame, dts: newest, pts: frame.kind === 'video' ? frame.pts : newest }
}

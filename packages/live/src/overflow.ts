/**
 * What happens to a slow subscriber, one beyond the soft bound; beyond the hard bound all of them end.
 *
 * - `'audioFirst'`: sound goes on, video is left out until all has left and a key frame comes. For players.
 * - `'gap'`: everything is left out until all has left and a key frame has come; then headers, that key frame and all
 *   behind it. For recorders, segmenters and others who would rather miss a piece than have sound alone.
 * - `'hold'`: nothing that was read is left out. The publisher is read no further until all has left; what waits in its socket may
 *   be lost should its system reset the connection. The hard bound holds for bytes
 *   only, in case the publisher cannot be held.
 */
export type Overflow = 'audioFirst' | 'gap' | 'hold'

/** A gap that has not ended. */
export interface OpenGap {
  /** The stream's time when it began. */
  readonly from: number
  /** The cache's position: a group that begins before it would bring something twice. */
  readonly position: number
  /** How many video messages the publisher had sent. */
  readonly videoMessages: number
}

/**
 * Whether a gap may end, when all has left: with the current group of pictures (`'group'`), from now on, since there is no
 * video to wait for (`'now'`), or not yet (`undefined`).
 */
export const gapEnd = (
  gap: OpenGap,
  wantsVideo: boolean,
  group: { readonly position: number; readonly isEmpty: boolean },
  videoMessages: number,
): 'group' | 'now' | undefined => {
  if (!wantsVideo || videoMessages === gap.videoMessages) return 'now'
  return !group.isEmpty && group.position >= gap.position ? 'group' : undefined
}

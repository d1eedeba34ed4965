import { chosenTracks, type TrackChoice } from '@rtmp/e-rtmp'
import type { BatchFormat, Piece } from './batch-format.ts'

/** Another format of one track of each kind, see `chosenTracks` of `@rtmp/e-rtmp`. */
export const trackFormat = <P extends Piece>(
  format: BatchFormat<P>,
  choice: TrackChoice,
): BatchFormat<P> => ({
  ...(format.gap === undefined ? {} : { gap: (gap) => format.gap?.(gap) as P }),
  ...(format.holdsPayloads === undefined ? {} : { holdsPayloads: format.holdsPayloads }),
  name: `${format.name}/tracks=${choice.video},${choice.audio}`,
  encode: (messages) => format.encode(messages.flatMap((message) => chosenTracks(message, choice) ?? [])),
})

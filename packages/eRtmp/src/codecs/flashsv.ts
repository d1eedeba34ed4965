import { VideoCodecId } from '@rtmp/flv'
import { type FactsReader, type PictureSize, sizeFacts, type VideoCodec } from './codec.ts'

/** Screen video, version 1; only the legacy form has it. Its frames do not say what they are. */
export const flashsv: VideoCodec<'flashsv', undefined> = {
  name: 'flashsv',
  title: 'Screen video',
  fourCc: undefined,
  legacyId: VideoCodecId.screen,
  hasCompositionTimeOffset: false,
  entryPoint: () => 'none',
}

/** Screen video, version 2, whose frames begin as those of version 1. */
export const flashsv2: VideoCodec<'flashsv2', undefined> = {
  ...flashsv,
  name: 'flashsv2',
  title: 'Screen video 2',
  legacyId: VideoCodecId.screen2,
}

/** Block width 4 bits, image width 12, block height 4, image height 12 (FLV §E.4.3.3). */
const screenSize = (payload: Uint8Array): PictureSize | undefined => {
  const [a, b, c, d] = payload
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined
  return { width: ((a & 15) << 8) | b, height: ((c & 15) << 8) | d }
}

/** Facts of version 1. */
export const flashsvFacts: FactsReader = {
  frame: ({ payload }) => sizeFacts('flashsv', screenSize(payload)),
}

/** Facts of version 2. */
export const flashsv2Facts: FactsReader = {
  frame: ({ payload }) => sizeFacts('flashsv2', screenSize(payload)),
}

import { VideoCodecId } from '@rtmp/flv'
import type { VideoCodec } from './codec.ts'

/** VP6, which only the legacy form has: one byte of adjustment, then a frame whose bit 7 is 0 in key frames. */
export const vp6f: VideoCodec<'vp6f', undefined> = {
  name: 'vp6f',
  title: 'VP6',
  fourCc: undefined,
  legacyId: VideoCodecId.vp6,
  hasCompositionTimeOffset: false,
  entryPoint: (bytes, start, end) =>
    start + 1 < end && (bytes[start + 1] as number) < 0x80 ? 'key' : 'none',
}

/** VP6 with an alpha channel: between adjustment and frame stand three bytes that lead to the alpha plane. */
export const vp6a: VideoCodec<'vp6a', undefined> = {
  ...vp6f,
  name: 'vp6a',
  title: 'VP6 with alpha',
  legacyId: VideoCodecId.vp6Alpha,
  entryPoint: (bytes, start, end) =>
    start + 4 < end && (bytes[start + 4] as number) < 0x80 ? 'key' : 'none',
}

import { VideoCodecId } from '@rtmp/flv'
import { type FactsReader, type PictureSize, sizeFacts, type VideoCodec } from './codec.ts'

/** Sorenson H.263, which only the legacy form has. */
export const flv1: VideoCodec<'flv1', undefined> = {
  name: 'flv1',
  title: 'Sorenson H.263',
  fourCc: undefined,
  legacyId: VideoCodecId.sorensonH263,
  hasCompositionTimeOffset: false,
  entryPoint: (bytes, start, end) => (isIntra(bytes.subarray(start, end)) ? 'key' : 'none'),
}

const bitsAt = (payload: Uint8Array, from: number, count: number): number => {
  let value = 0
  for (let at = from; at < from + count; at++) {
    value = (value << 1) | (((payload[at >> 3] ?? 0) >> (7 - (at & 7))) & 1)
  }
  return value
}

/** Behind the size comes the picture type, two bits: 0 intra, 1 inter, 2 inter and disposable. */
const isIntra = (payload: Uint8Array): boolean => {
  const code = bitsAt(payload, 30, 3)
  const behind = 33 + (code === 0 ? 16 : code === 1 ? 32 : 0)
  return payload.length * 8 >= behind + 2 && bitsAt(payload, 0, 17) === 1 && bitsAt(payload, behind, 2) === 0
}

/** Sizes 2 to 6 of Sorenson H.263 (FLV §E.4.3.2). */
const SORENSON_SIZES: readonly (readonly [number, number])[] = [
  [352, 288],
  [176, 144],
  [128, 96],
  [320, 240],
  [160, 120],
]

/** Start code 17 bits, version 5, temporal reference 8, size 3, then width and height of 8 or 16 bits for 0 and 1. */
const sorensonSize = (payload: Uint8Array): PictureSize | undefined => {
  const code = bitsAt(payload, 30, 3)
  if (code < 2) {
    const width = code === 0 ? 8 : 16
    return { width: bitsAt(payload, 33, width), height: bitsAt(payload, 33 + width, width) }
  }
  const size = SORENSON_SIZES[code - 2]
  return size === undefined ? undefined : { width: size[0], height: size[1] }
}

/** Facts of Sorenson H.263. */
export const flv1Facts: FactsReader = {
  frame: ({ keyFrame, payload }) => sizeFacts('flv1', keyFrame ? sorensonSize(payload) : undefined),
}

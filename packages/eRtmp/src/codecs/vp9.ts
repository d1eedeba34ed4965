import { BitReader } from '@rtmp/bytes'
import { ERTMP_PHASE, recordError } from '../errors.ts'
import { type FactsReader, type PictureSize, sizeFacts, type VideoCodec } from './codec.ts'
import { type VpFrameErrorCode, vpFacts } from './vp-config.ts'

/** VP9. */
export const vp9: VideoCodec<'vp9', 'vp09'> = {
  name: 'vp9',
  title: 'VP9',
  fourCc: 'vp09',
  legacyId: undefined,
  hasCompositionTimeOffset: false,
  entryPoint: (bytes, start, end) => (isKeyFrame(bytes, start, end) ? 'key' : 'none'),
}

/**
 * The uncompressed header (VP9 specification §6.2), most significant bit first: frame marker 2 bits of value 2, profile
 * 2, in profile 3 a reserved bit, show_existing_frame 1, frame_type 1; both are 0 in a key frame.
 */
const isKeyFrame = (bytes: Uint8Array, start: number, end: number): boolean => {
  const first = start < end ? (bytes[start] as number) : 0
  if (first >> 6 !== 2) return false
  return ((first & 0x30) === 0x30 ? first & 0b0110 : first & 0b1100) === 0
}

/**
 * Size of the picture by the header of a VP9 frame (VP9 specification §6.2); `undefined` for frames that are not key
 * frames.
 *
 * @throws DecodeError `TRUNCATED`, `VP_FRAME`
 */
export const vp9FrameSize = (frame: Uint8Array): PictureSize | undefined => {
  const bits = new BitReader(frame, ERTMP_PHASE)
  if (bits.u(2) !== 2) throw recordError<VpFrameErrorCode>('VP_FRAME', 'no frame marker of VP9', 0)
  const profile = bits.u(1) | (bits.u(1) << 1)
  if (profile === 3) bits.skip(1)
  const existing = bits.flag()
  if (existing || bits.flag()) return undefined
  bits.skip(2)
  if (bits.u(24) !== 0x498342)
    throw recordError<VpFrameErrorCode>('VP_FRAME', 'no sync code in a VP9 key frame', 1)
  if (profile >= 2) bits.skip(1)
  const sRgb = bits.u(3) === 7
  if (!sRgb) bits.skip(profile === 1 || profile === 3 ? 4 : 1)
  else if (profile === 1 || profile === 3) bits.skip(1)
  return { width: bits.u(16) + 1, height: bits.u(16) + 1 }
}

/** Facts of VP9. */
export const vp9Facts: FactsReader = {
  record: (record) => vpFacts('vp9', record),
  frame: ({ keyFrame, payload }) => sizeFacts('vp9', keyFrame ? vp9FrameSize(payload) : undefined),
}

import { ByteReader } from '@rtmp/bytes'
import { ERTMP_PHASE, recordError } from '../errors.ts'
import { type FactsReader, type PictureSize, sizeFacts, type VideoCodec } from './codec.ts'
import { type VpFrameErrorCode, vpFacts } from './vp-config.ts'

/** VP8. */
export const vp8: VideoCodec<'vp8', 'vp08'> = {
  name: 'vp8',
  title: 'VP8',
  fourCc: 'vp08',
  legacyId: undefined,
  hasCompositionTimeOffset: false,
  // Frame tag (RFC 6386 §9.1): bit 0 is 0 in key frames, and 9d 01 2a follows its three bytes.
  entryPoint: (bytes, start, end) =>
    end - start > 5 &&
    ((bytes[start] as number) & 1) === 0 &&
    bytes[start + 3] === 0x9d &&
    bytes[start + 4] === 0x01 &&
    bytes[start + 5] === 0x2a
      ? 'key'
      : 'none',
}

/**
 * Size of the picture by the header of a VP8 frame (RFC 6386 §9.1); `undefined` for frames that are not key frames.
 *
 * @throws DecodeError `TRUNCATED`, `VP_FRAME`
 */
export const vp8FrameSize = (frame: Uint8Array): PictureSize | undefined => {
  const reader = new ByteReader(frame, ERTMP_PHASE)
  const tag = reader.u8()
  if ((tag & 1) === 1) return undefined
  reader.skip(2)
  if (reader.u24() !== 0x9d012a)
    throw recordError<VpFrameErrorCode>('VP_FRAME', 'no start code in a VP8 key frame', 3)
  const little = (): number => (reader.u8() | (reader.u8() << 8)) & 0x3fff
  return { width: little(), height: little() }
}

/** Facts of VP8. */
export const vp8Facts: FactsReader = {
  record: (record) => vpFacts('vp8', record),
  frame: ({ keyFrame, payload }) => sizeFacts('vp8', keyFrame ? vp8FrameSize(payload) : undefined),
}

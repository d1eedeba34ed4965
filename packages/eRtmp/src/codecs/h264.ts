import { VideoCodecId } from '@rtmp/flv'
import {
  AvcNalType,
  avcCodecString,
  avcLevelName,
  avcProfileName,
  decodeAvcConfig,
  decodeAvcSps,
} from '@rtmp/flv/codec'
import { type CodecFacts, type FactsReader, frameRateFact, type VideoCodec } from './codec.ts'
import { hasRecoveryPoint, judgeNalUnits, type NalVerdict } from './nal-units.ts'

/** AVC (H.264); its configuration record is in `@rtmp/flv/codec`, as FLV has had it from the start. */
export const h264: VideoCodec<'h264', 'avc1'> = {
  name: 'h264',
  title: 'H.264',
  fourCc: 'avc1',
  legacyId: VideoCodecId.avc,
  hasCompositionTimeOffset: true,
  entryPoint: (bytes, start, end) => judgeNalUnits(bytes, start, end, judge),
}

/** nal_unit_type, the low five bits of the first byte (H.264 table 7-1): pictures are 1 to 5, an IDR is 5. */
const judge = (bytes: Uint8Array, start: number, end: number): NalVerdict => {
  const type = (bytes[start] as number) & 0x1f
  if (type === AvcNalType.idrSlice) return 'key'
  if (type >= AvcNalType.slice && type < AvcNalType.idrSlice) return 'none'
  return type === AvcNalType.sei && hasRecoveryPoint(bytes, start + 1, end) ? 'recovery' : 'next'
}

const readRecord = (record: Uint8Array): CodecFacts => {
  const config = decodeAvcConfig(record)
  const { profile, compatibility, level } = config
  const sps = decodeAvcSps(config.sps[0] ?? new Uint8Array(0))
  return {
    codec: 'h264',
    codecString: avcCodecString(config),
    profile: avcProfileName(profile, compatibility),
    level: avcLevelName(level, profile, compatibility),
    width: sps.width,
    height: sps.height,
    bitDepth: sps.bitDepthLuma,
    ...frameRateFact(sps.vui?.frameRate),
  }
}

/** Facts of AVC. */
export const h264Facts: FactsReader = { record: readRecord }

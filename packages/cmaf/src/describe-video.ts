import { concat } from '@rtmp/bytes'
import type { ColorInfo, MediaFrame } from '@rtmp/e-rtmp'
import {
  codecFacts,
  decodeAv1SequenceHeader,
  decodeHevcConfig,
  decodeVpConfig,
  decodeVvcConfig,
  encodeAv1Config,
  encodeHevcConfig,
  encodeVpConfig,
  HevcNalType,
  hevcNalUnit,
  VvcNalType,
  vvcNalUnit,
} from '@rtmp/e-rtmp/records'
import { cmafError } from './errors.ts'
import type { TrackConfig } from './track-config.ts'
import { videoEntry } from './video-entry.ts'

/** A sample entry's type, and the configuration in the form that MP4 wants. */
interface VideoRecord {
  readonly type: string
  readonly configType: string
  readonly record: Uint8Array
}

/**
 * The configuration of a video track, by its sequence header and, where that does not say how large the pictures are, a
 * key frame.
 *
 * @returns `undefined` when it takes a key frame
 */
export const describeVideo = (
  header: MediaFrame,
  frame: MediaFrame | undefined,
  colorInfo: ColorInfo | undefined,
): TrackConfig | undefined => {
  const { type, configType, record } = recordOf(header)
  const facts = codecFacts({ ...header, type: 'sequenceHeader', payload: record })
  const size = facts?.width === undefined && frame !== undefined ? codecFacts(frame) : facts
  const { width, height } = size ?? {}
  if (facts?.codecString === undefined || width === undefined || height === undefined) {
    if (frame?.keyFrame !== true) return undefined
    throw cmafError(
      'CMAF_HEADER',
      `neither the header nor a key frame of ${header.codec} says how large pictures are`,
    )
  }
  if (width > 0xffff || height > 0xffff || width * height === 0) {
    throw cmafError('CMAF_HEADER', `pictures of ${width} × ${height}`)
  }
  return {
    kind: 'video',
    codec: header.codec,
    // `hev1` and `vvi1` in place of `hvc1` and `vvc1`.
    codecString: facts.codecString.replace(/^(hvc1|vvc1)/, type),
    sampleEntry: videoEntry({ type, width, height, configType, configuration: record, colorInfo }),
    width,
    height,
    sampleRate: 0,
    channels: 0,
    ...(facts.frameRate === undefined ? {} : { frameDuration: 1000 / facts.frameRate }),
  }
}

const recordOf = (header: MediaFrame): VideoRecord => {
  const { codec, payload } = header
  switch (codec) {
    case 'h264':
      return { type: 'avc1', configType: 'avcC', record: payload }
    case 'hevc':
      return hevcRecord(payload)
    case 'vvc':
      return vvcRecord(payload)
    case 'av1':
      return { type: 'av01', configType: 'av1C', record: av1Record(header) }
    default:
      return { type: codec === 'vp8' ? 'vp08' : 'vp09', configType: 'vpcC', record: vpRecord(payload) }
  }
}

const PARAMETER_SETS = [HevcNalType.vps, HevcNalType.sps, HevcNalType.pps] as const

/** `hvc1` promises that all parameter sets are in the record; `hev1` is for streams that carry them in their frames. */
const hevcRecord = (payload: Uint8Array): VideoRecord => {
  const config = decodeHevcConfig(payload)
  const complete = PARAMETER_SETS.every((type) => hevcNalUnit(config, type) !== undefined)
  // Version 0 is of drafts, and still written.
  const record =
    config.configurationVersion === 1 ? payload : encodeHevcConfig({ ...config, configurationVersion: 1 })
  return { type: complete ? 'hvc1' : 'hev1', configType: 'hvcC', record }
}

const VERSION_AND_FLAGS = new Uint8Array(4)

/** With version and flags in front, as the box has them, whether they came so or not. `vvi1` is to VVC what `hev1` is to HEVC. */
const vvcRecord = (payload: Uint8Array): VideoRecord => {
  const config = decodeVvcConfig(payload)
  const complete = [VvcNalType.sps, VvcNalType.pps].every((type) => vvcNalUnit(config, type) !== undefined)
  const record = payload[0] === 0 ? payload : concat([VERSION_AND_FLAGS, payload])
  return { type: complete ? 'vvc1' : 'vvi1', configType: 'vvcC', record }
}

const AV1_MARKER = 0x81

/**
 * The record of AV1: as it came; without tag and length of the descriptor of MPEG-2 TS; or made from the OBUs that some
 * senders put in its place. (Depth and chroma are then taken to be 8 bits and 4:2:0: decoders go by the OBUs.)
 */
const av1Record = ({ type, payload }: MediaFrame): Uint8Array => {
  if (type === 'mpeg2TsSequenceHeader') return payload.subarray(2)
  if (payload[0] === AV1_MARKER) return payload
  const header = decodeAv1SequenceHeader(payload)
  if (header === undefined)
    throw cmafError('CMAF_HEADER', 'no record and no sequence header OBU in a header of AV1')
  return encodeAv1Config({
    profile: header.profile,
    levelIndex: header.levelIndex,
    highTier: header.highTier,
    bitDepth: 8,
    monochrome: false,
    chromaSubsamplingX: 1,
    chromaSubsamplingY: 1,
    chromaSamplePosition: 0,
    initialPresentationDelay: undefined,
    configObus: payload,
  })
}

/** With version and flags in front, as the box has them. Level 0, "not known", is none that browsers take. */
const vpRecord = (payload: Uint8Array): Uint8Array => {
  const config = decodeVpConfig(payload)
  return encodeVpConfig(config.level > 0 ? config : { ...config, level: 10 })
}

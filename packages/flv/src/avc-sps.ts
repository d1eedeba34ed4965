import { BitReader } from '@rtmp/bytes'
import { FLV_PHASE, flvError } from './errors.ts'
import { AvcNalType, avcNalType, removeEmulationPrevention } from './nal-unit.ts'

/** What a sequence parameter set of H.264 says about the pictures (H.264 §7.3.2.1.1, Annex E). */
export interface AvcSps {
  /** profile_idc. */
  readonly profile: number
  /** The six constraint flags, constraint_set0 in the top bit. */
  readonly compatibility: number
  /** level_idc: ten times the level. */
  readonly level: number
  /** seq_parameter_set_id, 0 to 31. */
  readonly id: number
  /** chroma_format_idc: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormat: number
  /** Bits, 8 to 14. */
  readonly bitDepthLuma: number
  /** Bits, 8 to 14. */
  readonly bitDepthChroma: number
  /** Largest number of reference frames. */
  readonly refFrames: number
  /** Whether every picture is a frame; otherwise there may be fields. */
  readonly progressive: boolean
  /** Pixels that are shown, after cropping. */
  readonly width: number
  /** Pixels that are shown, after cropping; of the frame, where there are fields. */
  readonly height: number
  /** Video usability information, where it is present. */
  readonly vui?: AvcVui
}

/** Video usability information of an SPS; what is absent on the wire is absent here. */
export interface AvcVui {
  /** Width and height of a pixel, `[4, 3]` for example. */
  readonly sampleAspectRatio?: readonly [number, number]
  /** Whether samples use the full range of values. */
  readonly fullRange?: boolean
  /** colour_primaries (H.273): 1 BT.709, 9 BT.2020. */
  readonly colorPrimaries?: number
  /** transfer_characteristics (H.273): 1 BT.709, 16 PQ, 18 HLG. */
  readonly transferCharacteristics?: number
  /** matrix_coefficients (H.273): 0 RGB, 1 BT.709, 9 BT.2020. */
  readonly matrixCoefficients?: number
  /** Frames a second: time_scale / (2 · num_units_in_tick). */
  readonly frameRate?: number
  /** fixed_frame_rate_flag; without it `frameRate` is a hint. */
  readonly fixedFrameRate?: boolean
}

/** Profiles whose SPS has chroma format, bit depths and scaling lists (H.264 §7.3.2.1.1). */
const HIGH_PROFILES: readonly number[] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]

/** aspect_ratio_idc 1 to 16 (H.264 table E-1). */
const ASPECT_RATIOS: readonly (readonly [number, number])[] = [
  [1, 1],
  [12, 11],
  [10, 11],
  [16, 11],
  [40, 33],
  [24, 11],
  [20, 11],
  [32, 11],
  [80, 33],
  [18, 11],
  [15, 11],
  [64, 33],
  [160, 99],
  [4, 3],
  [3, 2],
  [2, 1],
]
const EXTENDED_SAR = 255
/** More macroblocks than any level allows in one direction: 16 × 4096 pixels. */
const MAX_MACROBLOCKS = 4096

const bad = (message: string, reader: BitReader): never => {
  throw flvError('AVC_SPS', message, reader.position >> 3)
}

/**
 * A sequence parameter set.
 *
 * @param nalUnit - The NAL unit with its first byte (type 7), as it stands in the configuration record.
 * @throws DecodeError `TRUNCATED`, `EXP_GOLOMB_TOO_LONG`, `AVC_SPS`; offsets count without emulation prevention
 */
export const decodeAvcSps = (nalUnit: Uint8Array): AvcSps => {
  const reader = new BitReader(removeEmulationPrevention(nalUnit), FLV_PHASE)
  if (avcNalType(nalUnit) !== AvcNalType.sps) bad('the NAL unit is not an SPS', reader)
  reader.skip(8)
  const profile = reader.u(8)
  const compatibility = reader.u(8)
  const level = reader.u(8)
  const id = reader.ue()
  if (id > 31) bad(`seq_parameter_set_id ${id} is above 31`, reader)
  let chromaFormat = 1
  let separatePlanes = false
  let bitDepthLuma = 8
  let bitDepthChroma = 8
  if (HIGH_PROFILES.includes(profile)) {
    chromaFormat = reader.ue()
    if (chromaFormat > 3) bad(`chroma_format_idc ${chromaFormat} is above 3`, reader)
    if (chromaFormat === 3) separatePlanes = reader.flag()
    bitDepthLuma = 8 + reader.ue()
    bitDepthChroma = 8 + reader.ue()
    if (bitDepthLuma > 14 || bitDepthChroma > 14) bad('bit depth above 14', reader)
    reader.skip(1) // qpprime_y_zero_transform_bypass_flag
    if (reader.flag()) skipScalingLists(reader, chromaFormat)
  }
  reader.ue() // log2_max_frame_num_minus4
  skipPictureOrder(reader)
  const refFrames = reader.ue()
  reader.skip(1) // gaps_in_frame_num_value_allowed_flag
  const widthInMacroblocks = reader.ue() + 1
  const heightInMapUnits = reader.ue() + 1
  if (widthInMacroblocks > MAX_MACROBLOCKS || heightInMapUnits > MAX_MACROBLOCKS) {
    bad('larger than any level allows', reader)
  }
  const progressive = reader.flag()
  if (!progressive) reader.skip(1) // mb_adaptive_frame_field_flag
  reader.skip(1) // direct_8x8_inference_flag
  const codedWidth = widthInMacroblocks * 16
  const codedHeight = heightInMapUnits * 16 * (progressive ? 1 : 2)
  const cropUnitX = !separatePlanes && (chromaFormat === 1 || chromaFormat === 2) ? 2 : 1
  const cropUnitY = (!separatePlanes && chromaFormat === 1 ? 2 : 1) * (progressive ? 1 : 2)
  const crop = reader.flag() ? [reader.ue(), reader.ue(), reader.ue(), reader.ue()] : [0, 0, 0, 0]
  const [left, right, top, bottom] = crop as [number, number, number, number]
  const width = codedWidth - cropUnitX * (left + right)
  const height = codedHeight - cropUnitY * (top + bottom)
  if (width <= 0 || height <= 0) bad('more is cropped than there is', reader)
  const sps = {
    profile,
    compatibility,
    level,
    id,
    chromaFormat,
    bitDepthLuma,
    bitDepthChroma,
    refFrames,
    progressive,
    width,
    height,
  }
  return reader.flag() ? { ...sps, vui: readVui(reader) } : sps
}

/** H.264 §7.3.2.1.1.1. */
const skipScalingLists = (reader: BitReader, chromaFormat: number): void => {
  const lists = chromaFormat === 3 ? 12 : 8
  for (let list = 0; list < lists; list++) {
    if (!reader.flag()) continue
    let last = 8
    for (let entry = 0; entry < (list < 6 ? 16 : 64); entry++) {
      const next = (last + reader.se() + 256) & 0xff
      if (next === 0) break
      last = next
    }
  }
}

const skipPictureOrder = (reader: BitReader): void => {
  const type = reader.ue()
  if (type === 0) reader.ue() // log2_max_pic_order_cnt_lsb_minus4
  if (type !== 1) return
  reader.skip(1) // delta_pic_order_always_zero_flag
  reader.se() // offset_for_non_ref_pic
  reader.se() // offset_for_top_to_bottom_field
  const cycle = reader.ue()
  if (cycle > 255) bad(`num_ref_frames_in_pic_order_cnt_cycle ${cycle} is above 255`, reader)
  for (let i = 0; i < cycle; i++) reader.se()
}

/** H.264 §E.1.1, as far as the timing. Some encoders cut it off; what is missing is absent. */
const readVui = (reader: BitReader): AvcVui => {
  const vui: { -readonly [Key in keyof AvcVui]: AvcVui[Key] } = {}
  if (reader.flag()) {
    const code = reader.u(8)
    const ratio = code === EXTENDED_SAR ? ([reader.u(16), reader.u(16)] as const) : ASPECT_RATIOS[code - 1]
    if (ratio !== undefined && ratio[0] > 0 && ratio[1] > 0) vui.sampleAspectRatio = ratio
  }
  if (reader.flag()) reader.skip(1) // overscan
  if (reader.flag()) {
    reader.skip(3) // video_format
    vui.fullRange = reader.flag()
    if (reader.flag()) {
      vui.colorPrimaries = reader.u(8)
      vui.transferCharacteristics = reader.u(8)
      vui.matrixCoefficients = reader.u(8)
    }
  }
  if (reader.flag()) {
    reader.ue() // chroma_sample_loc_type_top_field
    reader.ue()
  }
  if (reader.flag()) {
    const unitsInTick = reader.u(32)
    const timeScale = reader.u(32)
    vui.fixedFrameRate = reader.flag()
    if (unitsInTick > 0 && timeScale > 0) vui.frameRate = timeScale / (2 * unitsInTick)
  }
  return vui
}

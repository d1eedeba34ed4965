import { BitReader } from '@rtmp/bytes'
import { removeEmulationPrevention } from '@rtmp/flv/codec'
import { ERTMP_PHASE, recordError } from '../errors.ts'

/** What can be wrong: a parameter set that contradicts itself. */
export type VvcSpsErrorCode = 'VVC_SPS'

/** What a sequence parameter set of H.266 says about the picture. */
export interface VvcSps {
  /** Pixels that are shown: without the conformance window's margins. */
  readonly width: number
  /** Pixels that are shown, as `width`. */
  readonly height: number
  /** 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormat: number
  /** Of luma and chroma, 8 to 16. */
  readonly bitDepth: number
  /** Temporal sublayers, 1 to 7. */
  readonly sublayers: number
  /** Profile, tier and level, if they are here and not in a VPS. */
  readonly ptl:
    | { readonly profileIdc: number; readonly highTier: boolean; readonly levelIdc: number }
    | undefined
  /** Frames per second by the timing of the reference decoder (general_timing_hrd_parameters), if it is there. */
  readonly frameRate: number | undefined
}

/** A number that is at most `maximum` in every legal stream; bounds all loops. */
const bounded = (value: number, maximum: number, bits: BitReader): number => {
  if (value > maximum) {
    throw recordError<VvcSpsErrorCode>(
      'VVC_SPS',
      `${value} where at most ${maximum} is legal`,
      bits.position >> 3,
    )
  }
  return value
}

const skipUe = (bits: BitReader, count: number): void => {
  for (let left = count; left > 0; left--) bits.ue()
}

/** H.266 §7.3.3.1. */
const readPtl = (bits: BitReader, sublayers: number): VvcSps['ptl'] => {
  const profileIdc = bits.u(7)
  const highTier = bits.flag()
  const levelIdc = bits.u(8)
  bits.skip(2)
  if (bits.flag()) {
    // general_constraints_info: 71 bits, and as many more as the last eight say.
    bits.skip(71)
    bits.skip(bits.u(8))
  }
  bits.alignToByte()
  let levels = 0
  for (let i = 1; i < sublayers; i++) levels += bits.u(1)
  bits.alignToByte()
  bits.skip(8 * levels)
  bits.skip(32 * bits.u(8))
  return { profileIdc, highTier, levelIdc }
}

/** sps_subpic_info: positions of parts of the picture. */
const skipSubpictures = (bits: BitReader, width: number, height: number, ctbBits: number): void => {
  const count = bounded(bits.ue(), 599, bits) + 1
  const ctb = 1 << ctbBits
  const places = (size: number): number => (size > ctb ? Math.ceil(Math.log2(Math.ceil(size / ctb))) : 0)
  const x = places(width)
  const y = places(height)
  const independent = count > 1 && bits.flag()
  const sameSize = count > 1 && bits.flag()
  for (let i = 0; count > 1 && i < count; i++) {
    if (!sameSize || i === 0) {
      if (i > 0) bits.skip(x + y)
      if (i < count - 1) bits.skip(x + y)
    }
    if (!independent) bits.skip(2)
  }
  const idBits = bounded(bits.ue(), 15, bits) + 1
  if (bits.flag() && bits.flag()) bits.skip(idBits * count)
}

/**
 * A sequence parameter set NAL unit of H.266 (§7.3.2.4), as it stands in a configuration record.
 *
 * @throws DecodeError `TRUNCATED`, `EXP_GOLOMB_TOO_LONG`, `VVC_SPS`
 */
export const decodeVvcSps = (nal: Uint8Array): VvcSps => {
  const bits = new BitReader(removeEmulationPrevention(nal), ERTMP_PHASE)
  bits.skip(16 + 4)
  const vpsId = bits.u(4)
  const sublayers = bits.u(3) + 1
  const chromaFormat = bits.u(2)
  const ctbBits = bits.u(2) + 5
  const hasPtl = bits.flag()
  const ptl = hasPtl ? readPtl(bits, sublayers) : undefined
  bits.skip(1)
  if (bits.flag()) bits.skip(1)
  const codedWidth = bits.ue()
  const codedHeight = bits.ue()
  let width = codedWidth
  let height = codedHeight
  if (bits.flag()) {
    width -= (chromaFormat === 1 || chromaFormat === 2 ? 2 : 1) * (bits.ue() + bits.ue())
    height -= (chromaFormat === 1 ? 2 : 1) * (bits.ue() + bits.ue())
  }
  if (width <= 0 || height <= 0)
    throw recordError<VvcSpsErrorCode>('VVC_SPS', 'nothing of the picture is shown', 0)
  if (bits.flag()) skipSubpictures(bits, codedWidth, codedHeight, ctbBits)
  const bitDepth = bounded(bits.ue(), 8, bits) + 8
  const frameRate = hasPtl ? readFrameRate(bits, { vpsId, sublayers, chromaFormat, ctbBits }) : undefined
  return { width, height, chromaFormat, bitDepth, sublayers, ptl, frameRate }
}

interface SpsStart {
  readonly vpsId: number
  readonly sublayers: number
  readonly chromaFormat: number
  readonly ctbBits: number
}

/** Everything from the bit depth to sps_timing_hrd_params_present_flag, for the two numbers behind it. */
const readFrameRate = (bits: BitReader, start: SpsStart): number | undefined => {
  const { sublayers } = start
  bits.skip(2)
  const pocBits = bits.u(4) + 4
  if (bits.flag()) bits.ue()
  bits.skip(8 * bits.u(2))
  bits.skip(8 * bits.u(2))
  for (let layer = sublayers > 1 && bits.flag() ? 0 : sublayers - 1; layer < sublayers; layer++)
    skipUe(bits, 3)
  skipPartitions(bits, start.chromaFormat)
  const transform64 = start.ctbBits > 5 && bits.flag()
  const transformSkip = bits.flag()
  if (transformSkip) {
    bits.ue()
    bits.skip(1)
  }
  if (bits.flag()) bits.skip(2)
  const lfnst = bits.flag()
  if (start.chromaFormat !== 0) skipChromaQp(bits)
  bits.skip(1)
  if (bits.flag() && start.chromaFormat !== 0) bits.skip(1)
  bits.skip(1)
  const weighted = bits.u(2) !== 0
  const longTerm = bits.flag()
  const interLayer = start.vpsId > 0 && bits.flag()
  bits.skip(1)
  for (let lists = bits.flag() ? 1 : 2; lists > 0; lists--) {
    const count = bounded(bits.ue(), 64, bits)
    for (let i = 0; i < count; i++) skipPictureList(bits, { pocBits, weighted, longTerm, interLayer })
  }
  bits.skip(1)
  skipInterTools(bits)
  skipIntraTools(bits, start.chromaFormat, transform64, transformSkip, lfnst)
  if (!bits.flag()) return undefined
  const unitsInTick = bits.u(32)
  const timeScale = bits.u(32)
  return unitsInTick > 0 && timeScale > 0 ? timeScale / unitsInTick : undefined
}

/** Coding blocks and the trees below them. */
const skipPartitions = (bits: BitReader, chromaFormat: number): void => {
  bits.ue()
  bits.skip(1)
  const tree = (): void => {
    bits.ue()
    if (bits.ue() !== 0) skipUe(bits, 2)
  }
  tree()
  if (chromaFormat !== 0 && bits.flag()) tree()
  tree()
}

const skipChromaQp = (bits: BitReader): void => {
  const joint = bits.flag()
  for (let tables = bits.flag() ? 1 : joint ? 3 : 2; tables > 0; tables--) {
    bits.se()
    skipUe(bits, 2 * (bounded(bits.ue(), 110, bits) + 1))
  }
}

interface PictureListRules {
  readonly pocBits: number
  readonly weighted: boolean
  readonly longTerm: boolean
  readonly interLayer: boolean
}

/** ref_pic_list_struct (H.266 §7.3.10) as it stands in an SPS. */
const skipPictureList = (
  bits: BitReader,
  { pocBits, weighted, longTerm, interLayer }: PictureListRules,
): void => {
  const entries = bounded(bits.ue(), 29, bits)
  const inHeader = longTerm && entries > 0 && bits.flag()
  for (let i = 0; i < entries; i++) {
    if (interLayer && bits.flag()) bits.ue()
    else if (!longTerm || bits.flag()) {
      const distance = bits.ue() + (weighted && i > 0 ? 0 : 1)
      if (distance > 0) bits.skip(1)
    } else if (!inHeader) bits.skip(pocBits)
  }
}

/** From sps_temporal_mvp_enabled_flag to sps_log2_parallel_merge_level_minus2. */
const skipInterTools = (bits: BitReader): void => {
  if (bits.flag()) bits.skip(1)
  const adaptiveVectors = bits.flag()
  if (bits.flag()) bits.skip(1)
  bits.skip(1)
  if (bits.flag()) bits.skip(1)
  if (bits.flag()) bits.skip(1)
  const candidates = 6 - bounded(bits.ue(), 5, bits)
  bits.skip(1)
  if (bits.flag()) {
    bits.ue()
    bits.skip(adaptiveVectors ? 2 : 1)
    if (bits.flag()) bits.skip(1)
  }
  bits.skip(2)
  const geometric = candidates >= 2 && bits.flag()
  if (geometric && candidates > 2) bits.ue()
  bits.ue()
}

/** From sps_isp_enabled_flag to the virtual boundaries. */
const skipIntraTools = (
  bits: BitReader,
  chromaFormat: number,
  transform64: boolean,
  transformSkip: boolean,
  lfnst: boolean,
): void => {
  bits.skip(3)
  if (chromaFormat !== 0) bits.skip(1)
  if (chromaFormat === 1) bits.skip(2)
  const palette = bits.flag()
  const colorTransform = chromaFormat === 3 && !transform64 && bits.flag()
  if (transformSkip || palette) bits.ue()
  if (bits.flag()) bits.ue()
  if (bits.flag()) {
    const intervals = bits.u(2) + 1
    bits.se()
    for (let i = 0; i < intervals; i++) {
      bits.se()
      bits.ue()
    }
  }
  const scaling = bits.flag()
  if (scaling && lfnst) bits.skip(1)
  if (scaling && colorTransform && bits.flag()) bits.skip(1)
  bits.skip(2)
  if (bits.flag() && bits.flag())
    for (let sides = 2; sides > 0; sides--) skipUe(bits, bounded(bits.ue(), 3, bits))
}

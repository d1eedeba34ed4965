import { BitReader } from '@rtmp/bytes'
import { removeEmulationPrevention } from '@rtmp/flv/codec'
import { ERTMP_PHASE, recordError } from '../errors.ts'
import type { HevcErrorCode } from './hevc-error-code.ts'

/** What a sequence parameter set of H.265 says about the picture. */
export interface HevcSps {
  /** Pixels that are shown: without the conformance window's margins. */
  readonly width: number
  /** Pixels that are shown, as `width`. */
  readonly height: number
  /** As in `HevcConfig`. */
  readonly chromaFormat: number
  /** 8 to 16, as is `bitDepthChroma`. */
  readonly bitDepthLuma: number
  /** 8 to 16. */
  readonly bitDepthChroma: number
  /** Frames per second by the timing in the VUI, if it is there. */
  readonly frameRate: number | undefined
  /** Colour by the tables of ITU-T H.273, if it is there. */
  readonly colorPrimaries: number | undefined
  /** As `colorPrimaries`: 1 BT.709, 16 PQ, 18 HLG. */
  readonly transferCharacteristics: number | undefined
  /** As `colorPrimaries`: 1 BT.709, 9 BT.2020. */
  readonly matrixCoefficients: number | undefined
  /** Whether the samples use all values; `undefined` where the VUI does not say. */
  readonly fullRange: boolean | undefined
}

/** A number that is at most `maximum` in every legal stream; bounds all loops. */
const bounded = (value: number, maximum: number, bits: BitReader): number => {
  if (value > maximum)
    throw recordError<HevcErrorCode>(
      'HEVC_SPS',
      `${value} where at most ${maximum} is legal`,
      bits.position >> 3,
    )
  return value
}

/** H.265 §7.3.3, behind the general part: what the sub-layers say. */
const skipSubLayers = (bits: BitReader, count: number): void => {
  const sizes: number[] = []
  for (let i = 0; i < count; i++) sizes.push((bits.u(1) === 1 ? 88 : 0) + (bits.u(1) === 1 ? 8 : 0))
  if (count > 0) bits.skip((8 - count) * 2)
  for (const size of sizes) bits.skip(size)
}

/** H.265 §7.3.4. */
const skipScalingLists = (bits: BitReader): void => {
  for (let size = 0; size < 4; size++) {
    for (let matrix = 0; matrix < 6; matrix += size === 3 ? 3 : 1) {
      if (!bits.flag()) {
        bits.ue()
        continue
      }
      if (size > 1) bits.se()
      for (let left = Math.min(64, 1 << (4 + size * 2)); left > 0; left--) bits.se()
    }
  }
}

/** H.265 §7.3.7 and §7.4.8: the picture order count deltas of one set, which later sets may refer to. */
const readShortTermSet = (bits: BitReader, before: readonly number[] | undefined): number[] => {
  if (before !== undefined && bits.flag()) {
    const negative = bits.flag()
    const shift = (bits.ue() + 1) * (negative ? -1 : 1)
    const deltas: number[] = []
    for (const delta of [...before, 0]) {
      const kept = bits.flag() || bits.flag()
      if (kept && delta + shift !== 0) deltas.push(delta + shift)
    }
    const past = deltas.filter((delta) => delta < 0).sort((a, b) => b - a)
    return [...past, ...deltas.filter((delta) => delta > 0).sort((a, b) => a - b)]
  }
  const past = bounded(bits.ue(), 16, bits)
  const future = bounded(bits.ue(), 16, bits)
  const deltas: number[] = []
  let delta = 0
  for (let i = 0; i < past + future; i++) {
    if (i === past) delta = 0
    delta += (bits.ue() + 1) * (i < past ? -1 : 1)
    deltas.push(delta)
    bits.skip(1)
  }
  return deltas
}

/**
 * A sequence parameter set NAL unit of H.265 (§7.3.2.2), as it stands in a configuration record.
 *
 * @throws DecodeError `TRUNCATED`, `EXP_GOLOMB_TOO_LONG`, `HEVC_SPS`
 */
export const decodeHevcSps = (nal: Uint8Array): HevcSps => {
  const bits = new BitReader(removeEmulationPrevention(nal), ERTMP_PHASE)
  bits.skip(16 + 4)
  const subLayers = bits.u(3)
  bits.skip(1 + 88 + 8)
  skipSubLayers(bits, subLayers)
  bits.ue()
  const chromaFormat = bounded(bits.ue(), 3, bits)
  const separatePlanes = chromaFormat === 3 && bits.flag()
  let width = bits.ue()
  let height = bits.ue()
  if (bits.flag()) {
    const unitX = !separatePlanes && (chromaFormat === 1 || chromaFormat === 2) ? 2 : 1
    const unitY = !separatePlanes && chromaFormat === 1 ? 2 : 1
    width -= unitX * (bits.ue() + bits.ue())
    height -= unitY * (bits.ue() + bits.ue())
  }
  if (width <= 0 || height <= 0)
    throw recordError<HevcErrorCode>('HEVC_SPS', 'nothing of the picture is shown', 0)
  const bitDepthLuma = bounded(bits.ue(), 8, bits) + 8
  const bitDepthChroma = bounded(bits.ue(), 8, bits) + 8
  const pocBits = bounded(bits.ue(), 12, bits) + 4
  for (let layer = bits.flag() ? 0 : subLayers; layer <= subLayers; layer++) {
    bits.ue()
    bits.ue()
    bits.ue()
  }
  for (let i = 0; i < 6; i++) bits.ue()
  if (bits.flag() && bits.flag()) skipScalingLists(bits)
  bits.skip(2)
  if (bits.flag()) {
    bits.skip(8)
    bits.ue()
    bits.ue()
    bits.skip(1)
  }
  let set: number[] | undefined
  for (let left = bounded(bits.ue(), 64, bits); left > 0; left--) set = readShortTermSet(bits, set)
  if (bits.flag()) bits.skip(bounded(bits.ue(), 32, bits) * (pocBits + 1))
  bits.skip(2)
  const vui = bits.flag() ? readVui(bits) : NO_VUI
  return { width, height, chromaFormat, bitDepthLuma, bitDepthChroma, ...vui }
}

type Vui = Omit<HevcSps, 'width' | 'height' | 'chromaFormat' | 'bitDepthLuma' | 'bitDepthChroma'>

const NO_VUI: Vui = {
  frameRate: undefined,
  colorPrimaries: undefined,
  transferCharacteristics: undefined,
  matrixCoefficients: undefined,
  fullRange: undefined,
}

/** H.265 §E.2.1, up to the timing. */
const readVui = (bits: BitReader): Vui => {
  let { frameRate, colorPrimaries, transferCharacteristics, matrixCoefficients, fullRange } = NO_VUI
  if (bits.flag() && bits.u(8) === 255) bits.skip(32)
  if (bits.flag()) bits.skip(1)
  if (bits.flag()) {
    bits.skip(3)
    fullRange = bits.flag()
    if (bits.flag()) {
      colorPrimaries = bits.u(8)
      transferCharacteristics = bits.u(8)
      matrixCoefficients = bits.u(8)
    }
  }
  if (bits.flag()) {
    bits.ue()
    bits.ue()
  }
  bits.skip(3)
  if (bits.flag()) for (let i = 0; i < 4; i++) bits.ue()
  if (bits.flag()) {
    const unitsInTick = bits.u(32)
    const timeScale = bits.u(32)
    if (unitsInTick > 0 && timeScale > 0) frameRate = timeScale / unitsInTick
  }
  return { frameRate, colorPrimaries, transferCharacteristics, matrixCoefficients, fullRange }
}

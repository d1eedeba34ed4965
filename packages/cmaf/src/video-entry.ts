import type { ColorInfo } from '@rtmp/e-rtmp'
import { BoxWriter } from './box-writer.ts'

/** What all video sample entries say. */
export interface VideoEntryInit {
  /** `'avc1'`, `'hvc1'`, `'hev1'`, `'av01'`, `'vp08'`, `'vp09'`. */
  readonly type: string
  /** Pixels, 1 to 65,535. */
  readonly width: number
  /** Pixels, 1 to 65,535. */
  readonly height: number
  /** Type of the configuration's box: `'avcC'`. */
  readonly configType: string
  /** What is in it, version and flags included where it has them. */
  readonly configuration: Uint8Array
  readonly colorInfo?: ColorInfo | undefined
}

/**
 * VisualSampleEntry (ISO/IEC 14496-12 §12.1.3) with its configuration and colour boxes.
 *
 *   6 zeros · u16 data_reference_index 1 · 16 zeros · u16 width · u16 height · u32 72 dpi · u32 72 dpi · u32 0
 *   u16 frame_count 1 · 32 compressorname · u16 depth 24 · i16 −1 · boxes
 */
export const videoEntry = (entry: VideoEntryInit): Uint8Array<ArrayBuffer> => {
  const writer = new BoxWriter()
  const at = writer.open(entry.type)
  writer.zeros(6)
  writer.u16(1)
  writer.zeros(16)
  writer.u16s(entry.width, entry.height)
  writer.u32s(0x480000, 0x480000, 0)
  writer.u16(1)
  writer.zeros(32)
  writer.u16s(24, 0xffff)
  writer.box(entry.configType, entry.configuration)
  if (entry.colorInfo !== undefined) writeColor(writer, entry.colorInfo)
  writer.close(at)
  return writer.finish()
}

/** "Unspecified" in the tables of ITU-T H.273. */
const UNSPECIFIED = 2

/**
 * Colour as E-RTMP's Metadata says it (ISO/IEC 14496-12 §12.1.5 to §12.1.7).
 *
 *   colr  "nclx" · u16 primaries · u16 transfer · u16 matrix · full range 1 bit, 7 zeros
 *   mdcv  green, blue, red, white: u16 x, u16 y in 0.00002 · u32 max, u32 min luminance in 0.0001 cd/m²
 *   clli  u16 maxCLL · u16 maxFALL
 */
const writeColor = (writer: BoxWriter, { colorConfig, hdrMdcv, hdrCll }: ColorInfo): void => {
  if (colorConfig?.colorPrimaries !== undefined || colorConfig?.transferCharacteristics !== undefined) {
    const at = writer.open('colr')
    writer.utf8('nclx')
    writer.u16s(
      colorConfig.colorPrimaries ?? UNSPECIFIED,
      colorConfig.transferCharacteristics ?? UNSPECIFIED,
      colorConfig.matrixCoefficients ?? UNSPECIFIED,
    )
    writer.u8(0)
    writer.close(at)
  }
  if (hdrMdcv?.maxLuminance !== undefined && hdrMdcv.redX !== undefined) {
    const at = writer.open('mdcv')
    const { redX, redY, greenX, greenY, blueX, blueY, whitePointX, whitePointY } = hdrMdcv
    for (const coordinate of [greenX, greenY, blueX, blueY, redX, redY, whitePointX, whitePointY]) {
      writer.u16(Math.round((coordinate ?? 0) * 50_000))
    }
    writer.u32s(Math.round(hdrMdcv.maxLuminance * 10_000), Math.round((hdrMdcv.minLuminance ?? 0) * 10_000))
    writer.close(at)
  }
  if (hdrCll !== undefined) {
    const at = writer.open('clli')
    writer.u16s(Math.round(hdrCll.maxCLL ?? 0), Math.round(hdrCll.maxFall ?? 0))
    writer.close(at)
  }
}

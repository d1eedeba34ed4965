import { bigEndian } from './chunk-bytes.ts'
import { bytesOf, joined } from './hex.ts'

/** AVC sequence header: Baseline, level 1.2, 320x180; NAL unit lengths of 4 bytes. */
export const AVC_HEADER: Uint8Array = bytesOf(
  '17 00 000000 01 42C00C FF E1 0019 6742C00CD901419F9F011000000300100000030320F142A480 01 0005 68CB83CB20',
)
/** Where the level stands in the header, and in the sequence parameter set that it holds. */
const LEVEL_AT = [8, 16]
/** The same with another level, as after a change of resolution. */
export const OTHER_AVC_HEADER: Uint8Array = AVC_HEADER.map((byte, index) =>
  LEVEL_AT.includes(index) ? 0x15 : byte,
)
/** The sequence parameter set of {@link OTHER_AVC_HEADER}. */
export const OTHER_SPS: Uint8Array = OTHER_AVC_HEADER.subarray(13, 38)
/** A decoder record of HEVC: Main, level 2, 320x180, no reordering; its parameter sets are true. */
export const HVCC =
  '01 01 60000000 900000000000 3C F000FCFDF8F8 00000F 03' +
  ' 20 0001 0017 40010C01FFFF01600000030090000003000003003CAC09' +
  ' 21 0001 001D 42010101600000030090000003000003003CA00A080B9F796B924C2080' +
  ' 22 0001 0006 4401C0718012'
/** An AV1 sequence header, as it stands in the decoder record and before key frames. */
export const AV1_SEQUENCE = '0A0B 0200000521E7F66017C002'
/** AAC sequence header: LC, 48 kHz, stereo. */
export const AAC_HEADER: Uint8Array = bytesOf('AF 00 11 90')

let drawn = 0

/** Bytes that no other call returns, without zero runs that could be taken for start codes. */
const unique = (count: number): Uint8Array => {
  drawn += 1
  let state = (drawn * 2654435761) >>> 0
  return Uint8Array.from({ length: count }, (_, index) => {
    if (index < 4) return ((drawn >> (index * 7)) & 0x7f) | 0x80
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 24) | 1
  })
}

/** An AAC frame message of `size` bytes (7 and more), unlike every other. */
export const audioFrame = (size = 40): Uint8Array => joined(Uint8Array.of(0xaf, 1), unique(size - 2))

/** Whether a message is sound: an AAC header is none, and some servers send it not at the join but before the first sound. */
export const isSound = ({
  typeId,
  payload,
}: {
  readonly typeId: number
  readonly payload: Uint8Array
}): boolean => typeId === 8 && payload[1] !== 0

/** How a picture's NAL unit begins: its type, and the first bits of a true slice header. What follows is unlike every other. */
const SLICE: Readonly<Record<'avc1' | 'hvc1', { readonly key: string; readonly inter: string }>> = {
  avc1: { key: '65 88', inter: '41 9A' },
  hvc1: { key: '26 01 AF', inter: '02 01 D0' },
}

/** A NAL unit of a picture behind its length, `size` bytes of it. */
export const nalUnit = (codec: 'avc1' | 'hvc1', key: boolean, size: number): Uint8Array => {
  const begin = bytesOf(SLICE[codec][key ? 'key' : 'inter'])
  return joined(bigEndian(size, 4), begin, unique(size - begin.length))
}

/** An AVC picture message of `size` bytes (15 and more) with one NAL unit: a key frame, or an inter frame. */
export const videoFrame = (size = 60, key = false): Uint8Array =>
  joined(bytesOf(key ? '17 01 000000' : '27 01 000000'), nalUnit('avc1', key, size - 9))

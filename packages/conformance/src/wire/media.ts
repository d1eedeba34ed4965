import { bigEndian } from './chunk-bytes.ts'
import { bytesOf, joined } from './hex.ts'

/** AVC sequence header: Baseline, level 1.2, 320x180; NAL unit lengths of 4 bytes. */
export const AVC_HEADER: Uint8Array = bytesOf(
  '17 00 000000 01 42C00C FF E1 0019 6742C00CD901419F9F011000000300100000030320F142A480 01 0005 68CB83CB20',
)
/** The same with another level, as after a change of resolution. */
export const OTHER_AVC_HEADER: Uint8Array = AVC_HEADER.map((byte, index) => (index === 8 ? 0x15 : byte))
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

const nal = (type: number, size: number): Uint8Array =>
  joined(bigEndian(size, 4), Uint8Array.of(type), unique(size - 1))

/** An AVC picture message of `size` bytes (15 and more) with one NAL unit: a key frame, or an inter frame. */
export const videoFrame = (size = 60, key = false): Uint8Array =>
  joined(bytesOf(key ? '17 01 000000' : '27 01 000000'), nal(key ? 0x65 : 0x41, size - 9))

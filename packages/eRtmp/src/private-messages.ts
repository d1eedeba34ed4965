import { removeEmulationPrevention } from '@rtmp/flv/codec'
import { ObuType, obuAt } from './codecs/obu.ts'

/** A message that an encoder or a publisher has put into a picture, which only who knows its UUID understands. */
export interface PrivateMessage {
  /** 32 hexadecimal digits. */
  readonly uuid: string
  readonly body: Uint8Array
}

/** user_data_unregistered (ITU-T H.274 §8.6): what follows is told by a UUID. */
const UNREGISTERED = 5
const UUID_BYTES = 16

const H264_SEI = 6
/** Before the picture, and behind it: OBS before 32.1, and since. */
const HEVC_SEI = [39, 40]
/** More units and bytes than that are nothing of OBS's, and not looked at: x264's word on its settings has 600 bytes and more. */
const MOST_UNITS = 64
const MOST_BYTES = 512

/** The first metadata_type that AV1 leaves to everybody (AV1 specification §6.7.1); OBS puts the body of an SEI message there. */
const USER_PRIVATE = 6
const TRAILING_BITS = 0x80

/** The private messages in a picture as FLV carries it. Never throws. */
export const privateMessages = (picture: Uint8Array, codec: 'h264' | 'hevc' | 'av1'): PrivateMessage[] =>
  codec === 'av1' ? inObus(picture) : inNalUnits(picture, codec)

/** NAL units have lengths of four bytes before them. */
const inNalUnits = (picture: Uint8Array, codec: 'h264' | 'hevc'): PrivateMessage[] => {
  const found: PrivateMessage[] = []
  let at = 0
  for (let unit = 0; unit < MOST_UNITS && at + 4 < picture.length; unit++) {
    const end = at + 4 + u32(picture, at)
    const first = picture[at + 4] ?? 0
    const isSei = codec === 'h264' ? (first & 0x1f) === H264_SEI : HEVC_SEI.includes((first >> 1) & 0x3f)
    if (isSei && end - at - 4 <= MOST_BYTES) {
      const start = at + 4 + (codec === 'h264' ? 1 : 2)
      inSei(removeEmulationPrevention(picture.subarray(start, end)), found)
    }
    at = end
  }
  return found
}

/** ITU-T H.264 §7.3.2.3.1: type and size, each as many bytes of 255 as it takes and one more. */
const inSei = (bytes: Uint8Array, found: PrivateMessage[]): void => {
  let at = 0
  const number = (): number => {
    let value = 0
    while (bytes[at] === 0xff) {
      value += 0xff
      at += 1
    }
    value += bytes[at] ?? 0
    at += 1
    return value
  }
  // What is left behind the last message: a stop bit.
  while (at + 2 < bytes.length) {
    const type = number()
    const size = number()
    const body = bytes.subarray(at, at + size)
    at += size
    if (type === UNREGISTERED && body.length === size) add(body, found)
  }
}

/** metadata_obu (AV1 specification §5.8.1): the type, what it is, and trailing bits. */
const inObus = (picture: Uint8Array): PrivateMessage[] => {
  const found: PrivateMessage[] = []
  let at = 0
  for (let unit = 0; unit < MOST_UNITS && at < picture.length; unit++) {
    const { type, start, end } = obuAt(picture, at, picture.length)
    const isPrivate = type === ObuType.metadata && picture[start] === USER_PRIVATE
    if (isPrivate && end - start <= MOST_BYTES && picture[end - 1] === TRAILING_BITS)
      add(picture.subarray(start + 1, end - 1), found)
    at = end
  }
  return found
}

const add = (message: Uint8Array, found: PrivateMessage[]): void => {
  if (message.length < UUID_BYTES) return
  const digits = Array.from(message.subarray(0, UUID_BYTES), (byte) => byte.toString(16).padStart(2, '0'))
  found.push({ uuid: digits.join(''), body: message.subarray(UUID_BYTES) })
}

const u32 = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)) >>>
  0

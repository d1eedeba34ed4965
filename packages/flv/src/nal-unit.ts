import { concat } from '@rtmp/bytes'
import { flvError, requireInteger } from './errors.ts'

/** nal_unit_type of H.264 (H.264 table 7-1), the low five bits of a NAL unit's first byte. */
export const AvcNalType = {
  slice: 1,
  partitionA: 2,
  idrSlice: 5,
  sei: 6,
  sps: 7,
  pps: 8,
  accessUnitDelimiter: 9,
  endOfSequence: 10,
  endOfStream: 11,
  filler: 12,
  spsExtension: 13,
} as const

/** The type of an H.264 NAL unit, 0 to 31; 0 for one without bytes. */
export const avcNalType = (nalUnit: Uint8Array): number => (nalUnit[0] ?? 0) & 0x1f

/** Whether an H.264 NAL unit is (part of) a picture that decoding can start at. */
export const isAvcIdr = (nalUnit: Uint8Array): boolean => avcNalType(nalUnit) === AvcNalType.idrSlice

/** Whether an H.264 NAL unit is a parameter set: SPS, PPS or SPS extension. */
export const isAvcParameterSet = (nalUnit: Uint8Array): boolean => {
  const type = avcNalType(nalUnit)
  return type === AvcNalType.sps || type === AvcNalType.pps || type === AvcNalType.spsExtension
}

const lengthAt = (data: Uint8Array, at: number, lengthSize: number): number => {
  let length = 0
  for (let i = 0; i < lengthSize; i++) length = length * 256 + (data[at + i] as number)
  return length
}

/**
 * The NAL units of an access unit in the form FLV and MP4 use: each behind its length (FLV §E.4.3.2; 14496-15). For
 * H.264, H.265 and H.266 alike. Units without bytes are left out.
 *
 * @param lengthSize - Bytes of each length, 1 to 4, from the configuration record.
 * @returns views of `data`
 * @throws DecodeError `AVC_NAL_OVERRUN` where a length runs past the end
 */
export const nalUnits = (data: Uint8Array, lengthSize = 4): Uint8Array[] => {
  const units: Uint8Array[] = []
  for (let at = 0; at < data.length; ) {
    const start = at + lengthSize
    const end = start > data.length ? Number.POSITIVE_INFINITY : start + lengthAt(data, at, lengthSize)
    if (end > data.length) throw flvError('AVC_NAL_OVERRUN', 'a NAL unit runs past its access unit', at)
    if (end > start) units.push(data.subarray(start, end))
    at = end
  }
  return units
}

/**
 * NAL units, each behind its length: the reverse of {@link nalUnits}.
 *
 * @throws UsageError `FLV_FIELD_RANGE` for a unit too long for `lengthSize`
 */
export const joinNalUnits = (units: readonly Uint8Array[], lengthSize = 4): Uint8Array<ArrayBuffer> => {
  const slices: Uint8Array[] = []
  units.forEach((unit, index) => {
    requireInteger(unit.length, 0, 256 ** lengthSize - 1, `units[${index}].length`)
    const prefix = new Uint8Array(lengthSize)
    for (let i = 0; i < lengthSize; i++) prefix[i] = Math.floor(unit.length / 256 ** (lengthSize - 1 - i))
    slices.push(prefix, unit)
  })
  return concat(slices)
}

/**
 * The NAL units of a byte stream with start codes (H.264 Annex B); zero bytes before and behind a unit are no part of
 * it. Bytes before the first start code are skipped.
 *
 * @returns views of `data`
 */
export const annexBNalUnits = (data: Uint8Array): Uint8Array[] => {
  const units: Uint8Array[] = []
  let start = -1
  for (let at = 0; at <= data.length - 3; ) {
    if ((data[at + 2] as number) > 1) at += 3
    else if (data[at] === 0 && data[at + 1] === 0 && data[at + 2] === 1) {
      if (start >= 0) pushUnit(units, data, start, at)
      at += 3
      start = at
    } else at += 1
  }
  if (start >= 0) pushUnit(units, data, start, data.length)
  return units
}

const pushUnit = (units: Uint8Array[], data: Uint8Array, start: number, end: number): void => {
  let last = end
  while (last > start && data[last - 1] === 0) last -= 1
  if (last > start) units.push(data.subarray(start, last))
}

/** Whether bytes begin with a start code, of three or four bytes. */
export const startsWithStartCode = (data: Uint8Array): boolean =>
  data[0] === 0 && data[1] === 0 && (data[2] === 1 || (data[2] === 0 && data[3] === 1))

/** A byte stream with start codes, in the length-prefixed form. A copy. */
export const annexBToLengthPrefixed = (data: Uint8Array, lengthSize = 4): Uint8Array<ArrayBuffer> =>
  joinNalUnits(annexBNalUnits(data), lengthSize)

const START_CODE = Uint8Array.of(0, 0, 0, 1)

/**
 * A length-prefixed access unit as a byte stream with four-byte start codes. A copy.
 *
 * @throws DecodeError `AVC_NAL_OVERRUN`
 */
export const lengthPrefixedToAnnexB = (data: Uint8Array, lengthSize = 4): Uint8Array<ArrayBuffer> =>
  concat(nalUnits(data, lengthSize).flatMap((unit) => [START_CODE, unit]))

/**
 * An access unit as it should be, from one that broken publishers send: start codes become lengths, units without
 * bytes go. Good ones come back as the same array. `undefined` when it cannot be read at all: drop the frame, keep the
 * stream.
 */
export const repairAccessUnit = (data: Uint8Array, lengthSize = 4): Uint8Array | undefined => {
  let size = 0
  for (let at = 0; at < data.length; ) {
    const start = at + lengthSize
    const length = start > data.length ? Number.POSITIVE_INFINITY : lengthAt(data, at, lengthSize)
    if (start + length > data.length)
      return startsWithStartCode(data) ? converted(data, lengthSize) : undefined
    if (length > 0) size += lengthSize + length
    at = start + length
  }
  return size === data.length ? data : joinNalUnits(nalUnits(data, lengthSize), lengthSize)
}

/** From start codes to lengths, unless a unit is too long for its length. */
const converted = (data: Uint8Array, lengthSize: number): Uint8Array | undefined => {
  const units = annexBNalUnits(data)
  return units.every((unit) => unit.length < 256 ** lengthSize) ? joinNalUnits(units, lengthSize) : undefined
}

/** The bytes of a NAL unit without emulation prevention: `00 00 03` becomes `00 00` (H.264 §7.4.1). */
export const removeEmulationPrevention = (nalUnit: Uint8Array): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(nalUnit.length)
  let length = 0
  let zeros = 0
  for (const byte of nalUnit) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0
      continue
    }
    zeros = byte === 0 ? zeros + 1 : 0
    bytes[length++] = byte
  }
  return bytes.slice(0, length)
}

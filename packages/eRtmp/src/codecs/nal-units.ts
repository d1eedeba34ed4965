import { ByteReader, ByteWriter } from '@rtmp/bytes'
import { requireInteger } from '../errors.ts'
import type { EntryPoint } from './codec.ts'

/** NAL units of one type in the configuration record of HEVC or VVC. */
export interface NalArray {
  /** Every NAL unit of this type is here, and none in the stream. */
  readonly complete: boolean
  /** As in the codec's table of types. */
  readonly nalType: number
  /** NAL units without length or start code; out of the decoder views of the record. */
  readonly nalUnits: readonly Uint8Array[]
}

/** How the arrays of a record are laid out (ISO/IEC 14496-15 §8.3.3, §11.2.4). */
export interface NalArrayLayout {
  /** Bits of the NAL type in the first byte. */
  readonly typeBits: 5 | 6
  /** Types of which there is one unit, so that no count is written. */
  readonly single: readonly number[]
}

/**
 * Arrays of NAL units, as the records of HEVC and VVC end with.
 *
 *   u8 arrays, each: complete 1 · reserved · NAL type 5 or 6 · u16 units (unless there is one only) · each: u16 length, unit
 *
 * @throws DecodeError `TRUNCATED`
 */
export const readNalArrays = (reader: ByteReader, { typeBits, single }: NalArrayLayout): NalArray[] => {
  const arrays: NalArray[] = []
  for (let left = reader.u8(); left > 0; left--) {
    const first = reader.u8()
    const nalType = first & (2 ** typeBits - 1)
    const nalUnits: Uint8Array[] = []
    for (let units = single.includes(nalType) ? 1 : reader.u16(); units > 0; units--) {
      nalUnits.push(reader.view(reader.u16()))
    }
    arrays.push({ complete: first >= 0x80, nalType, nalUnits })
  }
  return arrays
}

/** The reverse of {@link readNalArrays}. @throws UsageError `ERTMP_FIELD_RANGE` */
export const writeNalArrays = (
  arrays: readonly NalArray[],
  layout: NalArrayLayout,
): Uint8Array<ArrayBuffer> => {
  const writer = new ByteWriter()
  requireInteger(arrays.length, 0, 255, 'arrays.length')
  writer.u8(arrays.length)
  arrays.forEach(({ complete, nalType, nalUnits }, i) => {
    const single = layout.single.includes(nalType)
    requireInteger(nalType, 0, 2 ** layout.typeBits - 1, `arrays[${i}].nalType`)
    requireInteger(nalUnits.length, single ? 1 : 0, single ? 1 : 0xffff, `arrays[${i}].nalUnits.length`)
    writer.u8((complete ? 0x80 : 0) | nalType)
    if (!single) writer.u16(nalUnits.length)
    nalUnits.forEach((unit, j) => {
      requireInteger(unit.length, 0, 0xffff, `arrays[${i}].nalUnits[${j}].length`)
      writer.u16(unit.length)
      writer.bytes(unit)
    })
  })
  return writer.finish()
}

/** The first NAL unit of a type in a record's arrays. */
export const firstNalUnit = (arrays: readonly NalArray[], nalType: number): Uint8Array | undefined =>
  arrays.find((array) => array.nalType === nalType && array.nalUnits.length > 0)?.nalUnits[0]

/** What one NAL unit says of the access unit it stands in; `'next'`: nothing, see the one behind it. */
export type NalVerdict = EntryPoint | 'next'

/** NAL units looked at until a picture is found; parameter sets and SEI before it are few. */
const MAX_NAL_UNITS = 64

/**
 * Judges an access unit by its NAL units, in order, until one tells. They stand behind lengths of four bytes, as in
 * practice everywhere; what does not add up as such is tried with start codes (some senders), and with lengths of two
 * bytes and one. Allocates nothing, never throws.
 *
 * @param judge - Given the position of a NAL unit's first byte and behind its last one.
 */
export const judgeNalUnits = (
  bytes: Uint8Array,
  start: number,
  end: number,
  judge: (bytes: Uint8Array, start: number, end: number) => NalVerdict,
): EntryPoint => {
  if (hasStartCode(bytes, start, end)) return judgeByteStream(bytes, start, end, judge)
  for (const lengthSize of [4, 2, 1]) {
    if (addsUp(bytes, start, end, lengthSize)) return judgeLengths(bytes, start, end, lengthSize, judge)
  }
  // Cut off, or another size: by four bytes as far as it goes.
  return judgeLengths(bytes, start, end, 4, judge)
}

const lengthAt = (bytes: Uint8Array, at: number, size: number): number => {
  let length = 0
  for (let i = 0; i < size; i++) length = length * 256 + (bytes[at + i] as number)
  return length
}

const addsUp = (bytes: Uint8Array, start: number, end: number, lengthSize: number): boolean => {
  let at = start
  while (at + lengthSize <= end) at += lengthSize + lengthAt(bytes, at, lengthSize)
  return at === end
}

const judgeLengths = (
  bytes: Uint8Array,
  start: number,
  end: number,
  lengthSize: number,
  judge: (bytes: Uint8Array, start: number, end: number) => NalVerdict,
): EntryPoint => {
  let recovery = false
  let at = start
  for (let units = 0; units < MAX_NAL_UNITS && at + lengthSize < end; units++) {
    const from = at + lengthSize
    const to = Math.min(end, from + lengthAt(bytes, at, lengthSize))
    const verdict = to > from ? judge(bytes, from, to) : 'next'
    if (verdict === 'key') return 'key'
    if (verdict === 'none') break
    if (verdict === 'recovery') recovery = true
    at = to
  }
  return recovery ? 'recovery' : 'none'
}

const isStartCode = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 1

const hasStartCode = (bytes: Uint8Array, start: number, end: number): boolean =>
  end - start > 4 &&
  (isStartCode(bytes, start) || (bytes[start] === 0 && isStartCode(bytes, start + 1))) &&
  // 00 00 01 xx is a length, too: of 256 to 511 bytes, when it adds up.
  !addsUp(bytes, start, end, 4)

const judgeByteStream = (
  bytes: Uint8Array,
  start: number,
  end: number,
  judge: (bytes: Uint8Array, start: number, end: number) => NalVerdict,
): EntryPoint => {
  let recovery = false
  for (let at = start, units = 0; units < MAX_NAL_UNITS && at + 3 < end; at++) {
    if (!isStartCode(bytes, at)) continue
    units += 1
    const verdict = judge(bytes, at + 3, end)
    if (verdict === 'key') return 'key'
    if (verdict === 'none') break
    if (verdict === 'recovery') recovery = true
    at += 2
  }
  return recovery ? 'recovery' : 'none'
}

const RECOVERY_POINT = 6

/**
 * Whether an SEI NAL unit has a recovery point message (H.264 §D.1.8, H.265 §D.2.8: payload type 6 in both).
 *
 * @param at - First byte behind the NAL unit's header.
 */
export const hasRecoveryPoint = (bytes: Uint8Array, at: number, end: number): boolean => {
  let position = at
  for (let messages = 0; messages < MAX_NAL_UNITS && position + 2 < end; messages++) {
    let type = 0
    let size = 0
    for (; position < end && bytes[position] === 255; position++) type += 255
    type += bytes[position++] ?? 0
    for (; position < end && bytes[position] === 255; position++) size += 255
    size += bytes[position++] ?? 0
    if (type === RECOVERY_POINT) return true
    position += size
  }
  return false
}

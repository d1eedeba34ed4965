import type { ByteWriter } from '@rtmp/bytes'
import { requireInteger } from './errors.ts'
import { modExSizeAt, u24At } from './ex-header.ts'
import { ModExType } from './packet-type.ts'

/**
 * An entry in front of a packet that modifies or extends it (E-RTMP v2, ModEx):
 *
 *   size − 1     u8, 0 to 254; 255 means that a u16 with size − 1 follows
 *   data         1 to 65,536 bytes
 *   type 4 bits, next packet type 4 bits
 *
 * So 255 bytes are `fe`, 256 bytes `ff 00ff`, 65,536 bytes `ff ffff`.
 */
export interface ModEx {
  /** {@link ModExType}, 0 to 15; entries of reserved types are kept. */
  readonly type: number
  /** 1 to 65,536 bytes; out of the decoder a view of the payload. */
  readonly data: Uint8Array
  /** The size is written in the long form although it would fit the short one. Default false. */
  readonly longSize?: boolean
}

/** Largest offset in nanoseconds: just under the millisecond that the timestamp counts. */
export const MAX_NANO_OFFSET = 999_999

const NONE: readonly ModEx[] = []

/**
 * The entries at the start of an enhanced message whose header has been scanned without fault.
 *
 * @param count - How many there are.
 */
export const readModExChain = (bytes: Uint8Array, count: number): readonly ModEx[] => {
  if (count === 0) return NONE
  const entries: ModEx[] = []
  let at = 1
  while (entries.length < count) {
    const size = modExSizeAt(bytes, at)
    const long = bytes[at] === 255
    const start = at + (long ? 3 : 1)
    at = start + size
    const type = (bytes[at++] as number) >> 4
    const data = bytes.subarray(start, start + size)
    entries.push(long && size < 256 ? { type, data, longSize: true } : { type, data })
  }
  return entries
}

/** @throws UsageError `ERTMP_FIELD_RANGE` */
export const writeModEx = (writer: ByteWriter, entry: ModEx, nextPacketType: number, path: string): void => {
  requireInteger(entry.type, 0, 15, `${path}.type`)
  const size = entry.data.length
  requireInteger(size, 1, 65_536, `${path}.data.length`)
  if (size > 255 || entry.longSize === true) {
    writer.u8(255)
    writer.u16(size - 1)
  } else {
    writer.u8(size - 1)
  }
  writer.bytes(entry.data)
  writer.u8((entry.type << 4) | nextPacketType)
}

/**
 * The ModEx entry that adds nanoseconds to a message's presentation time (E-RTMP v2, TimestampOffsetNano). The RTMP
 * timestamp stays what it is. Send it only to peers whose `capsEx` has `timestampNanoOffset`.
 *
 * @param nanoseconds - 0 to 999,999. Three bytes are written: FFmpeg takes no other size.
 * @throws UsageError `ERTMP_FIELD_RANGE`
 */
export const nanoOffsetModEx = (nanoseconds: number): ModEx => {
  requireInteger(nanoseconds, 0, MAX_NANO_OFFSET, 'nanoseconds')
  return {
    type: ModExType.timestampOffsetNano,
    data: Uint8Array.of(nanoseconds >> 16, nanoseconds >> 8, nanoseconds),
  }
}

/**
 * Nanoseconds that a chain of entries adds to the presentation time: those of the last TimestampOffsetNano, 0 without
 * one. Values above 999,999, which break the specification, count as 999,999.
 */
export const nanoOffsetOf = (modEx: readonly ModEx[]): number => {
  let offset = 0
  for (const { type, data } of modEx) {
    if (type === ModExType.timestampOffsetNano && data.length >= 3) {
      offset = Math.min(u24At(data, 0), MAX_NANO_OFFSET)
    }
  }
  return offset
}

import { BitReader, BitWriter } from '@rtmp/bytes'
import { CMAF_PHASE } from './errors.ts'
import { BoxWriter } from './box-writer.ts'

const inBox = (type: string, bits: BitWriter): Uint8Array<ArrayBuffer> => {
  const writer = new BoxWriter()
  writer.box(type, bits.finish())
  return writer.finish()
}

/**
 * The configuration box of AC-3, made from a frame, since RTMP carries no record for it: dac3 (ETSI TS 102 366 §F.4).
 *
 *   fscod 2 · bsid 5 · bsmod 3 · acmod 3 · lfeon 1 · bit_rate_code 5 · reserved 5
 *
 * @throws DecodeError `TRUNCATED`
 */
export const dac3 = (frame: Uint8Array): Uint8Array<ArrayBuffer> => {
  const bits = new BitReader(frame, CMAF_PHASE)
  bits.skip(32)
  const sampleRateCode = bits.u(2)
  const bitRateCode = bits.u(6) >> 1
  const streamId = bits.u(5)
  const mode = bits.u(3)
  const channels = bits.u(3)
  if ((channels & 1) === 1 && channels !== 1) bits.skip(2)
  if ((channels & 4) !== 0) bits.skip(2)
  if (channels === 2) bits.skip(2)
  const lowFrequency = bits.u(1)
  const out = new BitWriter()
  out.u(sampleRateCode, 2)
  out.u(streamId, 5)
  out.u(mode, 3)
  out.u(channels, 3)
  out.u(lowFrequency, 1)
  out.u(bitRateCode, 5)
  out.u(0, 5)
  return inBox('dac3', out)
}

/** One independent substream of E-AC-3, and the channels that its dependent ones add. */
interface Substream {
  readonly sampleRateCode: number
  readonly streamId: number
  readonly channels: number
  readonly lowFrequency: number
  dependent: number
  locations: number
}

const DEPENDENT = 1

/**
 * The configuration box of E-AC-3, made from all sync frames of one access unit: dec3 (ETSI TS 102 366 §F.6).
 *
 *   data_rate 13 kbit/s · num_ind_sub 3 (one less), each:
 *     fscod 2 · bsid 5 · 0 1 · asvc 1 · bsmod 3 · acmod 3 · lfeon 1 · 0 3 · num_dep_sub 4 · chan_loc 9, or 0 1 without any
 *
 * @param seconds - How long the access unit lasts, for the bit rate.
 * @throws DecodeError `TRUNCATED`
 */
export const dec3 = (unit: Uint8Array, seconds: number): Uint8Array<ArrayBuffer> => {
  const substreams = substreamsOf(unit)
  const out = new BitWriter()
  out.u(Math.min(0x1fff, Math.round((unit.length * 8) / seconds / 1000)), 13)
  out.u(substreams.length - 1, 3)
  for (const { sampleRateCode, streamId, channels, lowFrequency, dependent, locations } of substreams) {
    out.u(sampleRateCode, 2)
    out.u(streamId, 5)
    out.u(0, 1 + 1 + 3)
    out.u(channels, 3)
    out.u(lowFrequency, 1)
    out.u(0, 3)
    out.u(dependent, 4)
    out.u(dependent > 0 ? locations : 0, dependent > 0 ? 9 : 1)
  }
  return inBox('dec3', out)
}

/**
 * The substreams of an access unit, at most 8, each once: a unit can hold several frames of a substream.
 *
 *   sync 16 · strmtyp 2 · substreamid 3 · frmsiz 11 · fscod 2 · numblkscod 2 · acmod 3 · lfeon 1 · bsid 5
 *   dialnorm 5 · compre 1 (compr 8) · with acmod 0 both again · of dependent ones chanmape 1 (chanmap 16)
 */
const substreamsOf = (unit: Uint8Array): Substream[] => {
  const found = new Map<number, Substream>()
  let parent: Substream | undefined
  let again = false
  for (let at = 0; at + 6 < unit.length && unit[at] === 0x0b && unit[at + 1] === 0x77; ) {
    const bits = new BitReader(unit, CMAF_PHASE, at)
    bits.skip(16)
    const type = bits.u(2)
    const id = bits.u(3)
    at += 2 * (bits.u(11) + 1)
    const sampleRateCode = bits.u(2)
    bits.skip(2)
    const channels = bits.u(3)
    const lowFrequency = bits.u(1)
    const streamId = bits.u(5)
    if (type !== DEPENDENT) {
      again = found.has(id)
      parent = { sampleRateCode, streamId, channels, lowFrequency, dependent: 0, locations: 0 }
      if (!again) found.set(id, parent)
    } else if (parent !== undefined && !again) {
      parent.dependent += 1
      parent.locations |= locationsOf(bits, channels)
    }
  }
  return [...found.values()]
}

/**
 * chan_loc by a dependent frame's chanmap. chanmap counts from its top bit: 5 Lc/Rc, 6 Lrs/Rrs, 7 Cs, 8 Ts, 9 Lsd/Rsd,
 * 10 Lw/Rw, 11 Lvh/Rvh, 12 Cvh, 14 LFE2; chan_loc has these as bits 0 to 8 from its lowest.
 */
const locationsOf = (bits: BitReader, channels: number): number => {
  for (let program = channels === 0 ? 2 : 1; program > 0; program--) {
    bits.skip(5)
    if (bits.flag()) bits.skip(8)
  }
  if (!bits.flag()) return 0
  const map = bits.u(16)
  let locations = 0
  for (let bit = 0; bit < 8; bit++) locations |= ((map >> (10 - bit)) & 1) << bit
  return locations | (((map >> 1) & 1) << 8)
}

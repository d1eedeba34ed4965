import { BitReader } from '@rtmp/bytes'
import { ERTMP_PHASE, recordError } from '../errors.ts'
import type { AudioCodec, AudioFrameInfo, CodecFacts, CodedFrame, FactsReader } from './codec.ts'

/** What can be wrong: no sync word, or reserved values. */
export type Ac3ErrorCode = 'AC3_FRAME'

/** AC-3. */
export const ac3: AudioCodec<'ac3', 'ac-3'> = {
  name: 'ac3',
  title: 'AC-3',
  fourCc: 'ac-3',
  legacyId: undefined,
}

const AC3_RATES = [48000, 44100, 32000] as const
/** Channels of acmod 0 to 7: 1+1, 1/0, 2/0, 3/0, 2/1, 3/1, 2/2, 3/2. */
const AC3_CHANNELS = [2, 1, 2, 3, 3, 4, 4, 5] as const
/** kbit/s of frmsizecod / 2 (ATSC A/52 table 5.18). */
const AC3_BIT_RATES = [
  32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640,
] as const
const EAC3_BLOCKS = [1, 2, 3, 6] as const

/**
 * The header of an AC-3 or E-AC-3 sync frame (ATSC A/52 §5.3, §E.1.2).
 *
 *   u16 0x0b77
 *   AC-3    crc 16 · fscod 2 · frmsizecod 6 · bsid 5 (to 8) · bsmod 3 · acmod 3 · mix levels 0 to 4 · lfeon 1
 *   E-AC-3  strmtyp 2 · substreamid 3 · frmsiz 11 · fscod 2 · numblkscod 2 · acmod 3 · lfeon 1 · bsid 5 (11 to 16)
 *
 * @throws DecodeError `TRUNCATED`, `AC3_FRAME`
 */
export const decodeAc3Frame = (frame: Uint8Array): AudioFrameInfo => {
  const bits = new BitReader(frame, ERTMP_PHASE)
  if (bits.u(16) !== 0x0b77) throw recordError<Ac3ErrorCode>('AC3_FRAME', 'no sync word', 0)
  bits.skip(24)
  const bsid = bits.u(5)
  if (bsid > 16) throw recordError<Ac3ErrorCode>('AC3_FRAME', `bitstream id ${bsid}`, 5)
  bits.position = 16
  return bsid > 10 ? readEac3(bits) : readAc3(bits, bsid)
}

const reserved = (what: string, at: number): never => {
  throw recordError<Ac3ErrorCode>('AC3_FRAME', `reserved ${what}`, at)
}

const readAc3 = (bits: BitReader, bsid: number): AudioFrameInfo => {
  bits.skip(16)
  const rate = AC3_RATES[bits.u(2)] ?? reserved('sample rate', 4)
  const sizeCode = bits.u(6)
  const bitRate = AC3_BIT_RATES[sizeCode >> 1] ?? reserved('frame size', 4)
  bits.skip(5 + 3)
  const mode = bits.u(3)
  if ((mode & 1) === 1 && mode !== 1) bits.skip(2)
  if ((mode & 4) !== 0) bits.skip(2)
  if (mode === 2) bits.skip(2)
  const lfe = bits.u(1)
  // 1536 samples at bitRate; 44.1 kHz frames alternate between two sizes, told apart by the lowest bit.
  const words = Math.floor((bitRate * 1000 * 1536) / rate / 16)
  const frameSize = 2 * (rate === 44100 ? words + (sizeCode & 1) : words)
  // bsid 9 and 10 are half and quarter rate.
  const sampleRate = rate >> Math.max(0, bsid - 8)
  return {
    codec: 'ac3',
    sampleRate,
    channels: (AC3_CHANNELS[mode] as number) + lfe,
    frameSize,
    samples: 1536,
  }
}

const readEac3 = (bits: BitReader): AudioFrameInfo => {
  bits.skip(2 + 3)
  const frameSize = 2 * (bits.u(11) + 1)
  const rateCode = bits.u(2)
  const second = bits.u(2)
  const halved = rateCode === 3
  const rate = AC3_RATES[halved ? second : rateCode] ?? reserved('sample rate', 4)
  const samples = 256 * (halved ? 6 : (EAC3_BLOCKS[second] as number))
  const channels = (AC3_CHANNELS[bits.u(3)] as number) + bits.u(1)
  return { codec: 'eac3', sampleRate: halved ? rate / 2 : rate, channels, frameSize, samples }
}

/** Facts of a frame of AC-3 or E-AC-3, whichever it is. @throws DecodeError as {@link decodeAc3Frame} */
export const ac3FrameFacts = ({ payload }: CodedFrame): CodecFacts => {
  const { codec, sampleRate, channels } = decodeAc3Frame(payload)
  return { codec, codecString: codec === 'ac3' ? 'ac-3' : 'ec-3', sampleRate, channels }
}

/** Facts of AC-3, which has no record. */
export const ac3Facts: FactsReader = { frame: ac3FrameFacts }

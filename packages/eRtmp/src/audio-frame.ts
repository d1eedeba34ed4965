import { BitReader } from '@rtmp/bytes'
import { ERTMP_PHASE, ertmpError } from './errors.ts'

/** What the header of a frame says about the sound, for codecs that have no configuration record in RTMP. */
export interface AudioFrameInfo {
  /** `'ac3'`, `'eac3'` or `'mp3'`. */
  readonly codec: 'ac3' | 'eac3' | 'mp3'
  /** Hz. */
  readonly sampleRate: number
  /** The subwoofer's included. */
  readonly channels: number
  /** Bytes of the frame; 0 when an MP3 frame does not say (free format). */
  readonly frameSize: number
  /** Samples of each channel. */
  readonly samples: number
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
  if (bits.u(16) !== 0x0b77) throw ertmpError('AC3_FRAME', 'no sync word', 0)
  bits.skip(24)
  const bsid = bits.u(5)
  if (bsid > 16) throw ertmpError('AC3_FRAME', `bitstream id ${bsid}`, 5)
  bits.position = 16
  return bsid > 10 ? readEac3(bits) : readAc3(bits, bsid)
}

const reserved = (what: string, at: number): never => {
  throw ertmpError('AC3_FRAME', `reserved ${what}`, at)
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

const MP3_RATES = [44100, 48000, 32000] as const
/** kbit/s of layer III by bitrate index: MPEG-1, then MPEG-2 and 2.5. */
const MP3_BIT_RATES = [
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const

/**
 * The header of an MP3 frame (ISO/IEC 11172-3 §2.4.1.3, layer III only).
 *
 *   sync 11 · version 2 · layer 2 · no crc 1 · bit rate 4 · sample rate 2 · padding 1 · private 1 · mode 2 · 6 more
 *
 * @throws DecodeError `TRUNCATED`, `MP3_FRAME`
 */
export const decodeMp3Frame = (frame: Uint8Array): AudioFrameInfo => {
  const bits = new BitReader(frame, ERTMP_PHASE)
  if (bits.u(11) !== 0x7ff) throw ertmpError('MP3_FRAME', 'no sync word', 0)
  const version = bits.u(2)
  const layer = bits.u(2)
  if (version === 1 || layer !== 1) throw ertmpError('MP3_FRAME', 'not layer III', 1)
  bits.skip(1)
  const mpeg1 = version === 3
  const bitRate = MP3_BIT_RATES[mpeg1 ? 0 : 1][bits.u(4)]
  const rate = MP3_RATES[bits.u(2)]
  if (bitRate === undefined || rate === undefined)
    throw ertmpError('MP3_FRAME', 'reserved bit or sample rate', 2)
  const sampleRate = mpeg1 ? rate : version === 2 ? rate / 2 : rate / 4
  const padding = bits.u(1)
  bits.skip(1)
  const channels = bits.u(2) === 3 ? 1 : 2
  const samples = mpeg1 ? 1152 : 576
  const frameSize = bitRate === 0 ? 0 : Math.floor((samples * 125 * bitRate) / sampleRate) + padding
  return { codec: 'mp3', sampleRate, channels, frameSize, samples }
}

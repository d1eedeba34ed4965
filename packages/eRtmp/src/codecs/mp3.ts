import { BitReader } from '@rtmp/bytes'
import { SoundFormat } from '@rtmp/flv'
import { ERTMP_PHASE, recordError } from '../errors.ts'
import type { AudioCodec, AudioFrameInfo, CodecFacts, CodedFrame, FactsReader } from './codec.ts'

/** What can be wrong: no sync word, another layer, or reserved values. */
export type Mp3ErrorCode = 'MP3_FRAME'

/** MP3. */
export const mp3: AudioCodec<'mp3', '.mp3'> = {
  name: 'mp3',
  title: 'MP3',
  fourCc: '.mp3',
  legacyId: SoundFormat.mp3,
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
  if (bits.u(11) !== 0x7ff) throw recordError<Mp3ErrorCode>('MP3_FRAME', 'no sync word', 0)
  const version = bits.u(2)
  const layer = bits.u(2)
  if (version === 1 || layer !== 1) throw recordError<Mp3ErrorCode>('MP3_FRAME', 'not layer III', 1)
  bits.skip(1)
  const mpeg1 = version === 3
  const bitRate = MP3_BIT_RATES[mpeg1 ? 0 : 1][bits.u(4)]
  const rate = MP3_RATES[bits.u(2)]
  if (bitRate === undefined || rate === undefined)
    throw recordError<Mp3ErrorCode>('MP3_FRAME', 'reserved bit or sample rate', 2)
  const sampleRate = mpeg1 ? rate : version === 2 ? rate / 2 : rate / 4
  const padding = bits.u(1)
  bits.skip(1)
  const channels = bits.u(2) === 3 ? 1 : 2
  const samples = mpeg1 ? 1152 : 576
  const frameSize = bitRate === 0 ? 0 : Math.floor((samples * 125 * bitRate) / sampleRate) + padding
  return { codec: 'mp3', sampleRate, channels, frameSize, samples }
}

const readFrame = ({ payload }: CodedFrame): CodecFacts => {
  const { codec, sampleRate, channels } = decodeMp3Frame(payload)
  return { codec, codecString: 'mp3', sampleRate, channels }
}

/** Facts of MP3, which has no record. */
export const mp3Facts: FactsReader = { frame: readFrame }

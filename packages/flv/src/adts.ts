import { type AacConfig, encodeAacConfig } from './aac-config.ts'
import { AAC_SAMPLE_RATES } from './aac-tables.ts'
import { flvError, requireInteger } from './errors.ts'

/**
 * ADTS frame header (14496-3 §1.A.2.2), as AAC has it outside containers; FLV has none.
 *
 *   bits   field
 *    12    sync word 0xfff
 *     1    ID · 2 layer 0 · 1 protection_absent (0: two bytes of CRC follow the header)
 *     2    profile: object type − 1
 *     4    sampling_frequency_index · 1 private
 *     3    channel_configuration · 4 flags
 *    13    frame length, header included
 *    11    buffer fullness
 *     2    raw data blocks − 1
 */
export interface AdtsHeader {
  /** MPEG-4 audio object type, 1 to 4. */
  readonly objectType: number
  /** Hz. */
  readonly sampleRate: number
  /** channel_configuration, 0 to 7: 1 mono, 2 stereo, 6 5.1, 7 7.1; 0 when the frame itself says it. */
  readonly channelConfiguration: number
  /** Bytes of the header: 7, or 9 with a CRC. */
  readonly headerSize: number
  /** Bytes of the frame, header included. */
  readonly frameSize: number
}

const HEADER_SIZE = 7

/** The ADTS header at the start of `bytes`, or `undefined` when there is none. */
export const peekAdtsHeader = (bytes: Uint8Array): AdtsHeader | undefined => {
  if (bytes.length < HEADER_SIZE) return undefined
  const [b0, b1, b2, b3, b4, b5] = bytes as unknown as [number, number, number, number, number, number]
  if (b0 !== 0xff || (b1 & 0xf6) !== 0xf0) return undefined
  const sampleRate = AAC_SAMPLE_RATES[(b2 >> 2) & 15]
  const headerSize = (b1 & 1) === 0 ? 9 : HEADER_SIZE
  const frameSize = ((b3 & 3) << 11) | (b4 << 3) | (b5 >> 5)
  if (sampleRate === undefined || frameSize < headerSize) return undefined
  const objectType = (b2 >> 6) + 1
  return {
    objectType,
    sampleRate,
    channelConfiguration: ((b2 & 1) << 2) | (b3 >> 6),
    headerSize,
    frameSize,
  }
}

/**
 * Raw AAC from data that may have an ADTS header, as broken publishers send it: the header is cut off where it is
 * valid and its length is that of the data; other data come back as they are. A view.
 */
export const stripAdts = (data: Uint8Array): Uint8Array => {
  const header = peekAdtsHeader(data)
  return header !== undefined && header.frameSize === data.length ? data.subarray(header.headerSize) : data
}

/**
 * The AudioSpecificConfig that an ADTS header amounts to, to make a sequence header of.
 *
 * @throws DecodeError `AAC_ADTS` when `bytes` do not begin with one; UsageError for a layout in the frames
 */
export const aacConfigFromAdts = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
  const header = peekAdtsHeader(bytes)
  if (header === undefined) throw flvError('AAC_ADTS', 'the bytes do not begin with an ADTS header', 0)
  const { objectType, sampleRate, channelConfiguration } = header
  return encodeAacConfig({ objectType, sampleRate, channelConfiguration, frameLength: 1024 })
}

/**
 * An ADTS header, seven bytes, for one raw access unit: to hand AAC from FLV to players of `.aac`.
 *
 * @param dataSize - Bytes of the access unit, up to 8184.
 * @throws UsageError `FLV_FIELD_RANGE` for what ADTS cannot say: object types above 4, explicit sample rates
 */
export const encodeAdtsHeader = (
  config: Pick<AacConfig, 'objectType' | 'sampleRate' | 'channelConfiguration'>,
  dataSize: number,
): Uint8Array<ArrayBuffer> => {
  const { objectType, channelConfiguration } = config
  const rateIndex = AAC_SAMPLE_RATES.indexOf(config.sampleRate)
  requireInteger(objectType, 1, 4, 'objectType')
  requireInteger(rateIndex, 0, 12, 'sampleRate')
  requireInteger(channelConfiguration, 0, 7, 'channelConfiguration')
  requireInteger(dataSize, 0, 0x1fff - HEADER_SIZE, 'dataSize')
  const frameSize = dataSize + HEADER_SIZE
  return Uint8Array.of(
    0xff,
    0xf1,
    ((objectType - 1) << 6) | (rateIndex << 2) | (channelConfiguration >> 2),
    ((channelConfiguration & 3) << 6) | (frameSize >> 11),
    frameSize >> 3,
    ((frameSize & 7) << 5) | 0x1f,
    0xfc,
  )
}

import { ByteReader, ByteWriter, decodeUtf8 } from '@rtmp/bytes'
import { ERTMP_PHASE, recordError, requireInteger } from '../errors.ts'
import type { AudioCodec, FactsReader } from './codec.ts'

/** What can be wrong: no identification header, or an impossible one. */
export type OpusErrorCode = 'OPUS_HEAD'

/** Opus. */
export const opus: AudioCodec<'opus', 'Opus'> = {
  name: 'opus',
  title: 'Opus',
  fourCc: 'Opus',
  legacyId: undefined,
}

/**
 * The identification header of Opus (RFC 7845 §5.1), the body of SequenceStart for Opus. Little-endian.
 *
 *   "OpusHead" · u8 version 1 · u8 channels · u16 pre-skip · u32 input sample rate · i16 gain · u8 mapping family
 *   families above 0: u8 streams · u8 coupled streams · u8 per channel
 */
export interface OpusHead {
  /** 0 to 15 are read the same way. */
  readonly version: number
  /** 1 to 255; 1 or 2 with mapping family 0. */
  readonly channels: number
  /** Samples of 48 kHz to drop at the start. */
  readonly preSkip: number
  /** Hz, of the sound before it was encoded; 0 when not known. Decoding always gives 48 kHz. */
  readonly inputSampleRate: number
  /** Q7.8 dB. */
  readonly outputGain: number
  /** 0: mono or stereo; 1: Vorbis order; 255: no order. */
  readonly mappingFamily: number
  /** For families above 0. */
  readonly mapping: OpusMapping | undefined
}

/** Which stream of an Opus packet holds which channel. */
export interface OpusMapping {
  /** Streams coded in each packet, mono and stereo: 1 to 255. */
  readonly streams: number
  /** How many of the streams are stereo. */
  readonly coupledStreams: number
  /** For each channel the decoded channel it takes, 255 for silence. */
  readonly channelMapping: readonly number[]
}

const MAGIC = 'OpusHead'

/** An identification header. @throws DecodeError `TRUNCATED`, `OPUS_HEAD` */
export const decodeOpusHead = (head: Uint8Array): OpusHead => {
  const reader = new ByteReader(head, ERTMP_PHASE)
  reader.require(19)
  if (decodeUtf8(head, 0, 8) !== MAGIC)
    throw recordError<OpusErrorCode>('OPUS_HEAD', 'no "OpusHead" at the start', 0)
  reader.skip(8)
  const version = reader.u8()
  if (version > 15) throw recordError<OpusErrorCode>('OPUS_HEAD', `version ${version}`, 8)
  const channels = reader.u8()
  if (channels === 0) throw recordError<OpusErrorCode>('OPUS_HEAD', 'no channels', 9)
  const preSkip = reader.u8() | (reader.u8() << 8)
  const inputSampleRate = reader.u32le()
  const outputGain = ((reader.u8() | (reader.u8() << 8)) << 16) >> 16
  const mappingFamily = reader.u8()
  let mapping: OpusMapping | undefined
  if (mappingFamily > 0) {
    const streams = reader.u8()
    const coupledStreams = reader.u8()
    mapping = { streams, coupledStreams, channelMapping: [...reader.view(channels)] }
  }
  return { version, channels, preSkip, inputSampleRate, outputGain, mappingFamily, mapping }
}

/** An identification header as bytes. @throws UsageError `ERTMP_FIELD_RANGE` */
export const encodeOpusHead = (head: OpusHead): Uint8Array<ArrayBuffer> => {
  const { mapping } = head
  requireInteger(head.version, 0, 15, 'version')
  requireInteger(head.channels, 1, 255, 'channels')
  requireInteger(head.preSkip, 0, 0xffff, 'preSkip')
  requireInteger(head.inputSampleRate, 0, 0xffffffff, 'inputSampleRate')
  requireInteger(head.outputGain, -0x8000, 0x7fff, 'outputGain')
  requireInteger(
    head.mappingFamily,
    mapping === undefined ? 0 : 1,
    mapping === undefined ? 0 : 255,
    'mappingFamily',
  )
  const writer = new ByteWriter(32)
  const u16le = (value: number): void => {
    writer.u8(value)
    writer.u8(value >> 8)
  }
  writer.utf8(MAGIC)
  writer.u8(head.version)
  writer.u8(head.channels)
  u16le(head.preSkip)
  writer.u32le(head.inputSampleRate)
  u16le(head.outputGain)
  writer.u8(head.mappingFamily)
  if (mapping !== undefined) {
    requireInteger(mapping.streams, 0, 255, 'mapping.streams')
    requireInteger(mapping.coupledStreams, 0, 255, 'mapping.coupledStreams')
    requireInteger(
      mapping.channelMapping.length,
      head.channels,
      head.channels,
      'mapping.channelMapping.length',
    )
    writer.u8(mapping.streams)
    writer.u8(mapping.coupledStreams)
    mapping.channelMapping.forEach((channel, i) => {
      requireInteger(channel, 0, 255, `mapping.channelMapping[${i}]`)
      writer.u8(channel)
    })
  }
  return writer.finish()
}

/** Facts of Opus. */
export const opusFacts: FactsReader = {
  record: (record) => ({
    codec: 'opus',
    codecString: 'opus',
    sampleRate: 48000,
    channels: decodeOpusHead(record).channels,
  }),
}

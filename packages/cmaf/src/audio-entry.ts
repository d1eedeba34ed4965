import { encodeFlacStreamInfo, type FlacStreamInfo, type OpusHead } from '@rtmp/e-rtmp/records'
import { BoxWriter } from './box-writer.ts'

/** What all audio sample entries say. */
export interface AudioEntryInit {
  /** `'mp4a'`, `'Opus'`, `'fLaC'`, `'ac-3'`, `'ec-3'`. */
  readonly type: string
  readonly channels: number
  /** Hz. */
  readonly sampleRate: number
  /** Bits of a sample; 16 where the codec has none. */
  readonly bitDepth?: number | undefined
  /** The configuration's box, whole. */
  readonly configuration: Uint8Array
}

/**
 * AudioSampleEntry (ISO/IEC 14496-12 §12.2.3) with its configuration.
 *
 *   6 zeros · u16 data_reference_index 1 · 8 zeros · u16 channels · u16 sample size · u32 0 · u32 sample rate << 16 · box
 *
 * A rate that does not fit into 16 bits is halved until it does, as the mapping of FLAC says; players read the true one
 * in the configuration.
 */
export const audioEntry = (entry: AudioEntryInit): Uint8Array<ArrayBuffer> => {
  const writer = new BoxWriter()
  const at = writer.open(entry.type)
  writer.zeros(6)
  writer.u16(1)
  writer.zeros(8)
  writer.u16s(entry.channels, entry.bitDepth ?? 16)
  writer.u32(0)
  let rate = entry.sampleRate
  while (rate > 0xffff) rate /= 2
  writer.u16s(Math.floor(rate), 0)
  writer.bytes(entry.configuration)
  writer.close(at)
  return writer.finish()
}

/** objectTypeIndication of an `esds` (mp4ra.org). */
export const ObjectType = {
  /** AAC and all else with an AudioSpecificConfig. */
  mpeg4Audio: 0x40,
  /** MP3 of 16, 22.05 and 24 kHz and below. */
  mpeg2Audio: 0x69,
  /** MP3 of 32, 44.1 and 48 kHz. */
  mpeg1Audio: 0x6b,
} as const

/** A descriptor's tag and its size, in four bytes with continuation bits. */
const descriptor = (writer: BoxWriter, tag: number, size: number): void => {
  writer.u8(tag)
  for (let shift = 21; shift > 0; shift -= 7) writer.u8(0x80 | ((size >> shift) & 0x7f))
  writer.u8(size & 0x7f)
}

/** Bytes of {@link descriptor}. */
const DESCRIPTOR_SIZE = 5

/**
 * esds (ISO/IEC 14496-14 §5.6, descriptors of 14496-1 §7.2.6).
 *
 *   03 size  u16 ES_ID · u8 0
 *     04 size  u8 objectTypeIndication · u8 audio stream · u24 buffer size · u32 max · u32 average bit rate
 *       05 size  AudioSpecificConfig, where there is one
 *     06 size  u8 2: timing as in MP4
 */
export const esds = (objectType: number, decoderConfig: Uint8Array): Uint8Array<ArrayBuffer> => {
  const specific = decoderConfig.length === 0 ? 0 : DESCRIPTOR_SIZE + decoderConfig.length
  const writer = new BoxWriter()
  const at = writer.openFull('esds', 0, 0)
  descriptor(writer, 3, 3 + DESCRIPTOR_SIZE + 13 + specific + DESCRIPTOR_SIZE + 1)
  writer.u16(1)
  writer.u8(0)
  descriptor(writer, 4, 13 + specific)
  writer.u8(objectType)
  writer.u8(0x15)
  writer.u24(0)
  writer.u32s(0, 0)
  if (specific > 0) {
    descriptor(writer, 5, decoderConfig.length)
    writer.bytes(decoderConfig)
  }
  descriptor(writer, 6, 1)
  writer.u8(2)
  writer.close(at)
  return writer.finish()
}

/**
 * dOps (Opus in ISOBMFF §4.3.2): an identification header with version 0 and big-endian numbers, without its magic.
 */
export const dOps = (head: OpusHead): Uint8Array<ArrayBuffer> => {
  const writer = new BoxWriter()
  const at = writer.open('dOps')
  writer.u8(0)
  writer.u8(head.channels)
  writer.u16(head.preSkip)
  writer.u32(head.inputSampleRate)
  writer.u16(head.outputGain)
  writer.u8(head.mappingFamily)
  if (head.mapping !== undefined) {
    writer.u8(head.mapping.streams)
    writer.u8(head.mapping.coupledStreams)
    for (const channel of head.mapping.channelMapping) writer.u8(channel)
  }
  writer.close(at)
  return writer.finish()
}

/** dfLa (FLAC in ISOBMFF §3.3.2): version and flags, and STREAMINFO as the last metadata block. */
export const dfLa = (info: FlacStreamInfo): Uint8Array<ArrayBuffer> => {
  const writer = new BoxWriter()
  const at = writer.openFull('dfLa', 0, 0)
  // What the form `stream` has behind its marker "fLaC": block header and STREAMINFO.
  writer.bytes(encodeFlacStreamInfo(info, 'stream').subarray(4))
  writer.close(at)
  return writer.finish()
}

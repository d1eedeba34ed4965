import { BitReader, BitWriter } from '@rtmp/bytes'
import { FLV_PHASE, flvError, requireInteger } from './errors.ts'
import { AAC_SAMPLE_RATES, aacChannelCount, EXPLICIT_RATE, readProgramConfig } from './aac-tables.ts'

/**
 * AudioSpecificConfig (14496-3 §1.6.2.1), most significant bit first: the data of an AAC sequence header.
 *
 *   bits   field
 *     5    audioObjectType (31: 6 more bits, plus 32)
 *     4    samplingFrequencyIndex (15: 24 more bits, Hz)
 *     4    channelConfiguration
 *   audioObjectType 5 or 29 (SBR, PS), "hierarchical" signalling:
 *     4    extensionSamplingFrequencyIndex (15: 24 more bits)
 *     5    audioObjectType of the core coder
 *   GASpecificConfig, for object types 1–4, 6, 7, 17, 19–23:
 *     1    frameLengthFlag: 960 instead of 1024 samples
 *     1    dependsOnCoreCoder (1: 14 bits coreCoderDelay)
 *     1    extensionFlag
 *     …    program_config_element when channelConfiguration is 0; layerNr; extension data
 *   "backward compatible" signalling behind it:
 *    11    0x2b7 · 5 bits object type 5 · 1 bit sbrPresent · rate · [11 bits 0x548 · 1 bit psPresent]
 */
export interface AacConfig {
  /** Object type of the core coder, 1 to 95: 2 is AAC LC. */
  readonly objectType: number
  /** Hz of the core coder. */
  readonly sampleRate: number
  /** channelConfiguration, 0 to 15; 0 means the layout is in a program config element. */
  readonly channelConfiguration: number
  /** How many channels that makes; with PS two are heard where one is coded. `undefined` for reserved values. */
  readonly channels?: number
  /** Samples in a frame of the core coder: 1024 or 960, 512 or 480 for low delay; absent where nothing says so. */
  readonly frameLength?: number
  /** Delay of a core coder in samples, where the stream depends on one. */
  readonly coreCoderDelay?: number
  /** Spectral band replication (HE-AAC) as signalled; absent when nothing is said. */
  readonly extension?: AacExtension
}

/** What a configuration says about SBR and PS. */
export interface AacExtension {
  /**
   * `'hierarchical'`: object type 5 or 29 comes first, old decoders fail. `'compatible'`: told behind the core
   * configuration, old decoders play without.
   */
  readonly signalling: 'hierarchical' | 'compatible'
  /** Whether there is SBR; false is an explicit "no". */
  readonly sbr: boolean
  /** Whether there is parametric stereo (HE-AAC v2); absent when nothing is said. */
  readonly ps?: boolean
  /** Hz after SBR; absent when `sbr` is false. */
  readonly sampleRate?: number
}

const AOT_SBR = 5
const AOT_PS = 29
const SYNC_SBR = 0x2b7
const SYNC_PS = 0x548
const GENERAL_AUDIO: readonly number[] = [1, 2, 3, 4, 6, 7, 17, 19, 20, 21, 22, 23]
const LOW_DELAY = 23
const SCALABLE: readonly number[] = [6, 20]
const ERROR_RESILIENT: readonly number[] = [17, 19, 20, 23]

/**
 * An AudioSpecificConfig. Object types that are not general audio (USAC, ELD) give the common fields only.
 *
 * @throws DecodeError `TRUNCATED`, `AAC_CONFIG` for reserved sample rates
 */
export const decodeAacConfig = (bytes: Uint8Array): AacConfig => {
  const reader = new BitReader(bytes, FLV_PHASE)
  let objectType = readObjectType(reader)
  const sampleRate = readSampleRate(reader)
  const channelConfiguration = reader.u(4)
  let extension: AacExtension | undefined
  if (objectType === AOT_SBR || objectType === AOT_PS) {
    const ps = objectType === AOT_PS
    extension = { signalling: 'hierarchical', sbr: true, ps, sampleRate: readSampleRate(reader) }
    objectType = readObjectType(reader)
  }
  const general = GENERAL_AUDIO.includes(objectType)
  const core: GeneralAudio = general ? readGeneralAudio(reader, objectType, channelConfiguration) : {}
  if (general && extension === undefined) extension = readCompatibleExtension(reader)
  const channels = core.channels ?? aacChannelCount(channelConfiguration)
  return {
    objectType,
    sampleRate,
    channelConfiguration,
    ...(channels === undefined ? {} : { channels }),
    ...(core.frameLength === undefined ? {} : { frameLength: core.frameLength }),
    ...(core.coreCoderDelay === undefined ? {} : { coreCoderDelay: core.coreCoderDelay }),
    ...(extension === undefined ? {} : { extension }),
  }
}

const readObjectType = (reader: BitReader): number => {
  const type = reader.u(5)
  return type === 31 ? 32 + reader.u(6) : type
}

const readSampleRate = (reader: BitReader): number => {
  const index = reader.u(4)
  if (index === EXPLICIT_RATE) return reader.u(24)
  const rate = AAC_SAMPLE_RATES[index]
  if (rate === undefined) {
    throw flvError('AAC_CONFIG', `samplingFrequencyIndex ${index} is reserved`, (reader.position - 4) >> 3)
  }
  return rate
}

interface GeneralAudio {
  readonly frameLength?: number | undefined
  readonly coreCoderDelay?: number | undefined
  readonly channels?: number | undefined
}

/** GASpecificConfig (14496-3 §4.4.1). */
const readGeneralAudio = (
  reader: BitReader,
  objectType: number,
  channelConfiguration: number,
): GeneralAudio => {
  const short = reader.flag()
  const full = objectType === LOW_DELAY ? 512 : 1024
  const frameLength = short ? (full / 16) * 15 : full
  const coreCoderDelay = reader.flag() ? reader.u(14) : undefined
  const extensionFlag = reader.flag()
  const channels = channelConfiguration === 0 ? readProgramConfig(reader) : undefined
  if (SCALABLE.includes(objectType)) reader.skip(3) // layerNr
  if (extensionFlag) {
    if (objectType === 22) reader.skip(16) // numOfSubFrame, layer_length
    if (ERROR_RESILIENT.includes(objectType)) reader.skip(3) // resilience flags
    reader.skip(1) // extensionFlag3
  }
  return { frameLength, coreCoderDelay, channels }
}

/** The tail, which is there if its sync word is. What ends too soon is taken as absent. */
const readCompatibleExtension = (reader: BitReader): AacExtension | undefined => {
  if (reader.remaining < 17 || reader.u(11) !== SYNC_SBR || readObjectType(reader) !== AOT_SBR) {
    return undefined
  }
  if (!reader.flag()) return { signalling: 'compatible', sbr: false }
  const sampleRate = readSampleRate(reader)
  const told = reader.remaining >= 12 && reader.u(11) === SYNC_PS
  const extension = { signalling: 'compatible', sbr: true, sampleRate } as const
  return told ? { ...extension, ps: reader.flag() } : extension
}

/**
 * The bytes of an AudioSpecificConfig for object types 1 to 4 (Main, LC, SSR, LTP) with a channel configuration, SBR
 * and PS as asked.
 *
 * @throws UsageError `FLV_FIELD_RANGE`
 */
export const encodeAacConfig = (config: AacConfig): Uint8Array<ArrayBuffer> => {
  const { objectType, extension, frameLength = 1024 } = config
  requireInteger(objectType, 1, 4, 'objectType')
  requireInteger(config.channelConfiguration, 1, 15, 'channelConfiguration')
  const short = frameLength === 960
  if (!short) requireInteger(frameLength, 1024, 1024, 'frameLength')
  const writer = new BitWriter()
  const hierarchical = extension?.signalling === 'hierarchical'
  if (hierarchical) writer.u(extension.ps === true ? AOT_PS : AOT_SBR, 5)
  else writer.u(objectType, 5)
  writeSampleRate(writer, config.sampleRate, 'sampleRate')
  writer.u(config.channelConfiguration, 4)
  if (hierarchical) {
    writeSampleRate(writer, extension.sampleRate ?? config.sampleRate * 2, 'extension.sampleRate')
    writer.u(objectType, 5)
  }
  writer.flag(short)
  writer.flag(config.coreCoderDelay !== undefined)
  if (config.coreCoderDelay !== undefined) {
    requireInteger(config.coreCoderDelay, 0, 0x3fff, 'coreCoderDelay')
    writer.u(config.coreCoderDelay, 14)
  }
  writer.flag(false) // extensionFlag
  if (extension?.signalling === 'compatible') {
    writer.u(SYNC_SBR, 11)
    writer.u(AOT_SBR, 5)
    writer.flag(extension.sbr)
    if (extension.sbr) {
      writeSampleRate(writer, extension.sampleRate ?? config.sampleRate * 2, 'extension.sampleRate')
      if (extension.ps !== undefined) {
        writer.u(SYNC_PS, 11)
        writer.flag(extension.ps)
      }
    }
  }
  return writer.finish()
}

const writeSampleRate = (writer: BitWriter, rate: number, path: string): void => {
  const index = AAC_SAMPLE_RATES.indexOf(rate)
  if (index >= 0) {
    writer.u(index, 4)
    return
  }
  requireInteger(rate, 1, 0xffffff, path)
  writer.u(EXPLICIT_RATE, 4)
  writer.u(rate, 24)
}

/** The codec string of RFC 6381 for browsers: `'mp4a.40.2'`, with SBR `'mp4a.40.5'`, with PS `'mp4a.40.29'`. */
export const aacCodecString = ({ objectType, extension }: AacConfig): string => {
  const heard = extension?.ps === true ? AOT_PS : extension?.sbr === true ? AOT_SBR : objectType
  return `mp4a.40.${heard}`
}

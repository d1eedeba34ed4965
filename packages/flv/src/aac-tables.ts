import type { BitReader } from '@rtmp/bytes'

/** samplingFrequencyIndex 0 to 12 in Hz (14496-3 table 1.16). */
export const AAC_SAMPLE_RATES: readonly number[] = [
  96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
]

/** The samplingFrequencyIndex that says a rate of 24 bits follows. */
export const EXPLICIT_RATE = 15

const CHANNELS: readonly (number | undefined)[] = [
  undefined,
  1,
  2,
  3,
  4,
  5,
  6,
  8,
  undefined,
  undefined,
  undefined,
  7,
  8,
  24,
  8,
]

/** How many channels a channelConfiguration stands for; `undefined` for 0 (told elsewhere) and reserved values. */
export const aacChannelCount = (channelConfiguration: number): number | undefined =>
  CHANNELS[channelConfiguration]

const OBJECT_TYPES: Readonly<Record<number, string>> = {
  1: 'AAC Main',
  2: 'AAC LC',
  3: 'AAC SSR',
  4: 'AAC LTP',
  5: 'HE-AAC',
  6: 'AAC Scalable',
  17: 'ER AAC LC',
  19: 'ER AAC LTP',
  20: 'ER AAC Scalable',
  22: 'ER BSAC',
  23: 'AAC LD',
  29: 'HE-AAC v2',
  39: 'AAC ELD',
  42: 'xHE-AAC',
}

/** The name of an MPEG-4 audio object type, or `'unknown'`. */
export const aacObjectTypeName = (objectType: number): string => OBJECT_TYPES[objectType] ?? 'unknown'

/** Reads a program_config_element (14496-3 §4.4.1.1) and returns its number of channels. */
export const readProgramConfig = (reader: BitReader): number => {
  reader.skip(4 + 2 + 4) // element_instance_tag, object_type, sampling_frequency_index
  const front = reader.u(4)
  const side = reader.u(4)
  const back = reader.u(4)
  const lowFrequency = reader.u(2)
  const data = reader.u(3)
  const coupling = reader.u(4)
  if (reader.flag()) reader.skip(4) // mono_mixdown_element_number
  if (reader.flag()) reader.skip(4) // stereo_mixdown_element_number
  if (reader.flag()) reader.skip(3) // matrix_mixdown_idx, pseudo_surround_enable
  let channels = lowFrequency
  for (let element = front + side + back; element > 0; element--) {
    channels += reader.flag() ? 2 : 1
    reader.skip(4)
  }
  reader.skip(4 * (lowFrequency + data) + 5 * coupling)
  reader.alignToByte()
  reader.skip(8 * reader.u(8)) // comment
  return channels
}

/**
 * What the codecs of legacy FLV say about themselves: AVC and AAC configuration records, sequence parameter sets, NAL
 * units, ADTS headers, and the codec strings of RFC 6381. Runs anywhere.
 *
 * @packageDocumentation
 */
export {
  type AacConfig,
  type AacExtension,
  aacCodecString,
  decodeAacConfig,
  encodeAacConfig,
} from './aac-config.ts'
export { AAC_SAMPLE_RATES, aacChannelCount, aacObjectTypeName } from './aac-tables.ts'
export {
  aacConfigFromAdts,
  type AdtsHeader,
  encodeAdtsHeader,
  peekAdtsHeader,
  stripAdts,
} from './adts.ts'
export {
  type AvcConfig,
  type AvcHighProfile,
  avcCodecString,
  avcConfigFromParameterSets,
  decodeAvcConfig,
  encodeAvcConfig,
} from './avc-config.ts'
export { avcLevelName, avcProfileName } from './avc-names.ts'
export { type AvcSps, type AvcVui, decodeAvcSps } from './avc-sps.ts'
export {
  AvcNalType,
  annexBNalUnits,
  annexBToLengthPrefixed,
  avcNalType,
  isAvcIdr,
  isAvcParameterSet,
  joinNalUnits,
  lengthPrefixedToAnnexB,
  nalUnits,
  removeEmulationPrevention,
  repairAccessUnit,
  startsWithStartCode,
} from './nal-unit.ts'

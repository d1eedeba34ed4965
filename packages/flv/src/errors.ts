import { DecodeError, UsageError } from '@rtmp/bytes'

/**
 * What can be wrong with FLV bytes; codes of `DecodeError`s with phase `'flv'`.
 *
 * - `TRUNCATED`: the input ends inside a field (thrown by the byte readers).
 * - `EXP_GOLOMB_TOO_LONG`: a number in a parameter set is longer than the format allows.
 * - `FLV_SIGNATURE`: the file does not begin with "FLV" (FLV §E.2).
 * - `FLV_VERSION`: the version is not 1, and the reader is strict.
 * - `FLV_HEADER_LENGTH`: DataOffset is below 9, or further away than the reader's search window.
 * - `FLV_RESERVED_BITS`, `FLV_STREAM_ID`, `FLV_PREVIOUS_TAG_SIZE`: a field that must be 0, or must be the size of the
 *   tag before, is not; strict readers only.
 * - `FLV_TAG_IMPLAUSIBLE`: no tag can start here, and the reader may not search for the next one.
 * - `FLV_TAG_TOO_LONG`: DataSize is above the reader's `maxTagSize`.
 * - `FLV_RESYNC_FAILED`: no tag was found inside the search window behind a damage.
 * - `FLV_TRUNCATED`: the file ends inside a tag, and the reader is strict.
 * - `FLV_BODY_TRUNCATED`: an audio or video body ends inside its header.
 * - `FLV_ENCRYPTION`: a filtered tag has no readable encryption header (FLV §F.3).
 * - `FLV_SCRIPT`: script data that does not begin with a name.
 * - `AVC_CONFIG`: an AVCDecoderConfigurationRecord that contradicts itself.
 * - `AVC_SPS`: a sequence parameter set that contradicts itself or its limits.
 * - `AVC_NAL_OVERRUN`: a NAL unit's length runs past the end of its access unit.
 * - `AAC_CONFIG`: an AudioSpecificConfig with a reserved sample rate or object type.
 * - `AAC_ADTS`: bytes that do not begin with an ADTS header.
 */
export type FlvErrorCode =
  | 'TRUNCATED'
  | 'EXP_GOLOMB_TOO_LONG'
  | 'FLV_SIGNATURE'
  | 'FLV_VERSION'
  | 'FLV_HEADER_LENGTH'
  | 'FLV_RESERVED_BITS'
  | 'FLV_STREAM_ID'
  | 'FLV_PREVIOUS_TAG_SIZE'
  | 'FLV_TAG_IMPLAUSIBLE'
  | 'FLV_TAG_TOO_LONG'
  | 'FLV_RESYNC_FAILED'
  | 'FLV_TRUNCATED'
  | 'FLV_BODY_TRUNCATED'
  | 'FLV_ENCRYPTION'
  | 'FLV_SCRIPT'
  | 'AVC_CONFIG'
  | 'AVC_SPS'
  | 'AVC_NAL_OVERRUN'
  | 'AAC_CONFIG'
  | 'AAC_ADTS'

/** The phase named in this package's errors. */
export const FLV_PHASE = 'flv'

export const flvError = (code: FlvErrorCode, message: string, offset: number): DecodeError<FlvErrorCode> =>
  new DecodeError(code, message, offset, FLV_PHASE)

/**
 * What a caller of this package can get wrong; codes of `UsageError`s.
 *
 * - `FLV_FIELD_RANGE`: a number does not fit its field; the path names it.
 * - `FLV_FIELD_MISSING`: the kind of body asked for needs this field.
 * - `FLV_NON_STANDARD`: a codec id that is read but only written on request.
 * - `FLV_RULES`: a file has tags for which the tool was given no rules.
 */
export type FlvUsageCode = 'FLV_FIELD_RANGE' | 'FLV_FIELD_MISSING' | 'FLV_NON_STANDARD' | 'FLV_RULES'

export const usageError = (code: FlvUsageCode, message: string, path: string): UsageError<FlvUsageCode> =>
  new UsageError(code, message, path)

/** @throws UsageError `FLV_FIELD_RANGE` unless `value` is an integer in the range. */
export const requireInteger = (value: number, minimum: number, maximum: number, path: string): void => {
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw usageError('FLV_FIELD_RANGE', `${value} is not an integer from ${minimum} to ${maximum}`, path)
  }
}

import { DecodeError, UsageError } from '@rtmp/bytes'

/**
 * What a stream can have that cannot be put into fragmented MP4; codes of `DecodeError`s, phase `'cmaf'`.
 *
 * - `CMAF_CODEC`: a codec for which MP4 has no sample entry, or none that players read (Sorenson, Speex, …).
 * - `CMAF_HEADER`: a configuration record or a first frame that says too little (no size, no sample rate).
 */
export type CmafErrorCode = 'CMAF_CODEC' | 'CMAF_HEADER'

/** The phase named in this package's errors. */
export const CMAF_PHASE = 'cmaf'

export const cmafError = (code: CmafErrorCode, message: string): DecodeError<CmafErrorCode> =>
  new DecodeError(code, message, 0, CMAF_PHASE)

/**
 * What a caller of this package can get wrong; codes of `UsageError`s.
 *
 * - `CMAF_FIELD_RANGE`: a value does not fit its field; the path names it.
 * - `CMAF_TIME_ORDER`: samples of a run whose decode times go back.
 * - `CMAF_EMPTY`: an init segment without a track, a run without a sample.
 */
export type CmafUsageCode = 'CMAF_FIELD_RANGE' | 'CMAF_TIME_ORDER' | 'CMAF_EMPTY'

export const usageError = (code: CmafUsageCode, message: string, path: string): UsageError<CmafUsageCode> =>
  new UsageError(code, message, path)

/** @throws UsageError `CMAF_FIELD_RANGE` unless `value` is a number in the range. */
export const requireRange = (value: number, minimum: number, maximum: number, path: string): void => {
  if (!(value >= minimum && value <= maximum)) {
    throw usageError('CMAF_FIELD_RANGE', `${value} is not a number from ${minimum} to ${maximum}`, path)
  }
}

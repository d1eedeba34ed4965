import { DecodeError, UsageError } from '@rtmp/bytes'

/**
 * What can be wrong with a message; codes of `DecodeError`s with phase `'ertmp'`. Those of records and frame headers stand
 * with each codec.
 *
 * - `TRUNCATED`: the input ends inside a field of a record (thrown by the byte and bit readers).
 * - `EXP_GOLOMB_TOO_LONG`: a number in a parameter set is longer than the format allows.
 * - `ERTMP_TRUNCATED`: a message ends inside its header, or before its first track is whole.
 * - `ERTMP_NESTED_MULTITRACK`: a multitrack message whose packets are multitrack.
 * - `ERTMP_MOD_EX_IN_MULTITRACK`: a multitrack message whose packets are ModEx, which the specification leaves open.
 * - `ERTMP_MOD_EX_CHAIN`: more ModEx entries than 16.
 * - `ERTMP_METADATA`: a Metadata packet that is no series of names and AMF values.
 * - `ERTMP_MULTICHANNEL_CONFIG`: a MultichannelConfig that is cut off.
 *
 * Only thrown when strict, otherwise told to `onFault`:
 *
 * - `ERTMP_RESERVED_FRAME_TYPE`, `ERTMP_RESERVED_PACKET_TYPE`, `ERTMP_RESERVED_MULTITRACK_TYPE`,
 *   `ERTMP_RESERVED_MOD_EX_TYPE`, `ERTMP_UNKNOWN_FOUR_CC`, `ERTMP_UNKNOWN_COMMAND`: values without a meaning.
 * - `ERTMP_NANO_OFFSET`: less than three bytes, or above 999,999 ns.
 * - `ERTMP_PACKET_TYPE_FOR_CODEC`: CodedFramesX, or MPEG2TSSequenceStart, of a codec that has none.
 * - `ERTMP_SURPLUS_BYTES`: bytes behind a command or in a SequenceEnd.
 * - `ERTMP_INCOMPLETE_TRACK`: a multitrack message that ends inside a track; the tracks before it are whole.
 */
export type MessageErrorCode =
  | 'TRUNCATED'
  | 'EXP_GOLOMB_TOO_LONG'
  | 'ERTMP_TRUNCATED'
  | 'ERTMP_NESTED_MULTITRACK'
  | 'ERTMP_MOD_EX_IN_MULTITRACK'
  | 'ERTMP_MOD_EX_CHAIN'
  | 'ERTMP_METADATA'
  | 'ERTMP_MULTICHANNEL_CONFIG'
  | ErtmpFaultCode

/** Faults that are tolerated unless decoding is strict. */
export type ErtmpFaultCode =
  | 'ERTMP_RESERVED_FRAME_TYPE'
  | 'ERTMP_RESERVED_PACKET_TYPE'
  | 'ERTMP_RESERVED_MULTITRACK_TYPE'
  | 'ERTMP_RESERVED_MOD_EX_TYPE'
  | 'ERTMP_UNKNOWN_FOUR_CC'
  | 'ERTMP_UNKNOWN_COMMAND'
  | 'ERTMP_NANO_OFFSET'
  | 'ERTMP_PACKET_TYPE_FOR_CODEC'
  | 'ERTMP_SURPLUS_BYTES'
  | 'ERTMP_INCOMPLETE_TRACK'

/** The phase named in this package's errors. */
export const ERTMP_PHASE = 'ertmp'

export const ertmpError = (
  code: MessageErrorCode,
  message: string,
  offset: number,
): DecodeError<MessageErrorCode> => new DecodeError(code, message, offset, ERTMP_PHASE)

/** An error of a record or frame header; its code is one of the codec's own. */
export const recordError = <Code extends string>(
  code: Code,
  message: string,
  offset: number,
): DecodeError<Code> => new DecodeError(code, message, offset, ERTMP_PHASE)

/**
 * What a caller of this package can get wrong; codes of `UsageError`s.
 *
 * - `ERTMP_FIELD_RANGE`: a value does not fit its field; the path names it.
 * - `ERTMP_PACKETS`: the packets given do not fit into one message of the form asked for.
 * - `ERTMP_FORM`: a frame cannot be written in the form asked for.
 * - `ERTMP_URL`: a URL that is not absolute, or that a reconnect request must not lead to.
 */
export type ErtmpUsageCode = 'ERTMP_FIELD_RANGE' | 'ERTMP_PACKETS' | 'ERTMP_FORM' | 'ERTMP_URL'

export const usageError = (code: ErtmpUsageCode, message: string, path: string): UsageError<ErtmpUsageCode> =>
  new UsageError(code, message, path)

/** @throws UsageError `ERTMP_FIELD_RANGE` unless `value` is an integer in the range. */
export const requireInteger = (value: number, minimum: number, maximum: number, path: string): void => {
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw usageError('ERTMP_FIELD_RANGE', `${value} is not an integer from ${minimum} to ${maximum}`, path)
  }
}

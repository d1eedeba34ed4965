import { DecodeError, UsageError } from '@rtmp/bytes'

/** What can be wrong with AMF0 bytes. The last four are tolerated unless `strict` is set. */
export type Amf0DecodeErrorCode =
  /** The input ends inside a value. */
  | 'TRUNCATED'
  /** A marker that is reserved or not defined; its value cannot be skipped. */
  | 'UNKNOWN_MARKER'
  /** The object end marker where a value must stand. */
  | 'UNEXPECTED_OBJECT_END'
  /** A reference to an object that has not been read. */
  | 'DANGLING_REFERENCE'
  /** An AMF3 value, and no `amf3` codec was given. */
  | 'AMF3_NOT_AVAILABLE'
  /** Nested deeper than `limits.maxDepth`. */
  | 'DEPTH_LIMIT'
  /** More values than `limits.maxValues`. */
  | 'VALUE_LIMIT'
  /** A string longer than `limits.maxStringBytes`. */
  | 'STRING_LIMIT'
  /** More text than `limits.maxTotalBytes`. */
  | 'TOTAL_LIMIT'
  /** A class handler threw; its error is the `cause`. */
  | 'CLASS_HANDLER_FAILED'
  /** Strict: the input ends where an object end must stand. */
  | 'MISSING_OBJECT_END'
  /** Strict: an ECMA array holds another number of properties than it announced. */
  | 'WRONG_ARRAY_COUNT'
  /** Strict: a string is not well-formed UTF-8. */
  | 'INVALID_UTF8'
  /** Strict: a property with an empty name. */
  | 'EMPTY_NAME'

/** What can be wrong with values to be encoded. */
export type Amf0UsageErrorCode =
  /** Something else than an array of values was given: `encodeAmf0(['connect'])`, not `encodeAmf0('connect')`. */
  | 'NOT_AN_ARRAY'
  /** A symbol, function, bigint or an object of a class AMF0 has no form for. */
  | 'UNSUPPORTED_VALUE'
  /** A property or class name of more than 65,535 bytes. */
  | 'NAME_TOO_LONG'
  /** An object inside itself, with `references` off or too late to be referred to. */
  | 'CYCLE'
  /** A value only AMF3 can hold, and no `amf3` codec was given. */
  | 'AMF3_NOT_AVAILABLE'
  /** Nested deeper than `limits.maxDepth`. */
  | 'DEPTH_LIMIT'
  /** More values than `limits.maxValues`, shared ones counted each time they are written. */
  | 'VALUE_LIMIT'
  /** A string longer than `limits.maxStringBytes`. */
  | 'STRING_LIMIT'
  /** More bytes than `limits.maxTotalBytes`. */
  | 'TOTAL_LIMIT'
  /** Strict: a lone surrogate, which UTF-8 cannot hold. */
  | 'LONE_SURROGATE'
  /** Strict: a property with an empty name. */
  | 'EMPTY_NAME'

/** A code's own words. */
const say = (code: string): string => code.toLowerCase().replaceAll('_', ' ')

export const decodeError = (
  code: Amf0DecodeErrorCode,
  offset: number,
  cause?: unknown,
): DecodeError<Amf0DecodeErrorCode> => new DecodeError(code, say(code), offset, 'amf0', { cause })

export const usageError = (code: Amf0UsageErrorCode, path: string): UsageError<Amf0UsageErrorCode> =>
  new UsageError(code, say(code), path)

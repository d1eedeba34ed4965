import { DecodeError, UsageError } from '@rtmp/bytes'

/** What can be wrong with AMF3 bytes. The last two are tolerated unless `strict` is set. */
export type Amf3DecodeErrorCode =
  /** The input ends inside a value, or a length or count goes beyond it. */
  | 'TRUNCATED'
  /** A marker that is not defined; its value cannot be skipped. */
  | 'UNKNOWN_MARKER'
  /** A reference to a string, an object or traits that have not been read. */
  | 'DANGLING_REFERENCE'
  /** An externalizable object whose class has no handler; its extent cannot be known. */
  | 'UNKNOWN_EXTERNALIZABLE'
  /** Nested deeper than `limits.maxDepth`. */
  | 'DEPTH_LIMIT'
  /** More values than `limits.maxValues`. */
  | 'VALUE_LIMIT'
  /** A string or byte array longer than `limits.maxStringBytes`. */
  | 'STRING_LIMIT'
  /** More text and binary than `limits.maxTotalBytes`. */
  | 'TOTAL_LIMIT'
  /** A class handler threw; its error is the `cause`. */
  | 'CLASS_HANDLER_FAILED'
  /** Strict: a string is not well-formed UTF-8. */
  | 'INVALID_UTF8'
  /** Strict: a reference to a value of another kind than its marker says. */
  | 'WRONG_REFERENCE_KIND'

/** What can be wrong with values to be encoded. */
export type Amf3UsageErrorCode =
  /** Something else than an array of values was given: `encodeAmf3([value])`, not `encodeAmf3(value)`. */
  | 'NOT_AN_ARRAY'
  /** A symbol, function, bigint or an object of a class AMF3 has no form for. */
  | 'UNSUPPORTED_VALUE'
  /** A number outside 0 to 0x1fffffff where a U29 is written. */
  | 'U29_OUT_OF_RANGE'
  /** Nested deeper than `limits.maxDepth`. */
  | 'DEPTH_LIMIT'
  /** More values than `limits.maxValues`. */
  | 'VALUE_LIMIT'
  /** A string or byte array longer than `limits.maxStringBytes`. */
  | 'STRING_LIMIT'
  /** More bytes than `limits.maxTotalBytes`. */
  | 'TOTAL_LIMIT'
  /** Strict: a lone surrogate, which UTF-8 cannot hold. */
  | 'LONE_SURROGATE'
  /** Strict: a dynamic member with an empty name, which would end the object. */
  | 'EMPTY_NAME'

export const decodeError = (
  code: Amf3DecodeErrorCode,
  message: string,
  offset: number,
  cause?: unknown,
): DecodeError<Amf3DecodeErrorCode> =>
  new DecodeError(code, message, offset, 'amf3', cause === undefined ? undefined : { cause })

export const usageError = (
  code: Amf3UsageErrorCode,
  message: string,
  path: string,
): UsageError<Amf3UsageErrorCode> => new UsageError(code, message, path)

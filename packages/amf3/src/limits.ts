/** Bounds on what one call may decode or encode. What lies beyond is refused before memory is spent on it. */
export interface Amf3Limits {
  /** How deep objects and arrays may nest; values above 512 count as 512. */
  readonly maxDepth: number
  /** How many values of any kind, at all levels together. */
  readonly maxValues: number
  /** Bytes of one string, name, XML text, byte array or numeric vector; values above 0xfffffff count as that. */
  readonly maxStringBytes: number
  /** Bytes of all of these together when decoding, bytes written when encoding. */
  readonly maxTotalBytes: number
}

/** The limits used where none are given; the two byte limits are those of one RTMP message. */
export const DEFAULT_AMF3_LIMITS: Amf3Limits = {
  maxDepth: 64,
  maxValues: 65_536,
  maxStringBytes: 0xffffff,
  maxTotalBytes: 0xffffff,
}

/** All limits, given ones first, within what recursion and the format can take. */
export const resolveLimits = (limits?: Partial<Amf3Limits>): Amf3Limits => {
  if (limits === undefined) return DEFAULT_AMF3_LIMITS
  const all = { ...DEFAULT_AMF3_LIMITS, ...limits }
  return {
    ...all,
    maxDepth: Math.min(all.maxDepth, 512),
    maxStringBytes: Math.min(all.maxStringBytes, 0xfffffff),
  }
}

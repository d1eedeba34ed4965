/** Bounds on what one call may decode or encode. What lies beyond is refused before memory is spent on it. */
export interface Amf0Limits {
  /** How deep objects and arrays may nest, AMF3 values inside included; values above 512 count as 512. */
  readonly maxDepth: number
  /** How many values of any kind, at all levels together. */
  readonly maxValues: number
  /** Bytes of one string, name or XML document. */
  readonly maxStringBytes: number
  /** Bytes of all strings and names together when decoding, bytes written when encoding. */
  readonly maxTotalBytes: number
}

/** The limits used where none are given; the two byte limits are those of one RTMP message. */
export const DEFAULT_AMF0_LIMITS: Amf0Limits = {
  maxDepth: 64,
  maxValues: 65_536,
  maxStringBytes: 0xffffff,
  maxTotalBytes: 0xffffff,
}

/** All limits, given ones first, within what recursion can take. */
export const resolveLimits = (limits?: Partial<Amf0Limits>): Amf0Limits => {
  if (limits === undefined) return DEFAULT_AMF0_LIMITS
  const all = { ...DEFAULT_AMF0_LIMITS, ...limits }
  return { ...all, maxDepth: Math.min(all.maxDepth, 512) }
}

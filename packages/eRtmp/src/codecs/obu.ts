/** Where an open bitstream unit of AV1 lies (AV1 specification §5.3). */
export interface Obu {
  /** obu_type. */
  readonly type: number
  /** First byte behind header and size. */
  readonly start: number
  /** Behind its last byte, where the next one begins; beyond the bytes it was looked for in, where it is cut off. */
  readonly end: number
}

/** obu_type (AV1 specification §6.2.2). */
export const ObuType = { sequenceHeader: 1, frameHeader: 3, metadata: 5, frame: 6 } as const

/** The OBU at a position, in low-overhead format; one without a size goes on to the end. Never throws. */
export const obuAt = (bytes: Uint8Array, at: number, end: number): Obu => {
  const header = bytes[at] ?? 0
  const type = (header >> 3) & 15
  let start = at + ((header & 4) === 0 ? 1 : 2)
  if ((header & 2) === 0) return { type, start, end: Math.max(start, end) }
  let size = 0
  for (let i = 0; i < 8 && start < end; i++) {
    const byte = bytes[start++] as number
    size += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) break
  }
  return { type, start, end: start + size }
}

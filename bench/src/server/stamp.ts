/**
 * When a message was sent, and which it is, inside its payload: 8 bytes of microseconds and 4 of a sequence number, seven
 * bits in each with the highest bit set, so that nothing in it looks like a start code (H.264 Annex B).
 */
const TIME_BYTES = 8
const SEQUENCE_BYTES = 4

const write = (bytes: Uint8Array, at: number, size: number, value: number): void => {
  let rest = value
  for (let i = at + size - 1; i >= at; i--) {
    bytes[i] = 0x80 | (rest % 128)
    rest = Math.floor(rest / 128)
  }
}

const read = (bytes: Uint8Array, at: number, size: number): number => {
  let value = 0
  for (let i = at; i < at + size; i++) value = value * 128 + ((bytes[i] as number) & 0x7f)
  return value
}

/** Writes a stamp. @param ms - Milliseconds, kept to the microsecond. */
export const writeStamp = (bytes: Uint8Array, at: number, ms: number, sequence: number): void => {
  write(bytes, at, TIME_BYTES, Math.round(ms * 1000))
  write(bytes, at + TIME_BYTES, SEQUENCE_BYTES, sequence)
}

/** Milliseconds of a stamp. */
export const stampMs = (bytes: Uint8Array, at: number): number => read(bytes, at, TIME_BYTES) / 1000

/** Sequence number of a stamp. */
export const stampSequence = (bytes: Uint8Array, at: number): number =>
  read(bytes, at + TIME_BYTES, SEQUENCE_BYTES)

/** What a handler of an externalizable class reads from (AMF3 §3.12); ActionScript calls it IDataInput. */
export interface ExternalInput {
  /** Position of the next byte in the input. */
  readonly position: number
  /** One byte, 0 to 255. */
  u8(): number
  /** Two bytes, big-endian. */
  u16(): number
  /** Four bytes, big-endian, two's complement. */
  i32(): number
  /** Eight bytes, big-endian IEEE 754. */
  f64(): number
  /** One U29. */
  u29(): number
  /** A copy of `count` bytes. */
  bytes(count: number): Uint8Array
  /** A text behind its length in two bytes (`readUTF`). */
  utf(): string
  /** One AMF3 value, sharing the tables of the message (`readObject`). */
  value(): unknown
}

/** What a handler of an externalizable class writes to; ActionScript calls it IDataOutput. */
export interface ExternalOutput {
  /** One byte. */
  u8(value: number): void
  /** Two bytes, big-endian. */
  u16(value: number): void
  /** Four bytes, big-endian. */
  i32(value: number): void
  /** Eight bytes, big-endian IEEE 754. */
  f64(value: number): void
  /** One U29, 0 to 0x1fffffff. */
  u29(value: number): void
  /** Bytes as they are. */
  bytes(bytes: Uint8Array): void
  /** A text behind its length in two bytes (`writeUTF`). */
  utf(text: string): void
  /** One AMF3 value, sharing the tables of the message (`writeObject`). */
  value(value: unknown): void
}

/** Externalizable classes of Flex whose bytes are one AMF3 value; read as `{ source }` with their class name. */
export const WRAPPER_CLASSES: readonly string[] = [
  'flex.messaging.io.ArrayCollection',
  'flex.messaging.io.ArrayList',
  'flex.messaging.io.ObjectProxy',
]

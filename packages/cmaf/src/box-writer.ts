import { ByteWriter } from '@rtmp/bytes'

/**
 * Boxes put one into the other (ISO/IEC 14496-12 §4.2).
 *
 *   bytes   field
 *     4     size of the box, these eight bytes included
 *     4     type, four characters
 *   a "full box" goes on with
 *     1     version
 *     3     flags
 *
 * A box's size is written when it is closed.
 */
export class BoxWriter extends ByteWriter {
  /** Begins a box. @returns what {@link close} wants */
  open(type: string): number {
    const at = this.length
    this.u32(0)
    this.utf8(type)
    return at
  }

  /** Begins a box with version and flags. @returns what {@link close} wants */
  openFull(type: string, version: number, flags: number): number {
    const at = this.open(type)
    this.u8(version)
    this.u24(flags)
    return at
  }

  /** Ends the box that began at a position. */
  close(at: number): void {
    this.patchU32(at, this.length - at)
  }

  /** A whole box around bytes. */
  box(type: string, content: Uint8Array): void {
    const at = this.open(type)
    this.bytes(content)
    this.close(at)
  }

  /** Eight bytes of an integer from 0 to 2^53 − 1. */
  u64(value: number): void {
    this.u32(Math.floor(value / 0x1_0000_0000))
    this.u32(value % 0x1_0000_0000)
  }

  zeros(count: number): void {
    for (let left = count; left > 0; left--) this.u8(0)
  }

  u32s(...values: readonly number[]): void {
    for (const value of values) this.u32(value)
  }

  u16s(...values: readonly number[]): void {
    for (const value of values) this.u16(value)
  }
}

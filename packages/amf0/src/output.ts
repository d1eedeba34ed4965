import { encodeUtf8 } from '@rtmp/bytes'
import { usageError } from './errors.ts'
import { type Amf0Limits, resolveLimits } from './limits.ts'
import type { Amf0EncodeOptions } from './options.ts'

/** Results are cut from slabs of this size, as allocating each of them would cost more than writing it. */
const SLAB = 16_384
/** Longer results have memory of their own. */
const MAX_SHARED = 4096
/** Up to this many characters a loop beats the call into the platform. */
const SHORT_TEXT = 64

/** Room asked for beyond a text: its length, and a number behind it. */
const SLACK = 11

const float = new Float64Array(1)
const words = new Uint32Array(float.buffer)
float[0] = 1
const HIGH = words[1] === 0 ? 0 : 1

/**
 * Memory that values are written to, within the budgets of one message; shared by the writers of both views.
 *
 * Invariant: `memory[start, position)` is what has been written; what lies before belongs to earlier results and is
 * never written again.
 */
export class Amf0Output {
  protected memory: Uint8Array<ArrayBuffer> = new Uint8Array(0)
  protected start = 0
  protected position = 0
  options!: Amf0EncodeOptions
  limits!: Amf0Limits
  protected valuesLeft = 0
  /** Names and indices on the way to the value at hand, by depth; the first is its place among the values written. */
  protected readonly names: (string | number)[] = []
  /** The containers that are open, by depth. */
  protected readonly open: object[] = []
  /** The AMF3 codec's own. */
  amf3: unknown

  /** Begins a message. */
  protected begin(options: Amf0EncodeOptions): void {
    this.options = options
    this.limits = resolveLimits(options.limits)
    this.valuesLeft = this.limits.maxValues
    this.amf3 = undefined
    // A slab whose buffer was transferred away has no length any more; one that grew would be pinned by small results.
    if (this.memory.length < this.start || this.memory.length > SLAB) {
      this.memory = new Uint8Array(0)
      this.start = 0
    }
    this.position = this.start
  }

  /** What has been written since {@link begin}. */
  protected finish(): Uint8Array<ArrayBuffer> {
    const { memory, start, position } = this
    if (position - start > this.limits.maxTotalBytes) throw usageError('TOTAL_LIMIT', '$')
    if (position - start > MAX_SHARED) return memory.slice(start, position)
    this.start = position
    return memory.subarray(start, position)
  }

  /** Path to the value at hand, `depth` containers down. */
  protected path(depth: number): string {
    const names = this.names.slice(0, depth + 1)
    return `$${names.map((name) => (typeof name === 'number' ? `[${name}]` : `.${name}`)).join('')}`
  }

  /** Sees to it that `count` bytes can be written. */
  protected room(count: number, depth: number): void {
    if (this.position + count > this.memory.length) this.grow(count, depth)
  }

  protected grow(count: number, depth: number): void {
    const { memory, start, position } = this
    const written = position - start
    // The exact check is made at the end; this one keeps memory in bounds on the way there.
    if (written + count - SLACK > this.limits.maxTotalBytes) {
      throw usageError('TOTAL_LIMIT', this.path(depth))
    }
    const larger = new Uint8Array(Math.max(SLAB, (written + count) * 2))
    larger.set(memory.subarray(start, position))
    this.memory = larger
    this.start = 0
    this.position = written
  }

  protected claim(depth: number): void {
    if (--this.valuesLeft < 0) throw usageError('VALUE_LIMIT', this.path(depth))
  }

  protected u8(value: number, depth: number): void {
    this.room(1, depth)
    this.memory[this.position++] = value
  }

  protected u16(value: number, depth: number): void {
    this.room(2, depth)
    this.memory[this.position++] = value >>> 8
    this.memory[this.position++] = value
  }

  protected u32(value: number, depth: number): void {
    this.u16(value >>> 16, depth)
    this.u16(value, depth)
  }

  /** A marker and an f64, for which there must be room. */
  protected number(marker: number, value: number): void {
    const { memory, position: at } = this
    float[0] = value
    const high = words[HIGH] as number
    const low = words[1 - HIGH] as number
    memory[at] = marker
    memory[at + 1] = high >>> 24
    memory[at + 2] = high >>> 16
    memory[at + 3] = high >>> 8
    memory[at + 4] = high
    memory[at + 5] = low >>> 24
    memory[at + 6] = low >>> 16
    memory[at + 7] = low >>> 8
    memory[at + 8] = low
    this.position = at + 9
  }

  /** Writes over four bytes written before. */
  protected patchU32(at: number, value: number): void {
    this.memory[at] = value >>> 24
    this.memory[at + 1] = value >>> 16
    this.memory[at + 2] = value >>> 8
    this.memory[at + 3] = value
  }

  protected raw(bytes: Uint8Array, depth: number): void {
    this.room(bytes.length, depth)
    this.memory.set(bytes, this.position)
    this.position += bytes.length
  }

  /**
   * A text behind its length in two bytes. Leaves room for a number behind it, so that the commonest property needs to
   * ask for room once.
   */
  protected shortText(text: string, depth: number): void {
    const count = text.length
    if (count > SHORT_TEXT || count > this.limits.maxStringBytes) {
      this.#longText(text, depth)
      return
    }
    if (this.position + count + SLACK > this.memory.length) this.grow(count + SLACK, depth)
    const { memory, position: at } = this
    for (let i = 0; i < count; i++) {
      const unit = text.charCodeAt(i)
      if (unit > 0x7f) {
        this.#longText(text, depth)
        return
      }
      memory[at + 2 + i] = unit
    }
    memory[at] = 0
    memory[at + 1] = count
    this.position = at + 2 + count
  }

  #longText(text: string, depth: number): void {
    this.utf8(this.encode(text, depth), 2, depth)
    this.room(9, depth)
  }

  /** UTF-8, a lone surrogate as U+FFFD unless `strict`. */
  protected encode(text: string, depth: number): Uint8Array {
    if (this.options.strict === true && /\p{Surrogate}/u.test(text)) {
      throw usageError('LONE_SURROGATE', this.path(depth))
    }
    const { maxStringBytes } = this.limits
    // Each character takes a byte at least: this comes before memory is spent.
    if (text.length <= maxStringBytes) {
      const bytes = encodeUtf8(text)
      if (bytes.length <= maxStringBytes) return bytes
    }
    throw usageError('STRING_LIMIT', this.path(depth))
  }

  /** Bytes of text behind their number in two or four bytes. */
  protected utf8(bytes: Uint8Array, size: 2 | 4, depth: number): void {
    const { length } = bytes
    if (size === 4) this.u32(length, depth)
    else if (length > 0xffff) throw usageError('NAME_TOO_LONG', this.path(depth))
    else this.u16(length, depth)
    this.raw(bytes, depth)
  }

  /** Goes one level down, into `value`. */
  protected enter(value: object, depth: number): number {
    if (depth >= this.limits.maxDepth) {
      const cycle = this.open.slice(0, depth).includes(value)
      throw usageError(cycle ? 'CYCLE' : 'DEPTH_LIMIT', this.path(depth))
    }
    this.open[depth] = value
    return depth + 1
  }

  /** A value that only AMF3 can hold. */
  protected avmPlus(value: unknown, depth: number): void {
    const { amf3 } = this.options
    if (amf3 === undefined) throw usageError('AMF3_NOT_AVAILABLE', this.path(depth))
    this.raw(amf3.write(value, this, this.path(depth), depth), depth)
  }
}

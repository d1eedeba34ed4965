import { loneSurrogateAt, utf8Length, writeUtf8 } from '@rtmp/bytes'
import { usageError } from './errors.ts'
import { type Amf3Limits, resolveLimits } from './limits.ts'
import type { Amf3EncodeOptions } from './options.ts'
import { putU29, u29Length } from './u29.ts'

const float = new Float64Array(1)
const floatBytes = new Uint8Array(float.buffer)
float[0] = 1
/** Place of the most significant byte of a number in memory, and the way from there to the least significant. */
const HIGH = floatBytes[7] === 0x3f ? 7 : 0
const STEP = HIGH === 7 ? -1 : 1

/** Memory that grows with what is written, within the budgets of one message. */
export class Amf3Output {
  /** Never more than may be written, so that what has room in it is within the limit. */
  protected memory: Uint8Array<ArrayBuffer>
  protected position = 0
  protected valuesLeft: number
  protected readonly limits: Amf3Limits
  protected readonly options: Amf3EncodeOptions
  /** Path to the value that is being written. */
  protected root = '$'
  /** How many containers are open around it, and around the value at hand. */
  protected base = 0
  protected depth = 0
  /** Names and indices on the way to the value at hand, by depth. */
  protected readonly names: (string | number)[] = []

  constructor(options: Amf3EncodeOptions) {
    this.options = options
    this.limits = resolveLimits(options.limits)
    this.valuesLeft = this.limits.maxValues
    this.memory = new Uint8Array(Math.min(512, this.limits.maxTotalBytes))
  }

  protected path(): string {
    let path = this.root
    for (const name of this.names.slice(this.base, this.depth)) {
      path +=
        typeof name === 'number'
          ? `[${name}]`
          : /^[A-Za-z_$][\w$]*$/.test(name)
            ? `.${name}`
            : `[${JSON.stringify(name)}]`
    }
    return path
  }

  /** Claims `count` bytes and returns the position of the first. */
  protected room(count: number): number {
    const at = this.position
    const needed = at + count
    if (needed > this.memory.length) {
      const { maxTotalBytes } = this.limits
      if (needed > maxTotalBytes) throw usageError('TOTAL_LIMIT', 'too many bytes', this.path())
      const larger = new Uint8Array(Math.min(Math.max(needed, this.memory.length * 2), maxTotalBytes))
      larger.set(this.memory.subarray(0, at))
      this.memory = larger
    }
    this.position = needed
    return at
  }

  u8(value: number): void {
    const at = this.room(1)
    this.memory[at] = value
  }

  u16(value: number): void {
    const at = this.room(2)
    this.memory[at] = value >>> 8
    this.memory[at + 1] = value
  }

  i32(value: number): void {
    this.u16(value >>> 16)
    this.u16(value)
  }

  f64(value: number): void {
    const at = this.room(8)
    float[0] = value
    for (let i = 0, from = HIGH; i < 8; i++, from += STEP) this.memory[at + i] = floatBytes[from] as number
  }

  u29(value: number): void {
    if (!(value >= 0 && value <= 0x1fffffff)) {
      throw usageError('U29_OUT_OF_RANGE', `${value} is not within 0 to 0x1fffffff`, this.path())
    }
    const at = this.room(u29Length(value))
    putU29(this.memory, at, value)
  }

  bytes(bytes: Uint8Array): void {
    if (bytes.length > this.limits.maxStringBytes) {
      throw usageError('STRING_LIMIT', `${bytes.length} bytes in one`, this.path())
    }
    const at = this.room(bytes.length)
    this.memory.set(bytes, at)
  }

  utf(text: string): void {
    const length = this.textLength(text)
    if (length > 0xffff) throw usageError('STRING_LIMIT', `${length} bytes in a short text`, this.path())
    this.u16(length)
    this.text(text, length)
  }

  /** Checks a text and gives its length in bytes. */
  protected textLength(text: string): number {
    const length = utf8Length(text)
    if (length > this.limits.maxStringBytes) {
      throw usageError('STRING_LIMIT', `a string of ${length} bytes`, this.path())
    }
    if (this.options.strict === true && loneSurrogateAt(text) >= 0) {
      throw usageError('LONE_SURROGATE', 'a lone surrogate cannot be written', this.path())
    }
    return length
  }

  protected text(text: string, length: number): void {
    const at = this.room(length)
    writeUtf8(this.memory, at, text)
  }
}

import { encodeUtf8, type UsageError } from '@rtmp/bytes'
import { type Amf0UsageErrorCode, usageError } from './errors.ts'
import { type Amf0Limits, DEFAULT_AMF0_LIMITS, resolveLimits } from './limits.ts'
import {
  AVM_PLUS,
  DATE,
  ECMA_ARRAY,
  LONG_STRING,
  NULL,
  NUMBER,
  OBJECT,
  OBJECT_END,
  REFERENCE,
  STRICT_ARRAY,
  STRING,
  TYPED_OBJECT,
  UNDEFINED,
  XML_DOCUMENT,
} from './marker.ts'
import type { Amf0EncodeOptions } from './options.ts'
import { detailOf } from './values.ts'

/** Results are cut from slabs of this size, as allocating each of them would cost more than writing it. */
const SLAB = 16_384
/** Longer results have memory of their own. */
const MAX_SHARED = 4096
/** Up to this many characters a loop beats the call into the platform. */
const SHORT_TEXT = 64
/** A string of this many characters fits 65,535 bytes whatever they are. */
const SURELY_SHORT = 0xffff / 3
/** There is always room for a marker and a number: the commonest value need not ask for it behind its name. */
const SLACK = 9

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value) as unknown
  return prototype === Object.prototype || prototype === null
}

/** Stands where no container is open: what is the caller's is let go. */
const nothing = {}
const noOptions: Amf0EncodeOptions = {}

/**
 * Writes plain values as AMF0, message by message.
 *
 * Invariants: `#memory[#start, #position)` is what has been written of a message; what lies before belongs to earlier
 * results and is never written again. Behind it are at least {@link SLACK} bytes, but for the moment that it takes to
 * write a number.
 */
export class Writer {
  #memory: Uint8Array<ArrayBuffer> = new Uint8Array(0)
  #view: DataView<ArrayBuffer> = new DataView(this.#memory.buffer)
  #start = 0
  #position = 0
  #valuesLeft = 0
  /** Names and indices on the way to the value at hand, by depth; the first is its place among the values written. */
  readonly #names: (string | number)[] = []
  /** The containers that are open, outermost first. */
  readonly #open: object[] = []
  /** Index of each object written, when references are on. */
  #table: Map<object, number> | undefined
  /** How many containers are open. */
  #depth = 0
  /** Whether plain objects inherit nothing enumerable: some old libraries do add to `Object.prototype`. */
  #nothingInherited = true
  /** For the AMF3 codec, as is the rest that is not private. */
  options: Amf0EncodeOptions = noOptions
  limits: Amf0Limits = DEFAULT_AMF0_LIMITS
  amf3: unknown
  /** Whether a message is being written: a getter or handler may ask for another meanwhile. */
  busy = false

  /** All values of a message. */
  write(values: readonly unknown[], options: Amf0EncodeOptions): Uint8Array<ArrayBuffer> {
    // A slab whose buffer was transferred away has no length any more; one that grew would be pinned by small results.
    if (this.#memory.length <= this.#start || this.#memory.length > SLAB) {
      this.#memory = new Uint8Array(0)
      this.#start = 0
    }
    this.#position = this.#start
    this.#depth = 0
    this.#nothingInherited = true
    for (const _ in Object.prototype) this.#nothingInherited = false
    this.options = options
    this.limits = resolveLimits(options.limits)
    this.#valuesLeft = this.limits.maxValues
    this.#room(0)
    this.#table = options.references === true ? new Map() : undefined
    this.busy = true
    try {
      for (let i = 0; i < values.length; i++) {
        this.#names[0] = i
        this.#value(values[i])
      }
    } finally {
      if (this.#depth > 0) this.#open.fill(nothing)
      this.amf3 = this.#table = undefined
      this.busy = false
    }
    const start = this.#start
    const end = this.#position
    if (end - start > this.limits.maxTotalBytes) throw usageError('TOTAL_LIMIT', '$')
    if (end - start > MAX_SHARED) return this.#memory.slice(start, end)
    this.#start = end
    // Twice as fast as `subarray`.
    return new Uint8Array(this.#view.buffer, start, end - start)
  }

  /** An error at the value at hand. */
  #failure(code: Amf0UsageErrorCode): UsageError {
    return usageError(code, this.#path())
  }

  #path(): string {
    const names = this.#names.slice(0, this.#depth + 1)
    return `$${names.map((name) => (typeof name === 'number' ? `[${name}]` : `.${name}`)).join('')}`
  }

  /** Sees to it that `count` bytes can be written. */
  #room(count: number): void {
    if (this.#position + count + SLACK > this.#memory.length) this.#grow(count)
  }

  #grow(count: number): void {
    const written = this.#position - this.#start
    // The exact check is made at the end; this one keeps memory in bounds on the way there.
    if (written + count > this.limits.maxTotalBytes) throw this.#failure('TOTAL_LIMIT')
    const larger = new Uint8Array(Math.max(SLAB, (written + count + SLACK) * 2))
    larger.set(this.#memory.subarray(this.#start, this.#position))
    this.#memory = larger
    this.#view = new DataView(larger.buffer)
    this.#start = 0
    this.#position = written
  }

  /** A marker, or up to nine bytes of something else: lowest bits last. */
  #put(value: number, count = 1): void {
    this.#room(count)
    for (let shift = count * 8 - 8; shift >= 0; shift -= 8) this.#memory[this.#position++] = value >>> shift
  }

  /** A marker and an f64, for which there is room. */
  #number(marker: number, value: number): void {
    const at = this.#position
    const view = this.#view
    view.setUint8(at, marker)
    view.setFloat64(at + 1, value)
    this.#position = at + 9
    this.#room(0)
  }

  #raw(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.#memory.set(bytes, this.#position)
    this.#position += bytes.length
  }

  /** A text behind its length in two bytes. */
  #shortText(text: string): void {
    const count = text.length
    if (count > SHORT_TEXT || count > this.limits.maxStringBytes) {
      this.#longText(text, 2)
      return
    }
    this.#room(count + 2)
    const memory = this.#memory
    const at = this.#position + 2
    for (let i = 0; i < count; i++) {
      const unit = text.charCodeAt(i)
      if (unit > 0x7f) {
        this.#longText(text, 2)
        return
      }
      memory[at + i] = unit
    }
    memory[at - 2] = 0
    memory[at - 1] = count
    this.#position = at + count
  }

  /**
   * UTF-8 behind its length in `size` bytes, a lone surrogate as U+FFFD unless `strict`.
   *
   * @param short - The marker of a string, to be written before; that of a long one goes there where it must.
   */
  #longText(text: string, size: number, short?: number): void {
    const { options, limits } = this
    if (options.strict === true && /\p{Surrogate}/u.test(text)) throw this.#failure('LONE_SURROGATE')
    // Each character takes a byte at least: this comes before memory is spent.
    const bytes = text.length > limits.maxStringBytes ? undefined : encodeUtf8(text)
    if (bytes === undefined || bytes.length > limits.maxStringBytes) throw this.#failure('STRING_LIMIT')
    const long = bytes.length > 0xffff
    if (short !== undefined) this.#put(long ? LONG_STRING : short)
    else if (long && size === 2) throw this.#failure('NAME_TOO_LONG')
    this.#put(bytes.length, long ? 4 : size)
    this.#raw(bytes)
  }

  #value(value: unknown): void {
    if (--this.#valuesLeft < 0) throw this.#failure('VALUE_LIMIT')
    switch (typeof value) {
      case 'number':
        this.#number(NUMBER, value)
        return
      case 'boolean':
        this.#put(value ? 0x0101 : 0x0100, 2)
        return
      case 'string':
        if (value.length <= SURELY_SHORT) {
          this.#put(STRING)
          this.#shortText(value)
        } else this.#longText(value, 2, STRING)
        return
      case 'undefined':
        this.#put(UNDEFINED)
        return
      case 'object':
        if (value === null) this.#put(NULL)
        else if (isPlain(value)) this.#properties(OBJECT, value)
        else if (Array.isArray(value)) this.#strictArray(value)
        else this.#special(value)
        return
      default:
        throw this.#failure('UNSUPPORTED_VALUE')
    }
  }

  #special(value: object): void {
    const detail = detailOf(value)
    switch (detail?.kind) {
      case 'typed':
        this.#properties(TYPED_OBJECT, value, value, detail.name)
        return
      case 'ecmaArray':
        this.#properties(ECMA_ARRAY, (value as { properties: object }).properties)
        return
      case 'xmlDocument':
      case 'xml':
        this.#put(XML_DOCUMENT)
        this.#longText((value as { text: string }).text, 4)
        return
    }
    for (const handler of this.options.classes ?? []) {
      if (handler.matches?.(value) === true) {
        this.#properties(TYPED_OBJECT, value, handler.toProperties?.(value) ?? value, handler.className)
        return
      }
    }
    const tag = Object.prototype.toString.call(value).slice(8, -1)
    if (tag === 'Date') {
      this.#number(DATE, (value as Date).getTime())
      this.#put(0, 2)
    } else if (tag === 'Object') {
      this.#properties(OBJECT, value)
    } else if (ArrayBuffer.isView(value) || tag === 'Map' || tag === 'ArrayBuffer') {
      const { amf3 } = this.options
      if (amf3 === undefined) throw this.#failure('AMF3_NOT_AVAILABLE')
      this.#put(AVM_PLUS)
      this.#raw(amf3.write(value, this, this.#path(), this.#depth))
    } else throw this.#failure('UNSUPPORTED_VALUE')
  }

  /** Whether the object was written before and a reference to it has been written now; notes it if not. */
  #referred(value: object): boolean {
    const table = this.#table
    if (table === undefined) return false
    const index = table.get(value)
    if (index === undefined) table.set(value, table.size)
    else if (index <= 0xffff) {
      this.#put(REFERENCE)
      this.#put(index, 2)
      return true
    }
    return false
  }

  /** Goes one level down, into `container`, and gives the depth there. */
  #enter(container: object): number {
    const depth = this.#depth
    if (depth >= this.limits.maxDepth) {
      throw this.#failure(this.#open.slice(0, depth).includes(container) ? 'CYCLE' : 'DEPTH_LIMIT')
    }
    this.#open[depth] = container
    return (this.#depth = depth + 1)
  }

  /** A marker, what belongs behind it, the own enumerable properties of `held` in their order, and the object end. */
  #properties(marker: number, value: object, held: object = value, className?: string): void {
    if (this.#referred(value)) return
    this.#put(marker)
    if (className !== undefined) this.#shortText(className)
    if (marker === ECMA_ARRAY) this.#put(0, 4)
    const behind = this.#position - this.#start
    const own = this.#nothingInherited && isPlain(held)
    const depth = this.#enter(value)
    let count = 0
    for (const name in held) {
      if (!own && !Object.hasOwn(held, name)) continue
      this.#names[depth] = name
      if (name === '') {
        if (this.options.strict !== true) continue
        throw this.#failure('EMPTY_NAME')
      }
      this.#shortText(name)
      this.#value((held as Record<string, unknown>)[name])
      count += 1
    }
    this.#open[--this.#depth] = nothing
    this.#put(OBJECT_END, 3)
    if (marker === ECMA_ARRAY) {
      const end = this.#position
      this.#position = this.#start + behind - 4
      this.#put(count, 4)
      this.#position = end
    }
  }

  #strictArray(values: readonly unknown[]): void {
    if (this.#referred(values)) return
    const count = values.length
    if (count > this.#valuesLeft) throw this.#failure('VALUE_LIMIT')
    this.#put(STRICT_ARRAY)
    this.#put(count, 4)
    const depth = this.#enter(values)
    for (let i = 0; i < count; i++) {
      this.#names[depth] = i
      this.#value(values[i])
    }
    this.#open[--this.#depth] = nothing
  }
}

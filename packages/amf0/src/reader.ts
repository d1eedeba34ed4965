import { type DecodeError, encodeUtf8, isDecodeError, requireBytes } from '@rtmp/bytes'
import { type Amf0DecodeErrorCode, decodeError } from './errors.ts'
import { type Amf0Limits, resolveLimits } from './limits.ts'
import {
  AVM_PLUS,
  BOOLEAN,
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
  UNSUPPORTED,
  XML_DOCUMENT,
} from './marker.ts'
import type { Amf0DecodeOptions, Amf0ObjectReader } from './options.ts'
import { MAX_PACKED, readText } from './packed-text.ts'
import { type Amf0Object, type Amf0Plain, dateAt, emptyTypedObject, setOwn, xmlDocument } from './values.ts'

/** A message that is being read, as it is left when another one comes in between. */
export interface Message {
  readonly source: Uint8Array
  /** The whole memory of `source`; positions count from its start. */
  readonly view: DataView
  readonly end: number
  /** Position of the next byte. */
  at: number
  /** How many values, and how many bytes of text, may still be read. */
  valuesLeft: number
  textLeft: number
  readonly limits: Amf0Limits
  readonly options: Amf0DecodeOptions
  /** Whether somebody wants to know of faults that are tolerated otherwise. */
  readonly watchful: boolean
  /** Objects and arrays in the order of their markers; absent as long as no reference has been met. */
  readonly table: Amf0Plain[] | undefined
  /**
   * What each of them holds, with all that references in it stand for: values, and bytes of text. Absent for those that have not ended.
   */
  readonly heldValues: number[]
  readonly heldText: number[]
  /** Whether it was ended where a value could not be read. */
  isOver: boolean
  /** The AMF3 codec's own. */
  amf3: unknown
}

/** A view costs as much to make as a short message to read, and messages are cut from larger memory. */
const MAX_KEPT = 0x100000
let keptView: DataView = new DataView(new ArrayBuffer(0))

const viewOf = (buffer: ArrayBufferLike): DataView => {
  if (buffer === keptView.buffer) return keptView
  const made = new DataView(buffer)
  if (buffer.byteLength <= MAX_KEPT) keptView = made
  return made
}

/** A message before its first value. With a table, references can be read. */
export const openMessage = (
  source: Uint8Array,
  start: number,
  options: Amf0DecodeOptions,
  references?: Amf0Plain[],
): Message => {
  requireBytes(source, 'bytes')
  const limits = resolveLimits(options.limits)
  const { strict, partial, onFault, classes, objects } = options
  const watchful = strict === true || onFault !== undefined
  const { byteOffset } = source
  // What has been told to a caller is not told again, and names of a shape are not held against a low limit.
  const early =
    objects === undefined ||
    partial === true ||
    watchful ||
    classes !== undefined ||
    limits.maxStringBytes < MAX_PACKED
  return {
    source,
    view: viewOf(source.buffer),
    end: byteOffset + source.length,
    at: byteOffset + start,
    valuesLeft: limits.maxValues,
    textLeft: limits.maxTotalBytes,
    limits,
    options,
    watchful,
    table: references ?? (early ? [] : undefined),
    heldValues: [],
    heldText: [],
    isOver: false,
    amf3: undefined,
  }
}

// What changes with every byte is held in variables of this module rather than in the message: that is a third faster.
// So all that changes it stands in this one file, and a handler that decodes something else in the middle of it all
// goes through `within`, which puts everything back.
//
// Invariant: every byte that is read, and every length that is followed, has been checked against `end` first.

/** What is read when nothing is: holds on to nobody's bytes. */
let message = openMessage(new Uint8Array(0), 0, {})
let { valuesLeft, textLeft, table } = message
export let view: DataView = message.view
export let end: number = message.end
export let at: number = message.at

const park = (): void => {
  message.at = at
  message.valuesLeft = valuesLeft
  message.textLeft = textLeft
}

const turnTo = (next: Message): void => {
  message = next
  view = next.view
  end = next.end
  at = next.at
  valuesLeft = next.valuesLeft
  textLeft = next.textLeft
  table = next.table
}

/** Reads from a message. */
export const within = <T>(next: Message, read: () => T): T => {
  const outer = message
  park()
  turnTo(next)
  try {
    return read()
  } finally {
    park()
    turnTo(outer)
  }
}

/** Thrown at the first reference of a message without a table; see {@link object}. */
const tableNeeded: Error = new Error('a reference')

/** Reads in the plain view, and once more with a table where it takes one. */
export const plainly = <T>(bytes: Uint8Array, start: number, how: Amf0DecodeOptions, read: () => T): T => {
  try {
    return within(openMessage(bytes, start, how), read)
  } catch (error) {
    if (error !== tableNeeded) throw error
    return within(openMessage(bytes, start, how, []), read)
  }
}

/** Where the next byte is, counted from the start of the message's bytes. */
export const offset = (): number => at - message.source.byteOffset

/** All that is left, value by value. */
export const readAll = <T>(read: (depth: number) => T): T[] => {
  const values: T[] = []
  try {
    while (at < end) values.push(read(0))
  } catch (error) {
    giveUp(error)
  }
  return values
}

/** Ends the message where a value cannot be read, if part of a message will do. */
const giveUp = (error: unknown): void => {
  const { partial, onFault } = message.options
  if (partial !== true || !isDecodeError(error)) throw error
  // What is around it finds the message at its end; that is no fault of its own.
  if (!message.isOver) onFault?.(error)
  message.isOver = true
  at = end
}

/** A fault that is tolerated unless `strict`. */
const fault = (code: Amf0DecodeErrorCode, where: number): void => {
  const { options, watchful, isOver } = message
  if (!watchful || isOver) return
  const error = failure(code, where)
  if (options.strict === true) throw error
  options.onFault?.(error)
}

/** A copy of the bytes from `start` to where reading is. */
export const bytesSince = (start: number): Uint8Array =>
  message.source.slice(start - message.source.byteOffset, at - message.source.byteOffset)

/** An error at a position. */
const failure = (code: Amf0DecodeErrorCode, where: number, cause?: unknown): DecodeError =>
  decodeError(code, where - message.source.byteOffset, cause)

/** Claims `count` bytes and gives the position of the first. */
const need = (count: number): number => {
  const start = at
  if (count > end - start) throw failure('TRUNCATED', start)
  at = start + count
  return start
}

export const u8 = (): number => view.getUint8(need(1))
export const u16 = (): number => view.getUint16(need(2))
export const u32 = (): number => view.getUint32(need(4))
export const f64 = (): number => view.getFloat64(need(8))

/** A text of `size` bytes; ill-formed UTF-8 reads as U+FFFD. */
export const text = (size: number): string => {
  if (size > message.limits.maxStringBytes) throw failure('STRING_LIMIT', at)
  const start = need(size)
  if ((textLeft -= size) < 0) throw failure('TOTAL_LIMIT', start)
  const result = readText(message.source, view, start, size)
  if (message.watchful && illFormed(result, start) !== undefined) fault('INVALID_UTF8', start)
  return result
}

/** The bytes from `start` on if they are not the well-formed UTF-8 of `result`, which they read as. */
export const illFormed = (result: string, start: number): Uint8Array | undefined => {
  if (!result.includes('\ufffd')) return undefined
  const bytes = bytesSince(start)
  return encodeUtf8(result).join() === bytes.join() ? undefined : bytes
}

/** Goes past a name of `size` bytes that need not be read; `textLeft` is checked at the object end. */
export const passName = (size: number): void => {
  at += size + 2
  textLeft -= size
}

/** Holds the text of an object that began at `start` against its bound, where it was only passed. */
export const checkText = (start: number): void => {
  if (textLeft < 0) throw failure('TOTAL_LIMIT', start)
}

/** Claims a value, and gives its marker. */
export const marker = (): number => {
  if (--valuesLeft < 0) throw failure('VALUE_LIMIT', at)
  return u8()
}

/** Goes one level down, into an object or array that takes a place in the table. */
export const enter = (depth: number, container: Amf0Plain): number => {
  if (depth >= message.limits.maxDepth) throw failure('DEPTH_LIMIT', at)
  table?.push(container)
  return depth + 1
}

/**
 * The size of the next name, or -1 behind the last property: at the object end, or where the input ends instead, be
 * it with the two zero bytes of an object end that lost its marker.
 */
export const nameSize = (): number => {
  const start = at
  if (start === end || (start + 2 === end && view.getInt16(start) === 0)) {
    fault('MISSING_OBJECT_END', start)
    at = end
    return -1
  }
  const size = u16()
  if (size > 0) return size
  if (at < end && view.getUint8(at) === OBJECT_END) {
    at += 1
    return -1
  }
  fault('EMPTY_NAME', start)
  return 0
}

/** The count of a strict array. Each element takes at least a byte, so a count beyond the input is refused at once. */
export const elementCount = (): number => {
  const count = u32()
  at = need(count)
  return count
}

/** The index of a reference to what has begun. */
export const reference = (): number => {
  const start = at - 1
  if (table === undefined) throw tableNeeded
  const index = u16()
  if (index >= table.length) {
    const error = failure('DANGLING_REFERENCE', start)
    if (message.options.partial !== true) throw error
    message.options.onFault?.(error)
    return index
  }
  if (message.options.countReferences === true) {
    if ((valuesLeft -= message.heldValues[index] ?? 0) < 0) throw failure('VALUE_LIMIT', start)
    if ((textLeft -= message.heldText[index] ?? 0) < 0) throw failure('TOTAL_LIMIT', start)
  }
  return index
}

/** The container at `index` of the table has ended, which began when so much was left. */
const hold = (index: number, values: number, textBefore: number): void => {
  if (table === undefined) return
  message.heldValues[index] = values - valuesLeft
  message.heldText[index] = textBefore - textLeft
}

/** Why a value cannot be read. */
export const refuse = (code: number): Error =>
  failure(code === OBJECT_END ? 'UNEXPECTED_OBJECT_END' : 'UNKNOWN_MARKER', at - 1)

/** Holds the count of an ECMA array, which is a hint, against what came. */
export const checkCount = (announced: number, found: number, start: number): void => {
  if (announced !== found) fault('WRONG_ARRAY_COUNT', start)
}

/** Hands an AMF3 value to the codec, with what is left of the budgets. */
export const avmPlus = (depth: number): unknown => {
  const { amf3 } = message.options
  if (amf3 === undefined) throw failure('AMF3_NOT_AVAILABLE', at - 1)
  park()
  message.valuesLeft += 1 // the marker and the value behind it are one
  const value = amf3.read(message, depth)
  turnTo(message)
  return value
}

/** The next value in the plain view. `depth`: how many containers are open around it. */
export const readPlain = (depth: number): Amf0Plain => {
  // The commonest first, in a function so small that the engine copies it to where it is called.
  const code = marker()
  if (code === NUMBER) return f64()
  return code === STRING ? text(u16()) : readRarer(code, depth)
}

const readRarer = (code: number, depth: number): Amf0Plain => {
  switch (code) {
    case BOOLEAN:
      return u8() !== 0
    case OBJECT:
      return object(depth)
    case NULL:
      return null
    case UNDEFINED:
    case UNSUPPORTED:
      return undefined
    case REFERENCE: {
      const index = reference()
      return table?.[index]
    }
    case ECMA_ARRAY:
      return object(depth, u32())
    case STRICT_ARRAY: {
      const count = elementCount()
      const values: Amf0Plain[] = []
      const index = table?.length ?? 0
      const [valuesBefore, textBefore] = [valuesLeft, textLeft]
      const inside = enter(depth, values)
      try {
        for (let i = 0; i < count; i++) values.push(readPlain(inside))
      } catch (error) {
        giveUp(error)
      }
      hold(index, valuesBefore, textBefore)
      return values
    }
    case DATE: {
      // The time zone is read past: a writer must set it to zero, and it does not shift the time (AMF0 §2.13).
      const time = f64()
      u16()
      return dateAt(time)
    }
    case LONG_STRING:
      return text(u32())
    case XML_DOCUMENT:
      return xmlDocument(text(u32()))
    case TYPED_OBJECT:
      return typedObject(depth)
    case AVM_PLUS:
      return avmPlus(depth) as Amf0Plain
    default:
      throw refuse(code)
  }
}

/**
 * Properties up to the object end. The object takes its place in the table before them, since a reference from inside
 * may ask for it.
 *
 * @param announced - How many properties an ECMA array should have.
 */
const object = (depth: number, announced?: number, target?: Amf0Object): Amf0Object => {
  if (table === undefined && target === undefined)
    return (message.options.objects as Amf0ObjectReader).readObject(depth, announced)
  const made = target ?? {}
  const index = table?.length ?? 0
  const [valuesBefore, textBefore] = [valuesLeft, textLeft]
  const inside = enter(depth, made)
  const start = at
  let count = 0
  try {
    for (let size = nameSize(); size >= 0; size = nameSize()) {
      setOwn(made, text(size), readPlain(inside))
      count += 1
    }
  } catch (error) {
    giveUp(error)
  }
  if (announced !== undefined) checkCount(announced, count, start - 4)
  hold(index, valuesBefore, textBefore)
  return made
}

const typedObject = (depth: number): Amf0Plain => {
  const start = at - 1
  const className = text(u16())
  const index = table?.length as number
  const typed = object(depth, undefined, emptyTypedObject(className))
  const handler = message.options.classes?.find((one) => one.className === className)
  if (table === undefined || handler?.fromProperties === undefined) return typed
  try {
    return (table[index] = handler.fromProperties(typed) as Amf0Plain)
  } catch (cause) {
    throw failure('CLASS_HANDLER_FAILED', start, cause)
  }
}

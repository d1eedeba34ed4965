import { Marker } from './marker.ts'
import { equalWords, follow, namesOf, noteUse, rootShape, type ShapeNode } from './shape.ts'
import { cachedText } from './text-cache.ts'
import { type Amf0Object, type Amf0Plain, setOwn } from './values.ts'

/**
 * The fast way through the messages everybody sends: numbers, booleans, strings, null, undefined, dates, objects and
 * arrays, all in order. At anything else (references, typed objects, AMF3, every kind of fault) it gives up, and the
 * reader for everything starts over; so this one needs no table of references and no errors.
 *
 * It runs no code but its own, so its state can live in the module.
 */
const giveUp = new Error('not the fast way')
const noBytes = new Uint8Array(0)

let bytes: Uint8Array = noBytes
let position = 0
let end = 0
let maxDepth = 0
/** Values of the objects being read, those of the innermost last; and how high it has been filled. */
const stack: Amf0Plain[] = []
let top = 0

const words = new Uint32Array(2)
const float = new Float64Array(words.buffer)
float[0] = 1
const HIGH = words[1] === 0 ? 0 : 1

/** An f64, big-endian. Small whole numbers, nearly all there are, are put together from their bits. */
const number = (at: number): number => {
  if (at + 8 > end) throw giveUp
  const source = bytes
  const high =
    ((source[at] as number) << 24) |
    ((source[at + 1] as number) << 16) |
    ((source[at + 2] as number) << 8) |
    (source[at + 3] as number)
  const low =
    ((source[at + 4] as number) << 24) |
    ((source[at + 5] as number) << 16) |
    ((source[at + 6] as number) << 8) |
    (source[at + 7] as number)
  if (low === 0) {
    if (high === 0) return 0
    // Exponent 1023 to 1043 and no sign: 1 to 2^21, if no bits are left below the point.
    const shift = 1043 - (high >> 20)
    if (shift >= 0 && shift <= 20) {
      const digits = (high & 0xfffff) | 0x100000
      if ((digits & ((1 << shift) - 1)) === 0) return digits >> shift
    }
  }
  words[HIGH] = high
  words[1 - HIGH] = low
  return float[0] as number
}

const u16 = (): number => {
  const at = position
  if (at + 2 > end) throw giveUp
  position = at + 2
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
}

const u32 = (): number => u16() * 0x10000 + u16()

const text = (size: number): string => {
  const at = position
  const behind = at + size
  if (behind > end) throw giveUp
  position = behind
  return cachedText(bytes, at, behind)
}

const read = (depth: number): Amf0Plain => {
  if (position >= end) throw giveUp
  switch (bytes[position++]) {
    case Marker.number:
      position += 8
      return number(position - 8)
    case Marker.boolean:
      if (position >= end) throw giveUp
      return bytes[position++] !== 0
    case Marker.string:
      return text(u16())
    case Marker.object:
      return object(depth)
    case Marker.null:
      return null
    case Marker.undefined:
      return undefined
    case Marker.ecmaArray:
      u32()
      return object(depth)
    case Marker.strictArray:
      return strictArray(depth)
    case Marker.date:
      position += 10
      if (position > end) throw giveUp
      return new Date(number(position - 10))
    case Marker.longString:
      return text(u32())
    default:
      throw giveUp
  }
}

const strictArray = (depth: number): Amf0Plain[] => {
  const count = u32()
  if (depth >= maxDepth || count > end - position) throw giveUp
  const values: Amf0Plain[] = []
  for (let i = 0; i < count; i++) values.push(read(depth + 1))
  return values
}

const object = (depth: number): Amf0Object => {
  if (depth >= maxDepth) throw giveUp
  const base = top
  let shape = rootShape()
  for (;;) {
    const size = u16()
    const at = position
    if (size === 0) {
      if (at >= end || bytes[at] !== Marker.objectEnd) throw giveUp
      position = at + 1
      break
    }
    if (at + size > end) throw giveUp
    const guess = shape.last
    const found =
      guess !== undefined && guess.size === size && equalWords(guess.words, size, bytes, at)
        ? guess
        : follow(shape, bytes, at, size, cachedText)
    if (found === undefined) return unshaped(shape, base, depth, size)
    shape = found
    position = at + size
    const value = read(depth + 1)
    stack[top++] = value
  }
  const made = shape.make === undefined ? assemble(shape, base) : (shape.make(stack, base) as Amf0Object)
  drop(base)
  return made
}

/** Lets go of the values from `base` on, which now live in their object. */
const drop = (base: number): void => {
  for (let i = base; i < top; i++) stack[i] = undefined
  top = base
}

const assemble = (shape: ShapeNode, base: number): Amf0Object => {
  noteUse(shape)
  const names = namesOf(shape)
  const made: Amf0Object = {}
  for (let i = 0; i < names.length; i++) setOwn(made, names[i] as string, stack[base + i])
  return made
}

/** The rest of an object for whose shape there is no room, `size` being the length of its next name. */
const unshaped = (shape: ShapeNode, base: number, depth: number, size: number): Amf0Object => {
  const made: Amf0Object = {}
  namesOf(shape).forEach((name, i) => setOwn(made, name, stack[base + i]))
  drop(base)
  for (let length = size; length > 0; length = u16()) {
    const name = text(length)
    setOwn(made, name, read(depth + 1))
  }
  if (position >= end || bytes[position++] !== Marker.objectEnd) throw giveUp
  return made
}

/** Where the last value read by {@link readFast} ended. */
export const fastPosition = (): number => position

/**
 * Up to `count` values from `start` on, or `undefined` when the reader for everything must do it. The caller sees to
 * it that no limit but the depth can be exceeded.
 */
export const readFast = (
  source: Uint8Array,
  start: number,
  depth: number,
  count: number,
): Amf0Plain[] | undefined => {
  bytes = source
  position = start
  end = source.length
  maxDepth = depth
  top = 0
  try {
    const values: Amf0Plain[] = []
    while (position < end && values.length < count) values.push(read(0))
    return values
  } catch (error) {
    if (error !== giveUp) throw error
    stack.length = 0
    return undefined
  } finally {
    bytes = noBytes
  }
}

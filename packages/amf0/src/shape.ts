/**
 * Shapes: the sequences of property names that objects have been read with, as a tree from the first name on. Senders
 * repeat themselves, so the next name is nearly always the one that came last time; then its bytes need only be
 * compared, and at the object end all names are known at once.
 *
 * A shape that keeps coming gets a function made for it, which returns one object literal; that is several times as
 * fast as adding properties one by one. Where code may not be generated (a content security policy), the properties are
 * added one by one.
 *
 * What is kept is bounded: a full tree is forgotten as a whole, and only after enough work that growing it again does
 * not show.
 */

/** Most names of all shapes together. */
const MAX_NODES = 4096
/** Most names after one and the same beginning. */
const MAX_BRANCHES = 64
/** Longest name, and most names in a shape. */
const MAX_NAME = 64
const MAX_DEPTH = 64
/** How often a shape must come before code is made for it, and for how many at most. */
const COMPILE_AFTER = 32
const MAX_COMPILED = 256
/** How many objects are read between two times the tree is forgotten. */
const FORGET_AFTER = 65_536

/** Makes an object of the values from `at` on. */
type Maker = (values: readonly unknown[], at: number) => object

/** One name after the names above it. */
export interface ShapeNode {
  readonly name: string
  /** The name's bytes, four to a word, and their number. */
  readonly words: Int32Array
  readonly size: number
  readonly parent: ShapeNode | undefined
  readonly depth: number
  /** What followed, and what followed last. */
  readonly next: ShapeNode[]
  last: ShapeNode | undefined
  uses: number
  names: readonly string[] | undefined
  make: Maker | undefined
}

/** Bytes packed for {@link equalWords}, in the order it looks at them. */
export const packWords = (bytes: Uint8Array, start: number, end: number): Int32Array => {
  const words = new Int32Array((end - start + 3) >> 2)
  for (let at = start; at < end; at++) {
    const i = at - start
    words[i >> 2] = (words[i >> 2] as number) | ((bytes[at] as number) << ((i & 3) * 8))
  }
  return words
}

/** Whether the `size` bytes at `at`, which must be there, are the packed ones. */
export const equalWords = (words: Int32Array, size: number, bytes: Uint8Array, at: number): boolean => {
  const whole = size >> 2
  let from = at
  for (let i = 0; i < whole; i++, from += 4) {
    const word =
      (bytes[from] as number) |
      ((bytes[from + 1] as number) << 8) |
      ((bytes[from + 2] as number) << 16) |
      ((bytes[from + 3] as number) << 24)
    if (word !== words[i]) return false
  }
  for (let shift = 0, end = at + size; from < end; from++, shift += 8) {
    if (bytes[from] !== (((words[whole] as number) >> shift) & 0xff)) return false
  }
  return true
}

const newNode = (
  name: string,
  words: Int32Array,
  size: number,
  parent: ShapeNode | undefined,
): ShapeNode => ({
  name,
  words,
  size,
  parent,
  depth: parent === undefined ? 0 : parent.depth + 1,
  next: [],
  last: undefined,
  uses: 0,
  names: undefined,
  make: undefined,
})

let root = newNode('', new Int32Array(0), 0, undefined)
let nodes = 0
let compiled = 0
let objects = 0
let generate = true

/**
 * Whether readers may generate code for the shapes of objects they meet often; true at first. Switch it off where
 * `new Function` is forbidden and reported: without it, the first try fails and no other is made. Either way, what is
 * known of shapes is forgotten.
 */
export const setCodeGeneration = (allowed: boolean): void => {
  generate = allowed
  forget()
}

const forget = (): void => {
  root = newNode('', new Int32Array(0), 0, undefined)
  nodes = compiled = objects = 0
}

/** Where every object begins. */
export const rootShape = (): ShapeNode => {
  objects += 1
  if (nodes >= MAX_NODES && objects > FORGET_AFTER) forget()
  return root
}

/** The node for a name after `node`, new if need be; `undefined` when there is no room for it. */
export const follow = (
  node: ShapeNode,
  bytes: Uint8Array,
  at: number,
  size: number,
  decode: (bytes: Uint8Array, start: number, end: number) => string,
): ShapeNode | undefined => {
  for (const known of node.next) {
    if (known.size === size && equalWords(known.words, size, bytes, at)) {
      node.last = known
      return known
    }
  }
  if (nodes >= MAX_NODES || node.next.length >= MAX_BRANCHES || size > MAX_NAME || node.depth >= MAX_DEPTH) {
    return undefined
  }
  const added = newNode(decode(bytes, at, at + size), packWords(bytes, at, at + size), size, node)
  node.next.push(added)
  node.last = added
  nodes += 1
  return added
}

/** The names on the way to a node. */
export const namesOf = (node: ShapeNode): readonly string[] => {
  if (node.names === undefined) {
    const names: string[] = []
    for (let at = node; at.parent !== undefined; at = at.parent) names.push(at.name)
    node.names = names.reverse()
  }
  return node.names
}

/** Counts a use of a shape, and makes code for it once that pays. */
export const noteUse = (node: ShapeNode): void => {
  node.uses += 1
  if (!generate || node.uses !== COMPILE_AFTER || compiled >= MAX_COMPILED) return
  // A computed name is always an own property, `__proto__` too; JSON text is safe to stand in code.
  const properties = namesOf(node).map((name, i) => `[${JSON.stringify(name)}]:v[i+${i}]`)
  try {
    node.make = new Function('v', 'i', `return{${properties.join()}}`) as Maker
    compiled += 1
  } catch {
    generate = false
  }
}

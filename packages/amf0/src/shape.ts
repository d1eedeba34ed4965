import { MAX_PACKED, MIN_PACKED, type PackedText, packText } from './packed-text.ts'
import { type Amf0Object, type Amf0Plain, setOwn } from './values.ts'

/**
 * Shapes: the sequences of property names that objects have been read with, as a tree from the first name on. Senders
 * repeat themselves, so the next name is nearly always one of the few that came here before; then its bytes need only
 * be compared, and at the object end all names are known at once.
 *
 * A shape that keeps coming gets a function made for it, which returns one object literal: several times as fast as
 * adding properties one by one. Where that is forbidden (a content security policy), they are added one by one.
 *
 * What is kept is bounded: a full tree is forgotten as a whole.
 */

/** Most names of all shapes together, and most names in a shape. */
const MAX_NODES = 2048
const MAX_NAMES = 64
/** How many of the names that came at one place are looked for by their bytes. */
const MAX_GUESSES = 8
/** How often a shape must come before code is made for it. */
const COMPILE_AFTER = 32

/** One name after the names above it. */
export interface ShapeNode {
  readonly name: string
  /** The name's bytes, where it is recognised by them. */
  readonly packed: PackedText | undefined
  readonly parent: ShapeNode | undefined
  readonly depth: number
  /** Its name behind all above it, once an object has ended here. */
  names: readonly string[] | undefined
  /** What followed. */
  readonly next: Map<string, ShapeNode>
  /** Those of it that are looked for by their bytes: the first, and behind each another one. */
  guess: ShapeNode | undefined
  other: ShapeNode | undefined
  uses: number
  make: ((values: readonly Amf0Plain[], at: number) => Amf0Object) | undefined
}

const newNode = (name: string, parent?: ShapeNode, packed?: PackedText): ShapeNode => ({
  name,
  packed,
  parent,
  depth: parent === undefined ? 0 : parent.depth + 1,
  names: undefined,
  next: new Map(),
  guess: undefined,
  other: undefined,
  uses: 0,
  make: undefined,
})

const compile = (names: readonly string[]): ShapeNode['make'] => {
  // A computed name is always an own property, `__proto__` too; JSON text is safe to stand in code.
  const properties = names.map((name, i) => {
    const text = JSON.stringify(name)
    return `${name === '__proto__' ? `[${text}]` : text}:v[i+${i}]`
  })
  // oxlint-disable-next-line typescript/no-implied-eval -- measured: see the README, "Generated code"
  const make = new Function('v', 'i', `return{${properties.join()}}`) as NonNullable<ShapeNode['make']>
  // Once no object of a shape is left, the engine would throw the shape away at the next full collection, and all
  // code that it optimised for it: so one is kept.
  return Object.assign(make, { kept: make([...names], 0) })
}

const namesOf = (shape: ShapeNode): string[] => {
  const names: string[] = []
  for (let at = shape; at.parent !== undefined; at = at.parent) names[at.depth - 1] = at.name
  return names
}

/** The shapes that one decoder has met. */
export class ShapeTree {
  /** Where every object begins. */
  root: ShapeNode = newNode('')
  #nodes = 0
  /** Whether code may not be made here; found out by the first try. */
  #forbidden = false

  /**
   * The node for a name after `node`, whose length is at `start`; one that is not kept where there is no room for it.
   */
  follow(node: ShapeNode, name: string, view: DataView, start: number, size: number): ShapeNode {
    let found = node.next.get(name)
    if (found === undefined) {
      // Ill-formed bytes must go on being looked at.
      const packable = size >= MIN_PACKED && size <= MAX_PACKED && !name.includes('\ufffd')
      found = newNode(name, node, packable ? packText(name, view, start, size) : undefined)
      if (node.depth >= MAX_NAMES || size > MAX_PACKED) return found
      if (++this.#nodes > MAX_NODES) {
        this.root = newNode('')
        this.#nodes = 0
      }
      node.next.set(name, found)
      if (found.packed !== undefined && node.next.size <= MAX_GUESSES) {
        found.other = node.guess
        node.guess = found
      }
    }
    return found
  }

  /** An object with the names of a shape and the values from `base` on. */
  assemble(shape: ShapeNode, values: readonly Amf0Plain[], base: number): Amf0Object {
    if (shape.make !== undefined) return shape.make(values, base)
    const names = (shape.names ??= namesOf(shape))
    if (++shape.uses === COMPILE_AFTER && !this.#forbidden) {
      try {
        shape.make = compile(names)
      } catch {
        this.#forbidden = true
      }
    }
    const made: Amf0Object = {}
    for (let i = 0; i < names.length; i++) setOwn(made, names[i] as string, values[base + i])
    return made
  }
}

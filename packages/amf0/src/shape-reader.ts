import { isText, type PackedText } from './packed-text.ts'
import { at, checkCount, checkText, end, enter, nameSize, passName, readPlain, text, view } from './reader.ts'
import type { ShapeNode, ShapeTree } from './shape.ts'
import type { Amf0Object, Amf0Plain } from './values.ts'

/** Values of the objects that are being read, those of the innermost last. */
const stack: Amf0Plain[] = []
let top = 0

/** The node for the next name, which is one that came after `shape` before: its bytes alone tell. */
const foreseen = (shape: ShapeNode): ShapeNode | undefined => {
  for (let guess = shape.guess; guess !== undefined; guess = guess.other) {
    const packed = guess.packed as PackedText
    if (packed.size + 2 <= end - at && isText(packed, view, at)) return guess
  }
  return undefined
}

/** Reads an object by its shape: it is made of its values at its end. */
export const readByShape = (tree: ShapeTree, depth: number, announced: number | undefined): Amf0Object => {
  const inside = enter(depth, undefined)
  const start = at
  const base = top
  let shape = tree.root
  try {
    for (;;) {
      const next = foreseen(shape)
      if (next !== undefined) {
        shape = next
        passName((next.packed as PackedText).size)
      } else {
        const nameAt = at
        const size = nameSize()
        if (size < 0) break
        shape = tree.follow(shape, text(size), view, nameAt, size)
      }
      // The value first: it may itself be an object that uses the stack.
      const value = readPlain(inside)
      stack[top++] = value
    }
    checkText(start)
    if (announced !== undefined) checkCount(announced, top - base, start - 4)
    return tree.assemble(shape, stack, base)
  } finally {
    while (top > base) stack[--top] = undefined
  }
}

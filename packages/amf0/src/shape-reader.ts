import { isText } from './packed-text.ts'
import {
  at,
  checkCount,
  checkText,
  end,
  enter,
  nameSize,
  type ObjectReader,
  passText,
  readPlain,
  text,
  view,
} from './reader.ts'
import { assemble, follow, rootShape, type ShapeNode } from './shape.ts'
import type { Amf0Plain } from './values.ts'

/** Values of the objects that are being read, those of the innermost last. */
const stack: Amf0Plain[] = []
let top = 0

/** Reads an object by its shape: it is made of its values at its end. */
export const readByShape: ObjectReader = (depth, announced) => {
  const inside = enter(depth, undefined)
  const start = at
  const base = top
  let shape = rootShape()
  try {
    for (let size = nameSize(); size >= 0; size = nameSize()) {
      const guess = shape.last
      const packed = guess?.packed
      if (packed?.size === size && at + size <= end && isText(packed, view, at)) {
        passText(size)
        shape = guess as ShapeNode
      } else {
        const nameAt = at
        shape = follow(shape, text(size), view, nameAt, size)
      }
      // The value first: it may itself be an object that uses the stack.
      const value = readPlain(inside)
      stack[top++] = value
    }
    checkText(start)
    if (announced !== undefined) checkCount(announced, top - base, start - 4)
    return assemble(shape, stack, base)
  } finally {
    while (top > base) stack[--top] = undefined
  }
}

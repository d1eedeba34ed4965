/**
 * Generated code, which makes reading objects faster.
 *
 * @packageDocumentation
 */
import type { Amf0ObjectReader } from './options.ts'
import { ShapeTree } from './shape.ts'
import { readByShape } from './shape-reader.ts'
import type { Amf0Object } from './values.ts'

/**
 * The `objects` of decode options: learns the shapes of objects that it meets often and makes a function for each
 * (`new Function`). Worth having where many objects are decoded and no content security policy forbids it; where one
 * does, the first try fails, no other is made, and objects are read all the same.
 *
 * Give the same one each time. What it has learnt is its own, is bounded (2048 names), holds no values of messages and
 * goes with it.
 *
 * @example
 * const objects = new GeneratedObjects()
 * decodeAmf0(payload, { objects })
 */
export class GeneratedObjects implements Amf0ObjectReader {
  readonly #shapes = new ShapeTree()

  /** See {@link Amf0ObjectReader}. */
  readObject(depth: number, announced: number | undefined): Amf0Object {
    return readByShape(this.#shapes, depth, announced)
  }
}

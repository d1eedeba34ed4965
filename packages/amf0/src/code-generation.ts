/**
 * A switch for generated code, which makes reading objects faster.
 *
 * @packageDocumentation
 */
import { useObjectReader } from './reader.ts'
import { forgetShapes } from './shape.ts'
import { readByShape } from './shape-reader.ts'

/**
 * Whether decoders learn the shapes of objects that they meet often and generate code for them (`new Function`); false
 * at first. Worth switching on where many objects are decoded and no content security policy forbids it; where one does,
 * the first try fails and no other is made. What is learnt is bounded, and holds no values of messages; it is forgotten
 * at every call.
 */
export const setCodeGeneration = (allowed: boolean): void => {
  useObjectReader(allowed ? readByShape : undefined)
  forgetShapes()
}

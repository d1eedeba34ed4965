/**
 * A switch for generated code, which makes reading objects faster.
 *
 * @packageDocumentation
 */
import { type ShapeCompiler, type ShapeNode, useCompiler } from './shape.ts'

const compile: ShapeCompiler = (names) => {
  // A computed name is always an own property, `__proto__` too; JSON text is safe to stand in code.
  const properties = names.map((name, i) => {
    const text = JSON.stringify(name)
    return `${name === '__proto__' ? `[${text}]` : text}:v[i+${i}]`
  })
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- measured: see the README, "Generated code"
    const make = new Function('v', 'i', `return{${properties.join()}}`) as NonNullable<ShapeNode['make']>
    // Once no object of a shape is left, the engine would throw the shape away at the next full collection, and all
    // code that it optimised for it: so one is kept.
    return Object.assign(make, { kept: make([...names], 0) })
  } catch {
    useCompiler(undefined)
    return undefined
  }
}

/**
 * Whether readers may generate code (`new Function`) for the shapes of objects that they meet often; false at first.
 * Worth switching on where many objects are decoded and no content security policy forbids it; where one does, the
 * first try fails and no other is made. Code is kept for a bounded number of shapes, and never holds values of
 * messages. What has been learnt of shapes is forgotten at every call.
 */
export const setCodeGeneration = (allowed: boolean): void => useCompiler(allowed ? compile : undefined)

/**
 * fast-check arbitraries of AMF0 values, for tests of this and of other implementations.
 *
 * @packageDocumentation
 */
import fc from 'fast-check'
import type { Amf0Entry, Amf0Node } from './tree.ts'
import { type Amf0Plain, ecmaArray, typedObject, xmlDocument } from './values.ts'

/** Any text that UTF-8 can hold. */
export const amf0Text: fc.Arbitrary<string> = fc.string({ unit: 'binary', maxLength: 40 })

/** Property names: ordinary ones, awkward ones, and any text but the empty one. */
export const amf0Name: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'app',
    'tcUrl',
    'width',
    'duration',
    '0',
    '17',
    '__proto__',
    'constructor',
    'toString',
    'length',
  ),
  amf0Text.filter((text) => text !== ''),
)

const date = fc.oneof(fc.date({ noInvalidDate: true }), fc.constant(new Date(Number.NaN)))
const leaf = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  amf0Text,
  date,
  amf0Text.map(xmlDocument),
)

const record = (value: fc.Arbitrary<unknown>): fc.Arbitrary<Record<string, unknown>> =>
  fc.array(fc.tuple(amf0Name, value), { maxLength: 6 }).map((entries) => Object.fromEntries(entries))

/**
 * Values of the plain view that decode to themselves: numbers (NaN, infinities, −0), booleans, strings, null,
 * undefined, dates, XML documents, arrays, objects and typed objects, nested.
 */
export const amf0Plain: fc.Arbitrary<Amf0Plain> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'amf0' },
    leaf,
    fc.array(tie('value'), { maxLength: 5 }),
    record(tie('value')),
    fc.tuple(amf0Name, record(tie('value'))).map(([name, properties]) => typedObject(name, properties)),
  ),
})).value as fc.Arbitrary<Amf0Plain>

/** What `encodeAmf0` takes beyond {@link amf0Plain}: ECMA arrays too, which decode to plain objects. */
export const amf0Encodable: fc.Arbitrary<unknown> = fc.oneof(
  amf0Plain,
  record(amf0Plain).map((properties) => ecmaArray(properties)),
)

/**
 * Plain values in which objects are shared and contain themselves; they need `references`. Each is an array of objects
 * and arrays whose members point anywhere among them.
 */
export const amf0Graph: fc.Arbitrary<Amf0Plain> = fc
  .array(
    fc.record(
      {
        array: fc.boolean(),
        links: fc.array(fc.tuple(amf0Name, fc.nat({ max: 7 })), { maxLength: 4 }),
        value: leaf,
      },
      { noNullPrototype: true },
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((plans) => {
    const nodes = plans.map(({ array, value }): unknown[] | Record<string, unknown> =>
      array ? [value] : { value },
    )
    for (const [i, { links }] of plans.entries()) {
      const from = nodes[i]
      for (const [name, index] of links) {
        const to = nodes[index % nodes.length]
        if (Array.isArray(from)) from.push(to)
        else if (from !== undefined) {
          Object.defineProperty(from, name, {
            value: to,
            configurable: true,
            enumerable: true,
            writable: true,
          })
        }
      }
    }
    return nodes as Amf0Plain
  })

const nodeLeaf: fc.Arbitrary<Amf0Node> = fc.oneof(
  fc.double({ noNaN: true }).map((value): Amf0Node => ({ kind: 'number', value })),
  fc.boolean().map((value): Amf0Node => ({ kind: 'boolean', value })),
  fc
    .tuple(fc.constantFrom('string' as const, 'longString' as const, 'xmlDocument' as const), amf0Text)
    .map(([kind, value]): Amf0Node => ({ kind, value })),
  fc.constantFrom<Amf0Node>({ kind: 'null' }, { kind: 'undefined' }, { kind: 'unsupported' }),
  fc
    .tuple(fc.double({ noNaN: true }), fc.integer({ min: -0x8000, max: 0x7fff }))
    .map(([epochMs, timeZone]): Amf0Node => ({ kind: 'date', epochMs, timeZone })),
)

const entryList = (node: fc.Arbitrary<Amf0Node>): fc.Arbitrary<Amf0Entry[]> =>
  fc.array(
    fc.tuple(fc.oneof(amf0Name, fc.constant('')), node).map(([name, value]): Amf0Entry => ({ name, value })),
    { maxLength: 5 },
  )

/** Nodes of the exact view: every marker, names that repeat or are empty, wrong counts, references to the first object. */
export const amf0Tree: fc.Arbitrary<Amf0Node> = fc.letrec<{ node: Amf0Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'amf0' },
    nodeLeaf,
    entryList(tie('node')).map((entries): Amf0Node => ({ kind: 'object', entries })),
    fc
      .tuple(fc.nat({ max: 0xffffffff }), entryList(tie('node')))
      .map(([count, entries]): Amf0Node => ({ kind: 'ecmaArray', count, entries })),
    fc
      .tuple(amf0Text, entryList(tie('node')))
      .map(([className, entries]): Amf0Node => ({ kind: 'typedObject', className, entries })),
    fc.array(tie('node'), { maxLength: 4 }).map((values): Amf0Node => ({ kind: 'strictArray', values })),
    fc
      .array(tie('node'), { maxLength: 3 })
      .map(
        (values): Amf0Node => ({ kind: 'strictArray', values: [...values, { kind: 'reference', index: 0 }] }),
      ),
  ),
})).node

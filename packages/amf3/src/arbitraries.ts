/**
 * fast-check arbitraries of AMF3 values, for tests of this and of other implementations.
 *
 * @packageDocumentation
 */
import fc from 'fast-check'
import type { Amf3Member, Amf3Node, Amf3Text } from './tree.ts'
import {
  type Amf3Plain,
  fixedVector,
  objectVector,
  typedObject,
  weakDictionary,
  xml,
  xmlDocument,
} from './values.ts'

/** Any text that UTF-8 can hold. */
export const amf3Text: fc.Arbitrary<string> = fc.string({ unit: 'binary', maxLength: 40 })

/** Member names: ordinary ones, awkward ones, and any text but the empty one. */
export const amf3Name: fc.Arbitrary<string> = fc.oneof(
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
  amf3Text.filter((text) => text !== ''),
)

const maybeFixed = <T extends Int32Array | Uint32Array | Float64Array>(vector: T, fixed: boolean): T =>
  fixed ? fixedVector(vector) : vector

const leaf: fc.Arbitrary<unknown> = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(-0, 2 ** 28 - 1, 2 ** 28, -(2 ** 28), -(2 ** 28) - 1),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  amf3Text,
  fc.date({ noInvalidDate: true }),
  fc.constant(new Date(Number.NaN)),
  amf3Text.map(xml),
  amf3Text.map(xmlDocument),
  fc.uint8Array({ maxLength: 40 }),
  fc.tuple(fc.int32Array({ maxLength: 8 }), fc.boolean()).map(([vector, fixed]) => maybeFixed(vector, fixed)),
  fc
    .tuple(fc.uint32Array({ maxLength: 8 }), fc.boolean())
    .map(([vector, fixed]) => maybeFixed(vector, fixed)),
  fc
    .tuple(fc.float64Array({ maxLength: 8 }), fc.boolean())
    .map(([vector, fixed]) => maybeFixed(vector, fixed)),
)

const record = (value: fc.Arbitrary<unknown>): fc.Arbitrary<Record<string, unknown>> =>
  fc.array(fc.tuple(amf3Name, value), { maxLength: 6 }).map((entries) => Object.fromEntries(entries))

/** Values of the plain view that decode to themselves: every marker, nested. */
export const amf3Plain: fc.Arbitrary<Amf3Plain> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'amf3' },
    leaf,
    fc.array(tie('value'), { maxLength: 5 }),
    record(tie('value')),
    fc.tuple(amf3Name, record(tie('value'))).map(([name, properties]) => typedObject(name, properties)),
    fc
      .tuple(amf3Text, fc.array(tie('value'), { maxLength: 4 }), fc.boolean())
      .map(([typeName, items, fixed]) => objectVector(typeName, items, fixed)),
    fc
      .tuple(
        fc.array(fc.tuple(fc.oneof(amf3Text, fc.integer()), tie('value')), { maxLength: 4 }),
        fc.boolean(),
      )
      .map(([entries, weak]) => (weak ? weakDictionary(new Map(entries)) : new Map(entries))),
  ),
})).value as fc.Arbitrary<Amf3Plain>

/** Plain values in which objects are shared and contain themselves: arrays, objects and maps that point anywhere. */
export const amf3Graph: fc.Arbitrary<Amf3Plain> = fc
  .array(
    fc.record(
      {
        kind: fc.constantFrom('array', 'object', 'map'),
        links: fc.array(fc.tuple(amf3Name, fc.nat({ max: 7 })), { maxLength: 4 }),
        value: leaf,
      },
      { noNullPrototype: true },
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((plans) => {
    const nodes = plans.map(({ kind, value }): unknown[] | Map<unknown, unknown> | Record<string, unknown> =>
      kind === 'array' ? [value] : kind === 'map' ? new Map([['value', value]]) : { value },
    )
    for (const [i, { links }] of plans.entries()) {
      const from = nodes[i]
      for (const [name, index] of links) {
        const to = nodes[index % nodes.length]
        if (Array.isArray(from)) from.push(to)
        else if (from instanceof Map) from.set(name, to)
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
    return nodes as Amf3Plain
  })

const literal: fc.Arbitrary<Amf3Text> = amf3Text.map((text) => ({ text }))
const nameLiteral: fc.Arbitrary<Amf3Text> = amf3Name.map((text) => ({ text }))
const flag = fc.constantFrom(0, 1)

const nodeLeaf: fc.Arbitrary<Amf3Node> = fc.oneof(
  fc.constantFrom<Amf3Node>({ kind: 'undefined' }, { kind: 'null' }),
  fc.boolean().map((value): Amf3Node => ({ kind: 'boolean', value })),
  fc.integer({ min: -(2 ** 28), max: 2 ** 28 - 1 }).map((value): Amf3Node => ({ kind: 'integer', value })),
  fc.double({ noNaN: true }).map((value): Amf3Node => ({ kind: 'double', value })),
  literal.map((value): Amf3Node => ({ kind: 'string', value })),
  fc
    .tuple(fc.constantFrom('xml' as const, 'xmlDocument' as const), amf3Text)
    .map(([kind, text]): Amf3Node => ({ kind, text })),
  fc.double({ noNaN: true }).map((epochMs): Amf3Node => ({ kind: 'date', epochMs })),
  fc.uint8Array({ maxLength: 20 }).map((bytes): Amf3Node => ({ kind: 'byteArray', bytes })),
  fc
    .tuple(flag, fc.array(fc.integer(), { maxLength: 4 }))
    .map(([fixed, values]): Amf3Node => ({ kind: 'vectorInt', fixed, values })),
  fc
    .tuple(flag, fc.array(fc.nat({ max: 0xffffffff }), { maxLength: 4 }))
    .map(([fixed, values]): Amf3Node => ({ kind: 'vectorUint', fixed, values })),
  fc
    .tuple(flag, fc.nat({ max: 3 }))
    .map(([fixed, count]): Amf3Node => ({ kind: 'vectorDouble', fixed, bytes: new Uint8Array(count * 8) })),
)

const members = (node: fc.Arbitrary<Amf3Node>): fc.Arbitrary<Amf3Member[]> =>
  fc.array(
    fc.tuple(nameLiteral, node).map(([name, value]) => ({ name, value })),
    { maxLength: 4 },
  )

/** Nodes of the exact view: every marker but externalizable objects, and names that repeat. */
export const amf3Tree: fc.Arbitrary<Amf3Node> = fc.letrec<{ node: Amf3Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'amf3' },
    nodeLeaf,
    fc
      .tuple(members(tie('node')), fc.array(tie('node'), { maxLength: 4 }))
      .map(([named, values]): Amf3Node => ({ kind: 'array', named, values })),
    fc
      .tuple(
        literal,
        fc.array(fc.tuple(literal, tie('node')), { maxLength: 4 }),
        fc.option(members(tie('node'))),
      )
      .map(
        ([className, sealed, dynamic]): Amf3Node => ({
          kind: 'object',
          traits: {
            className,
            names: sealed.map(([name]) => name),
            dynamic: dynamic !== null,
            externalizable: false,
          },
          sealed: sealed.map(([, value]) => value),
          ...(dynamic === null ? {} : { dynamic }),
        }),
      ),
    fc
      .tuple(flag, literal, fc.array(tie('node'), { maxLength: 4 }))
      .map(([fixed, typeName, values]): Amf3Node => ({ kind: 'vectorObject', fixed, typeName, values })),
    fc.tuple(flag, fc.array(fc.tuple(tie('node'), tie('node')), { maxLength: 3 })).map(
      ([weak, entries]): Amf3Node => ({
        kind: 'dictionary',
        weak,
        entries: entries.map(([key, value]) => ({ key, value })),
      }),
    ),
    fc.array(tie('node'), { maxLength: 3 }).map(
      (values): Amf3Node => ({
        kind: 'array',
        named: [],
        values: [...values, { kind: 'reference', marker: 0x09, index: 0 }],
      }),
    ),
  ),
})).node

import { isUsageError } from '@rtmp/bytes'
import { describe, expect, onTestFinished, test } from 'vitest'
import { decodeAmf0Tree, encodeAmf0Tree } from '../src/exact.ts'
import { decodeAmf0, encodeAmf0 } from '../src/index.ts'
import { readText } from '../src/packed-text.ts'
import type { Amf0Node } from '../src/tree.ts'
import { type ShapeNode, ShapeTree } from '../src/shape.ts'

/** The code of what is thrown and where it is, or `'none'`. */
const faultOf = (run: () => unknown): string => {
  try {
    run()
    return 'none'
  } catch (error) {
    if (!isUsageError(error)) throw error
    return `${error.code} ${error.path}`
  }
}

describe('limits of the plain writer: at the limit, and one beyond', () => {
  const written = (value: unknown, limits: object): string => faultOf(() => encodeAmf0([value], { limits }))

  test.each([
    ['of a few letters', 'abc', 3],
    ['of more than a few', 'a'.repeat(100), 100],
    ['of wide letters', 'éé', 4],
    ['that is long', 'a'.repeat(70_000), 70_000],
  ])('a text %s', (_, text, size) => {
    expect(written(text, { maxStringBytes: size })).toBe('none')
    expect(written(text, { maxStringBytes: size - 1 })).toBe('STRING_LIMIT $[0]')
    expect(written({ [text.slice(0, 100)]: 1 }, { maxStringBytes: 2 })).toMatch(/^STRING_LIMIT/)
  })

  test('all bytes, where they fit what memory there is', () => {
    encodeAmf0(['warm'])
    expect(written('a'.repeat(100), { maxTotalBytes: 103 })).toBe('none')
    expect(written('a'.repeat(100), { maxTotalBytes: 102 })).toBe('TOTAL_LIMIT $')
  })

  test('all bytes, where memory grows: refused before it does', () => {
    expect(written('a'.repeat(40_000), { maxTotalBytes: 40_003 })).toBe('none')
    expect(written('a'.repeat(40_000), { maxTotalBytes: 40_002 })).toBe('TOTAL_LIMIT $[0]')
  })

  test('values, in arrays as in objects', () => {
    expect(written([1, 2], { maxValues: 3 })).toBe('none')
    expect(written([1, 2], { maxValues: 2 })).toBe('VALUE_LIMIT $[0]')
    expect(written({ a: 1, b: 2 }, { maxValues: 3 })).toBe('none')
    expect(written({ a: 1, b: 2 }, { maxValues: 2 })).toBe('VALUE_LIMIT $[0].b')
  })

  test('depth', () => {
    expect(written([[]], { maxDepth: 2 })).toBe('none')
    expect(written([[[]]], { maxDepth: 2 })).toBe('DEPTH_LIMIT $[0][0][0]')
    expect(written({ a: { b: {} } }, { maxDepth: 2 })).toBe('DEPTH_LIMIT $[0].a.b')
  })
})

describe('limits of the exact writer: at the limit, and one beyond', () => {
  const written = (node: Amf0Node, limits: object): string =>
    faultOf(() => encodeAmf0Tree([node], { limits }))
  const nothing: Amf0Node = { kind: 'null' }

  test.each<[string, Amf0Node, number]>([
    ['a text', { kind: 'string', value: 'abc' }, 3],
    ['a text of wide letters', { kind: 'string', value: 'éé' }, 4],
    ['a text that is kept as it was', { kind: 'string', value: '\ufffd', raw: Uint8Array.of(0xff, 0xfe) }, 2],
    ['a class name', { kind: 'typedObject', className: 'abc', entries: [] }, 3],
    ['a name', { kind: 'object', entries: [{ name: 'abc', value: nothing }] }, 3],
    ['an XML document', { kind: 'xmlDocument', value: '<a/>' }, 4],
  ])('%s', (_, node, size) => {
    expect(written(node, { maxStringBytes: size })).toBe('none')
    expect(written(node, { maxStringBytes: size - 1 })).toMatch(/^STRING_LIMIT/)
  })

  test('a name of 65,535 bytes, and a long text of more', () => {
    const [most, more] = ['a'.repeat(65_535), 'a'.repeat(65_536)]
    expect(written({ kind: 'string', value: most }, {})).toBe('none')
    expect(written({ kind: 'string', value: more }, {})).toBe('NAME_TOO_LONG $[0]')
    expect(written({ kind: 'longString', value: more }, {})).toBe('none')
  })

  test('all bytes', () => {
    const node: Amf0Node = { kind: 'string', value: 'abc' }
    expect(written(node, { maxTotalBytes: 6 })).toBe('none')
    expect(written(node, { maxTotalBytes: 5 })).toBe('TOTAL_LIMIT $[0]')
  })

  test('values', () => {
    const node: Amf0Node = { kind: 'strictArray', values: [nothing, nothing] }
    expect(written(node, { maxValues: 3 })).toBe('none')
    expect(written(node, { maxValues: 2 })).toBe('VALUE_LIMIT $[0][1]')
  })

  test('depth, of arrays, objects and typed objects', () => {
    const kinds: ((inner: Amf0Node) => Amf0Node)[] = [
      (value) => ({ kind: 'strictArray', values: [value] }),
      (value) => ({ kind: 'object', entries: [{ name: 'a', value }] }),
      (value) => ({ kind: 'ecmaArray', count: 1, entries: [{ name: 'a', value }] }),
      (value) => ({ kind: 'typedObject', className: 'T', entries: [{ name: 'a', value }] }),
    ]
    for (const around of kinds) {
      expect(written(around(around(nothing)), { maxDepth: 2 })).toBe('none')
      expect(written(around(around(nothing)), { maxDepth: 1 })).toMatch(/^DEPTH_LIMIT/)
    }
  })
})

test('what was decoded within limits is within them when it is encoded again', () => {
  const bytes = encodeAmf0([{ name: 'value' }])
  const limits = { maxStringBytes: 5, maxValues: 2, maxDepth: 1, maxTotalBytes: bytes.length }
  expect(encodeAmf0(decodeAmf0(bytes, { limits }), { limits })).toEqual(bytes)
  expect(encodeAmf0Tree(decodeAmf0Tree(bytes, { limits }), { limits })).toEqual(bytes)
})

test('texts of 2 to 64 bytes are looked for among those that were read before: at the bounds, and one beyond', () => {
  const isLookedFor = (size: number): boolean => {
    let asked = 0
    const view = { getInt32: () => (asked += 1) } as unknown as DataView
    expect(readText(new Uint8Array(70).fill(0x61), view, 2, size)).toBe('a'.repeat(size))
    return asked > 0
  }
  expect([0, 1, 2, 64, 65].map(isLookedFor)).toEqual([false, false, true, true, false])
})

test('a view is kept of memory of at most 1 MiB: at the bound, and one beyond', () => {
  const { DataView: original } = globalThis
  let made = 0
  globalThis.DataView = new Proxy(original, {
    construct(target, given: ConstructorParameters<typeof DataView>) {
      made += 1
      return Reflect.construct(target, given) as DataView
    },
  })
  onTestFinished(() => {
    globalThis.DataView = original
  })
  const madeFor = (size: number): number => {
    const message = new Uint8Array(size).fill(0x05).subarray(0, 1)
    made = 0
    for (let i = 0; i < 3; i++) decodeAmf0(message)
    return made
  }
  expect([madeFor(0x100000), madeFor(0x100001)]).toEqual([1, 3])
})

describe('what is kept of shapes is bounded: at the bound, and one beyond', () => {
  /** A name behind `node`, as it stands in a message. */
  const follow = (tree: ShapeTree, node: ShapeNode, name: string): ShapeNode => {
    const bytes = Uint8Array.of(name.length >> 8, name.length, ...new TextEncoder().encode(name))
    return tree.follow(node, name, new DataView(bytes.buffer), 0, name.length)
  }

  test('names in all', () => {
    const tree = new ShapeTree()
    const { root } = tree
    for (let i = 0; i < 2048; i++) follow(tree, root, `name ${i}`)
    expect(tree.root).toBe(root)
    follow(tree, root, 'one more')
    expect(tree.root).not.toBe(root)
    const next = tree.root
    expect(next.next.size).toBe(0)
    // From the start again.
    for (let i = 0; i < 2048; i++) follow(tree, next, `name ${i}`)
    expect(tree.root).toBe(next)
    follow(tree, next, 'one more')
    expect(tree.root).not.toBe(next)
  })

  test('names of one shape', () => {
    const tree = new ShapeTree()
    let node = tree.root
    for (let i = 0; i < 64; i++) {
      const next = follow(tree, node, `n${i}`)
      expect(node.next.size).toBe(1)
      node = next
    }
    expect(follow(tree, node, 'one more')).toMatchObject({ name: 'one more', depth: 65 })
    expect(node.next.size).toBe(0)
  })

  test('names that are recognised by their bytes: of two to 64', () => {
    const tree = new ShapeTree()
    const packed = [1, 2, 64, 65].map((size) => follow(tree, tree.root, 'a'.repeat(size)).packed?.size)
    expect(packed).toEqual([undefined, 2, 64, undefined])
    expect(Array.from(tree.root.next.keys(), (name) => name.length)).toEqual([1, 2, 64])
    expect(follow(tree, tree.root, '\ufffdab').packed).toBeUndefined()
  })

  test('names that are looked for at one place', () => {
    const tree = new ShapeTree()
    const names = (): string[] => {
      const found: string[] = []
      for (let at = tree.root.guess; at !== undefined; at = at.other) found.push(at.name)
      return found
    }
    for (const name of 'abcdefgh') follow(tree, tree.root, name.repeat(3))
    expect(names()).toEqual(['hhh', 'ggg', 'fff', 'eee', 'ddd', 'ccc', 'bbb', 'aaa'])
    follow(tree, tree.root, 'one more')
    expect(names()).toHaveLength(8)
    expect(tree.root.next.size).toBe(9)
  })

  test('code is made for a shape that came 32 times, and holds what it is given', () => {
    const tree = new ShapeTree()
    const shape = follow(tree, follow(tree, tree.root, 'aa'), '__proto__')
    for (let i = 0; i < 31; i++) tree.assemble(shape, [0, i, 'x'], 1)
    expect(shape.make).toBeUndefined()
    tree.assemble(shape, [0, 1, 'x'], 1)
    expect(shape.make).toBeDefined()
    const made = tree.assemble(shape, [0, 1, 'x'], 1)
    expect(Object.entries(made)).toEqual([
      ['aa', 1],
      ['__proto__', 'x'],
    ])
  })
})

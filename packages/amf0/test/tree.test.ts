import { isUsageError } from '@rtmp/bytes'
import { toHex } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import { encodeAmf0Tree } from '../src/exact.ts'
import type { Amf3Codec, Amf0EncodeOptions } from '../src/index.ts'
import type { Amf0Node } from '../src/tree.ts'

const faultOf = (node: Amf0Node, options: Amf0EncodeOptions = {}): string => {
  try {
    encodeAmf0Tree([{ kind: 'null' }, node], options)
    return 'none'
  } catch (error) {
    if (!isUsageError(error)) throw error
    return `${error.code} ${error.path}`
  }
}

test('what cannot be written is told of with the way to it', () => {
  const bad = { kind: 'none of these' } as unknown as Amf0Node
  expect(faultOf(bad)).toBe('UNSUPPORTED_VALUE $[1]')
  expect(
    faultOf({
      kind: 'object',
      entries: [{ name: 'a', value: { kind: 'strictArray', values: [{ kind: 'null' }, bad] } }],
    }),
  ).toBe('UNSUPPORTED_VALUE $[1].a[1]')
})

test('a lone surrogate is an error where strict, unless the bytes were kept', () => {
  const lone: Amf0Node = { kind: 'string', value: '\ud800' }
  expect(faultOf(lone)).toBe('none')
  expect(faultOf(lone, { strict: true })).toBe('LONE_SURROGATE $[1]')
  expect(faultOf({ ...lone, raw: Uint8Array.of(0xff) }, { strict: true })).toBe('none')
  expect(faultOf({ kind: 'string', value: 'ok' }, { strict: true })).toBe('none')
})

test('AMF3 nodes go to the codec, with the way to them and how deep they are', () => {
  const asked: unknown[] = []
  const amf3: Amf3Codec = {
    read: () => undefined,
    write: (value, _output, path, depth) => {
      asked.push([value, path, depth])
      return Uint8Array.of(1)
    },
  }
  const node = { any: 1 }
  const inArray: Amf0Node = { kind: 'strictArray', values: [{ kind: 'avmPlus', node }] }
  expect(toHex(encodeAmf0Tree([inArray], { amf3 }))).toBe('0a000000011101')
  expect(toHex(encodeAmf0Tree([{ kind: 'avmPlus', node }], { amf3 }))).toBe('1101')
  expect(asked).toEqual([
    [node, '$[0][0]', 1],
    [node, '$[0]', 0],
  ])
  expect(faultOf(inArray)).toBe('AMF3_NOT_AVAILABLE $[1][0]')
})

import { fromHex, toHex } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import {
  classNameOf,
  decodeAmf0,
  decodeAmf0Prefix,
  ecmaArray,
  encodeAmf0,
  typedObject,
} from '../src/index.ts'

describe('the plain view', () => {
  test('a command decodes to its values and encodes to the same bytes', () => {
    const bytes = fromHex('02 000c 63726561746553747265616d 00 4010000000000000 05')
    expect(decodeAmf0(bytes)).toEqual(['createStream', 4, null])
    expect(toHex(encodeAmf0(['createStream', 4, null]))).toBe(toHex(bytes))
    expect(decodeAmf0Prefix(bytes)).toEqual({ value: 'createStream', bytesRead: 15 })
    expect(decodeAmf0Prefix(bytes, { start: 15 })).toEqual({ value: 4, bytesRead: 9 })
  })

  test('an ECMA array becomes a plain object', () => {
    const bytes = encodeAmf0(['onMetaData', ecmaArray({ width: 1920, title: 'é' })])
    expect(decodeAmf0(bytes)).toEqual(['onMetaData', { width: 1920, title: 'é' }])
  })

  test('a typed object keeps its class name', () => {
    const [value] = decodeAmf0(encodeAmf0([typedObject('Foo', { x: null })]))
    expect(value).toEqual({ x: null })
    expect(classNameOf(value)).toBe('Foo')
  })
})

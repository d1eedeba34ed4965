import { describe, expect, test } from 'vitest'
import { toHex } from '@rtmp/testkit'
import { decodeAmf3, encodeAmf3, fixedVector, objectVector, typedObject, xml } from '../src/index.ts'

const samples: [string, unknown, string][] = [
  ['minus one', -1, '04ffffffff'],
  ['2^28', 268435456, '0541b0000000000000'],
  ['object', { a: 1 }, '0a0b010361040101'],
  ['array', [1, 2], '09050104010402'],
  ['date', new Date(0), '08010000000000000000'],
  ['bytes', Uint8Array.of(1, 2), '0c050102'],
  ['vector', fixedVector(Int32Array.of(-1)), '0d0301ffffffff'],
  ['object vector', objectVector('*', [null]), '100300032a01'],
  ['map', new Map([['a', true]]), '11030006036103'],
  ['typed', typedObject('Foo', { x: true }), '0a1307466f6f037803'],
  ['xml', xml('<a/>'), '0b093c612f3e'],
]

describe('the plain view', () => {
  test.each(samples)('%s', (_name, value, hex) => {
    const bytes = encodeAmf3(value)
    expect(toHex(bytes)).toBe(hex)
    expect(decodeAmf3(bytes)).toEqual([value])
  })

  test('cycles are kept', () => {
    const list: unknown[] = []
    list.push(list)
    expect(toHex(encodeAmf3(list))).toBe('0903010900')
    const [back] = decodeAmf3(encodeAmf3(list)) as [unknown[]]
    expect(back[0]).toBe(back)
  })
})

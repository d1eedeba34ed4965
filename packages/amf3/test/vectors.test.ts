import { fromHex, toHex } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import { decodeAmf3Tree, encodeAmf3Tree } from '../src/exact.ts'
import { decodeAmf3, decodeAmf3Prefix, encodeAmf3, readU29, writeU29 } from '../src/index.ts'
import { readVectors, revive } from './vectors.ts'

const byHand = await readVectors('by-hand')
const independent = await readVectors('independent')

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run()
    return undefined
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe.each([
  ['by hand', byHand],
  ['of independent encoders', independent],
])('vectors %s', (_title, vectors) => {
  test.each(vectors.map((vector) => [`${vector.name} (${vector.source})`, vector] as const))(
    'reads and writes %s',
    (_name, vector) => {
      const bytes = fromHex(vector.hex)
      const faults: string[] = []
      const values = decodeAmf3(bytes, { onFault: (fault) => faults.push(fault.code) })
      expect(values).toEqual(revive(vector.value))
      expect(decodeAmf3(bytes)).toEqual(values)
      expect(decodeAmf3Prefix(bytes).value).toEqual(values[0])
      expect(toHex(encodeAmf3Tree(decodeAmf3Tree(bytes)))).toBe(toHex(bytes))
      expect(faults[0]).toBe(vector.strictFault)
      expect(codeOf(() => decodeAmf3(bytes, { strict: true }))).toBe(vector.strictFault)
      expect(codeOf(() => decodeAmf3Tree(bytes, { strict: true }))).toBe(vector.strictFault)
    },
  )
})

test('a single value that others wrote is what we write', () => {
  let compared = 0
  for (const { name, hex } of [...byHand, ...independent]) {
    const values = decodeAmf3(fromHex(hex))
    if (
      values.length !== 1 ||
      /more bytes|unused|twice|UTF-8|ssociative|sealed and|dense and|typed object|mixed/.test(name)
    )
      continue
    // Others write a second set of traits for the same members; see the vector.
    if (name === 'objects alike') continue
    expect(`${name} ${toHex(encodeAmf3(values))}`).toBe(
      `${name} ${fromHex(hex).length > 0 ? toHex(fromHex(hex)) : ''}`,
    )
    compared += 1
  }
  expect(compared).toBeGreaterThan(20)
})

test.each([
  [0x7f, '7f'],
  [0x80, '8100'],
  [0x3fff, 'ff7f'],
  [0x4000, '818000'],
  [0x1fffff, 'ffff7f'],
  [0x200000, '80c08000'],
  [0x1fffffff, 'ffffffff'],
])('U29 %i', (value, hex) => {
  expect(toHex(writeU29(value))).toBe(hex)
  expect(readU29(fromHex(`00${hex}00`), 1)).toEqual({ value, bytesRead: hex.length / 2 })
  expect(() => readU29(fromHex(hex).subarray(0, -1))).toThrow(expect.objectContaining({ code: 'TRUNCATED' }))
})

test('U29 out of range, and longer than needed', () => {
  for (const value of [-1, 0x20000000, 1.5, Number.NaN]) {
    expect(() => writeU29(value)).toThrow(expect.objectContaining({ code: 'U29_OUT_OF_RANGE' }))
  }
  expect(readU29(fromHex('808000'))).toEqual({ value: 0, bytesRead: 3 })
})

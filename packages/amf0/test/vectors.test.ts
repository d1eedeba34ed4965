import { fromHex, toHex } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import { decodeAmf0Tree, encodeAmf0Tree } from '../src/exact.ts'
import { type Amf0Plain, decodeAmf0, decodeAmf0Prefix, encodeAmf0 } from '../src/index.ts'
import { readVectors, revive } from './vectors.ts'

const byHand = await readVectors('by-hand')
const independent = await readVectors('independent')
const captured = await readVectors('captured')

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
      const values = decodeAmf0(bytes, { onFault: (fault) => faults.push(fault.code) })
      expect(values).toEqual(revive(vector.value))
      expect(decodeAmf0(bytes)).toEqual(values)
      expect(toHex(encodeAmf0Tree(decodeAmf0Tree(bytes)))).toBe(toHex(bytes))
      if (vector.source !== 'by hand from the specification') return
      expect(faults[0]).toBe(vector.strictFault)
      expect(codeOf(() => decodeAmf0(bytes, { strict: true }))).toBe(vector.strictFault)
      expect(codeOf(() => decodeAmf0Tree(bytes, { strict: true }))).toBe(vector.strictFault)
    },
  )
})

test('what others wrote is what we write, but for counts and references', () => {
  const same = independent.filter(({ name }) => !/reference|ECMA|array|Map/.test(name))
  for (const { hex, value } of same) expect(toHex(encodeAmf0(revive(value) as Amf0Plain[]))).toBe(hex)
  expect(same.length).toBeGreaterThan(12)
})

describe('captured messages', () => {
  test('there are connect, onMetaData and onStatus of at least five programs', () => {
    const programs = new Set(captured.map(({ source }) => source.split(' ')[0]))
    expect(programs.size).toBeGreaterThanOrEqual(5)
    for (const kind of ['connect', 'setDataFrame', 'onMetaData', 'onStatus']) {
      expect(captured.some(({ name }) => name.includes(kind))).toBe(true)
    }
  })

  test('all decode, strictly too, and their exact view gives the same bytes', () => {
    for (const { hex } of captured) {
      const bytes = fromHex(hex)
      const values = decodeAmf0(bytes)
      expect(decodeAmf0Prefix(bytes).value).toBe(values[0])
      expect(typeof values[0]).toBe('string')
      expect(toHex(encodeAmf0Tree(decodeAmf0Tree(bytes)))).toBe(hex)
      expect(decodeAmf0(encodeAmf0(values))).toEqual(values)
    }
  })

  test('most are also what we would write', () => {
    const commands = captured.filter(
      // SRS says of an ECMA array in its answer to connect that it has no members, and it has one (AMF0 §2.10: a hint).
      ({ name }) => /connect$|createStream|publish$|play$|onStatus/.test(name) && !/srs.*_result/.test(name),
    )
    for (const { hex } of commands) expect(toHex(encodeAmf0(decodeAmf0(fromHex(hex))))).toBe(hex)
    expect(commands.length).toBeGreaterThan(20)
  })
})

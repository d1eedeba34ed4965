import { fromHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BitReader, BitWriter, isDecodeError } from '../src/index.ts'

const field = fc.integer({ min: 0, max: 32 }).chain((count) =>
  fc.record(
    { count: fc.constant(count), value: fc.nat({ max: count === 0 ? 0 : 2 ** count - 1 }) },
    {
      noNullPrototype: true,
    },
  ),
)

describe('BitReader and BitWriter', () => {
  test('fields of any width come back', () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 40 }), (fields) => {
        const writer = new BitWriter()
        for (const { value, count } of fields) writer.u(value, count)
        const bytes = writer.finish()
        expect(bytes.length).toBe(Math.ceil(writer.length / 8))
        const reader = new BitReader(bytes)
        for (const { value, count } of fields) expect(reader.u(count)).toBe(value)
        expect(reader.remaining).toBeLessThan(8)
      }),
    )
  })

  test('Exp-Golomb numbers come back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 0xfffffffe })),
        fc.array(fc.integer({ min: -0x7fffffff, max: 0x7fffffff })),
        (unsigned, signed) => {
          const writer = new BitWriter()
          for (const value of unsigned) writer.ue(value)
          for (const value of signed) writer.se(value)
          const reader = new BitReader(writer.finish())
          for (const value of unsigned) expect(reader.ue()).toBe(value)
          for (const value of signed) expect(reader.se()).toBe(value)
        },
      ),
    )
  })

  test('Exp-Golomb codes of H.264 §9.1, table 9-2', () => {
    // 1 | 010 | 011 | 00100 | 00101 | 00110 | 00111 | 0001000
    const reader = new BitReader(fromHex('a6 42 98 e2 00'))
    expect(Array.from({ length: 7 }, () => reader.ue())).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  test('signed zero is plain zero', () => {
    expect(Object.is(new BitReader(fromHex('80')).se(), 0)).toBe(true)
  })

  test('alignment, flags and skipping', () => {
    const reader = new BitReader(fromHex('80 ff 01'), 'test', 0, 3)
    expect(reader.flag()).toBe(true)
    reader.alignToByte()
    reader.alignToByte()
    expect(reader.position).toBe(8)
    reader.skip(15)
    expect(reader.flag()).toBe(true)
    expect(reader.remaining).toBe(0)
  })

  test('the end and an endless code are typed errors', () => {
    const failure = (run: () => unknown): unknown => {
      try {
        return run()
      } catch (error) {
        return isDecodeError(error) ? `${error.code}@${error.offset} ${error.phase}` : error
      }
    }
    expect(failure(() => new BitReader(fromHex('ff'), 'test').u(9))).toBe('TRUNCATED@1 test')
    expect(failure(() => new BitReader(fromHex('ffff'), 'test', 0, 1).skip(9))).toBe('TRUNCATED@1 test')
    expect(failure(() => new BitReader(fromHex('0000'), 'test').ue())).toBe('TRUNCATED@2 test')
    expect(failure(() => new BitReader(fromHex('00000000 80000000 00'), 'test').ue())).toBe(
      'EXP_GOLOMB_TOO_LONG@0 test',
    )
  })
})

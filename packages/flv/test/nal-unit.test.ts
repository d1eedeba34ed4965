import { concat } from '@rtmp/bytes'
import { fromHex, toHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  annexBNalUnits,
  annexBToLengthPrefixed,
  avcNalType,
  isAvcIdr,
  isAvcParameterSet,
  joinNalUnits,
  lengthPrefixedToAnnexB,
  nalUnits,
  repairAccessUnit,
  startsWithStartCode,
} from '../src/codec.ts'

/** NAL units as they occur: no start code inside, the last byte not zero. */
const unit = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .map((bytes) => Uint8Array.from([...bytes.map((byte) => Math.max(1, byte)), 0x80]))
const units = fc.array(unit, { minLength: 1, maxLength: 6 })

describe('NAL units', () => {
  test('joined and split again, for every length size', () => {
    fc.assert(
      fc.property(units, fc.constantFrom(1, 2, 3, 4), (list, size) => {
        expect(nalUnits(joinNalUnits(list, size), size)).toEqual(list)
      }),
    )
    expect(() => joinNalUnits([new Uint8Array(256)], 1)).toThrow('FLV_FIELD_RANGE at units[0].length')
  })

  test('between both forms', () => {
    fc.assert(
      fc.property(units, fc.constantFrom(1, 2, 4), (list, size) => {
        const prefixed = joinNalUnits(list, size)
        const stream = lengthPrefixedToAnnexB(prefixed, size)
        expect(annexBNalUnits(stream)).toEqual(list)
        expect(annexBToLengthPrefixed(stream, size)).toEqual(prefixed)
      }),
    )
  })

  test('start codes of three and four bytes, zeros before and behind, bytes before the first', () => {
    const stream = fromHex('aa 000001 6701 00000001 6802 0000 000001 000000000001 6503')
    expect(annexBNalUnits(stream).map(toHex)).toEqual(['6701', '6802', '6503'])
    expect(annexBNalUnits(fromHex('6701'))).toEqual([])
    expect(annexBNalUnits(new Uint8Array(100))).toEqual([])
  })

  test('units without bytes are left out, lengths that overrun refused', () => {
    expect(nalUnits(fromHex('00000000 00000001 65')).map(toHex)).toEqual(['65'])
    expect(() => nalUnits(fromHex('00000002 65'))).toThrow('AVC_NAL_OVERRUN at byte 0')
    expect(() => nalUnits(fromHex('00000001 65 0000'))).toThrow('AVC_NAL_OVERRUN at byte 5')
    expect(() => nalUnits(fromHex('ffffffff 65'))).toThrow('AVC_NAL_OVERRUN')
  })

  test('types', () => {
    const types = ['65', '41', '67', '68', '06', '7d', ''].map((hex) => fromHex(hex))
    expect(types.map(avcNalType)).toEqual([5, 1, 7, 8, 6, 29, 0])
    expect(types.map(isAvcIdr)).toEqual([true, false, false, false, false, false, false])
    expect(types.map(isAvcParameterSet)).toEqual([false, false, true, true, false, false, false])
  })

  test('repair: good ones are the same array, start codes become lengths, the rest is dropped', () => {
    fc.assert(
      fc.property(units, (list) => {
        const good = joinNalUnits(list)
        expect(repairAccessUnit(good)).toBe(good)
        expect(repairAccessUnit(concat([new Uint8Array(4), good]))).toEqual(good)
        const stream = lengthPrefixedToAnnexB(good)
        expect(startsWithStartCode(stream)).toBe(true)
        expect(repairAccessUnit(stream)).toEqual(good)
        expect(repairAccessUnit(stream.subarray(1))).toEqual(good)
        expect(repairAccessUnit(good.subarray(0, -1))).toBeUndefined()
      }),
    )
  })
})

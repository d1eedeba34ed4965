import { isDecodeError } from '@rtmp/bytes'
import { toHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { amfValues, dataMessages } from '../src/arbitraries.ts'
import {
  clearDataFrame,
  type DataMessage,
  data,
  decodeData,
  encodeData,
  parseData,
  peekDataName,
  rtmpSampleAccess,
  setDataFrame,
  unwrapDataFrame,
} from '../src/index.ts'
import { message, options, thrown } from './helpers.ts'

const encoded = (value: DataMessage): ReturnType<typeof message> =>
  message(value.encoding === 'amf3' ? 15 : 18, encodeData(value, options), 77)

describe('a data message', () => {
  it('is read as it was written, and shows its name', () => {
    fc.assert(
      fc.property(dataMessages, (value) => {
        const raw = encoded(value)
        expect(decodeData(raw, options)).toEqual(value)
        expect(peekDataName(raw)).toBe(value.name)
      }),
    )
  })

  it('loses its @setDataFrame and nothing else on the way to players', () => {
    fc.assert(
      fc.property(amfValues, fc.constantFrom('amf0' as const, 'amf3' as const), (value, encoding) => {
        const sent = encoded({ ...setDataFrame('onMetaData', value), encoding })
        const bare = encoded({ ...data('onMetaData', value), encoding })
        expect(unwrapDataFrame(sent)).toEqual(bare)
        expect(unwrapDataFrame(bare)).toBe(bare)
      }),
    )
  })

  it('is unwrapped without a copy, bytes that AMF cannot read included', () => {
    const sent = message(18, '02000d 4073657444617461 4672616d65 ffee')
    expect(toHex(unwrapDataFrame(sent).payload)).toBe('ffee')
    expect(unwrapDataFrame(sent).payload.buffer).toBe(sent.payload.buffer)
    const bareAmf3 = message(15, '02000d 4073657444617461 4672616d65 0200')
    expect(toHex(unwrapDataFrame(bareAmf3).payload)).toBe('0200')
    for (const hex of ['', '02', '02000d40', 'ff']) {
      const odd = message(18, hex)
      expect(unwrapDataFrame(odd)).toBe(odd)
    }
  })

  it('is told apart by what it is for', () => {
    expect(parseData(setDataFrame('onMetaData', { width: 2 }))).toEqual({
      kind: 'setDataFrame',
      name: 'onMetaData',
      values: [{ width: 2 }],
    })
    expect(parseData(clearDataFrame('onMetaData'))).toEqual({ kind: 'clearDataFrame', name: 'onMetaData' })
    expect(parseData(rtmpSampleAccess(true, false))).toEqual({
      kind: 'rtmpSampleAccess',
      audio: true,
      video: false,
    })
    expect(parseData(data('onMetaData', { a: 1 }))).toEqual({
      kind: 'unknown',
      name: 'onMetaData',
      values: [{ a: 1 }],
    })
  })

  it('is an unknown one when an order to keep or forget lacks its parts', () => {
    for (const odd of [
      data('@setDataFrame'),
      data('@setDataFrame', 'onMetaData'),
      data('@setDataFrame', 1, 2),
    ]) {
      expect(parseData(odd)).toMatchObject({ kind: 'unknown', name: '@setDataFrame' })
    }
    expect(parseData(data('@clearDataFrame'))).toMatchObject({ kind: 'unknown' })
    expect(parseData(data('|RtmpSampleAccess'))).toEqual({
      kind: 'rtmpSampleAccess',
      audio: false,
      video: false,
    })
  })

  it('shows a name that is an AMF3 value, and is not unwrapped then: what follows may refer to it', () => {
    const sent = message(15, '11 06 1b 4073657444617461 4672616d65 11 06 00')
    expect(peekDataName(sent)).toBe('@setDataFrame')
    expect(decodeData(sent, options).args).toEqual(['@setDataFrame'])
    expect(unwrapDataFrame(sent)).toBe(sent)
    for (const hex of ['11', '1106', '11061b40', '1106808080', '110600', '110101']) {
      expect(peekDataName(message(15, hex))).toBeUndefined()
    }
  })

  it('needs a name', () => {
    const problem = thrown(() => decodeData(message(18, '05')))
    expect(isDecodeError(problem) && problem.code).toBe('DATA_NAME')
    expect(peekDataName(message(18, '05'))).toBeUndefined()
  })
})

import { isDecodeError } from '@rtmp/bytes'
import { toHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commandMessages, dataMessages, sharedObjectMessages, userControlEvents } from '../src/arbitraries.ts'
import { data, decodeMessage, encodeMessage, onStatus, result, type TypedMessage } from '../src/index.ts'
import { message, options, thrown } from './helpers.ts'

const bytes = fc.uint8Array({ maxLength: 30 })
const uint32 = fc.nat({ max: 0xffff_ffff })
const typedMessages: fc.Arbitrary<TypedMessage> = fc.oneof(
  commandMessages,
  dataMessages,
  sharedObjectMessages,
  userControlEvents.map((event) => ({ kind: 'userControl' as const, event })),
  fc.integer({ min: 1, max: 0x7fff_ffff }).map((chunkSize) => ({ kind: 'setChunkSize' as const, chunkSize })),
  uint32.map((csid) => ({ kind: 'abort' as const, csid })),
  uint32.map((sequenceNumber) => ({ kind: 'acknowledgement' as const, sequenceNumber })),
  uint32.map((windowAckSize) => ({ kind: 'windowAckSize' as const, windowAckSize })),
  fc
    .tuple(uint32, fc.constantFrom('hard' as const, 'soft' as const, 'dynamic' as const, 9))
    .map(([windowAckSize, limitType]) => ({ kind: 'setPeerBandwidth' as const, windowAckSize, limitType })),
  fc
    .tuple(fc.constantFrom('audio' as const, 'video' as const), bytes)
    .map(([kind, payload]) => ({ kind, payload })),
  fc
    .tuple(fc.constantFrom(0, 7, 10, 14, 21, 23, 255), bytes)
    .map(([typeId, payload]) => ({ kind: 'unknown' as const, typeId, payload })),
)

describe('a message of any type', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(typedMessages, uint32, uint32, (typed, messageStreamId, timestamp) => {
        const raw = encodeMessage(typed, { messageStreamId, timestamp })
        expect(raw).toMatchObject({ messageStreamId, timestamp })
        expect(decodeMessage(raw, options)).toEqual(typed)
      }),
      { numRuns: 300 },
    )
  })

  it('passes through untouched when its type is unknown', () => {
    const raw = message(77, 'c0ffee')
    const typed = decodeMessage(raw)
    expect(typed).toEqual({ kind: 'unknown', typeId: 77, payload: raw.payload })
    expect(encodeMessage(typed).payload).toBe(raw.payload)
  })

  it('goes to the chunk stream of its kind unless told otherwise', () => {
    const csid = (typed: TypedMessage, messageStreamId = 0): number =>
      encodeMessage(typed, { messageStreamId }).csid
    const payload = new Uint8Array(1)
    expect(csid({ kind: 'windowAckSize', windowAckSize: 1 })).toBe(2)
    expect(csid({ kind: 'userControl', event: { kind: 'streamBegin', messageStreamId: 1 } })).toBe(2)
    expect(csid(result(1))).toBe(3)
    expect(csid(onStatus('A'), 1)).toBe(5)
    expect(csid({ kind: 'audio', payload }, 1)).toBe(4)
    expect(csid({ kind: 'video', payload }, 1)).toBe(6)
    expect(csid(data('onMetaData'), 1)).toBe(7)
    expect(encodeMessage(data('x'), { csid: 300 }).csid).toBe(300)
  })

  it('opens an aggregate and closes it again', () => {
    const inside = [
      { ...message(9, '1701'), timestamp: 20 },
      { ...message(8, 'af01'), timestamp: 30 },
    ]
    const raw = encodeMessage({ kind: 'aggregate', messages: inside })
    expect(raw).toMatchObject({ typeId: 22, messageStreamId: 1, timestamp: 20 })
    const typed = decodeMessage(raw)
    expect(typed.kind === 'aggregate' && typed.messages.map((m) => [m.timestamp, toHex(m.payload)])).toEqual([
      [20, '1701'],
      [30, 'af01'],
    ])
    expect(encodeMessage(typed, { messageStreamId: 3, timestamp: 5 })).toMatchObject({
      messageStreamId: 3,
      timestamp: 5,
      payload: raw.payload,
    })
  })

  it.each([1, 2, 3, 5, 6])('of control type %i is refused when too short', (typeId) => {
    expect(isDecodeError(thrown(() => decodeMessage(message(typeId, '000001'))))).toBe(true)
  })
})

import { isDecodeError, isUsageError } from '@rtmp/bytes'
import { fromHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { userControlEvents } from '../src/arbitraries.ts'
import { decodeUserControl, encodeUserControl, type UserControlEvent } from '../src/index.ts'
import { thrown } from './helpers.ts'

describe('user control', () => {
  it('reads what it writes', () => {
    fc.assert(
      fc.property(userControlEvents, (event) => {
        expect(decodeUserControl(encodeUserControl(event))).toEqual(event)
      }),
    )
  })

  it('writes every known event whose bytes are cut as an error that names it', () => {
    fc.assert(
      fc.property(
        userControlEvents.filter((event) => !('data' in event)),
        fc.nat({ max: 9 }),
        (event, cut) => {
          const whole = encodeUserControl(event)
          const bytes = whole.subarray(0, Math.min(cut, whole.length - 1))
          const error = thrown(() => decodeUserControl(bytes))
          expect(isDecodeError(error) && [error.code, error.phase]).toEqual([
            'USER_CONTROL_TRUNCATED',
            'message',
          ])
          expect((error as Error).message).toContain(bytes.length < 2 ? 'event type' : event.kind)
        },
      ),
    )
  })

  it('keeps unknown events as they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2, maxLength: 60 }), (bytes) => {
        let event: UserControlEvent
        try {
          event = decodeUserControl(bytes)
        } catch (error) {
          expect(isDecodeError(error)).toBe(true)
          return
        }
        if ('data' in event) expect(encodeUserControl(event)).toEqual(bytes)
      }),
    )
    expect(decodeUserControl(fromHex('2a2a010203'))).toEqual({
      kind: 'unknown',
      eventType: 0x2a2a,
      data: fromHex('010203'),
    })
  })

  it.each<[UserControlEvent, string]>([
    [{ kind: 'streamBegin', messageStreamId: -1 }, 'event.messageStreamId'],
    [{ kind: 'setBufferLength', messageStreamId: 1, bufferLength: 2 ** 32 }, 'event.bufferLength'],
    [{ kind: 'pingRequest', timestamp: 0.5 }, 'event.timestamp'],
    [{ kind: 'unknown', eventType: 65536, data: new Uint8Array(0) }, 'event.eventType'],
  ])('refuses to write %o', (event, path) => {
    const error = thrown(() => encodeUserControl(event))
    expect(isUsageError(error) && [error.code, error.path]).toEqual(['OUT_OF_RANGE', path])
  })
})

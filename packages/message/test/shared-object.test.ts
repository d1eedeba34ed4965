import { amf3Codec } from '@rtmp/amf3'
import { isDecodeError, isUsageError } from '@rtmp/bytes'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sharedObjectMessages } from '../src/arbitraries.ts'
import { decodeSharedObject, encodeSharedObject, type SharedObjectMessage } from '../src/index.ts'
import { message, options, thrown } from './helpers.ts'

const empty: SharedObjectMessage = {
  kind: 'sharedObject',
  encoding: 'amf0',
  name: 'room',
  version: 1,
  persistence: 0,
  reserved: 0,
  events: [],
}
const typeOf = ({ encoding }: SharedObjectMessage): number => (encoding === 'amf0' ? 19 : 16)

describe('shared objects', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(sharedObjectMessages, fc.boolean(), (generated, allAmf3) => {
        const value: SharedObjectMessage = allAmf3 ? { ...generated, encoding: 'amf3Values' } : generated
        const payload = encodeSharedObject(value, { amf3: amf3Codec })
        expect(decodeSharedObject(message(typeOf(value), payload), options)).toEqual(value)
      }),
      { numRuns: 200 },
    )
  })

  it('cut anywhere inside are refused, between events read', () => {
    fc.assert(
      fc.property(sharedObjectMessages, fc.nat({ max: 400 }), (value, cut) => {
        const whole = encodeSharedObject(value)
        const raw = message(typeOf(value), whole.subarray(0, cut))
        try {
          const read = decodeSharedObject(raw, options)
          expect(read).toEqual({ ...value, events: value.events.slice(0, read.events.length) })
        } catch (error) {
          expect(isDecodeError(error) && error.code).toBe('SHARED_OBJECT_TRUNCATED')
        }
      }),
    )
  })

  it('hold no more events than allowed', () => {
    const events = Array.from({ length: 5 }, () => ({ kind: 'use' as const }))
    const raw = message(19, encodeSharedObject({ ...empty, events }))
    const limited = (maxSharedObjectEvents: number): SharedObjectMessage =>
      decodeSharedObject(raw, { limits: { maxSharedObjectEvents } })
    expect(limited(5).events).toHaveLength(5)
    const error = thrown(() => limited(4))
    expect(isDecodeError(error) && error.code).toBe('SHARED_OBJECT_EVENTS')
  })

  it.each<SharedObjectMessage['events'][number]>([
    { kind: 'change', changes: [0, 1, 2].map((value) => ({ property: 'p', value })) },
    { kind: 'sendMessage', handler: 'f', args: [0, 1, 2] },
  ])('count what one event holds: $kind', (event) => {
    const raw = message(19, encodeSharedObject({ ...empty, events: [event, { kind: 'clear' }] }))
    const limited = (maxSharedObjectEvents: number): SharedObjectMessage =>
      decodeSharedObject(raw, { limits: { maxSharedObjectEvents } })
    expect(limited(5).events).toEqual([event, { kind: 'clear' }])
    for (const limit of [1, 3, 4]) {
      const error = thrown(() => limited(limit))
      expect(isDecodeError(error) && error.code).toBe('SHARED_OBJECT_EVENTS')
    }
  })

  it('report an event that cannot be read in strict mode', () => {
    const raw = message(19, `0000 00000000 00000000 00000000 09 00000001 00`)
    expect(decodeSharedObject(raw).events).toMatchObject([{ kind: 'unknown', eventType: 9 }])
    expect(isDecodeError(thrown(() => decodeSharedObject(raw, { strict: true })))).toBe(true)
  })

  it.each<[Partial<SharedObjectMessage>, string, string]>([
    [{ version: -1 }, 'OUT_OF_RANGE', 'message.version'],
    [{ persistence: 2 ** 32 }, 'OUT_OF_RANGE', 'message.persistence'],
    [{ name: 'x'.repeat(65536) }, 'NAME_TOO_LONG', 'message.name'],
    [
      { events: [{ kind: 'remove', property: 'é'.repeat(40000) }] },
      'NAME_TOO_LONG',
      'message.events[0].property',
    ],
  ])('that cannot be written are refused: %#', (change, code, path) => {
    const error = thrown(() => encodeSharedObject({ ...empty, ...change }))
    expect(isUsageError(error) && [error.code, error.path]).toEqual([code, path])
  })
})

describe('values of their own', () => {
  // Two arguments that are the same object: with shared tables the second would be a reference to the first.
  const bytes = Uint8Array.of(1, 2)
  const events: SharedObjectMessage['events'] = [
    { kind: 'sendMessage', handler: 'f', args: [bytes, bytes] },
    {
      kind: 'change',
      changes: [
        { property: 'a', value: bytes },
        { property: 'b', value: bytes },
      ],
    },
  ]

  it.each(['amf0', 'amf3', 'amf3Values'] as const)('have reference tables of their own: %s', (encoding) => {
    const value: SharedObjectMessage = { ...empty, encoding, events }
    const payload = encodeSharedObject(value, { amf3: amf3Codec })
    expect(decodeSharedObject(message(typeOf(value), payload), options)).toEqual(value)
  })

  it('in AMF3 stay raw, and are not written, without a codec', () => {
    const value: SharedObjectMessage = { ...empty, encoding: 'amf3Values', events }
    const payload = encodeSharedObject(value, { amf3: amf3Codec })
    const raw = decodeSharedObject(message(16, payload))
    expect(raw.events.map((event) => event.kind)).toEqual(['unknown', 'unknown'])
    expect(encodeSharedObject(raw)).toEqual(payload)
    const error = thrown(() => encodeSharedObject(value))
    expect(isUsageError(error) && [error.code, error.path]).toEqual([
      'AMF3_NOT_AVAILABLE',
      'message.events[0].handler',
    ])
  })
})

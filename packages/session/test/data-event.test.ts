import { decodeAmf0, encodeAmf0 } from '@rtmp/amf0'
import { encodeAmf3 } from '@rtmp/amf3'
import { concat } from '@rtmp/bytes'
import { fromHex, toHex } from '@rtmp/testkit'
import { describe, expect, it } from 'vitest'
import { DataEvent } from '../src/index.ts'
import { only } from './support.ts'
import { RawClient } from './raw-peer.ts'

const event = (typeId: number, payload: Uint8Array): DataEvent | undefined =>
  DataEvent.from(1, { csid: 8, typeId, messageStreamId: 1, timestamp: 7, payload })

const avm = (value: unknown): Uint8Array => concat([Uint8Array.of(0x11), encodeAmf3([value])])
const amf0 = (...values: readonly unknown[]): Uint8Array => encodeAmf0(values)

/** An AMF3 object of which the second member is of a class nobody knows the bytes of. */
const unreadable = fromHex('11 0a 0b 01 0b 7769647468 04 8f00 03 78 0a 07 03 3f 01 02 03 05 79 04 05 01')

describe('data with AMF3 in it', () => {
  it.each([
    [
      'type 15 with its format byte',
      15,
      concat([Uint8Array.of(0), amf0('onMetaData'), avm({ width: 1920 })]),
    ],
    ['type 15 without it', 15, concat([amf0('onMetaData'), avm({ width: 1920 })])],
    ['type 15, the name as well', 15, concat([avm('onMetaData'), avm({ width: 1920 })])],
    ['type 15 of AMF3 only', 15, concat([Uint8Array.of(3), encodeAmf3(['onMetaData', { width: 1920 }])])],
    ['type 18', 18, concat([amf0('onMetaData'), avm({ width: 1920 })])],
    [
      'type 18, the name as well',
      18,
      concat([avm('@setDataFrame'), avm('onMetaData'), avm({ width: 1920 })]),
    ],
    [
      'values that refer to the name',
      15,
      concat([Uint8Array.of(3), encodeAmf3(['@setDataFrame', 'onMetaData', { width: 1920 }])]),
    ],
  ])('%s: read, and passed on as AMF0', (_, typeId, payload) => {
    const data = event(typeId, payload)
    expect(data).toMatchObject({ name: 'onMetaData', action: 'set', isMetadata: true })
    expect(data?.values).toEqual([{ width: 1920 }])
    expect(toHex(data?.payload ?? payload)).toBe(
      toHex(fromHex('02000a6f6e4d65746144617461 08 00000001 0005 7769647468 00 409e000000000000 000009')),
    )
  })

  it('says in AMF0 what only AMF3 has', () => {
    const data = event(
      18,
      concat([amf0('onFI'), avm({ bytes: Uint8Array.of(1, 2), map: new Map([['k', 1]]) })]),
    )
    expect(decodeAmf0(data?.payload ?? new Uint8Array(0))).toEqual(['onFI', { bytes: [1, 2], map: { k: 1 } }])
    expect(data?.values).toEqual([{ bytes: [1, 2], map: { k: 1 } }])
  })

  it('goes on as it came where the byte of the marker is an ordinary one', () => {
    const payload = amf0('onTextData', { n: 0x11, text: '\u0011' })
    const data = event(18, payload)
    expect(data?.payload).toBe(payload)
    expect(data?.values).toEqual([{ n: 0x11, text: '\u0011' }])
  })

  it('costs what cannot be read, and not the metadata', () => {
    const whole = concat([amf0('onMetaData'), unreadable])
    const data = event(18, whole)
    expect(data?.values).toEqual([{ width: 1920 }])
    expect(decodeAmf0(data?.payload ?? whole)).toEqual(['onMetaData', { width: 1920 }])
    // One property of an AMF0 object.
    const mixed = concat([
      amf0('onMetaData'),
      fromHex('08 00000003 0006 686569676874 00 4090e00000000000 0001 78'),
      unreadable,
      fromHex('0001 79 00 0000000000000000 000009'),
    ])
    expect(event(18, mixed)?.values).toEqual([{ height: 1080, x: { width: 1920 } }])
    // A reference to nothing is known to its end.
    const dangling = concat([amf0('onMetaData'), fromHex('03 0001 61 07 0009 0001 62 05 000009')])
    expect(event(18, dangling)?.values).toEqual([{ a: undefined, b: null }])
    expect(event(18, concat([amf0('onMetaData'), fromHex('03 0001 61 05 0001 62 0e')]))?.values).toEqual([
      { a: null },
    ])
  })

  it('is not made much longer by what it says once in AMF3', () => {
    const text = 'x'.repeat(2000)
    const bomb = concat([amf0('onBomb'), avm(Array.from({ length: 2000 }, () => text))])
    expect(bomb.length).toBeLessThan(10_000)
    expect(event(18, bomb)).toBeUndefined()
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(event(18, concat([amf0('onCycle'), avm(cycle)]))).toBeUndefined()
  })

  it('without a name is told of and ignored', () => {
    const peer = RawClient.publishing()
    for (const payload of ['05', '11 01', '', '11 06', '03 01'].map(fromHex)) {
      peer.send({ csid: 8, typeId: 15, messageStreamId: 1, payload })
    }
    expect(only(peer.events, 'data')).toEqual([])
    expect(only(peer.events, 'warning').map(({ code }) => code)).toEqual(Array(5).fill('DATA_BROKEN'))
  })
})

it('commands of type 17 are read without their format byte, with an AMF3 name and of AMF3 only', () => {
  const peer = RawClient.ready()
  const values = ['createStream', 9, null]
  const bodies = [
    encodeAmf0(values),
    concat([avm('createStream'), encodeAmf0([9, null])]),
    concat([Uint8Array.of(3), encodeAmf3(values)]),
  ]
  for (const payload of bodies) peer.send({ typeId: 17, payload })
  expect(peer.spoken()).toEqual(['_result 9 2', '_result 9 3', '_result 9 4'])
})

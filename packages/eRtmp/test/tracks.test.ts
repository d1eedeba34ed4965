import { isUsageError } from '@rtmp/bytes'
import { fromHex, toHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { videoMessage } from '../src/arbitraries.ts'
import { encodeVideoMessage, joinTracks, splitTracks, toMediaFrames } from '../src/index.ts'

const hex = (
  parts: readonly { trackId: number; payload: Uint8Array }[],
): readonly (readonly [number, string])[] => parts.map(({ trackId, payload }) => [trackId, toHex(payload)])

const MANY = 'a6 11 68766331 00 000005 0000c8 aabb 01 000004 00000a cc'
const MANY_CODECS = '96 23 61766331 00 000002 aabb 68766331 01 000001 cc'

test('ManyTracks is split into messages of one track', () => {
  expect(hex(splitTracks('video', fromHex(MANY)))).toEqual([
    [0, 'a60168766331000000c8aabb'],
    [1, 'a6016876633101' + '00000acc'],
  ])
})

test('ManyTracksManyCodecs is split with each its FourCC', () => {
  expect(hex(splitTracks('video', fromHex(MANY_CODECS)))).toEqual([
    [0, '96036176633100aabb'],
    [1, '96036876633101cc'],
  ])
  expect(hex(splitTracks('video', fromHex(MANY_CODECS), { form: 'single' }))).toEqual([
    [0, '9361766331aabb'],
    [1, '9368766331cc'],
  ])
})

test('what is not multitrack stays as it is', () => {
  for (const message of ['17 01 000000 65', '91 68766331 0000c8 00', 'd0 00', 'd6 00']) {
    expect(hex(splitTracks('video', fromHex(message)))).toEqual([[0, toHex(fromHex(message))]])
  }
  expect(hex(splitTracks('audio', fromHex('af 01 21')))).toEqual([[0, 'af0121']])
})

test('ModEx stands in front of each track', () => {
  const [first, second] = splitTracks(
    'video',
    fromHex('97 02 000001 06 13 61766331 00 000001 aa 01 000001 bb'),
  )
  expect(toHex(first?.payload ?? fromHex(''))).toBe('9702000001060361766331' + '00aa')
  expect(toHex(second?.payload ?? fromHex(''))).toBe('9702000001060361766331' + '01bb')
})

test('tracks of one codec are joined as ManyTracks, of several as ManyTracksManyCodecs', () => {
  expect(toHex(joinTracks('video', splitTracks('video', fromHex(MANY))))).toBe(toHex(fromHex(MANY)))
  expect(toHex(joinTracks('video', splitTracks('video', fromHex(MANY_CODECS))))).toBe(
    toHex(fromHex(MANY_CODECS)),
  )
})

test('legacy messages are joined in enhanced form', () => {
  const joined = joinTracks('video', [
    { trackId: 0, payload: fromHex('17 01 0000c8 000000016588') },
    { trackId: 1, payload: fromHex('93 68766331 000000012688') },
  ])
  expect(toHex(joined)).toBe(
    toHex(fromHex('96 21 61766331 00 000009 0000c8 00000001 6588 68766331 01 000009 000000 00000001 2688')),
  )
  const audio = joinTracks('audio', [
    { trackId: 0, payload: fromHex('af 01 21') },
    { trackId: 2, payload: fromHex('95 01 4f707573 07 fc') },
  ])
  expect(toHex(audio)).toBe(toHex(fromHex('95 21 6d703461 00 000001 21 4f707573 02 000001 fc')))
})

test.each([
  ['a key and an inter frame', ['93 68766331 00', 'a3 68766331 00']],
  ['a frame and a sequence header', ['93 68766331 00', '90 68766331 00']],
  ['CodedFramesX of a codec without offsets among CodedFrames', ['91 68766331 000000 00', '93 61763031 00']],
  ['different ModEx', ['97 02 000001 03 68766331 00', '93 68766331 00']],
  ['a command', ['d0 00']],
  ['several packets in one', [MANY]],
  ['no byte', ['']],
  ['a codec without FourCC', ['12 00']],
  ['nothing', []],
])('%s cannot be joined', (_, payloads) => {
  let error: unknown
  try {
    joinTracks(
      'video',
      payloads.map((payload, trackId) => ({ trackId, payload: fromHex(payload) })),
    )
  } catch (caught) {
    error = caught
  }
  expect(isUsageError(error)).toBe(true)
})

test('splitting and joining keep every frame', () => {
  fc.assert(
    fc.property(videoMessage(), (message) => {
      fc.pre(message.packets.length > 0 && message.multitrackType !== undefined)
      const payload = encodeVideoMessage(message)
      const joined = joinTracks('video', splitTracks('video', payload))
      const seen = (bytes: Uint8Array): unknown =>
        toMediaFrames('video', 5, bytes).map((frame) => ({ ...frame, payload: toHex(frame.payload) }))
      if (message.packetType < 6) expect(seen(joined)).toEqual(seen(payload))
      else expect(splitTracks('video', joined)).toEqual(splitTracks('video', payload))
    }),
  )
})

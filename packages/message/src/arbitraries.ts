/**
 * fast-check arbitraries of typed messages, to test implementations with. Every value survives encoding and decoding
 * unchanged.
 *
 * @packageDocumentation
 */
import type { Message } from '@rtmp/chunk'
import fc from 'fast-check'
import type { CommandMessage } from './command.ts'
import type { DataMessage } from './data.ts'
import type { MessageEncoding } from './options.ts'
import type { SharedObjectMessage } from './shared-object.ts'
import type { SharedObjectEvent } from './shared-object-event.ts'
import type { UserControlEvent } from './user-control.ts'

/** `fc.record` whose values have the usual prototype, so that deep equality compares what matters. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>

const uint32: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff),
  fc.nat({ max: 0xffff_ffff }),
)
/** Any text UTF-8 can hold. */
const text: fc.Arbitrary<string> = fc.string({ unit: 'binary', maxLength: 20 })
const name: fc.Arbitrary<string> = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
const bytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 40 })
const encoding: fc.Arbitrary<MessageEncoding> = fc.constantFrom('amf0', 'amf3')

/** A value of the plain view that AMF0 gives back unchanged. */
export const amfValues: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<unknown>(null, undefined, true, false),
    fc.double(),
    text,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value

/** User control events of every kind, unknown ones among them. */
export const userControlEvents: fc.Arbitrary<UserControlEvent> = fc.oneof(
  record({
    kind: fc.constantFrom(
      'streamBegin' as const,
      'streamEof' as const,
      'streamDry' as const,
      'streamIsRecorded' as const,
      'bufferEmpty' as const,
      'bufferReady' as const,
    ),
    messageStreamId: uint32,
  }),
  record({ kind: fc.constant('setBufferLength' as const), messageStreamId: uint32, bufferLength: uint32 }),
  record({ kind: fc.constantFrom('pingRequest' as const, 'pingResponse' as const), timestamp: uint32 }),
  record({
    kind: fc.constantFrom('swfVerificationRequest' as const, 'swfVerificationResponse' as const),
    data: bytes,
  }),
  record({
    kind: fc.constant('unknown' as const),
    eventType: fc.nat({ max: 0xffff }).filter((type) => !KNOWN_EVENT_TYPES.has(type)),
    data: bytes,
  }),
)
const KNOWN_EVENT_TYPES: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 6, 7, 26, 27, 31, 32])

/** Commands with any name and any values. */
export const commandMessages: fc.Arbitrary<CommandMessage> = record({
  kind: fc.constant('command' as const),
  encoding,
  name: fc.oneof(fc.constantFrom('connect', '_result', 'onStatus', 'publish'), text),
  transactionId: fc.oneof(fc.nat({ max: 100 }), fc.double()),
  commandObject: fc.oneof(fc.constant(null), fc.dictionary(name, amfValues, { noNullPrototype: true })),
  args: fc.array(amfValues, { maxLength: 4 }),
})

/** Data messages with any name and any values. */
export const dataMessages: fc.Arbitrary<DataMessage> = record({
  kind: fc.constant('data' as const),
  encoding,
  name: fc.oneof(fc.constantFrom('onMetaData', '@setDataFrame'), text),
  args: fc.array(amfValues, { maxLength: 4 }),
})

/** Events of shared objects of every kind, unknown ones among them. */
export const sharedObjectEvents: fc.Arbitrary<SharedObjectEvent> = fc.oneof(
  record({
    kind: fc.constantFrom('use' as const, 'release' as const, 'clear' as const, 'useSuccess' as const),
  }),
  record({ kind: fc.constant('requestChange' as const), property: text, value: amfValues }),
  record({
    kind: fc.constant('change' as const),
    changes: fc.array(record({ property: text, value: amfValues }), { maxLength: 3 }),
  }),
  record({ kind: fc.constant('success' as const), property: fc.option(text, { nil: undefined }) }),
  record({ kind: fc.constantFrom('remove' as const, 'requestRemove' as const), property: text }),
  record({
    kind: fc.constant('sendMessage' as const),
    handler: text,
    args: fc.array(amfValues, { maxLength: 3 }),
  }),
  record({ kind: fc.constant('status' as const), code: text, level: text }),
  record({
    kind: fc.constant('unknown' as const),
    eventType: fc.integer({ min: 12, max: 255 }),
    data: bytes,
  }),
)

/** Shared object messages. */
export const sharedObjectMessages: fc.Arbitrary<SharedObjectMessage> = record({
  kind: fc.constant('sharedObject' as const),
  encoding,
  name: text,
  version: uint32,
  persistence: fc.constantFrom(0, 2),
  reserved: uint32,
  events: fc.array(sharedObjectEvents, { maxLength: 6 }),
})

/** What an aggregate may hold: one to twelve messages of one message stream, at any times. */
export const aggregatedMessages: fc.Arbitrary<Message[]> = fc
  .tuple(
    fc.integer({ min: 2, max: 65_599 }),
    uint32,
    fc.array(fc.tuple(fc.constantFrom(8, 9, 15, 18), uint32, fc.uint8Array({ maxLength: 50 })), {
      minLength: 1,
      maxLength: 12,
    }),
  )
  .map(([csid, messageStreamId, list]) =>
    list.map(([typeId, timestamp, payload]) => ({ csid, typeId, messageStreamId, timestamp, payload })),
  )

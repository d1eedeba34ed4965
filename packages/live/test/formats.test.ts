import { FlvReader } from '@rtmp/flv'
import { VirtualClock } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import { type BatchFormat, rtmpFormat } from '../src/batch-format.ts'
import { flvFormat } from '../src/flv-format.ts'
import { FormatTable } from '../src/format-table.ts'
import { Frames } from '../src/frames.ts'
import { framesFormat } from '../src/frames-format.ts'
import { Outbox } from '../src/outbox.ts'
import type { Publication } from '../src/publication.ts'
import { Subscriber } from '../src/subscriber.ts'
import {
  audioFrame,
  audioMessage,
  dataMessage,
  videoMessage,
  FakeTransport,
  interFrame,
  keyFrame,
  makeRegistry,
  metadata,
  videoHeader,
} from './arrange.ts'

const owner = { subscriberEnded: (): void => {} }

test('FLV: tags with the timestamps of the stream, which any reader reads', () => {
  const messages = [
    dataMessage(0xffff_fff0, metadata(1)),
    videoMessage(0xffff_fff0, keyFrame(2)),
    audioMessage(0x0123_4567, audioFrame(3, 70_000)),
    videoMessage(0, new Uint8Array(0)),
  ]
  const reader = new FlvReader()
  reader.push(Uint8Array.from([0x46, 0x4c, 0x56, 1, 5, 0, 0, 0, 9, 0, 0, 0, 0]))
  reader.push(flvFormat.encode(messages))
  reader.end()
  for (const { typeId, timestamp, payload } of messages) {
    expect(reader.read()).toMatchObject({ typeId, timestamp, payload, notices: expect.any(Number) as number })
  }
  expect(reader.read()).toBeUndefined()
  // 11 bytes before each payload, 4 behind: exactly the layout of FLV §E.4.1.
  expect([...flvFormat.encode([audioMessage(0x0123_4567, Uint8Array.of(0xaf, 1, 9))])]).toEqual([
    8, 0, 0, 3, 0x23, 0x45, 0x67, 0x01, 0, 0, 0, 0xaf, 1, 9, 0, 0, 0, 14,
  ])
})

test('FLV: the longest payload of a tag, and one byte more', () => {
  const message = (length: number) => audioMessage(0, new Uint8Array(length))
  expect(flvFormat.encode([message(0xffffff)]).length).toBe(0xffffff + 15)
  expect(() => flvFormat.encode([message(0x1000000)])).toThrow(
    expect.objectContaining({ code: 'LIVE_PAYLOAD_TOO_LONG' }),
  )
})

test('frames: the messages themselves, and what they hold in memory', () => {
  const messages = [videoMessage(0, keyFrame(1)), audioMessage(5, audioFrame(2))]
  const frames = framesFormat.encode(messages)
  expect(frames.messages).toEqual(messages)
  expect(frames.length).toBe(2 * 128 + 40)
  const memory = new Set<ArrayBufferLike>()
  frames.addMemoryTo(memory)
  expect([...memory]).toEqual(messages.map(({ payload }) => payload.buffer))
  expect(framesFormat.gap?.({ kind: 'gap', from: 1, to: 2 })).toMatchObject({ messages: [], gap: { to: 2 } })
})

/** A format that counts its batches. */
class Counting<P extends Uint8Array | Frames> implements BatchFormat<P> {
  readonly name: string
  calls = 0
  readonly #format: BatchFormat<P>

  constructor(format: BatchFormat<P>) {
    this.name = format.name
    this.#format = format
  }

  encode(messages: Parameters<BatchFormat<P>['encode']>[0]): P {
    this.calls += 1
    return this.#format.encode(messages)
  }
}

test('each batch is encoded once for all of a kind, whatever kinds there are on a stream', () => {
  const clock = new VirtualClock(0)
  const { registry } = makeRegistry(clock, { latency: 'low' })
  const publication = registry.publish('live', 'a', { publisherReplaced: () => {} }, 0) as Publication
  const made: Counting<Uint8Array>[] = []
  const transports: FakeTransport[] = []
  for (let i = 0; i < 50; i++) {
    for (const format of [new Counting(rtmpFormat(60_000, 1)), new Counting(flvFormat)]) {
      made.push(format)
      const transport = new FakeTransport()
      transports.push(transport)
      registry.subscribe('live', 'a', new Subscriber({ format, outbox: new Outbox(transport), owner }), 0)
    }
  }
  const frames: Frames[] = []
  const outbox = new Outbox<Frames>({ pendingBytes: 0, write: (piece) => void frames.push(piece) })
  registry.subscribe('live', 'a', new Subscriber({ format: framesFormat, outbox, owner }), 0)
  for (let i = 0; i < 10; i++) {
    publication.media(9, i * 40, i === 0 ? videoHeader(0) : i === 1 ? keyFrame(i) : interFrame(i), i * 40)
    publication.settle(i * 40)
  }
  expect(made.map(({ calls }) => calls)).toEqual([10, 10, ...Array.from({ length: 98 }, () => 0)])
  expect(frames.map(({ messages }) => messages.length)).toEqual(Array.from({ length: 10 }, () => 1))
  for (let i = 0; i < 100; i++) {
    const first = transports[i % 2] as FakeTransport
    expect(transports[i]?.sent.map((sent, at) => sent === first.sent[at])).not.toContain(false)
  }
})

test('a registry knows the formats of those who subscribe, and forgets them with the last of each', () => {
  const table = new FormatTable()
  const [one, other] = [rtmpFormat(4096, 1), rtmpFormat(4096, 1)]
  expect([table.take(one), table.take(other), table.size]).toEqual([one, one, 1])
  expect(table.take(rtmpFormat(4096, 2))).not.toBe(one)
  table.release(one)
  expect(table.take(other)).toBe(one)
  table.release(one)
  table.release(one)
  expect(table.size).toBe(1)
  expect(table.take(other)).toBe(other)
  table.release(flvFormat)
  expect(table.size).toBe(2)
})

test('1000 equal players behind 300 strangers take one encoding of each batch', () => {
  const clock = new VirtualClock(0)
  const { registry } = makeRegistry(clock, { latency: 'low' })
  const publication = registry.publish('live', 'a', { publisherReplaced: () => {} }, 0) as Publication
  const subscribe = (format: BatchFormat<Uint8Array>): Subscriber<Uint8Array> => {
    const subscriber = new Subscriber({ format, outbox: new Outbox(new FakeTransport()), owner })
    registry.subscribe('live', 'a', subscriber, 0)
    return subscriber
  }
  const strangers = Array.from({ length: 300 }, (_, i) => subscribe(rtmpFormat(4096, i + 2)))
  const counted = Array.from({ length: 1000 }, () => new Counting(rtmpFormat(4096, 1)))
  for (const format of counted) subscribe(format)
  publication.media(9, 0, keyFrame(1, 20_000), 0)
  publication.settle(0)
  expect(counted.reduce((sum, { calls }) => sum + calls, 0)).toBe(1)
  expect(registry.formats.size).toBe(301)
  for (const stranger of strangers) registry.find('live', 'a')?.leave(stranger, 0)
  expect(registry.formats.size).toBe(1)
})

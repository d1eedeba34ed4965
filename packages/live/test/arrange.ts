import { MediaMessage } from '@rtmp/e-rtmp'
import { ChunkReader, type Message, MessageTypeId } from '@rtmp/chunk'
import type { VirtualClock } from '@rtmp/testkit'
import { rtmpFormat } from '../src/batch-format.ts'
import { Outbox, type OutboxTransport } from '../src/outbox.ts'
import { Subscriber } from '../src/subscriber.ts'
import type { SubscriberEndReason } from '../src/subscriber-end-reason.ts'
import type { SubscriberLimits } from '../src/limits.ts'
import type { LiveStream } from '../src/live-stream.ts'
import type { EngineObserver } from '../src/stream-context.ts'
import { StreamRegistry, type StreamRegistryOptions } from '../src/stream-registry.ts'
import { TimerWheel } from '../src/timer-wheel.ts'

/** A transport that sends what it is told to: everything at once, or only when let. */
export class FakeTransport implements OutboxTransport {
  /** Everything sent, in order. */
  readonly sent: Uint8Array[] = []
  /** When false, writes stay pending until `release`. */
  open = true
  #held: { bytes: Uint8Array; done: (() => void) | undefined }[] = []

  get pendingBytes(): number {
    return this.#held.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  write(bytes: Uint8Array, done?: () => void): void {
    if (this.open && done === undefined && this.#held.length === 0) this.sent.push(bytes)
    else this.#held.push({ bytes, done })
  }

  /** Sends what is pending, up to so many writes, and what follows from it. */
  release(writes = Number.POSITIVE_INFINITY): void {
    for (let left = writes; left > 0; left--) {
      const first = this.#held.shift()
      if (first === undefined) break
      this.sent.push(first.bytes)
      first.done?.()
    }
  }

  /** The messages among all that was sent, read by the chunk layer with a given chunk size. */
  messages(chunkSize: number): Message[] {
    const reader = new ChunkReader()
    const size = new Uint8Array([
      2,
      0,
      0,
      0,
      0,
      0,
      4,
      1,
      0,
      0,
      0,
      0,
      chunkSize >>> 24,
      chunkSize >>> 16,
      chunkSize >>> 8,
      chunkSize,
    ])
    const messages: Message[] = []
    for (const bytes of [size, ...this.sent]) {
      reader.push(bytes)
      for (let message = reader.read(); message !== undefined; message = reader.read()) messages.push(message)
    }
    reader.end()
    return messages.filter(({ typeId }) => typeId !== MessageTypeId.setChunkSize)
  }
}

export const CHUNK_SIZE = 60_000

/** A player with its transport, noting what it is told. */
export class TestSubscriber {
  readonly transport = new FakeTransport()
  readonly outbox = new Outbox(this.transport)
  readonly stopped: SubscriberEndReason[] = []
  readonly throttles: boolean[] = []
  readonly subscriber: Subscriber

  constructor(limits?: SubscriberLimits) {
    this.subscriber = new Subscriber({
      format: rtmpFormat(CHUNK_SIZE, 1),
      outbox: this.outbox,
      owner: {
        subscriberEnded: (_subscriber, reason) => this.stopped.push(reason),
        subscriberThrottled: (_subscriber, throttled) => this.throttles.push(throttled),
      },
      ...(limits && { limits }),
    })
  }

  /** What has reached the player. */
  get messages(): Message[] {
    return this.transport.messages(CHUNK_SIZE)
  }

  get texts(): string[] {
    return this.messages.map(describe)
  }
}

/** A registry on a virtual clock. */
export const makeRegistry = (
  clock: VirtualClock,
  options: StreamRegistryOptions = {},
  observer: EngineObserver<LiveStream> = {},
): { registry: StreamRegistry; advance: (ms: number) => void } => {
  const wheel = new TimerWheel(clock.now())
  const registry = new StreamRegistry(wheel, options, observer)
  const advance = (ms: number): void => {
    for (let left = ms; left > 0; left -= 5) {
      clock.advance(Math.min(5, left))
      wheel.advance(clock.now())
    }
  }
  return { registry, advance }
}

/** Legacy H.264 messages with a number in them, so that each is told apart. */
export const keyFrame = (id: number, size = 20): Uint8Array => frame(0x17, 1, id, size)
export const interFrame = (id: number, size = 20): Uint8Array => frame(0x27, 1, id, size)
export const videoHeader = (id: number): Uint8Array => frame(0x17, 0, id, 20)
export const audioFrame = (id: number, size = 20): Uint8Array => frame(0xaf, 1, id, size)
export const audioHeader = (id: number): Uint8Array => frame(0xaf, 0, id, 20)

/** E-RTMP multitrack, one track: 0x80 | frame type, packet type 6; track kind 0 and coded frames (1) or header (0). */
export const trackFrame = (track: number, key: boolean, id: number): Uint8Array =>
  Uint8Array.from([key ? 0x96 : 0xa6, 0x01, 0x76, 0x70, 0x30, 0x39, track, id >>> 8, id])
export const trackHeader = (track: number, id: number): Uint8Array =>
  Uint8Array.from([0x96, 0x00, 0x76, 0x70, 0x30, 0x39, track, id >>> 8, id])

const frame = (first: number, second: number, id: number, size: number): Uint8Array => {
  const bytes = new Uint8Array(size)
  bytes.set([first, second, 0, 0, 0, id >>> 8, id])
  return bytes
}

/** `@setDataFrame` without its first string: `onMetaData` and a number. */
export const metadata = (id: number): Uint8Array =>
  Uint8Array.from([2, 0, 10, ...new TextEncoder().encode('onMetaData'), 0x08, 0, 0, 0, 0, 0, id])

/** `K7@40` for key frame 7 at 40 ms; P, H, a, h likewise; `D` for data. */
export const describe = (message: Message): string => `${kindOf(message)}@${message.timestamp}`

const kindOf = ({ typeId, payload }: Message): string => {
  const id = ((payload[5] as number) << 8) | (payload[6] as number)
  if (typeId === MessageTypeId.dataAmf0) return `D${payload[payload.length - 1]}`
  if (typeId === MessageTypeId.audio) return `${payload[1] === 0 ? 'h' : 'a'}${id}`
  const first = payload[0] as number
  if (first >= 0x80) {
    const last = ((payload[7] as number) << 8) | (payload[8] as number)
    const kind = (payload[1] as number) === 0 ? 'H' : first === 0x96 ? 'K' : 'P'
    return `${kind}${last}t${payload[6]}`
  }
  return `${payload[1] === 0 ? 'H' : first >> 4 === 1 ? 'K' : 'P'}${id}`
}

/** A message of a publisher. */
export const videoMessage = (timestamp: number, payload: Uint8Array): MediaMessage =>
  new MediaMessage(9, timestamp, payload)

/** A message of a publisher. */
export const audioMessage = (timestamp: number, payload: Uint8Array): MediaMessage =>
  new MediaMessage(8, timestamp, payload)

/** A data message of a publisher. */
export const dataMessage = (timestamp: number, payload: Uint8Array): MediaMessage =>
  new MediaMessage(18, timestamp, payload)

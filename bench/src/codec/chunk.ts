import { createRequire } from 'node:module'
import { ChunkReader, ChunkWriter, encodeBatch, type Message, MessageTypeId, SlabPool } from '@rtmp/chunk'
import { SeededRandom } from '@rtmp/testkit/fuzz'
import { keep, megabytesPerSecond } from '../measure.ts'
import type { Contender, Scenario } from '../scenario.ts'

// What a live stream is made of: a key frame of 100 kB every two seconds at 30 frames a second, frames of 5 kB, audio
// messages of 300 bytes 43 times a second, in the order of their timestamps, fed in slices of 64 kB.

const KEY_FRAME = 100_000
const FRAME = 5_000
const AUDIO = 300
const SECONDS = 40
const SLICE = 65_536
const BATCH = 64

const chunkSizes = [128, 4096, 65_536]

const liveMix = (): Message[] => {
  const random = new SeededRandom(4)
  const messages: Message[] = []
  const add = (csid: number, typeId: number, timestamp: number, size: number): void => {
    messages.push({ csid, typeId, messageStreamId: 1, timestamp, payload: random.bytes(size) })
  }
  for (let i = 0; i < SECONDS * 30; i++)
    add(6, MessageTypeId.video, Math.round((i * 1000) / 30), i % 60 === 0 ? KEY_FRAME : FRAME)
  for (let i = 0; i < SECONDS * 43; i++) add(4, MessageTypeId.audio, Math.round((i * 1000) / 43), AUDIO)
  return messages.sort((a, b) => a.timestamp - b.timestamp)
}

const messages = liveMix()
const payloadBytes = messages.reduce((sum, { payload }) => sum + payload.length, 0)
const largest = Math.max(...messages.map(({ payload }) => payload.length))

const mixSlices = (chunkSize: number): Buffer[] => {
  const writer = new ChunkWriter()
  const wire = Buffer.concat([...writer.setChunkSize(chunkSize), ...messages.flatMap((m) => writer.write(m))])
  const slices: Buffer[] = []
  for (let at = 0; at < wire.length; at += SLICE) slices.push(wire.subarray(at, at + SLICE))
  return slices
}

/**
 * The last reader and writer stay, as there are always some in a server. Were there none, the full collection between
 * rounds would throw away their hidden classes together with the code compiled for them, and each round would start cold.
 */
const residents: { reader?: ChunkReader; writer?: ChunkWriter; message?: Message } = {}

const perPayload = (work: () => unknown): Contender => ({
  measure: () => megabytesPerSecond(payloadBytes, work),
})

const read = (slices: readonly Uint8Array[], pool?: SlabPool): void => {
  const reader = new ChunkReader(pool === undefined ? {} : { pool })
  residents.reader = reader
  let count = 0
  for (const slice of slices) {
    reader.push(slice)
    for (let message = reader.read(); message !== undefined; message = reader.read()) {
      residents.message = message
      count += 1
    }
  }
  if (count !== messages.length + 1) throw new Error(`${count} messages`)
}

const freshCopy = (): void => {
  for (const { payload } of messages) keep(payload.slice())
}

const freshBuffer = (): void => {
  for (const { payload } of messages) {
    const copy = Buffer.allocUnsafeSlow(payload.length)
    copy.set(payload)
    keep(copy)
  }
}

/** One fixed array that is overwritten again and again: what the copying costs when nobody keeps anything. */
const kept = new Uint8Array(largest)
const keptArray = (): void => {
  for (const { payload } of messages) kept.set(payload)
  keep(kept)
}

interface Packet {
  readonly size: number
}
interface NmsRtmp {
  handshakeState: number
  parserPacket: { readonly header: { readonly type: number } }
  parserData(slice: Buffer): string | null
  packetHandler(): void
  onPacketCallback: (packet: Packet) => void
}
interface Nms {
  readonly Rtmp: (new () => NmsRtmp) & { createMessage(packet: Packet): Buffer }
  readonly Flv: { createMessage(packet: Packet): Buffer }
}

const NMS_HANDSHAKE_DONE = 3
let nmsModules: Nms | undefined
const nms = (): Nms => {
  const require = createRequire(import.meta.url)
  nmsModules ??= {
    Rtmp: require('node-media-server/src/protocol/rtmp.js'),
    Flv: require('node-media-server/src/protocol/flv.js'),
  }
  return nmsModules
}

const nmsRead = (slices: readonly Buffer[], build: boolean): void => {
  const { Rtmp, Flv } = nms()
  const parser = new Rtmp()
  parser.handshakeState = NMS_HANDSHAKE_DONE
  let count = 0
  parser.onPacketCallback = (packet) => {
    count += 1
    keep(Flv.createMessage(packet))
    keep(Rtmp.createMessage(packet))
  }
  if (!build) {
    const handle = parser.packetHandler.bind(parser)
    parser.packetHandler = () => {
      if (parser.parserPacket.header.type <= 6) handle()
      else count += 1
    }
  }
  for (const slice of slices) {
    const error = parser.parserData(slice)
    if (error !== null && error !== undefined) throw new Error(error)
  }
  if (count !== messages.length) throw new Error(`${count} messages`)
}

const reading = (chunkSize: number): Scenario => {
  const slices = mixSlices(chunkSize)
  return {
    name: `chunk read ${chunkSize}`,
    metric: 'payload read',
    unit: 'MB/s',
    better: 'higher',
    ours: perPayload(() => read(slices)),
    peers: {
      'fresh copies (slice)': perPayload(freshCopy),
      'fresh copies (allocUnsafeSlow)': perPayload(freshBuffer),
      'copies into one kept array (no one may keep them)': perPayload(keptArray),
      'node-media-server parser alone': perPayload(() => nmsRead(slices, false)),
      'node-media-server with its messages': perPayload(() => nmsRead(slices, true)),
      'ours, slabs from allocUnsafeSlow': perPayload(() => read(slices, unclearedPool)),
    },
  }
}

const allocate = (size: number): Uint8Array<ArrayBuffer> =>
  Buffer.allocUnsafeSlow(size) as Uint8Array<ArrayBuffer>
const unclearedPool = new SlabPool({ allocate })

const writing = (chunkSize: number): Scenario => ({
  name: `chunk write ${chunkSize}`,
  metric: 'payload written for one receiver',
  unit: 'MB/s',
  better: 'higher',
  ours: perPayload(() => {
    const writer = new ChunkWriter()
    residents.writer = writer
    writer.setChunkSize(chunkSize)
    for (const message of messages) keep(writer.write(message))
  }),
  peers: {
    'fresh copies (slice)': perPayload(freshCopy),
    'fresh copies (allocUnsafeSlow)': perPayload(freshBuffer),
    'ours, in one array (encode)': perPayload(() => {
      const writer = new ChunkWriter()
      residents.writer = writer
      writer.setChunkSize(chunkSize)
      for (const message of messages) keep(writer.encode(message))
    }),
  },
})

const batching = (chunkSize: number): Scenario => {
  const batches: Message[][] = []
  for (let at = 0; at < messages.length; at += BATCH) batches.push(messages.slice(at, at + BATCH))
  return {
    name: `chunk batch ${chunkSize}`,
    metric: `payload written in batches of ${BATCH}`,
    unit: 'MB/s',
    better: 'higher',
    ours: perPayload(() => {
      for (const batch of batches) keep(encodeBatch(batch, { chunkSize, messageStreamId: 1 }))
    }),
    peers: {
      'fresh copies (slice)': perPayload(freshCopy),
      'fresh copies (allocUnsafeSlow)': perPayload(freshBuffer),
      'ours, allocUnsafeSlow': perPayload(() => {
        for (const batch of batches) keep(encodeBatch(batch, { chunkSize, messageStreamId: 1, allocate }))
      }),
    },
  }
}

/** Chunk reading, writing and batching of a live mix. */
export const scenarios: readonly Scenario[] = chunkSizes.flatMap((chunkSize) => [
  reading(chunkSize),
  writing(chunkSize),
  batching(chunkSize),
])

import { ChunkReader, ChunkWriter, encodeBatch, type Message, MessageTypeId } from '@rtmp/chunk'
import { buildCommand, encodeMessage } from '@rtmp/message'
import { ServerSession } from '@rtmp/session'
import { keep, megabytesPerSecond, opsPerSecond } from '../measure.ts'
import type { Scenario } from '../scenario.ts'

// What a session costs on top of its chunk reader: ten seconds of a live stream (30 frames of 7 kB and 43 audio messages of
// 372 bytes a second) in slices of 64 kB, and the whole way from the first byte to Publish.Start.

const SECONDS = 10
const SLICE = 65_536
const options = { crypto: { randomBytes: (count: number) => new Uint8Array(count) } }

const media = (): Message[] => {
  const messages: Message[] = []
  const add = (csid: number, typeId: number, timestamp: number, size: number): void => {
    messages.push({ csid, typeId, messageStreamId: 1, timestamp, payload: new Uint8Array(size).fill(typeId) })
  }
  for (let i = 0; i < SECONDS * 30; i++) add(6, MessageTypeId.video, Math.round((i * 1000) / 30), 7000)
  for (let i = 0; i < SECONDS * 43; i++) add(4, MessageTypeId.audio, Math.round((i * 1000) / 43), 372)
  return messages.sort((a, b) => a.timestamp - b.timestamp)
}

const slicesOf = (bytes: Uint8Array): Uint8Array[] => {
  const slices: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += SLICE) slices.push(bytes.subarray(at, at + SLICE))
  return slices
}

const messages = media()
const stream = slicesOf(encodeBatch(messages, { chunkSize: 60_000 }))
const payloadBytes = messages.reduce((sum, { payload }) => sum + payload.length, 0)

/** C0, C1 and C2 in zeros, then the commands of a publisher, as FFmpeg sends them. */
const opening = (): Uint8Array => {
  const writer = new ChunkWriter()
  const commands = [
    buildCommand({
      kind: 'connect',
      properties: { app: 'live', type: 'nonprivate', tcUrl: 'rtmp://localhost/live' },
    }),
    buildCommand({ kind: 'releaseStream', transactionId: 2, streamName: 'key' }),
    buildCommand({ kind: 'FCPublish', transactionId: 3, streamName: 'key' }),
    buildCommand({ kind: 'createStream', transactionId: 4 }),
  ].map((command) => writer.encode(encodeMessage(command)))
  const publish = buildCommand({ kind: 'publish', transactionId: 5, streamName: 'key' })
  const chunkSize = writer.setChunkSize(60_000)
  const rest = [...commands, writer.encode(encodeMessage(publish, { messageStreamId: 1 })), ...chunkSize]
  return Buffer.concat([Uint8Array.of(3), new Uint8Array(3072), ...rest])
}

const hello = opening()

const drain = (session: ServerSession): number => {
  let count = 0
  for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) {
    if (event.kind === 'media') count += 1
    else if (event.kind.endsWith('Requested') && 'requestId' in event) session.accept(event.requestId ?? 0)
  }
  return count
}

const publisher = (): ServerSession => {
  const session = new ServerSession(options)
  session.receive(hello, 0)
  drain(session)
  keep(session.takeOutput())
  if (session.streamState(1) !== 'publishing') throw new Error(`stream 1 is ${session.streamState(1)}`)
  return session
}

const through = (session: ServerSession): void => {
  let count = 0
  for (const slice of stream) {
    session.receive(slice, 0)
    count += drain(session)
  }
  if (session.hasOutput) keep(session.takeOutput())
  if (count !== messages.length) throw new Error(`${count} messages`)
}

const chunksAlone = (reader: ChunkReader): void => {
  for (const slice of stream) {
    reader.push(slice)
    for (let message = reader.read(); message !== undefined; message = reader.read()) keep(message)
  }
}

/** A reader that already takes chunks of 60 000 bytes. */
const largeChunkReader = (): ChunkReader => {
  const reader = new ChunkReader()
  for (const piece of new ChunkWriter().setChunkSize(60_000)) reader.push(piece)
  reader.read()
  return reader
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'session media in',
    metric: 'throughput',
    unit: 'MB/s',
    better: 'higher',
    ours: {
      measure: () => {
        const session = publisher()
        return megabytesPerSecond(payloadBytes, () => through(session))
      },
    },
    peers: {
      'the chunk reader alone': {
        measure: () => {
          const reader = largeChunkReader()
          return megabytesPerSecond(payloadBytes, () => chunksAlone(reader))
        },
      },
    },
  },
  {
    name: 'session from first byte to Publish.Start',
    metric: 'operations',
    unit: '1/s',
    better: 'higher',
    ours: { measure: () => opsPerSecond(publisher) },
    peers: {},
  },
]

/**
 * fast-check arbitraries of whole conversations: what a client sends a server from its first byte to its last, for testing
 * other implementations too.
 *
 * @packageDocumentation
 */
import { ChunkWriter, type Message, MessageTypeId } from '@rtmp/chunk'
import {
  type CommandMessage,
  command,
  type DataMessage,
  encodeCommand,
  encodeData,
  setDataFrame,
} from '@rtmp/message'
import fc from 'fast-check'

/** What a client says in a conversation, and the bytes it says it with. */
export interface Conversation {
  /** What the client asks for once it has a message stream. */
  readonly role: 'publish' | 'play'
  /** The app of its `connect`. */
  readonly app: string
  /** The name it publishes or plays, without a query. */
  readonly streamName: string
  /** Every message behind the handshake, in order. */
  readonly messages: readonly Message[]
  /** C0, C1, C2 (zeros, which every server tolerates) and the messages as chunks. */
  readonly bytes: Uint8Array
}

const HANDSHAKE_SIZE = 3073
/** The id that servers give the first message stream. */
const STREAM = 1

const words = (): fc.Arbitrary<string> => fc.stringMatching(/^[a-z][a-z0-9_-]{0,20}$/)

interface Media {
  readonly audio: boolean
  readonly step: number
  readonly size: number
}

const media = (): fc.Arbitrary<readonly Media[]> =>
  fc.array(
    fc.record(
      {
        audio: fc.boolean(),
        step: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constantFrom(0xfffff0, 0x100_0000)),
        size: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 100, max: 3000 })),
      },
      { noNullPrototype: true },
    ),
    { maxLength: 12 },
  )

const said = (messageStreamId: number, spoken: CommandMessage): Message => ({
  csid: messageStreamId === 0 ? 3 : 8,
  typeId: MessageTypeId.commandAmf0,
  messageStreamId,
  timestamp: 0,
  payload: encodeCommand(spoken),
})

const told = (spoken: DataMessage): Message => ({
  csid: 4,
  typeId: MessageTypeId.dataAmf0,
  messageStreamId: STREAM,
  timestamp: 0,
  payload: encodeData(spoken),
})

const audioOrVideo = ({ audio, size }: Media, timestamp: number): Message => ({
  csid: audio ? 4 : 6,
  typeId: audio ? 8 : 9,
  messageStreamId: STREAM,
  timestamp,
  payload: Uint8Array.from({ length: size }, (_, at) =>
    at === 0 ? (audio ? 0xaf : 0x27) : at === 1 ? 1 : at,
  ),
})

/**
 * What a publisher or a player sends, legally from beginning to end: handshake, connect, what encoders announce,
 * createStream, publish with metadata and media, or play, and often the end. Fed to a server session that
 * accepts everything, each is understood whole.
 *
 * @example
 * fc.assert(fc.property(conversations(), ({ bytes }) => { session.receive(bytes, 0) }))
 */
export const conversations = (): fc.Arbitrary<Conversation> =>
  fc
    .record(
      {
        role: fc.constantFrom('publish' as const, 'play' as const),
        app: words(),
        streamName: words(),
        announces: fc.boolean(),
        metadata: fc.boolean(),
        ends: fc.boolean(),
        chunkSize: fc.constantFrom(128, 129, 4096, 65_536),
        media: media(),
      },
      { noNullPrototype: true },
    )
    .map(({ role, app, streamName, announces, metadata, ends, chunkSize, media: sent }) => {
      const messages: Message[] = [
        said(0, command('connect', 1, { app, tcUrl: `rtmp://localhost/${app}` })),
        ...(announces
          ? [
              said(0, command('releaseStream', 2, null, streamName)),
              said(0, command('FCPublish', 3, null, streamName)),
            ]
          : []),
        said(0, command('createStream', 4, null)),
      ]
      if (role === 'play') messages.push(said(STREAM, command('play', 5, null, streamName)))
      else {
        messages.push(said(STREAM, command('publish', 5, null, streamName, 'live')))
        if (metadata) messages.push(told(setDataFrame('onMetaData', { width: 320 })))
        let timestamp = 0
        for (const each of sent) {
          timestamp = (timestamp + each.step) % 2 ** 32
          messages.push(audioOrVideo(each, timestamp))
        }
      }
      if (ends) messages.push(said(0, command('deleteStream', 6, null, STREAM)))
      return { role, app, streamName, messages, bytes: written(messages, chunkSize) }
    })

const written = (messages: readonly Message[], chunkSize: number): Uint8Array => {
  const writer = new ChunkWriter()
  const pieces = [...writer.setChunkSize(chunkSize), ...messages.flatMap((message) => writer.write(message))]
  const bytes = new Uint8Array(HANDSHAKE_SIZE + pieces.reduce((sum, piece) => sum + piece.length, 0))
  bytes[0] = 3
  let at = HANDSHAKE_SIZE
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

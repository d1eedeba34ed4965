import { bigEndian, chunk0, chunk1, chunk2, chunk3 } from '../../src/wire/chunk-bytes.ts'
import type { SeenMessage } from '../../src/wire/chunk-judge.ts'
import { joined } from '../../src/wire/hex.ts'
import { dies, diesOf, hangs, hangsUp, loses, mistimes, says, u16, u32 } from './kinds.ts'
import { type Mutant, originOf } from './mutated-dial.ts'

const first = ({ chunks }: SeenMessage): number => chunks[0]?.fmt ?? -1
const isAudio = ({ typeId }: SeenMessage): boolean => typeId === 8

/** Type 3 continuations of a message, byte for byte as a careless writer would send them. */
const cut = (message: SeenMessage, size: number, next: (data: Uint8Array) => Uint8Array): Uint8Array => {
  const { csid, timestamp, typeId, msid, payload } = message
  const pieces = [
    chunk0({ csid, timestamp, length: payload.length, typeId, msid, data: payload.subarray(0, size) }),
  ]
  for (let at = size; at < payload.length; at += size) pieces.push(next(payload.subarray(at, at + size)))
  return joined(...pieces)
}

export const chunkMutants: readonly Mutant[] = [
  loses('RTMP-CHUNK-01b', 'reads the 3-byte form of csid 1000 wrongly', ({ csid }) => csid === 1000),
  loses(
    'RTMP-CHUNK-01c',
    'loses continuations on csid 320',
    ({ csid, chunks }) => csid === 320 && chunks.length > 1,
  ),
  {
    id: 'RTMP-CHUNK-02a',
    what: 'writes csids longer than they need',
    encode: (message, normal, size) =>
      message.payload.length <= size && message.typeId === 20
        ? chunk0({ ...message, data: message.payload, csid: 100, form: 3 })
        : normal,
  },
  mistimes(
    'RTMP-CHUNK-02b',
    'takes both forms of csid 100 for two chunk streams',
    7,
    (m) => m.csid === 100 && first(m) === 1,
  ),
  says('RTMP-CHUNK-03a', 'sends metadata on csid 2', (message) =>
    message.typeId === 18 ? { ...message, csid: 2 } : undefined,
  ),
  hangs(
    'RTMP-CHUNK-03b',
    'listens for commands on csid 3 only',
    ({ csid, typeId, msid }) => csid === 5 && typeId === 20 && msid === 0,
  ),
  diesOf(
    'RTMP-CHUNK-04',
    'dies of too many chunk streams',
    (bytes) => bytes.length > 5000 && bytes[0] === 1 && bytes[9] === 18,
  ),
  {
    id: 'RTMP-CHUNK-05a',
    what: 'writes a backward step as a delta of 32 bits',
    encode: (message, normal, _, tie) => {
      const back = isAudio(message) && message.timestamp === 10 && tie.mark > 0
      if (!isAudio(message)) return normal
      const delta = (message.timestamp - tie.mark + 2 ** 32) % 2 ** 32
      tie.mark = message.timestamp
      return back ? chunk1({ csid: message.csid, delta, typeId: 8, data: message.payload }) : normal
    },
  },
  mistimes(
    'RTMP-CHUNK-05b',
    'takes a smaller absolute timestamp for a delta',
    1000,
    (m) => isAudio(m) && m.csid === 10 && m.timestamp === 500,
  ),
  loses(
    'RTMP-CHUNK-06',
    'knows the first message stream only',
    (m, tie) => m.msid === 2 && m.timestamp === 100 && tie.shared.dials === 2,
  ),
  loses(
    'RTMP-CHUNK-07',
    'loses video of 307 bytes in three chunks',
    ({ payload, chunks }) => payload.length === 307 && chunks.length === 3,
  ),
  mistimes(
    'RTMP-CHUNK-08a',
    'adds no delta of type 1',
    -20,
    (m) => first(m) === 1 && m.timestamp === 1020 && m.payload.length === 40,
  ),
  mistimes('RTMP-CHUNK-08b', 'adds no delta of type 2', -30, (m) => first(m) === 2 && m.timestamp === 1050),
  mistimes('RTMP-CHUNK-09a', 'adds no delta of type 3', -20, (m) => first(m) === 3 && m.timestamp === 1060),
  mistimes(
    'RTMP-CHUNK-09b',
    'adds the delta with each chunk',
    80,
    (m) => first(m) === 1 && m.chunks.length === 3 && m.timestamp === 1040,
  ),
  loses(
    'RTMP-CHUNK-10a',
    'keeps one unfinished message only',
    ({ payload, csid }) => payload.length === 500 && csid === 4,
  ),
  says('RTMP-CHUNK-10b', 'answers pings when it has nothing better to do', ({ typeId, payload }) =>
    typeId === 4 && u16(payload) === 7 && u32(payload, 2) === 0xabcd ? [] : undefined,
  ),
  {
    id: 'RTMP-CHUNK-11',
    what: 'splits a chunk by another',
    encode: (message, normal) =>
      message.typeId === 4 && u32(message.payload, 2) === 37 ? joined(Uint8Array.of(0xc9), normal) : normal,
  },
  {
    id: 'RTMP-CHUNK-12',
    what: 'continues messages with type 2',
    encode: (message, normal, size) =>
      message.payload.length > size && message.timestamp < 0xffffff
        ? cut(message, size, (data) => chunk2(message.csid, 0, data))
        : normal,
    received: (message) => (message.typeId === 1 ? [{ ...message, payload: bigEndian(128, 4) }] : [message]),
  },
  says('RTMP-CHUNK-13', 'truncates large messages', (message) =>
    message.payload.length > 16_000_000
      ? { ...message, payload: message.payload.slice(0, 65536) }
      : undefined,
  ),
  hangsUp(
    'RTMP-CHUNK-14a',
    'ends at an empty audio message',
    (m) => isAudio(m) && m.payload.length === 0 && m.timestamp === 100,
  ),
  hangsUp(
    'RTMP-CHUNK-14b',
    'ends at an empty data message',
    ({ typeId, payload }) => typeId === 18 && payload.length === 0,
  ),
  {
    id: 'RTMP-CHUNK-15a',
    what: 'ends when csid 2 begins with type 1',
    write: (bytes, tie) => {
      if (bytes[0] === 0x42 && bytes.length === 14) tie.end()
      return bytes
    },
  },
  diesOf(
    'RTMP-CHUNK-15b',
    'dies when a csid begins with type 3',
    (bytes) => bytes[0] === (0xc0 | 40) && bytes.length === 129,
  ),
  {
    id: 'RTMP-CHUNK-16a',
    what: 'starts anew at a header inside a message',
    received: (message, tie) =>
      originOf(message, tie)?.chunks.length === 2 && originOf(message, tie)?.chunks[1]?.fmt === 1
        ? [{ ...message, payload: message.payload.slice(128) }]
        : [message],
  },
  {
    id: 'RTMP-CHUNK-16b',
    what: 'mixes two messages',
    write: (bytes, tie) => {
      // The second type 0 header, 140 bytes behind the first one of csid 10, claims a length of 100.
      if (
        bytes[0] === 10 &&
        bytes.length > 240 &&
        bytes[140] === 10 &&
        bytes[146] === 100 &&
        bytes[145] === 0
      )
        for (const other of tie.shared.ties)
          if (other !== tie)
            other.say({ typeId: 8, msid: 1, csid: 4, timestamp: 100, payload: bytes.slice(12, 140) })
      return bytes
    },
  },
  loses(
    'RTMP-CHUNK-17',
    'takes messages of one csid for one stream',
    (m) => m.csid === 10 && m.timestamp === 300 && m.msid === 2,
  ),
  diesOf(
    'RTMP-CHUNK-18a',
    'dies of fifty large announcements',
    (bytes, tie) => tie.number > 40 && bytes.length === 112 && bytes[4] === 0xff && bytes[7] === 9,
  ),
  {
    id: 'RTMP-CHUNK-19',
    what: 'keeps any number of unfinished bytes',
    write: (bytes, tie) => {
      if (bytes.length > 1_000_000 && bytes[0] === 0) tie.heldOpen = true
      return bytes
    },
  },
  mistimes(
    'RTMP-CHUNK-21',
    'takes no timestamp of type 0 for a delta',
    -26,
    (m) => first(m) === 3 && m.timestamp === 52,
  ),
  {
    id: 'RTMP-CHUNK-22',
    what: 'begins messages with type 3 right after type 0',
    encode: (message, normal, size) =>
      message.typeId === 9 && message.timestamp > 0 && message.payload.length <= size / 2
        ? joined(normal, chunk3(message.csid, message.payload))
        : normal,
  },
  mistimes(
    'RTMP-CHUNK-24a',
    'cuts timestamps to 24 bits',
    -(0x01312d00 - 0x312d00),
    (m) => m.timestamp === 0x01312d00 && m.payload.length === 256 && m.chunks[1]?.extended === 0x01312d00,
  ),
  mistimes(
    'RTMP-CHUNK-24b',
    'takes 0xffffff for no timestamp',
    -0xffffff,
    (m) => m.timestamp === 0xffffff && m.csid === 10,
  ),
  {
    id: 'RTMP-CHUNK-24c',
    what: 'writes an extended timestamp below 0xffffff',
    encode: (message, normal) =>
      message.timestamp === 0xfffffe
        ? joined(
            Uint8Array.of(message.csid),
            bytesBefore(message),
            bigEndian(message.timestamp, 4),
            message.payload,
          )
        : normal,
  },
  mistimes(
    'RTMP-CHUNK-25a',
    'takes an extended delta for a timestamp',
    -11_000,
    (m) => first(m) === 1 && m.timestamp === 16_788_215,
  ),
  mistimes(
    'RTMP-CHUNK-25b',
    'forgets the time after an extended delta',
    -19_999_977,
    (m) => first(m) === 2 && m.timestamp === 20_000_000,
  ),
  loses(
    'RTMP-CHUNK-26a',
    'takes the extension of type 3 for payload',
    (m) => m.timestamp === 100 && m.csid === 4 && m.payload.length === 40,
  ),
  {
    id: 'RTMP-CHUNK-26b',
    what: 'repeats another extended timestamp in continuations',
    encode: (message, normal, size) =>
      message.timestamp === 0x01000010 && message.payload.length > size
        ? cut(message, size, (data) => chunk3(message.csid, data, 0))
        : normal,
  },
  {
    id: 'RTMP-CHUNK-27',
    what: 'writes a leap as an extended delta',
    encode: (message, normal, _, tie) => {
      if (!isAudio(message)) return normal
      const delta = message.timestamp - tie.mark
      tie.mark = message.timestamp
      return message.timestamp === 20_000_000
        ? chunk1({ csid: message.csid, delta, typeId: 8, data: message.payload })
        : normal
    },
  },
  {
    id: 'RTMP-CHUNK-28',
    what: 'insists on the extension in continuations',
    write: (bytes, tie) => {
      if (
        bytes[0] === 10 &&
        bytes[6] === 0x90 &&
        bytes[1] === 0xff &&
        bytes.length > 400 &&
        bytes.length < 430
      )
        tie.end()
      return bytes
    },
    received: (message) => (message.typeId === 8 && message.payload.length === 400 ? [] : [message]),
  },
  {
    id: 'RTMP-CHUNK-29',
    what: 'takes the time of a continuation for the message’s',
    received: (message) =>
      message.typeId === 8 && message.timestamp === 0x01312d00 && message.payload.length === 256
        ? [{ ...message, timestamp: 0 }]
        : [message],
  },
  mistimes('RTMP-CHUNK-32', 'starts anew at the wrap', 1000, (m) => m.timestamp === 0x10 && first(m) === 1),
  mistimes(
    'RTMP-CHUNK-33',
    'takes a negative delta for a large one',
    20,
    (m) => m.timestamp === 990 && first(m) === 1,
  ),
  mistimes('RTMP-CHUNK-34', 'keeps 31 bits of a timestamp', 2 ** 31, (m) => m.timestamp === 0x80000000),
  hangsUp(
    'RTMP-CHUNK-35',
    'minds the timestamp of Set Chunk Size',
    (m) => m.typeId === 1 && m.timestamp === 4_000_000_000,
  ),
  dies(
    'RTMP-PCM-02a',
    'dies of a control message without payload',
    (m) => m.typeId === 6 && m.payload.length === 3,
  ),
]

/** The rest of a type 0 header with the timestamp field that announces an extension. */
const bytesBefore = ({ payload, typeId, msid }: SeenMessage): Uint8Array =>
  joined(
    bigEndian(0xffffff, 3),
    bigEndian(payload.length, 3),
    Uint8Array.of(typeId),
    Uint8Array.of(msid & 0xff, 0, 0, 0),
  )

import { bigEndian, chunk0 } from '../../src/wire/chunk-bytes.ts'
import { nameOf } from '../../src/wire/message-text.ts'
import { dies, hangs, hangsUp, loses, mistimes, says, u16, u32 } from './kinds.ts'
import type { Mutant } from './mutated-dial.ts'

const announces =
  (size: number, more: (csid: number, bytes: number) => boolean = () => true) =>
  ({ typeId, payload, csid }: { typeId: number; payload: Uint8Array; csid: number }): boolean =>
    typeId === 1 && u32(payload) === size && more(csid, payload.length)

const window =
  (size: number) =>
  ({ typeId, payload }: { typeId: number; payload: Uint8Array }): boolean =>
    typeId === 5 && u32(payload) === size

const event =
  (type: number, bytes?: number) =>
  ({ typeId, payload }: { typeId: number; payload: Uint8Array }): boolean =>
    typeId === 4 && (bytes === undefined || payload.length === bytes) && (payload[1] ?? -1) === type

/** Raw writes in which a Set Chunk Size stands that no correct reader accepts. */
const rawSize =
  (hex: string) =>
  (bytes: Uint8Array): boolean =>
    bytes.length === 16 && bytes[7] === 1 && Buffer.from(bytes.subarray(12)).toString('hex') === hex

export const controlMutants: readonly Mutant[] = [
  says('RTMP-PCM-01a', 'sends the window on csid 3', (m) => (m.typeId === 6 ? { ...m, csid: 3 } : undefined)),
  hangs(
    'RTMP-PCM-01b',
    'heeds control messages on csid 2 only',
    announces(4096, (csid) => csid === 3),
  ),
  hangs(
    'RTMP-PCM-02b',
    'refuses Set Chunk Size with more than four bytes',
    announces(1000, (_, bytes) => bytes === 8),
  ),
  {
    id: 'RTMP-PCM-03a',
    what: 'refuses a chunk size of 1',
    sent: (m, tie) => {
      if (announces(1)(m)) tie.mark += 1
      if (tie.mark === 1 && m.typeId === 20 && m.chunks.length > 20) tie.end()
    },
  },
  {
    id: 'RTMP-PCM-03b',
    what: 'takes the tester’s chunk size for its own',
    encode: (message, normal, _, tie) =>
      message.typeId === 9 && message.payload.length === 9000 && tie.said.some(announces(4096))
        ? chunk0({ ...message, csid: 6, length: 9000, data: message.payload.subarray(0, 4096) })
        : normal,
  },
  loses(
    'RTMP-PCM-04a',
    'cannot take a message in one chunk of 200 KiB',
    ({ payload, chunks }) => payload.length === 204_800 && chunks.length === 1,
  ),
  hangsUp('RTMP-PCM-04b', 'refuses chunk sizes above 0xffffff', announces(0x1000000)),
  dies(
    'RTMP-PCM-04c',
    'dies of many large chunk sizes',
    (m, tie) => announces(0x7fffffff)(m) && tie.number > 90,
  ),
  {
    id: 'RTMP-PCM-05a',
    what: 'waits for ever after a chunk size of 0',
    write: (bytes, tie) => {
      if (rawSize('00000000')(bytes)) tie.heldOpen = true
      return bytes
    },
  },
  {
    id: 'RTMP-PCM-05b',
    what: 'ignores the highest bit of a chunk size',
    write: (bytes, tie) => {
      if (rawSize('80000080')(bytes)) tie.heldOpen = true
      return bytes
    },
  },
  says('RTMP-PCM-06', 'announces a chunk size of 100', (m) =>
    m.typeId === 1 ? { ...m, payload: bigEndian(100, 4) } : undefined,
  ),
  loses(
    'RTMP-PCM-07',
    'keeps the old chunk size for a message that has begun',
    ({ payload, chunks }) => payload.length === 1000 && chunks[1]?.dataBytes === 300,
  ),
  {
    id: 'RTMP-PCM-08',
    what: 'takes Set Chunk Size by the new size at once',
    sent: (m, tie) => {
      if (announces(1)(m)) tie.mark = 1
      if (announces(128)(m) && tie.mark === 1 && m.chunks.length === 4) tie.end()
    },
  },
  hangsUp('RTMP-PCM-09', 'refuses its own chunk size from clients', announces(60_000)),
  hangs(
    'RTMP-PCM-10',
    'wants connect to come first',
    (m, tie) => announces(4096)(m) && tie.said.length === 1,
  ),
  {
    id: 'RTMP-PCM-11a',
    what: 'does not heed Abort',
    sent: (m, tie) => {
      if (m.typeId === 2 && u32(m.payload) === 10) tie.mark = 1
      if (tie.mark === 1 && m.timestamp === 400)
        for (const other of tie.shared.ties)
          if (other !== tie)
            other.say({ typeId: 8, msid: 1, csid: 4, timestamp: 300, payload: new Uint8Array(1000) })
    },
    received: (m, tie) =>
      m.typeId === 8 && m.payload.length === 200 && tie.shared.ties.some(({ mark }) => mark === 1) ? [] : [m],
  },
  hangsUp(
    'RTMP-PCM-12a',
    'refuses Abort of a csid without a message',
    (m) => m.typeId === 2 && u32(m.payload) === 999,
  ),
  mistimes(
    'RTMP-PCM-12b',
    'forgets the header of a message that was aborted',
    -1000,
    (m) => m.timestamp === 1020 && m.payload.length === 100 && m.chunks[0]?.fmt === 1,
  ),
  {
    id: 'RTMP-PCM-13a',
    what: 'never acknowledges',
    received: (m, tie) => (m.typeId === 3 && tie.said.some(window(100_000)) ? [] : [m]),
  },
  {
    id: 'RTMP-PCM-14',
    what: 'counts acknowledgements backwards',
    received: (m, tie) => {
      if (m.typeId !== 3 || !tie.said.some(window(50_000))) return [m]
      return [{ ...m, payload: bigEndian(1_000_000 - u32(m.payload), 4) }]
    },
  },
  loses(
    'RTMP-PCM-15a',
    'stops sending without acknowledgements',
    (m) =>
      m.typeId === 8 &&
      m.timestamp === 210_000 &&
      m.payload.length === 40 &&
      m.chunks[0]?.dataBytes === 40 &&
      m.csid === 4,
  ),
  hangsUp(
    'RTMP-PCM-15b',
    'refuses acknowledgements that go back',
    (m) => m.typeId === 3 && u32(m.payload) === 0xf0000000,
  ),
  dies(
    'RTMP-PCM-15c',
    'dies of many acknowledgements',
    (m, tie) => m.typeId === 3 && tie.said.length > 50_000,
  ),
  {
    id: 'RTMP-PCM-16a',
    what: 'acknowledges without end after a window of 0',
    sent: (m, tie) => {
      if (window(0)(m)) tie.mark = 1
      if (tie.mark === 1 && m.typeId === 20)
        for (let count = 0; count < 10; count++) tie.say({ typeId: 3, payload: bigEndian(1, 4) })
    },
  },
  dies('RTMP-PCM-16b', 'dies of a window of 1', window(1)),
  says('RTMP-PCM-17', 'announces no window', (m, tie) =>
    m.typeId === 5 && tie.number === 1 ? [] : undefined,
  ),
  dies('RTMP-PCM-20', 'dies of a small peer bandwidth', (m) => m.typeId === 6 && u32(m.payload) === 1000),
  hangsUp('RTMP-PCM-21', 'refuses an unknown limit type', (m) => m.typeId === 6 && m.payload[4] === 9),
  says('RTMP-UCM-01', 'sends user control on csid 3', (m) =>
    m.typeId === 4 ? { ...m, csid: 3 } : undefined,
  ),
  says('RTMP-UCM-02b', 'answers pings with zeros', (m) =>
    m.typeId === 4 && u16(m.payload) === 7 && u32(m.payload, 2) === 0xdeadbeef
      ? { ...m, payload: Uint8Array.of(0, 7, 0, 0, 0, 0) }
      : undefined,
  ),
  says('RTMP-UCM-03a', 'begins streams without StreamBegin', (m) =>
    m.typeId === 4 && u16(m.payload) === 0 && u32(m.payload, 2) > 0 ? [] : undefined,
  ),
  hangsUp('RTMP-UCM-04a', 'refuses event 31', event(31)),
  hangsUp('RTMP-UCM-04b', 'refuses a short ping', event(6, 2)),
  hangsUp(
    'RTMP-UCM-05',
    'ends publishers that answer no ping',
    (m, tie) => m.typeId === 8 && m.timestamp === 2000 && tie.said.length < 20,
  ),
  hangsUp(
    'RTMP-UCM-06',
    'refuses a buffer length for stream 0',
    (m) => event(3)(m) && u32(m.payload, 6) === 300 && m.payload.length === 10 && m.msid === 0,
  ),
  dies('RTMP-UCM-07', 'dies of many pings', (m, tie) => event(6)(m) && tie.said.length > 50_000),
  hangsUp('RTMP-MSG-01', 'refuses type 21', ({ typeId }) => typeId === 21),
  loses(
    'RTMP-MSG-02',
    'loses media after some on an unknown stream',
    (m, tie) => m.timestamp === 320 && tie.shared.dials === 2,
  ),
  dies(
    'RTMP-MSG-03',
    'dies of media before publish',
    (m, tie) => m.typeId === 9 && !tie.said.some((each) => nameOf(each) === 'publish'),
  ),
]

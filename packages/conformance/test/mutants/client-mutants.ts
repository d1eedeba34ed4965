import { encodeAmf0 } from '@rtmp/amf0'
import { bigEndian, chunk0, chunk1, chunk2, chunk3 } from '../../src/wire/chunk-bytes.ts'
import type { SeenMessage } from '../../src/wire/chunk-judge.ts'
import { joined } from '../../src/wire/hex.ts'
import { amfValues, nameOf } from '../../src/wire/message-text.ts'
import { codeOf, hangs, hangsUp, said, says, u16, u32, withValues } from './kinds.ts'
import type { Mutant, Tie } from './mutated-dial.ts'

const hello = (
  id: string,
  what: string,
  change: (bytes: Uint8Array, at: number, tie: Tie) => Uint8Array,
): Mutant => ({ id, what, hello: change })

const control =
  (typeId: number, value: number) =>
  (m: SeenMessage): boolean =>
    m.typeId === typeId && u32(m.payload) === value

const isResult = (m: SeenMessage, when: (values: readonly unknown[]) => boolean): boolean =>
  m.typeId === 20 && nameOf(m) === '_result' && when(amfValues(m.payload))

/** The tester's answer to connect, and it says this. */
const answered =
  (when: (info: Record<string, unknown>, object: Record<string, unknown>) => boolean) =>
  (m: SeenMessage): boolean =>
    isResult(
      m,
      (values) =>
        values[1] === 1 &&
        when((values[3] ?? {}) as Record<string, unknown>, (values[2] ?? {}) as Record<string, unknown>),
    )

/** Ends the connection, or keeps it, when the tester writes these very bytes. */
const whenWritten = (
  id: string,
  what: string,
  when: (bytes: Uint8Array) => boolean,
  then: (tie: Tie) => void,
): Mutant => ({
  id,
  what,
  write: (bytes, tie) => {
    if (when(bytes)) then(tie)
    return bytes
  },
})

const holds = (tie: Tie): void => {
  tie.heldOpen = true
}

const change = (
  id: string,
  what: string,
  when: (m: SeenMessage, tie: Tie) => boolean,
  to: (m: SeenMessage) => SeenMessage,
): Mutant => says(id, what, (m, tie) => (when(m, tie) ? to(m) : undefined))

const isVideo = (m: SeenMessage): boolean => m.typeId === 9 && m.payload.length > 100

const cut = (m: SeenMessage, size: number, next: (data: Uint8Array) => Uint8Array): Uint8Array => {
  const pieces = [chunk0({ ...m, length: m.payload.length, data: m.payload.subarray(0, size) })]
  for (let at = size; at < m.payload.length; at += size) pieces.push(next(m.payload.subarray(at, at + size)))
  return joined(...pieces)
}

const small: NonNullable<Mutant['received']> = (m) =>
  m.typeId === 1 ? [{ ...m, payload: bigEndian(128, 4) }] : [m]

const speaks = (tie: Tie, ...values: readonly unknown[]): void =>
  tie.say({ typeId: 20, payload: encodeAmf0(values) })

export const CLIENT_MUTANTS: readonly Mutant[] = [
  hello('RTMP-HS-01', 'says more than C0 and C1', (bytes, at) =>
    at === 0 ? joined(bytes, Uint8Array.of(1)) : bytes,
  ),
  {
    id: 'RTMP-HS-02a',
    what: 'sends connect before S2',
    hello: (bytes, at) => (at >= 1537 ? joined(bytes, Uint8Array.of(3)) : bytes),
  },
  whenWritten(
    'RTMP-HS-04b',
    'wants S0, S1 and S2 in one piece',
    (bytes) => bytes.length === 1 && bytes[0] === 3,
    (tie) => holds(tie),
  ),
  whenWritten('RTMP-HS-10', 'takes version 6', (bytes) => bytes.length === 3073 && bytes[0] === 6, holds),
  hello('RTMP-HS-11', 'says a version without a digest', (bytes, at) =>
    at === 0 ? bytes.map((byte, index) => (index === 5 ? 9 : byte)) : bytes,
  ),
  hello('RTMP-HS-13', 'fills C1 with one byte', (bytes, at) =>
    at === 0 ? bytes.map((byte, index) => (index > 8 ? 7 : byte)) : bytes,
  ),
  hello('RTMP-HS-14b', 'echoes its own C1', (bytes, at) =>
    at >= 1537 ? bytes.map((byte, index) => (index < 4 ? 0 : byte)) : bytes,
  ),
  whenWritten(
    'RTMP-HS-15b',
    'insists on an echo in S2',
    (bytes) => bytes.length === 3073 && bytes[1537 + 4] === 0x5a && bytes[1537 + 5] === 0x5a,
    (tie) => tie.end(),
  ),
  whenWritten(
    'RTMP-HS-16',
    'minds the time in S2',
    (bytes) => bytes.length === 3073 && bytes[1541] === 0xff && bytes[1544] === 0xff,
    (tie) => tie.end(),
  ),
  hangs('RTMP-CHUNK-01d', 'reads csid 320 wrongly', (m) => m.csid === 320),
  {
    id: 'RTMP-CHUNK-02a',
    what: 'writes csids longer than they need',
    encode: (m, normal, size) =>
      m.typeId === 20 && m.payload.length <= size
        ? chunk0({ ...m, data: m.payload, csid: 100, form: 3 })
        : normal,
  },
  change(
    'RTMP-CHUNK-03a',
    'sends metadata on csid 2',
    ({ typeId }) => typeId === 18,
    (m) => ({ ...m, csid: 2 }),
  ),
  {
    id: 'RTMP-CHUNK-05a',
    what: 'writes a backward step as a delta of 32 bits',
    encode: (m, normal, _, tie) => {
      if (m.typeId !== 8) return normal
      tie.mark += 1
      return tie.mark === 3 ? chunk1({ csid: m.csid, delta: 0xfffffff0, typeId: 8, data: m.payload }) : normal
    },
    received: (m) => (m.typeId === 1 ? [{ ...m, payload: bigEndian(65536, 4) }] : [m]),
  },
  hangsUp('RTMP-CHUNK-09c', 'cannot read type 3', (m) => m.csid === 10 && m.chunks[0]?.fmt === 3),
  {
    id: 'RTMP-CHUNK-11',
    what: 'splits a chunk by another',
    encode: (m, normal) =>
      isVideo(m) && m.timestamp === 0 ? joined(Uint8Array.of(0xc0 | 33), normal) : normal,
  },
  {
    id: 'RTMP-CHUNK-12',
    what: 'continues messages with type 2',
    received: small,
    encode: (m, normal, size) =>
      isVideo(m) && m.payload.length > size ? cut(m, size, (data) => chunk2(m.csid, 0, data)) : normal,
  },
  whenWritten(
    'RTMP-CHUNK-18b',
    'hangs at a large announcement',
    (bytes) => bytes.length === 140 && bytes[4] === 0xff && bytes[7] === 9,
    holds,
  ),
  {
    id: 'RTMP-CHUNK-22',
    what: 'begins messages with type 3 right after type 0',
    received: (m) => (m.typeId === 1 ? [{ ...m, payload: bigEndian(65536, 4) }] : [m]),
    encode: (m, normal) =>
      isVideo(m) && m.timestamp > 0 ? joined(normal, chunk3(m.csid, m.payload)) : normal,
  },
  {
    id: 'RTMP-CHUNK-24c',
    what: 'writes an extended timestamp below 0xffffff',
    received: (m) => (m.typeId === 1 ? [{ ...m, payload: bigEndian(65536, 4) }] : [m]),
    encode: (m, normal) =>
      isVideo(m) && m.timestamp === 40
        ? joined(
            Uint8Array.of(m.csid),
            bigEndian(0xffffff, 3),
            bigEndian(m.payload.length, 3),
            Uint8Array.of(9, m.msid, 0, 0, 0),
            bigEndian(40, 4),
            m.payload,
          )
        : normal,
  },
  {
    id: 'RTMP-CHUNK-26b',
    what: 'repeats another extended timestamp in continuations',
    received: (m) =>
      small(isVideo(m) ? { ...m, timestamp: 0x01000000 + m.timestamp } : m, undefined as never),
    encode: (m, normal, size) =>
      isVideo(m) && m.payload.length > size ? cut(m, size, (data) => chunk3(m.csid, data, 0)) : normal,
  },
  change(
    'RTMP-PCM-01a',
    'sends Set Chunk Size on csid 3',
    ({ typeId }) => typeId === 1,
    (m) => ({ ...m, csid: 3 }),
  ),
  {
    id: 'RTMP-PCM-05a',
    what: 'stays after a chunk size of 0',
    write: (bytes, tie) =>
      bytes.length === 16 && bytes[7] === 1 && bytes[12] === 0 && bytes[15] === 0
        ? (holds(tie), bytes)
        : bytes,
  },
  {
    id: 'RTMP-PCM-05b',
    what: 'stays after a chunk size with the highest bit',
    write: (bytes, tie) =>
      bytes.length === 16 && bytes[7] === 1 && bytes[12] === 0x80 ? (holds(tie), bytes) : bytes,
  },
  change(
    'RTMP-PCM-06',
    'announces a chunk size of 100',
    ({ typeId }) => typeId === 1,
    (m) => ({ ...m, payload: bigEndian(100, 4) }),
  ),
  hangsUp('RTMP-PCM-11b', 'does not know Abort', control(2, 12)),
  says('RTMP-PCM-13b', 'never acknowledges', (m, tie) =>
    m.typeId === 3 && tie.said.some(control(5, 50_000)) ? [] : undefined,
  ),
  change(
    'RTMP-PCM-14',
    'counts backwards',
    (m, tie) => m.typeId === 3 && tie.said.some(control(5, 50_000)),
    (m) => ({ ...m, payload: bigEndian(2_000_000 - u32(m.payload), 4) }),
  ),
  hangsUp('RTMP-PCM-16a', 'refuses a window of 0', control(5, 0)),
  hangsUp('RTMP-PCM-16b', 'refuses a window of 1', control(5, 1)),
  hangs(
    'RTMP-PCM-18',
    'wants a window before the answer',
    (m, tie) => answered(() => true)(m) && !tie.said.some(({ typeId }) => typeId === 5),
  ),
  says('RTMP-PCM-19', 'does not answer Set Peer Bandwidth', (m, tie) =>
    m.typeId === 5 && tie.said.some(control(6, 1_000_000)) ? [] : undefined,
  ),
  hangsUp('RTMP-PCM-21', 'refuses an unknown limit type', (m) => m.typeId === 6 && m.payload[4] === 9),
  change(
    'RTMP-UCM-01',
    'answers pings on csid 3',
    ({ typeId }) => typeId === 4,
    (m) => ({ ...m, csid: 3 }),
  ),
  change(
    'RTMP-UCM-02a',
    'answers pings with zeros',
    (m) => m.typeId === 4 && u16(m.payload) === 7,
    (m) => ({ ...m, payload: Uint8Array.of(0, 7, 0, 0, 0, 0) }),
  ),
  hangs(
    'RTMP-UCM-03b',
    'waits for StreamBegin',
    (m, tie) =>
      codeOf(m).endsWith('.Publish.Start') &&
      !tie.said.some((each) => each.typeId === 4 && u16(each.payload) === 0 && u32(each.payload, 2) === 1),
  ),
  hangsUp('RTMP-UCM-04a', 'refuses event 31', (m) => m.typeId === 4 && u16(m.payload) === 31),
  hangsUp(
    'RTMP-UCM-04b',
    'refuses a short ping',
    (m) => m.typeId === 4 && m.payload.length === 2 && m.payload[1] === 6,
  ),
  hangsUp('RTMP-MSG-01', 'refuses type 21', ({ typeId }) => typeId === 21),
  hangsUp('RTMP-AGG-02', 'refuses aggregates', (m) => m.typeId === 22 && m.payload[6] === 100),
  hangs(
    'RTMP-AGG-06a',
    'hangs at an aggregate that ends early',
    (m) => m.typeId === 22 && m.payload[6] === 0,
  ),
  hangs(
    'RTMP-ROB-08b',
    'hangs at many calls',
    (m, tie) => said(m, 'fooBar')?.[1] === 9 && tie.said.length > 20_000,
  ),
  hangsUp('RTMP-CMD-01c', 'refuses answers to nothing', (m) => isResult(m, (values) => values[1] === 999)),
  hangs(
    'RTMP-CMD-02b',
    'wants answers in order',
    (m, tie) =>
      isResult(m, (values) => values[3] === 1) &&
      !tie.said.some((each) => isResult(each, (values) => values[1] === 2)) &&
      codeOf(m) === '' &&
      tie.shared.dials === 1 &&
      tie.said.length === 5,
  ),
  hangsUp(
    'RTMP-CMD-07c',
    'takes any error for the end',
    (m) => nameOf(m) === '_error' && codeOf(m) === 'NetConnection.Call.Failed',
  ),
  hangsUp(
    'RTMP-CMD-07d',
    'refuses calls it does not know',
    (m) => said(m, 'fooBar')?.[1] === 9 && amfValues(m.payload)[3] === 1,
  ),
  change(
    'RTMP-CMD-11',
    'leaves tcUrl out',
    (m) => said(m, 'connect') !== undefined,
    (m) => withValues(m, ([name, id, object]) => [name, id, { ...(object as object), tcUrl: 7 }]),
  ),
  hangs(
    'RTMP-CMD-12c',
    'wants a version in the answer',
    answered((info, object) => object['fmsVer'] === undefined && info['description'] === 'yes'),
  ),
  hangs(
    'RTMP-CMD-13c',
    'does not understand a refusal',
    (m) =>
      codeOf(m) === 'NetConnection.Connect.Rejected' &&
      JSON.stringify(amfValues(m.payload)).includes('not today'),
  ),
  {
    id: 'RTMP-CMD-16c',
    what: 'publishes on a stream that is a text',
    sent: (m, tie) => {
      if (isResult(m, (values) => values[3] === 'one')) speaks(tie, 'publish', 5, null, 'x', 'live')
    },
  },
  {
    id: 'RTMP-CMD-19',
    what: 'asks _checkbw twice for each onBWDone',
    sent: (m, tie) => {
      if (said(m, 'onBWDone')?.[3] === 8192)
        for (let count = 0; count < 2; count++) speaks(tie, '_checkbw', 0, null)
    },
  },
  {
    id: 'RTMP-NS-03b',
    what: 'sends media before Publish.Start',
    received: (m) =>
      said(m, 'publish') === undefined
        ? [m]
        : [m, { ...m, typeId: 8, csid: 4, payload: Uint8Array.of(0xaf, 1, 2) }],
  },
  hangsUp(
    'RTMP-NS-03c',
    'refuses an answer to publish',
    (m, tie) =>
      isResult(m, (values) => values[3] === undefined && Number(values[1]) >= 5) &&
      tie.said.some((each) => isResult(each, (values) => values[3] === 1)),
  ),
  hangs('RTMP-NS-05', 'does not leave when refused', (m) => codeOf(m) === 'NetStream.Publish.BadName'),
  hangsUp('RTMP-NS-12', 'refuses data it does not know', (m) => m.typeId === 18 && nameOf(m) === 'onFooBar'),
  {
    id: 'RTMP-SEQ-04a',
    what: 'waits for the answers to releaseStream and FCPublish',
    sent: (m, tie) => {
      if (
        codeOf(m) === 'NetStream.Publish.Start' &&
        !tie.said.some((each) => isResult(each, (values) => values[3] === undefined && Number(values[1]) > 1))
      )
        holds(tie)
    },
  },
  hangsUp(
    'RTMP-SEQ-04b',
    'refuses onFCPublish',
    (m) => nameOf(m) === 'onFCPublish' && JSON.stringify(amfValues(m.payload)).includes('Started'),
  ),
  hangsUp(
    'RTMP-SEQ-05',
    'wants metadata before pictures',
    (m, tie) =>
      m.typeId === 9 && !tie.said.some(({ typeId, payload }) => typeId === 18 && payload.length > 40),
  ),
  change(
    'RTMP-URL-04',
    'says its password in tcUrl',
    (m) => said(m, 'connect') !== undefined,
    (m) =>
      withValues(m, ([name, id, object]) => [
        name,
        id,
        { ...(object as object), tcUrl: 'rtmp://me:secret@127.0.0.1/live' },
      ]),
  ),
  hangs('RTMP-AUTH-01c', 'does not give up', (m) =>
    JSON.stringify(amfValues(m.payload)).includes('needauth'),
  ),
  hangs('AMF-SEC-01d', 'hangs at nested objects', (m) => m.typeId === 20 && m.payload.length > 30_000),
  change(
    'ERTMP-AUD-06',
    'sends AAC as mp4a to everybody',
    (m) => m.typeId === 8 && m.payload[0] === 0xaf,
    (m) => ({ ...m, payload: joined(Uint8Array.of(0x91, 0x6d, 0x70, 0x34, 0x61), m.payload.subarray(2)) }),
  ),
  change(
    'ERTMP-VID-08',
    'sends H.264 as avc1 to everybody',
    (m) => m.typeId === 9,
    (m) => ({ ...m, payload: joined(Uint8Array.of(0x91, 0x61, 0x76, 0x63, 0x31), m.payload.subarray(2)) }),
  ),
  hangsUp(
    'ERTMP-CAPS-04b',
    'refuses CapsEx',
    answered((info) => info['CapsEx'] === 15),
  ),
  hangsUp(
    'ERTMP-CAPS-05',
    'refuses unknown bits',
    answered((info) => info['capsEx'] === 0xffffffff),
  ),
  change(
    'ERTMP-CAPS-07',
    'sends tracks to everybody',
    (m) => m.typeId === 8 && m.payload.length > 100,
    (m) => ({
      ...m,
      payload: joined(Uint8Array.of(0x95, 1, 0x6d, 0x70, 0x34, 0x61, 1), m.payload.subarray(2)),
    }),
  ),
  change(
    'ERTMP-MODEX-05',
    'sends ModEx to everybody',
    (m) => m.typeId === 8 && m.payload.length > 100,
    (m) => ({
      ...m,
      payload: joined(
        Uint8Array.of(0x97, 2, 7, 0xa1, 0x20, 1, 0x6d, 0x70, 0x34, 0x61),
        m.payload.subarray(2),
      ),
    }),
  ),
  change(
    'ERTMP-AMF-01',
    'sends metadata as type 15',
    (m) => m.typeId === 18,
    (m) => ({ ...m, typeId: 15 }),
  ),
  change(
    'ERTMP-AMF-05',
    'sends an ECMA array in connect',
    (m) => said(m, 'connect') !== undefined,
    (m) => ({
      ...m,
      payload: joined(m.payload.subarray(0, 19), Uint8Array.of(8, 0, 0, 0, 1), m.payload.subarray(20)),
    }),
  ),
  change(
    'ERTMP-ONM-01',
    'sends onMetaData as an object',
    (m) => m.typeId === 18,
    (m) => ({ ...m, payload: encodeAmf0(amfValues(m.payload)) }),
  ),
  hangs(
    'ERTMP-RR-02',
    'does not heed a reconnect request',
    (m) =>
      codeOf(m) === 'NetConnection.Connect.ReconnectRequest' &&
      !JSON.stringify(amfValues(m.payload)).includes('tcUrl'),
  ),
  hangsUp('ERTMP-RR-07a', 'leaves for any URL', (m) =>
    JSON.stringify(amfValues(m.payload)).includes('file:///'),
  ),
]

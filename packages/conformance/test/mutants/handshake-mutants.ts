import { sameBytes } from '../../src/wire/hex.ts'
import type { Mutant, Tie } from './mutated-dial.ts'

const changed = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
  const copy = bytes.slice()
  copy[at] = value
  return copy
}

const version = (c1: Uint8Array): number =>
  ((c1[4] ?? 0) << 24) | ((c1[5] ?? 0) << 16) | ((c1[6] ?? 0) << 8) | (c1[7] ?? 0)

/** Changes the answer to one kind of C1 only. */
const answersWrongly = (
  id: string,
  what: string,
  when: (c1: Uint8Array, tie: Tie) => boolean,
  change: (answer: Uint8Array, c1: Uint8Array) => Uint8Array,
): Mutant => ({ id, what, handshake: (answer, c1, tie) => (when(c1, tie) ? change(answer, c1) : answer) })

/** Watches writes, with how many bytes came before on the connection. */
const watches = (
  id: string,
  what: string,
  see: (bytes: Uint8Array, before: number, tie: Tie) => void,
): Mutant => ({
  id,
  what,
  write: (bytes, tie) => {
    see(bytes, tie.mark, tie)
    tie.mark += bytes.length
    return bytes
  },
})

const holds = (tie: Tie): void => {
  tie.heldOpen = true
}

const patternC1 = (c1: Uint8Array, at: number): boolean =>
  version(c1) === 0x09007c02 && c1[at] === (7 * (at - 8) + 3) % 256

/** Which of the fixed C1 packets this is: signed in schema 0 or 1, or the latter with a flipped bit. */
const isPattern = (c1: Uint8Array): boolean => patternC1(c1, 700) && patternC1(c1, 8)

/** The place of the digest holds something else than the pattern. */
const schemaOf = (c1: Uint8Array): 0 | 1 => (patternC1(c1, 1014) && patternC1(c1, 1015) ? 1 : 0)

export const handshakeMutants: readonly Mutant[] = [
  watches('RTMP-HS-02b', 'is silent when C2 and connect come in one segment', (bytes, before, tie) => {
    if (before === 1537 && bytes.length > 1536 && bytes.length < 2500) holds(tie)
  }),
  watches(
    'RTMP-HS-02c',
    'is silent when the whole handshake and connect come in one segment',
    (bytes, before, tie) => {
      if (before === 0 && bytes.length > 3073) holds(tie)
    },
  ),
  {
    id: 'RTMP-HS-03a',
    what: 'answers before C1 is whole',
    write: (bytes) => (bytes.length === 1536 && bytes[0] === 3 ? new Uint8Array([...bytes, 0]) : bytes),
  },
  {
    id: 'RTMP-HS-03b',
    what: 'sends a message before C2 is whole',
    handshake: (answer, _, tie) => {
      setTimeout(() => {
        if (tie.mark === 0) tie.say({ typeId: 5, payload: Uint8Array.of(0, 1, 0, 0) })
      }, 60)
      return answer
    },
    write: (bytes, tie) => {
      if (bytes.length > 0 && bytes.length !== 1537) tie.mark = 1
      return bytes
    },
  },
  watches('RTMP-HS-04a', 'is silent when the handshake comes byte by byte', (bytes, before, tie) => {
    if (before === 70 && bytes.length === 1) holds(tie)
  }),
  watches('RTMP-HS-04c', 'is silent when C2 ends in the middle of a segment', (bytes, before, tie) => {
    if (before === 1537 + 1535 && bytes.length === 2) holds(tie)
  }),
  watches('RTMP-HS-05a', 'lets a handshake trickle for ever', (bytes, before, tie) => {
    if (before === 3 && bytes.length === 1) holds(tie)
  }),
  {
    id: 'RTMP-HS-05b',
    what: 'keeps connections that say nothing after the handshake',
    handshake: (answer, _, tie) => {
      setTimeout(() => {
        if (tie.said.length === 0) holds(tie)
      }, 500)
      return answer
    },
  },
  watches('RTMP-HS-06', 'dies of many that stop in the handshake', (bytes, _, tie) => {
    if (tie.number > 400 && bytes.length === 101) tie.shared.dead = true
  }),
  answersWrongly(
    'RTMP-HS-07',
    'says version 6 to every sixth',
    (c1, tie) => c1.length > 0 && tie.number === 1,
    (answer) => changed(answer, 0, 6),
  ),
  {
    id: 'RTMP-HS-08',
    what: 'echoes the version that was asked for',
    handshake: (answer, _, tie) => (tie.mark === 5 ? changed(answer, 0, 5) : answer),
    write: (bytes, tie) => {
      if (bytes.length === 1537) tie.mark = bytes[0] ?? 0
      return bytes
    },
  },
  watches('RTMP-HS-09a', 'answers text protocols', (bytes, before, tie) => {
    if (before === 0 && bytes[0] === 0x47) {
      tie.say({ typeId: 5, payload: Uint8Array.of(0, 1, 0, 0) })
      holds(tie)
    }
  }),
  watches('RTMP-HS-09b', 'waits for a TLS client for ever', (bytes, before, tie) => {
    if (before === 0 && bytes[0] === 0x16) holds(tie)
  }),
  answersWrongly(
    'RTMP-HS-12',
    'echoes the version of a C1 without digest',
    (c1) => version(c1) === 0x09007c02 && !isPattern(c1),
    (answer, c1) => {
      const copy = answer.slice()
      copy.set(c1.subarray(4, 8), 5)
      return copy
    },
  ),
  answersWrongly(
    'RTMP-HS-13',
    'sends the same S1 each time',
    (c1) => version(c1) === 0,
    (answer) => {
      const copy = answer.slice()
      copy.fill(7, 9, 1537)
      return copy
    },
  ),
  answersWrongly(
    'RTMP-HS-14a',
    'does not echo the time of C1',
    (c1) => c1[0] === 0x12 && c1[1] === 0x34,
    (answer) => changed(answer, 1537, 0),
  ),
  {
    id: 'RTMP-HS-15a',
    what: 'ends connections whose C2 is no echo of S1',
    handshake: (answer, _, tie) => {
      ;(tie as Tie & { s1?: Uint8Array }).s1 = answer.slice(1, 1537)
      return answer
    },
    write: (bytes, tie) => {
      const { s1 } = tie as Tie & { s1?: Uint8Array }
      if (s1 !== undefined && tie.mark === 0) {
        tie.mark = 1
        if (bytes.length === 1536 && !sameBytes(bytes.subarray(8, 40), s1.subarray(8, 40))) tie.end()
      }
      return bytes
    },
  },
  watches('RTMP-HS-17a', 'dies of random bytes', (bytes, before, tie) => {
    if (before >= 3073 && bytes.length === 65536 && bytes[0] !== bytes[1]) tie.shared.dead = true
  }),
  watches('RTMP-HS-17b', 'dies of zeros', (bytes, before, tie) => {
    if (before >= 3073 && bytes.length === 65536 && bytes.every((byte) => byte === 0)) tie.shared.dead = true
  }),
  {
    id: 'RTMP-HS-18',
    what: 'counts more bytes than there were',
    received: (message, tie) =>
      message.typeId === 3 && tie.said.some(({ typeId, payload }) => typeId === 5 && payload[2] === 0x27)
        ? [{ ...message, payload: Uint8Array.of(0x70, 0, 0, 0) }]
        : [message],
  },
  answersWrongly(
    'RTMP-HS-20a',
    'signs S2 wrongly in schema 0',
    (c1) => isPattern(c1) && schemaOf(c1) === 0,
    (answer) => changed(answer, 3072, (answer[3072] ?? 0) ^ 1),
  ),
  answersWrongly(
    'RTMP-HS-20b',
    'signs S2 wrongly in schema 1',
    (c1) => isPattern(c1) && schemaOf(c1) === 1 && c1[66] === 0x3d,
    (answer) => changed(answer, 3072, (answer[3072] ?? 0) ^ 1),
  ),
  answersWrongly(
    'RTMP-HS-20c',
    'takes a digest with a wrong bit',
    (c1) => isPattern(c1) && c1[66] === 0x3c,
    (answer) => changed(answer, 5, 9),
  ),
  answersWrongly(
    'RTMP-HS-21',
    'signs S1 wrongly in every schema',
    (c1) => isPattern(c1) && c1[66] !== 0x3c,
    (answer) => {
      const copy = answer.slice()
      for (let at = 20; at < 1537; at += 32) copy[at] = (copy[at] ?? 0) ^ 1
      return copy
    },
  ),
  {
    id: 'RTMP-HS-22',
    what: 'refuses an echo as the answer to a digest',
    handshake: (answer, c1, tie) => {
      if (isPattern(c1)) tie.mark = 1
      return answer
    },
    write: (bytes, tie) => {
      if (tie.mark === 1 && bytes.length === 1536) tie.end()
      return bytes
    },
  },
]

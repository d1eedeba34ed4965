import { sameBytes } from '../../src/wire/hex.ts'
import { OTHER_AVC_HEADER } from '../../src/wire/media.ts'
import { nameOf } from '../../src/wire/message-text.ts'
import { dies, hangsUp, says } from './kinds.ts'
import type { Mutant } from './mutated-dial.ts'

/** The tester sent an aggregate of so many bytes. */
const aggregated = (when: (payload: Uint8Array) => boolean): Pick<Mutant, 'sent'> => ({
  sent: (m, tie) => {
    if (m.typeId === 22 && when(m.payload)) tie.shared.dials += 1000
  },
})

/** What arrives at players after such an aggregate is changed. */
const afterAggregate = (
  id: string,
  what: string,
  when: (payload: Uint8Array) => boolean,
  received: NonNullable<Mutant['received']>,
): Mutant => ({
  id,
  what,
  ...aggregated(when),
  received: (m, tie) => (tie.shared.dials >= 1000 ? received(m, tie) : [m]),
})

const streamIds = (payload: Uint8Array): boolean => payload[8] === 0xff && payload[9] === 0xff

export const messageMutants: readonly Mutant[] = [
  {
    id: 'RTMP-MSG-04',
    what: 'drops key frames like other frames',
    received: (m) => (m.typeId === 9 && m.payload[0] === 0x17 && m.payload.length === 60_000 ? [] : [m]),
  },
  says('RTMP-MSG-05a', 'sends late joiners no audio header', (m, tie) =>
    m.typeId === 8 && m.payload[1] === 0 && tie.number === 3 ? [] : undefined,
  ),
  says('RTMP-MSG-05b', 'keeps the first header for ever', (m, tie) =>
    tie.number === 3 && m.typeId === 9 && sameBytes(m.payload, OTHER_AVC_HEADER)
      ? { ...m, payload: m.payload.map((byte, at) => (at === 8 ? 0x0c : byte)) }
      : undefined,
  ),
  afterAggregate(
    'RTMP-AGG-01',
    'leaves the times of an aggregate as they are',
    (p) => p[6] === 100,
    (m) => (m.typeId === 9 && m.timestamp === 5040 ? [{ ...m, timestamp: 140 }] : [m]),
  ),
  afterAggregate('RTMP-AGG-04', 'minds stream ids in an aggregate', streamIds, (m) =>
    m.typeId === 9 && m.timestamp === 5040 ? [] : [m],
  ),
  afterAggregate(
    'RTMP-AGG-05',
    'insists on back pointers',
    (p) => p[54] === 7,
    (m) => (m.typeId === 9 && m.timestamp === 5040 ? [] : [m]),
  ),
  afterAggregate(
    'RTMP-AGG-06a',
    'drops an aggregate that ends early',
    (p) => p[56] === 0xff && p[55] === 9,
    (m) => (m.typeId === 8 && m.timestamp === 5000 ? [] : [m]),
  ),
  hangsUp('RTMP-AGG-06b', 'refuses aggregates in aggregates', (m) => m.typeId === 22 && m.payload[0] === 22),
  {
    id: 'FLV-AVC-07',
    what: 'loses what follows the end of a sequence',
    sent: (m, tie) => {
      if (m.typeId === 9 && m.payload.length === 5 && m.payload[1] === 2) tie.shared.dials += 1000
    },
    received: (m, tie) => (tie.shared.dials >= 1000 && m.typeId === 9 && m.timestamp === 340 ? [] : [m]),
  },
  says('FLV-AVC-08', 'sends later players the first header', (m, tie) =>
    tie.number === 3 && m.typeId === 9 && sameBytes(m.payload, OTHER_AVC_HEADER) ? [] : undefined,
  ),
  hangsUp(
    'FLV-AVC-09',
    'refuses a picture without NAL units',
    (m) => m.typeId === 9 && m.payload.length === 5 && m.payload[1] === 1,
  ),
  dies(
    'AMF0-REF-03',
    'dies of a reference to nothing',
    (m) => nameOf(m) === '' && m.typeId === 20 && m.payload.length > 15 && m.payload.at(-3) === 7,
  ),
]

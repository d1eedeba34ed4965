import { encodeAmf0 } from '@rtmp/amf0'
import type { SeenMessage } from '../../src/wire/chunk-judge.ts'
import { hexOf } from '../../src/wire/hex.ts'
import { amfValues, nameOf } from '../../src/wire/message-text.ts'
import { answers, hangs, hangsUp, loses, said, says, withValues } from './kinds.ts'
import type { Mutant, Tie } from './mutated-dial.ts'

const begins =
  (hex: string) =>
  ({ payload }: Pick<SeenMessage, 'payload'>): boolean =>
    hexOf(payload.subarray(0, hex.length / 2)) === hex

const announced = (tie: Tie): Record<string, unknown> =>
  tie.said
    .map((m) => said(m, 'connect')?.[2] as Record<string, unknown> | undefined)
    .find((object) => object !== undefined) ?? {}

const connects =
  (when: (properties: Record<string, unknown>) => boolean) =>
  (m: SeenMessage): boolean => {
    const object = said(m, 'connect')?.[2]
    return typeof object === 'object' && object !== null && when(object as Record<string, unknown>)
  }

const RECONNECT = { level: 'status', code: 'NetConnection.Connect.ReconnectRequest', description: '' }

export const enhancedMutants: readonly Mutant[] = [
  loses('ERTMP-VID-02b', 'relays no coded frames without offset', begins('a368766331')),
  hangsUp('ERTMP-VID-06a', 'ends at an unknown packet type', begins('9968766331')),
  hangsUp(
    'ERTMP-CODEC-05',
    'ends at frames without a header',
    (m, tie) => begins('9168766331')(m) && !tie.said.some(begins('9068766331')),
  ),
  hangsUp('ERTMP-AUD-02', 'ends at an unknown audio packet type', begins('9f4f707573')),
  hangsUp(
    'ERTMP-AUD-04',
    'ends at the silence message',
    (m) => m.typeId === 8 && m.payload.length === 0 && m.timestamp === 300,
  ),
  {
    id: 'ERTMP-MODEX-05',
    what: 'sends ModEx to everybody',
    sent: (m, tie) => {
      if (begins('970207a120')(m))
        for (const each of tie.shared.ties) if (each !== tie) each.say({ ...m, csid: 6 })
    },
  },
  {
    id: 'ERTMP-MT-12',
    what: 'sends every track to everybody',
    sent: (m, tie) => {
      if (begins('960168766331')(m) && announced(tie.shared.ties[1] ?? tie)['capsEx'] === 0)
        for (const each of tie.shared.ties) if (each !== tie) each.say({ ...m, csid: 6 })
    },
  },
  hangsUp('ERTMP-MODEX-06', 'ends at a ModEx that is too long', begins('97ffffff')),
  loses('ERTMP-MT-01b', 'relays no audio tracks', begins('95012e6d7033')),
  loses(
    'ERTMP-META-01',
    'relays no colour',
    (m) => begins('d468766331')(m) && JSON.stringify(amfValues(m.payload.subarray(5))[1]).includes('12'),
  ),
  hangsUp(
    'ERTMP-META-07',
    'ends at broken metadata',
    (m) => begins('d468766331')(m) && m.payload.length === 13,
  ),
  {
    id: 'ERTMP-CAPS-01b',
    what: 'knows fourCcList only',
    received: (m, tie) => {
      const { fourCcList, videoFourCcInfoMap } = announced(tie)
      return fourCcList === undefined && videoFourCcInfoMap !== undefined && begins('9168766331')(m)
        ? []
        : [m]
    },
  },
  hangsUp('ERTMP-CAPS-02', 'refuses codecs that were not announced', (m, tie) => {
    const { fourCcList, videoFourCcInfoMap } = announced(tie)
    return begins('9168766331')(m) && fourCcList === undefined && videoFourCcInfoMap === undefined
  }),
  says('ERTMP-CAPS-04a', 'does not say what it can do', (m) =>
    answers(m, 1) && nameOf(m) === '_result'
      ? withValues(m, ([name, id, object, info]) =>
          [
            name,
            id,
            { ...(object as object), capsEx: undefined },
            { ...(info as object), capsEx: undefined },
          ].map((value) => stripped(value)),
        )
      : undefined,
  ),
  hangsUp(
    'ERTMP-CAPS-05',
    'refuses unknown bits',
    connects(({ capsEx }) => capsEx === 0xffffffff),
  ),
  hangs(
    'ERTMP-CAPS-06',
    'does not answer a list that is a number',
    connects(({ fourCcList }) => fourCcList === 7),
  ),
  says('ERTMP-CAPS-08', 'gives silent players no AV1', (m, tie) =>
    begins('9161763031')(m) && announced(tie)['fourCcList'] === undefined ? [] : undefined,
  ),
  says('ERTMP-AMF-01', 'sends data of type 15', (m) => (m.typeId === 18 ? { ...m, typeId: 15 } : undefined)),
  {
    id: 'ERTMP-AMF-02',
    what: 'reads format 1 as format 0',
    sent: (m, tie) => {
      if (m.typeId === 17 && m.payload[0] === 1)
        tie.say({ typeId: 20, payload: encodeAmf0(['_result', 9, null, 1]) })
    },
  },
  says('ERTMP-IOP-01', 'sends late joiners the first track’s header only', (m, tie) =>
    begins('96006876')(m) && tie.number === 2 ? [] : undefined,
  ),
  says('ERTMP-IOP-03', 'sends nothing to players that announced nothing', (m, tie) =>
    m.typeId === 8 &&
    tie.shared.ties[0] !== undefined &&
    JSON.stringify(announced(tie.shared.ties[0])['fourCcList']) === '["*"]' &&
    tie.number === 2 &&
    m.payload.length === 40
      ? []
      : undefined,
  ),
  {
    id: 'ERTMP-ROB-01',
    what: 'dies of many large headers',
    sent: (m, tie) => {
      if (begins('960068766331')(m) && m.payload.length > 1_000_000 && m.payload[6] === 0x40)
        tie.shared.dead = true
    },
  },
  says('ERTMP-RR-01', 'asks for a reconnect with level error', (m) =>
    nameOf(m) === 'onStatus' && JSON.stringify(amfValues(m.payload)[3]).includes('ReconnectRequest')
      ? withValues(m, ([name, id, object, info]) => [
          name,
          id,
          object,
          { ...(info as object), level: 'error' },
        ])
      : undefined,
  ),
  loses(
    'ERTMP-RR-04',
    'relays nothing after the request',
    (m) => m.timestamp === 400 && m.typeId === 8 && m.msid === 1,
  ),
  {
    id: 'ERTMP-RR-06',
    what: 'asks everybody to reconnect',
    sent: (m, tie) => {
      if (said(m, 'publish') !== undefined && announced(tie)['capsEx'] === undefined)
        tie.say({ typeId: 20, payload: encodeAmf0(['onStatus', 0, null, RECONNECT]) })
    },
  },
]

const stripped = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined))
    : value

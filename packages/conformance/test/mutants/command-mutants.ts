import { encodeAmf0 } from '@rtmp/amf0'
import type { SeenMessage } from '../../src/wire/chunk-judge.ts'
import { amfValues, nameOf } from '../../src/wire/message-text.ts'
import { answers, codeOf, dies, hangs, hangsUp, said, says, withValues } from './kinds.ts'
import type { Mutant, Tie } from './mutated-dial.ts'

const isCommand = ({ typeId }: SeenMessage): boolean => typeId === 20

/** A connect whose object says so. */
const connectsWith =
  (when: (properties: Record<string, unknown>) => boolean) =>
  (m: SeenMessage): boolean => {
    const object = said(m, 'connect')?.[2]
    return typeof object === 'object' && object !== null && when(object as Record<string, unknown>)
  }

/** The tester has sent this command on the connection. */
const hasSaid = (tie: Tie, name: string): boolean => tie.said.some((m) => said(m, name) !== undefined)

/** Sends a command of the server's own. */
const speak = (tie: Tie, msid: number, ...values: readonly unknown[]): void =>
  tie.say({ typeId: 20, msid, payload: encodeAmf0(values) })

const speaksAfter = (
  id: string,
  what: string,
  when: (m: SeenMessage, tie: Tie) => boolean,
  speaks: (tie: Tie, m: SeenMessage) => void,
): Mutant => ({
  id,
  what,
  sent: (m, tie) => {
    if (when(m, tie)) speaks(tie, m)
  },
})

const success = { level: 'status', code: 'NetConnection.Connect.Success', description: 'yes' }

export const commandMutants: readonly Mutant[] = [
  says('RTMP-CMD-01a', 'rounds transaction ids', (m) =>
    answers(m, 17.5) ? withValues(m, ([name, , ...rest]) => [name, 17, ...rest]) : undefined,
  ),
  speaksAfter(
    'RTMP-CMD-01b',
    'answers transaction id 0',
    (m) => said(m, 'createStream')?.[1] === 0,
    (tie) => speak(tie, 0, '_result', 0, null, 5),
  ),
  says('RTMP-CMD-02a', 'answers the third of three commands with the second’s id', (m, tie) =>
    answers(m, 4) &&
    hasSaid(tie, 'FCPublish') &&
    !hasSaid(tie, 'publish') &&
    tie.said.filter(isCommand).length === 4
      ? withValues(m, ([name, , ...rest]) => [name, 3, ...rest])
      : undefined,
  ),
  hangs(
    'RTMP-CMD-03a',
    'does not answer commands of type 17',
    (m) => m.typeId === 17 && m.payload[0] === 0 && m.payload[1] === 2 && m.payload.length === 26,
  ),
  hangsUp('RTMP-CMD-03b', 'refuses type 17 without a format', (m) => m.typeId === 17 && m.payload[0] === 2),
  hangsUp('RTMP-CMD-03c', 'refuses data of type 15', (m) => m.typeId === 15 && m.payload[0] === 0),
  hangsUp(
    'RTMP-CMD-03d',
    'refuses empty messages of type 17',
    (m) => m.typeId === 17 && m.payload.length === 0,
  ),
  hangs(
    'RTMP-CMD-05',
    'wants an object in connect',
    (m, tie) => isCommand(m) && m.payload[19] === 8 && tie.shared.dials === 1,
  ),
  hangs(
    'AMF0-ARR-03',
    'does not take metadata as an ECMA array',
    (m, tie) => m.typeId === 18 && m.payload[29] === 8 && tie.shared.dials === 1,
  ),
  says('RTMP-CMD-06', 'writes more than asked for into an answer', (m, tie) =>
    answers(m, 4) && tie.said.filter(isCommand).length === 2
      ? withValues(m, (values) => [...values, null])
      : undefined,
  ),
  speaksAfter(
    'RTMP-CMD-07a',
    'answers unknown commands with success',
    (m) => said(m, 'fooBar')?.[1] === 33,
    (tie) => speak(tie, 0, '_result', 33, null, null),
  ),
  speaksAfter(
    'RTMP-CMD-07b',
    'answers FCSubscribe with an error',
    (m) => said(m, 'FCSubscribe')?.[1] === 43,
    (tie) =>
      speak(tie, 0, '_error', 43, null, {
        level: 'error',
        code: 'NetConnection.Call.Failed',
        description: 'no',
      }),
  ),
  speaksAfter(
    'RTMP-CMD-08a',
    'creates streams before connect',
    (m, tie) => said(m, 'createStream') !== undefined && !hasSaid(tie, 'connect'),
    (tie) => speak(tie, 0, '_result', 2, null, 1),
  ),
  speaksAfter(
    'RTMP-CMD-08b',
    'accepts a second connect',
    connectsWith(({ app }) => app === 'elsewhere'),
    (tie) => speak(tie, 0, '_result', 2, {}, success),
  ),
  dies(
    'RTMP-CMD-09a',
    'dies of a command without a name',
    (m) => isCommand(m) && m.payload[0] === 5 && m.payload.length === 1,
  ),
  hangs(
    'RTMP-CMD-09b',
    'does not answer a connect whose app is a number',
    connectsWith(({ app }) => app === 42),
  ),
  hangs(
    'RTMP-CMD-10',
    'does not take publish with more arguments',
    (m) => said(m, 'publish')?.[5] === 'more',
  ),
  says('RTMP-CMD-12', 'sends no Set Peer Bandwidth', (m, tie) =>
    m.typeId === 6 && tie.number === 1 ? [] : undefined,
  ),
  {
    id: 'RTMP-CMD-13',
    what: 'refuses an unknown app with a code of its own',
    received: (m, tie) =>
      answers(m, 1) && tie.said.some(connectsWith(({ app }) => app === 'no-such-application-here'))
        ? [
            {
              ...m,
              payload: encodeAmf0([
                '_error',
                1,
                null,
                { level: 'error', code: 'No.Thank.You', description: 'no' },
              ]),
            },
          ]
        : [m],
  },
  says('RTMP-CMD-14', 'answers objectEncoding 7', (m, tie) =>
    answers(m, 1) && tie.said.some(connectsWith(({ objectEncoding }) => objectEncoding === 3))
      ? withValues(m, ([name, id, object, info]) => [
          name,
          id,
          object,
          { ...(info as object), objectEncoding: 7 },
        ])
      : undefined,
  ),
  says('RTMP-CMD-15', 'says no version', (m) =>
    answers(m, 1) && nameOf(m) === '_result'
      ? withValues(m, ([name, id, object, info]) => [name, id, { ...(object as object), fmsVer: 3 }, info])
      : undefined,
  ),
  says('RTMP-CMD-16a', 'gives two streams one id', (m, tie) =>
    m.typeId === 20 &&
    nameOf(m) === '_result' &&
    amfValues(m.payload)[3] === 3 &&
    tie.said.filter((each) => said(each, 'createStream')).length === 3 &&
    tie.number === 1
      ? withValues(m, ([name, id, object]) => [name, id, object, 2])
      : undefined,
  ),
  dies('RTMP-CMD-16b', 'dies of many streams', (m) => said(m, 'createStream')?.[1] === 1100),
  speaksAfter(
    'RTMP-CMD-17',
    'answers deleteStream',
    (m) => said(m, 'deleteStream')?.[1] === 77,
    (tie) => speak(tie, 0, '_result', 77, null, null),
  ),
  hangsUp(
    'RTMP-CMD-17b',
    'refuses to delete a stream that is not there',
    (m) => said(m, 'deleteStream')?.[3] === 99,
  ),
  hangs(
    'RTMP-CMD-18',
    'wants releaseStream before createStream',
    (m, tie) => said(m, 'releaseStream') !== undefined && hasSaid(tie, 'createStream'),
  ),
  hangsUp('RTMP-NS-01', 'refuses publish on stream 0', (m) => m.msid === 0 && said(m, 'publish')?.[1] === 5),
  says('RTMP-NS-02', 'numbers its statuses', (m) =>
    codeOf(m) === 'NetStream.Play.Start'
      ? withValues(m, ([name, , ...rest]) => [name, 9, ...rest])
      : undefined,
  ),
  says('RTMP-NS-03a', 'never says that a publish has started', (m, tie) =>
    codeOf(m) === 'NetStream.Publish.Start' &&
    tie.shared.dials === 1 &&
    tie.said.length === 3 &&
    tie.shared.ties.length === 1
      ? []
      : undefined,
  ),
  says('RTMP-NS-04', 'refuses a second publisher with a code of its own', (m) =>
    codeOf(m) === 'NetStream.Publish.BadName'
      ? withValues(m, ([name, id, object]) => [
          name,
          id,
          object,
          { level: 'error', code: 'No.Thank.You', description: 'no' },
        ])
      : undefined,
  ),
  hangs('RTMP-NS-06', 'knows live in small letters only', (m) => said(m, 'publish')?.[4] === 'LIVE'),
  hangs('RTMP-NS-07', 'does not answer a name with a query', (m) =>
    String(said(m, 'publish')?.[3]).endsWith('?tok=a&b=c'),
  ),
  says('RTMP-NS-08a', 'leaves @setDataFrame in what it relays', (m) =>
    m.typeId === 18 &&
    JSON.stringify(amfValues(m.payload)[1]) === '{"title":"conformance"}' &&
    m.payload[13] === 8
      ? withValues(m, (values) => ['@setDataFrame', ...values])
      : undefined,
  ),
  says('RTMP-NS-08b', 'relays no bare onMetaData', (m) =>
    m.typeId === 18 &&
    JSON.stringify(amfValues(m.payload)[1]) === '{"title":"conformance"}' &&
    m.payload[13] === 3
      ? []
      : undefined,
  ),
  dies('RTMP-NS-08c', 'dies of large metadata', (m) => m.typeId === 18 && m.payload.length > 900_000),
  says('RTMP-NS-09a', 'does not tell players of closeStream', (m, tie) =>
    (m.typeId === 4 && m.payload[1] === 1) || /Unpublish|Play\.(Stop|Complete)/.test(codeOf(m))
      ? tie.shared.ties.some((each) => hasSaid(each, 'closeStream'))
        ? []
        : undefined
      : undefined,
  ),
  hangs('RTMP-NS-10', 'does not play from -2', (m) => said(m, 'play')?.[4] === -2),
  says('RTMP-NS-11a', 'begins media without Play.Start', (m, tie) =>
    codeOf(m) === 'NetStream.Play.Start' && tie.shared.dials === 2 ? [] : undefined,
  ),
  says('RTMP-NS-11b', 'resets after the start', (m) =>
    codeOf(m) === 'NetStream.Play.Reset' ? [] : undefined,
  ),
  says('RTMP-NS-13', 'forgets players who wait', (m, tie) =>
    m.typeId === 9 &&
    tie.number === 1 &&
    tie.said.length === 3 &&
    said(tie.said[2] ?? m, 'play') !== undefined
      ? []
      : undefined,
  ),
  hangsUp('RTMP-NS-14', 'refuses play2', (m) => said(m, 'play2') !== undefined),
  {
    id: 'RTMP-NS-15',
    what: 'begins with whatever picture comes',
    received: (m, tie) => {
      if (codeOf(m) === 'NetStream.Play.Start' && tie.shared.media.size >= 12)
        return [m, { ...m, typeId: 9, csid: 6, payload: Uint8Array.of(0x27, 1, 0, 0, 0, 0, 0, 0, 1, 0x41) }]
      return [m]
    },
  },
  {
    id: 'RTMP-NS-16a',
    what: 'sends media while paused',
    received: (m) =>
      codeOf(m) === 'NetStream.Pause.Notify'
        ? [m, { ...m, typeId: 8, csid: 4, payload: Uint8Array.of(0xaf, 1, 9) }]
        : [m],
    sent: (m, tie) => {
      if (m.typeId === 9 && m.timestamp === 200 && tie.shared.ties.some((each) => hasSaid(each, 'pause')))
        for (const each of tie.shared.ties)
          if (hasSaid(each, 'pause'))
            each.say({ typeId: 8, msid: 1, csid: 4, payload: Uint8Array.of(0xaf, 1, 9) })
    },
  },
  hangsUp('RTMP-NS-16b', 'refuses seek', (m) => said(m, 'seek')?.[1] === 61),
  {
    id: 'RTMP-NS-17',
    what: 'sends video after receiveVideo(false)',
    sent: (m, tie) => {
      if (m.typeId === 9 && m.timestamp === 300)
        for (const each of tie.shared.ties)
          if (hasSaid(each, 'receiveVideo'))
            each.say({ typeId: 9, msid: 1, csid: 6, timestamp: 300, payload: m.payload })
    },
  },
  hangsUp(
    'RTMP-SEQ-01',
    'refuses FFmpeg by its name',
    connectsWith(({ flashVer }) => String(flashVer).includes('Lavf60')),
  ),
  hangsUp(
    'RTMP-SEQ-02',
    'refuses OBS by its name',
    connectsWith(({ flashVer }) => String(flashVer).includes('FMSc/1.0')),
  ),
  hangsUp('RTMP-SEQ-03', 'refuses rtmpdump’s FCSubscribe', (m) => said(m, 'FCSubscribe')?.[1] === 3),
  says('RTMP-SEQ-06', 'relays nothing without releaseStream', (m, tie) =>
    m.typeId === 9 &&
    m.payload.length === 400 &&
    !tie.shared.ties.some((each) => hasSaid(each, 'releaseStream'))
      ? []
      : undefined,
  ),
]

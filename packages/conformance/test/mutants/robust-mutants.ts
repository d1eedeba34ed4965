import { encodeAmf0 } from '@rtmp/amf0'
import type { SeenMessage } from '../../src/wire/chunk-judge.ts'
import { nameOf } from '../../src/wire/message-text.ts'
import { codeOf, dies, diesOf, hangs, hangsUp, loses, said, says } from './kinds.ts'
import type { Mutant, Tie } from './mutated-dial.ts'

const appIs =
  (app: string) =>
  (m: SeenMessage): boolean =>
    (said(m, 'connect')?.[2] as { app?: unknown } | undefined)?.app === app

/** The name that was published on a connection. */
const nameOn = (tie: Tie | undefined): unknown =>
  tie?.said.map((m) => said(m, 'publish')?.[3]).find((name) => name !== undefined)

/** Players are never told of an end, whatever it was that ended the publisher. */
const isEnd = (m: SeenMessage): boolean =>
  (m.typeId === 4 && m.payload[1] === 1) || /Unpublish|Play\.(Stop|Complete)/.test(codeOf(m))

export const robustMutants: readonly Mutant[] = [
  dies(
    'RTMP-SO-05',
    'dies of an event that is longer than its message',
    (m) => m.typeId === 19 && m.payload[17] === 0xff,
  ),
  hangsUp('RTMP-SO-06', 'refuses shared objects of AMF3', (m) => m.typeId === 16 && m.payload.length === 22),
  hangs('RTMP-URL-01a', 'does not answer an app with _definst_', appIs('live/_definst_')),
  hangsUp('RTMP-URL-01b', 'wants a tcUrl', (m) => {
    const object = said(m, 'connect')?.[2] as { tcUrl?: unknown; tcurl?: unknown } | undefined
    return object !== undefined && object?.tcUrl === undefined && object?.tcurl !== undefined
  }),
  hangs('RTMP-URL-03', 'does not answer a cut query', (m) => said(m, 'publish')?.[3] === 'b'),
  says('RTMP-URL-07', 'loses streams whose name has a prefix', (m, tie) =>
    m.typeId === 9 &&
    tie.shared.ties.some((each) => each.said.some((s) => String(said(s, 'publish')?.[3]).startsWith('mp4:')))
      ? []
      : undefined,
  ),
  dies('RTMP-URL-08', 'dies of a name with NUL', (m) => String(said(m, 'publish')?.[3]).includes('\0')),
  loses(
    'RTMP-ROB-01',
    'loses frames of others when one breaks the protocol',
    (m, tie) => m.timestamp === 180 && tie.shared.dials >= 5 && m.payload.length === 40,
  ),
  says('RTMP-ROB-04', 'holds messages in many chunks back', (m) =>
    m.payload.length === 4 * 1024 * 1024 ? [] : undefined,
  ),
  diesOf(
    'RTMP-ROB-05',
    'dies of many unfinished messages',
    // The fifteenth of them: a server with a limit may end the connection soon after.
    (bytes) => bytes[0] === 0 && bytes[1] === 20 && bytes[6] === 0x27 && bytes[7] === 0x10,
  ),
  loses(
    'RTMP-ROB-06a',
    'keeps everybody waiting for one who does not read',
    (m) => m.timestamp === 20_000 && m.typeId === 8,
  ),
  loses(
    'RTMP-ROB-06b',
    'keeps everybody waiting for one who reads slowly',
    (m) => m.timestamp === 100_000 && m.typeId === 8,
  ),
  {
    id: 'RTMP-ROB-07a',
    what: 'does not tell players when a publisher half-closes',
    received: (m, tie) => (isEnd(m) && tie.shared.dials === 2 ? [] : [m]),
  },
  {
    id: 'RTMP-ROB-07b',
    what: 'keeps the name of a publisher that is silent',
    received: (m, tie) =>
      codeOf(m) === 'NetStream.Publish.Start' && tie.number > 1 && nameOn(tie) === nameOn(tie.shared.ties[0])
        ? [
            {
              ...m,
              payload: encodeAmf0([
                'onStatus',
                0,
                null,
                { level: 'error', code: 'NetStream.Publish.BadName', description: 'no' },
              ]),
            },
          ]
        : [m],
  },
  dies(
    'RTMP-ROB-07c',
    'dies after many publishers',
    (m, tie) => said(m, 'publish') !== undefined && tie.number > 900,
  ),
  dies('RTMP-ROB-08a', 'dies of many unknown calls', (m) => said(m, 'fooBar')?.[1] === 50_000),
  hangsUp(
    'RTMP-ROB-09',
    'refuses timestamps that jump',
    (m) => m.timestamp === 4_000_000_000 && m.typeId === 8 && m.msid === 1,
  ),
  {
    id: 'RTMP-ROB-10',
    what: 'says more after an error',
    write: (bytes, tie) => {
      if (bytes.length === 1000 && bytes.every((byte) => byte === 0xff))
        tie.say({ typeId: 20, payload: encodeAmf0(['_result', 1, null, null]) })
      return bytes
    },
  },
  dies(
    'AMF-SEC-01c',
    'dies of nested objects',
    (m) => m.typeId === 20 && m.payload.length > 400_000 && m.payload.length < 500_000 && nameOf(m) === '',
  ),
  dies('AMF-SEC-04', 'dies of a long array', (m) => m.typeId === 20 && m.payload.length > 1_000_000),
  hangsUp(
    'AMF-SEC-07',
    'refuses metadata with __proto__',
    (m) => m.typeId === 18 && new TextDecoder('latin1').decode(m.payload).includes('__proto__'),
  ),
  {
    id: 'RTMP-AUTH-02',
    what: 'refuses responses with a slash',
    received: (m, tie) =>
      nameOf(m) === '_result' &&
      tie.said.some((s) =>
        String((said(s, 'connect')?.[2] as { app?: string } | undefined)?.app).includes('challenge=a/b'),
      )
        ? [
            {
              ...m,
              payload: encodeAmf0([
                '_error',
                1,
                null,
                { level: 'error', code: 'NetConnection.Connect.Rejected', description: 'authfailed' },
              ]),
            },
          ]
        : [m],
  },
  {
    id: 'RTMP-AUTH-03a',
    what: 'takes a response twice',
    received: (m, tie) =>
      nameOf(m) === '_error' &&
      tie.said.some((s) =>
        String((said(s, 'connect')?.[2] as { app?: string } | undefined)?.app).includes('response='),
      )
        ? [
            {
              ...m,
              payload: encodeAmf0([
                '_result',
                1,
                {},
                { level: 'status', code: 'NetConnection.Connect.Success', description: '' },
              ]),
            },
          ]
        : [m],
  },
  {
    id: 'RTMP-AUTH-03b',
    what: 'always asks the same',
    received: (m) => {
      const text = new TextDecoder('latin1').decode(m.payload)
      const fixed = text
        .replace(/challenge=[^&\s;]*/, (found) => `challenge=${'A'.repeat(found.length - 10)}`)
        .replace(/salt=[^&\s;]*/, (found) => `salt=${'B'.repeat(found.length - 5)}`)
      return m.typeId === 20 && fixed !== text
        ? [{ ...m, payload: Uint8Array.from(fixed, (each) => each.charCodeAt(0)) }]
        : [m]
    },
  },
]

import { encodeAmf0 } from '@rtmp/amf0'
import { afterAll, describe, expect, test } from 'vitest'
import { runServerCases, SERVER_CASES } from '../src/index.ts'
import { bigEndian } from '../src/wire/chunk-bytes.ts'
import { joined } from '../src/wire/hex.ts'
import { OTHER_SPS } from '../src/wire/media.ts'
import { amfValues, nameOf } from '../src/wire/message-text.ts'
import { codeOf } from './mutants/kinds.ts'
import { type Mutant, mutatedDial, type Tie } from './mutants/mutated-dial.ts'
import { OurServers } from './our-server.ts'

const servers = new OurServers()
afterAll(() => servers.close())

type Habit = Pick<Mutant, 'what' | 'received'>

/** A picture with a parameter set before it. */
const withParameters = (payload: Uint8Array): Uint8Array =>
  joined(payload.subarray(0, 5), bigEndian(OTHER_SPS.length, 4), OTHER_SPS, payload.subarray(5))

const isPicture = ({ typeId, payload }: { typeId: number; payload: Uint8Array }): boolean =>
  typeId === 9 && payload[1] === 1 && (payload[0] ?? 0) < 0x80

/** Name of the stream that a connection has asked to publish or play. */
const streamNamed = ({ said }: Tie, name: 'publish' | 'play'): unknown => {
  const asked = said.find((each) => each.typeId === 20 && nameOf(each) === name)
  return asked === undefined ? undefined : amfValues(asked.payload)[3]
}

/** Whether timestamps of the stream that a player asks for have gone on for two seconds. */
const isLongEnough = (player: Tie): boolean => {
  const name = streamNamed(player, 'play')
  const publisher = player.shared.ties.find((tie) => streamNamed(tie, 'publish') === name)
  const times = (publisher?.said ?? [])
    .filter(({ typeId }) => typeId === 8 || typeId === 9)
    .map(({ timestamp }) => timestamp)
  return times.length > 0 && Math.max(...times) - (times[0] ?? 0) >= 2000
}

const HABITS: readonly (Habit & { readonly ids: RegExp; readonly answerMs?: number })[] = [
  {
    what: 'sends the AAC header before the first sound, not at the join (nginx-rtmp)',
    ids: /^RTMP-(CHUNK-(16|29)|PCM-11a)/,
    received: (message, tie) => {
      if (message.typeId !== 8) return [message]
      if (message.payload[1] === 0) return []
      tie.mark += 1
      const header = { ...message, payload: Uint8Array.of(0xaf, 0, 0x11, 0x90), timestamp: 0 }
      return tie.mark === 1 ? [header, message] : [message]
    },
  },
  {
    what: 'puts parameter sets before every picture (MediaMTX)',
    // Not the case that measures memory: others run beside it in this process.
    ids: /^(RTMP-(CHUNK-0[5-9]|CHUNK-10a|MSG-0|NS-1|SEQ|PCM-0(?!4c))|FLV-AVC|ERTMP-(VID|MT|CAPS))/,
    received: (message) => [
      isPicture(message) ? { ...message, payload: withParameters(message.payload) } : message,
    ],
  },
  {
    what: 'has a stream only some time after its publisher came, and refuses players until then',
    // Not the player that comes before the publisher.
    ids: /^(RTMP-(CHUNK-0[5-9]|MSG-05|SEQ|NS-1[0-245])|ERTMP-(CAPS-0[128]|IOP))/,
    received: (message, tie) => {
      // The first player is one too early, and gets nothing but that word.
      const { ties } = tie.shared
      const players = ties.filter(({ said }) => said.some((each) => nameOf(each) === 'play'))
      const publisherCame = ties.some(({ said }) => said.some((each) => nameOf(each) === 'publish'))
      if (players[0] !== tie || !(publisherCame || tie.mark === 1)) return [message]
      if (message.typeId === 8 || message.typeId === 9 || message.typeId === 18) return []
      if (codeOf(message) !== 'NetStream.Play.Start') return [message]
      tie.mark = 1
      const info = { level: 'error', code: 'NetStream.Play.StreamNotFound', description: 'not yet' }
      return [{ ...message, payload: encodeAmf0(['onStatus', 0, null, info]) }]
    },
  },
  {
    what: 'has a stream only when its timestamps have gone on for two seconds, and refuses players until then (MediaMTX)',
    // Not the player that comes before the publisher.
    ids: /^(RTMP-(CHUNK-(0[5-9]|1[0246]|2|3)|MSG-0[25]|AGG|SEQ|NS-(08|1[0-247]))|ERTMP-(VID|MT|CAPS-0[128]|IOP))/,
    received: (message, tie) => {
      if (tie.mark === 0 && streamNamed(tie, 'play') !== undefined) tie.mark = isLongEnough(tie) ? 1 : 2
      if (tie.mark !== 2) return [message]
      if (message.typeId === 8 || message.typeId === 9 || message.typeId === 18) return []
      if (codeOf(message) !== 'NetStream.Play.Start') return [message]
      const info = { level: 'error', code: 'NetStream.Play.StreamNotFound', description: 'not yet' }
      return [{ ...message, payload: encodeAmf0(['onStatus', 0, null, info]) }]
    },
  },
  {
    // Less than our server gives a publisher that is silent.
    answerMs: 6000,
    what: 'answers no createStream on a connection that publishes or plays (MediaMTX)',
    ids: /^(RTMP-(CHUNK-(10b|14a|32|35)|MSG-0[12]|NS-16b|UCM-06)|ERTMP-AUD-0)/,
    received: (message, tie) => {
      const streams = streamNamed(tie, 'publish') ?? streamNamed(tie, 'play')
      return streams !== undefined && nameOf(message) === '_result' ? [] : [message]
    },
  },
]

const failures = async (
  habit: Habit,
  ids: RegExp,
  answerMs = 20_000,
): Promise<{ count: number; failed: string[] }> => {
  const profile = await servers.profile('open', { answerMs, quietMs: 200 })
  const results = await Promise.all(
    SERVER_CASES.filter(({ id, slow }) => ids.test(id) && !slow).map((definition) =>
      // One run for each case: what is found out of a server is found out anew.
      runServerCases({ ...profile, dial: mutatedDial(profile.dial, { id: '', ...habit }) }, [definition], {
        parallel: 1,
        slow: false,
        caseMs: 100_000,
      }),
    ),
  )
  const failed = results.flat().filter(({ verdict }) => verdict === 'fail' || verdict === 'inconclusive')
  return { count: results.length, failed: failed.map(({ id, detail }) => `${id}: ${detail}`) }
}

describe('habits that other servers have, and that break no requirement', () => {
  test.each(HABITS)('one that $what passes', { timeout: 200_000 }, async ({ ids, answerMs, ...habit }) => {
    const { count, failed } = await failures(habit, ids, answerMs)
    expect(count).toBeGreaterThan(3)
    expect(failed).toEqual([])
  })

  test('one that writes a single picture anew, and others not, fails', { timeout: 60_000 }, async () => {
    const { failed } = await failures(
      {
        what: '',
        received: (message) => [
          isPicture(message) && message.payload.length === 307
            ? { ...message, payload: withParameters(message.payload) }
            : message,
        ],
      },
      /^RTMP-CHUNK-07$/,
    )
    expect(failed).toHaveLength(1)
  })
})

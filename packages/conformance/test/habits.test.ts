import { encodeAmf0 } from '@rtmp/amf0'
import { afterAll, describe, expect, test } from 'vitest'
import { runServerCases, SERVER_CASES } from '../src/index.ts'
import { bigEndian } from '../src/wire/chunk-bytes.ts'
import { joined } from '../src/wire/hex.ts'
import { OTHER_SPS } from '../src/wire/media.ts'
import { nameOf } from '../src/wire/message-text.ts'
import { codeOf } from './mutants/kinds.ts'
import { type Mutant, mutatedDial } from './mutants/mutated-dial.ts'
import { OurServers } from './our-server.ts'

const servers = new OurServers()
afterAll(() => servers.close())

type Habit = Pick<Mutant, 'what' | 'received'>

/** A picture with a parameter set before it. */
const withParameters = (payload: Uint8Array): Uint8Array =>
  joined(payload.subarray(0, 5), bigEndian(OTHER_SPS.length, 4), OTHER_SPS, payload.subarray(5))

const isPicture = ({ typeId, payload }: { typeId: number; payload: Uint8Array }): boolean =>
  typeId === 9 && payload[1] === 1 && (payload[0] ?? 0) < 0x80

const HABITS: readonly (Habit & { readonly ids: RegExp })[] = [
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
]

const failures = async (habit: Habit, ids: RegExp): Promise<{ count: number; failed: string[] }> => {
  const profile = await servers.profile('open', { answerMs: 20_000, quietMs: 200 })
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
  const failed = results.flat().filter(({ verdict }) => verdict === 'fail')
  return { count: results.length, failed: failed.map(({ id, detail }) => `${id}: ${detail}`) }
}

describe('habits that other servers have, and that break no requirement', () => {
  test.each(HABITS)('one that $what passes', { timeout: 200_000 }, async ({ ids, ...habit }) => {
    const { count, failed } = await failures(habit, ids)
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

import { afterAll, describe, expect, test } from 'vitest'
import { runServerCases, SERVER_CASES } from '../src/index.ts'
import { type Mutant, mutatedDial } from './mutants/mutated-dial.ts'
import { OurServers } from './our-server.ts'

const servers = new OurServers()
afterAll(() => servers.close())

type Habit = Pick<Mutant, 'what' | 'received'> & { readonly ids: RegExp }

const HABITS: readonly Habit[] = [
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
]

describe('habits that other servers have, and that break no requirement', () => {
  test.each(HABITS)('one that $what passes', async ({ ids, ...habit }) => {
    const profile = await servers.profile('open', { answerMs: 20_000, quietMs: 200 })
    const results = await runServerCases(
      { ...profile, dial: mutatedDial(profile.dial, { id: '', ...habit }) },
      SERVER_CASES.filter(({ id }) => ids.test(id)),
      { parallel: 2, slow: true, caseMs: 100_000 },
    )
    expect(results.length).toBeGreaterThan(3)
    const failed = results.filter(({ verdict }) => verdict === 'fail')
    expect(failed.map(({ id, detail }) => `${id}: ${detail}`)).toEqual([])
  })
})

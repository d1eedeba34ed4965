import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runServerCases, SERVER_CASES, type ServerProfile } from '../src/index.ts'
import { mutatedDial } from './mutants/mutated-dial.ts'
import { SERVER_MUTANTS } from './mutants/server-mutants.ts'
import { kindFor, OurServers } from './our-server.ts'

const servers = new OurServers()
let open: ServerProfile
let closed: ServerProfile
beforeAll(async () => {
  open = await servers.profile('open', PATIENCE)
  closed = await servers.profile('closed', PATIENCE)
})
afterAll(() => servers.close())

/** The other cases get all the time they need; the one that must fail need not wait long for it. */
const PATIENCE = { answerMs: 20_000, quietMs: 200, restartMs: 0 }
const SHORT = { answerMs: 2500, quietMs: 200, restartMs: 0 }

/** Other cases that each mutant is put through: a few, another few for each mutant; all with CONFORMANCE_ALL=1. */
const OTHERS = process.env['CONFORMANCE_ALL'] === '1' ? SERVER_CASES.length : 3
/** Cases that take long or fill the machine are not among them. */
const quick = SERVER_CASES.filter(
  ({ id, alone, slow }) =>
    !alone && !slow && !/AUTH|HS-(05|06|17|09b)|NS-09a|ROB-07|MSG-04|PCM-15|CHUNK-1[13]/.test(id),
)

describe('broken servers', () => {
  test.concurrent.each(SERVER_MUTANTS.map((mutant, index) => ({ ...mutant, index })))(
    '$id catches one that $what',
    { timeout: 120_000 },
    async ({ index, ...mutant }) => {
      const run = async (ids: readonly string[], patience: typeof PATIENCE) => {
        const kind = kindFor({ id: ids[0] ?? '' })
        const profile = {
          ...(kind === 'draining'
            ? await servers.profile(kind, patience)
            : kind === 'closed'
              ? closed
              : open),
          patience,
        }
        return runServerCases(
          { ...profile, dial: mutatedDial(profile.dial, mutant) },
          SERVER_CASES.filter(({ id }) => ids.includes(id)),
          { parallel: 1, slow: true, caseMs: 100_000 },
        )
      }
      const [own] = await run([mutant.id], SHORT)
      expect(`${own?.verdict}: ${own?.detail}`).toMatch(/^fail/)
      const others = Array.from(
        { length: OTHERS },
        (_, at) => quick[(index * 7 + at * 31) % quick.length]?.id ?? '',
      ).filter(
        (id) => id !== mutant.id && !RELATED.some((group) => group.includes(id) && group.includes(mutant.id)),
      )
      if (DEEP.test(mutant.id)) return
      const failed = (await run(others, PATIENCE))
        .filter(({ verdict }) => verdict === 'fail')
        .map(({ id }) => id)
      // What the broken peer is to blame for happens again.
      const again = (await run(failed, PATIENCE)).filter(({ verdict }) => verdict === 'fail')
      expect(again.map(({ id, detail }) => ({ id, detail }))).toEqual([])
    },
  )

  test('there is one for each case', () => {
    const withMutant = new Set(SERVER_MUTANTS.map(({ id }) => id))
    const missing = SERVER_CASES.filter(({ id }) => !withMutant.has(id) && WITHOUT[id] === undefined)
    console.log(
      `${SERVER_MUTANTS.length} broken servers for ${withMutant.size} of ${SERVER_CASES.length} cases`,
    )
    expect(missing.map(({ id }) => id)).toEqual([])
  })
})

/** Cases that look at the same thing, so that one broken server fails in several. */
const RELATED: readonly (readonly string[])[] = [['RTMP-CMD-02a', 'RTMP-SEQ-01', 'RTMP-SEQ-02']]

/** Broken so that hardly any session comes about: only the case itself is run. */
const DEEP = /NS-03a/

/** Cases without a broken server, and why. */
const WITHOUT: Readonly<Record<string, string>> = {
  'RTMP-SO-01': 'our server has no shared objects',
  'RTMP-SO-02': 'our server has no shared objects',
  'RTMP-SO-03': 'our server has no shared objects',
  'RTMP-SO-04': 'our server has no shared objects',
}

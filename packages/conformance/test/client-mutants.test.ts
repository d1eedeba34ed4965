import { describe, expect, test } from 'vitest'
import { CLIENT_CASES, type ClientProfile, runClientCases } from '../src/index.ts'
import { CLIENT_MUTANTS } from './mutants/client-mutants.ts'
import { type Mutant, mutatedLinks } from './mutants/mutated-dial.ts'
import { ourClient } from './our-client.ts'

/** Our client with something wrong between it and the tester. */
const broken = (mutant: Mutant, answerMs: number): ClientProfile => {
  const own = ourClient(answerMs, 200)
  const through = mutatedLinks(mutant)
  return { ...own, listen: (onLink) => own.listen((link) => onLink(through(link))) }
}

/** Other cases that each broken client is put through. */
const OTHERS = process.env['CONFORMANCE_ALL'] === '1' ? CLIENT_CASES.length : 2
const quick = CLIENT_CASES.filter(({ id, slow }) => !slow && !/ROB-08b|HS-0[12]|CMD-02b/.test(id))

/** Cases that look at the same thing, so that one broken client fails in several. */
const RELATED: readonly RegExp[] = [
  /RTMP-(UCM-02a|PCM-13b|PCM-14|PCM-18|CMD-12c)|AGG/,
  /ERTMP-(CAPS-07|AUD-06|MODEX-05|VID-08)/,
  /ERTMP-AMF-05|RTMP-(CMD-11|URL-04)|ERTMP-CAPS-01a|ERTMP-RR/,
]
const related = (one: string, other: string): boolean =>
  RELATED.some((group) => group.test(one) && group.test(other))

/** Broken in a way that hardly any session survives: only the case itself is run. */
const DEEP = /HS-|CHUNK-|UCM-0[12]|ERTMP-AMF-05|PCM-0[16]/

/** Cases without a broken client, and why. */
const WITHOUT: Readonly<Record<string, string>> = {
  'RTMP-HS-05c': 'takes a minute: run with --slow only',
  'RTMP-HS-23a': 'our client sends a digest only when asked to',
  'RTMP-HS-23b': 'our client sends a digest only when asked to',
  'ERTMP-CAPS-01a': 'ends as not strict, never as failed',
}

describe('broken clients', () => {
  test.concurrent.each(CLIENT_MUTANTS.map((mutant, index) => ({ ...mutant, index })))(
    '$id catches one that $what',
    { timeout: 120_000 },
    async ({ index, ...mutant }) => {
      const run = (ids: readonly string[], answerMs: number) =>
        runClientCases(
          broken(mutant, answerMs),
          CLIENT_CASES.filter(({ id }) => ids.includes(id)),
          { parallel: 1, slow: true, caseMs: 100_000 },
        )
      const [own] = await run([mutant.id], 3000)
      expect(`${own?.verdict}: ${own?.detail}`).toMatch(/^fail/)
      if (DEEP.test(mutant.id)) return
      const others = Array.from(
        { length: OTHERS },
        (_, at) => quick[(index * 5 + at * 17) % quick.length]?.id ?? '',
      )
      const unrelated = others.filter((id) => id !== mutant.id && !related(id, mutant.id))
      const failed = (await run(unrelated, 20_000))
        .filter(({ verdict }) => verdict === 'fail')
        .map(({ id }) => id)
      // What the broken peer is to blame for happens again.
      const again = (await run(failed, 20_000)).filter(({ verdict }) => verdict === 'fail')
      expect(again.map(({ id, detail }) => ({ id, detail }))).toEqual([])
    },
  )

  test('there is one for each case', () => {
    const withMutant = new Set(CLIENT_MUTANTS.map(({ id }) => id))
    const missing = CLIENT_CASES.filter(({ id }) => !withMutant.has(id) && WITHOUT[id] === undefined)
    console.log(
      `${CLIENT_MUTANTS.length} broken clients for ${withMutant.size} of ${CLIENT_CASES.length} cases`,
    )
    expect(missing.map(({ id }) => id)).toEqual([])
  })
})

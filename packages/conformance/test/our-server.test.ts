import { describe, expect, test } from 'vitest'
import { type CaseResult, runServerCases, SERVER_CASES } from '../src/index.ts'
import { kindFor, OurServers } from './our-server.ts'

/** Cases that our server does not pass, with the reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {}

const PATIENCE = { answerMs: 20_000, quietMs: 200 }

describe('our server', () => {
  test('passes every case strictly', { timeout: 300_000 }, async ({ onTestFinished }) => {
    const servers = new OurServers()
    onTestFinished(() => servers.close())
    const options = { parallel: 6, slow: false, caseMs: 100_000 }
    const results: CaseResult[] = []
    for (const kind of ['open', 'closed'] as const) {
      const cases = SERVER_CASES.filter((definition) => kindFor(definition) === kind)
      results.push(...(await runServerCases(await servers.profile(kind, PATIENCE), cases, options)))
    }
    for (const definition of SERVER_CASES.filter((each) => kindFor(each) === 'draining'))
      results.push(
        ...(await runServerCases(await servers.profile('draining', PATIENCE), [definition], options)),
      )
    const notPassed = results.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'notApplicable')
    const unexpected = notPassed.filter(({ id }) => EXCEPTIONS[id] === undefined)
    expect(
      unexpected.map(({ id, verdict, expected, detail }) => ({ id, verdict, expected, detail })),
    ).toEqual([])
    expect(notPassed.map(({ id }) => id)).toEqual(expect.arrayContaining(Object.keys(EXCEPTIONS)))
    const passed = results.filter(({ verdict }) => verdict === 'pass').length
    const skipped = results.filter(({ verdict }) => verdict === 'notApplicable').map(({ id }) => id)
    console.log(`${results.length} cases, ${passed} passed; not applicable: ${skipped.join(', ')}`)
  })
})

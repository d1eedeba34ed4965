import { expect, test } from 'vitest'
import { type ConformanceCase, runServerCases, SERVER_CASES, type ServerTest } from '../src/index.ts'
import type { Dial } from '../src/wire/link.ts'
import { OurServers } from './our-server.ts'

const someCases = (count: number): readonly ConformanceCase<ServerTest>[] =>
  SERVER_CASES.filter(({ area, alone, slow }) => area === 'user-control' && !alone && !slow).slice(0, count)

/** A server that cannot be reached for a number of dials from a certain one on. */
const away = (dial: Dial, from: number, dials: number): Dial => {
  let count = 0
  return () => {
    count += 1
    return count > from && count <= from + dials ? Promise.reject(new Error('ECONNREFUSED')) : dial()
  }
}

const verdicts = async (dials: number, restartMs: number): Promise<readonly string[]> => {
  const servers = new OurServers()
  try {
    const profile = await servers.profile('open', { answerMs: 20_000, quietMs: 200, restartMs })
    const results = await runServerCases({ ...profile, dial: away(profile.dial, 0, dials) }, someCases(3), {
      parallel: 1,
      slow: false,
      caseMs: 60_000,
    })
    return results.map(({ verdict }) => verdict)
  } finally {
    await servers.close()
  }
}

test('a server that has ended is waited for before the next case', async () => {
  expect(await verdicts(4, 60_000)).toEqual(['inconclusive', 'pass', 'pass'])
})

test('one that does not come back is waited for once', async () => {
  expect(await verdicts(1000, 150)).toEqual(['inconclusive', 'inconclusive', 'inconclusive'])
})

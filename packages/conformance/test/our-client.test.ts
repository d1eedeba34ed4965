import { describe, expect, test } from 'vitest'
import { CLIENT_CASES, runClientCases } from '../src/index.ts'
import { ourClient } from './our-client.ts'

describe('our client', () => {
  test('passes every case strictly', { timeout: 300_000 }, async () => {
    const results = await runClientCases(ourClient(20_000, 200), CLIENT_CASES, {
      parallel: 4,
      slow: false,
      caseMs: 100_000,
    })
    const notPassed = results.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'notApplicable')
    expect(notPassed.map(({ id, verdict, expected, detail }) => ({ id, verdict, expected, detail }))).toEqual(
      [],
    )
    const passed = results.filter(({ verdict }) => verdict === 'pass').length
    const skipped = results.filter(({ verdict }) => verdict === 'notApplicable').map(({ id }) => id)
    console.log(`${results.length} cases, ${passed} passed; not applicable: ${skipped.join(', ')}`)
  })
})

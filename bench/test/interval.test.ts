import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { BASELINE, builtModule, checkedBaseline, serverBin } from '../src/baseline.ts'
import { ratioOf } from '../src/interval.ts'
import { asJson, asTable, describeResult, resultsIn } from '../src/report.ts'
import { inTurn, runScenario } from '../src/runner.ts'
import type { Scenario } from '../src/scenario.ts'

test('the interval of a ratio: geometric mean, 95 % by Student’s t', () => {
  // Logarithms 0, ln 2, 2 ln 2: mean ln 2, standard error ln 2 / √3, t of two degrees of freedom 4.303.
  const ratio = ratioOf([10, 20, 40], [10, 10, 10])
  expect(ratio?.of).toBeCloseTo(2)
  expect(ratio?.low).toBeCloseTo(2 / 2 ** (4.303 / Math.sqrt(3)))
  expect(ratio?.high).toBeCloseTo(2 * 2 ** (4.303 / Math.sqrt(3)))
  expect(ratioOf([5, 5], [5, 5])).toEqual({ of: 1, low: 1, high: 1 })
  expect(ratioOf([5], [5])).toBeUndefined()
  expect(ratioOf([5, 0], [5, 5])).toBeUndefined()
})

test('the baseline takes part in every round, every other one backwards, and is told with its interval', async () => {
  const order: string[] = []
  const contender = (name: string, value: number) => ({
    measure: () => {
      order.push(name)
      return value
    },
  })
  const scenario: Scenario = {
    name: 'a thing',
    metric: 'throughput',
    unit: 'MB/s',
    better: 'higher',
    ours: contender('ours', 110),
    peers: { [BASELINE]: contender('baseline', 100) },
  }
  const result = await runScenario(scenario, 3)
  expect(order.slice(2)).toEqual(['ours', 'baseline', 'baseline', 'ours', 'ours', 'baseline'])
  expect(result).toMatchObject({ ours: 110, peers: { baseline: 100 }, rounds: 3 })
  expect(describeResult(result)).toContain('ours / peer = 1.10 [1.10–1.10]')
  expect(asTable([result])).toContain('100 (1.10 [1.10–1.10] ×)')
  expect(resultsIn(asJson([result]))).toEqual([result])
  expect(inTurn([1, 2, 3], 1)).toEqual([3, 2, 1])
})

test('a checkout that is not built is refused, a built one is found by folder', async () => {
  const checkout = mkdtempSync(join(tmpdir(), 'bench-baseline-'))
  try {
    expect(() => checkedBaseline(checkout)).toThrow('run "npm run build" in that checkout')
    const put = (file: string, text: string): void => {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
    put(serverBin(checkout), '')
    const exports = { '.': { default: './dist/index.js' }, './package.json': './package.json' }
    put(join(checkout, 'packages/eRtmp/package.json'), JSON.stringify({ name: '@rtmp/ertmp', exports }))
    expect(checkedBaseline(checkout)).toBe(checkout)
    expect(await builtModule(checkout, '@rtmp/e-rtmp')).toMatch(/packages\/eRtmp\/dist\/index\.js$/)
    await expect(builtModule(checkout, '@rtmp/e-rtmp/records')).rejects.toThrow('is not exported in')
  } finally {
    rmSync(checkout, { recursive: true })
  }
})

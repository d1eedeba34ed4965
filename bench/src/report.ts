import { cpus, release, totalmem } from 'node:os'
import { markdownTable } from 'markdown-table'
import type { ScenarioResult } from './scenario.ts'

/** Three significant digits, with thousands separated. */
export const figure = (value: number): string => {
  if (value === 0) return '0'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}

/** One scenario as text: our figure, then each peer's and how many times better or worse we are. */
export const describeResult = (result: ScenarioResult): string => {
  const lines = [
    `${result.scenario}: ${result.metric} [${result.unit}, ${result.better} is better]`,
    `  ours ${figure(result.ours)}`,
  ]
  const peers = Object.entries(result.peers).sort(([, a], [, b]) =>
    result.better === 'higher' ? b - a : a - b,
  )
  for (const [peer, value] of peers)
    lines.push(`  ${peer} ${figure(value)}   ours / peer = ${(result.ours / value).toFixed(2)}`)
  for (const [peer, why] of Object.entries(result.failed)) lines.push(`  ${peer} failed: ${why}`)
  return lines.join('\n')
}

/** All results as a Markdown table: our figures, and everybody else's with ours as a multiple of it. */
export const asTable = (results: readonly ScenarioResult[]): string => {
  const names = [...new Set(results.flatMap(({ peers, failed }) => Object.keys({ ...peers, ...failed })))]
  const rows = results.map(({ scenario, metric, unit, ours, peers, failed }) => [
    scenario,
    unit === '' ? metric : `${metric}, ${unit}`,
    figure(ours),
    ...names.map((name) => {
      const peer = peers[name]
      if (peer === undefined) return failed[name] === undefined ? '' : 'failed'
      return peer > 0 ? `${figure(peer)} (${(ours / peer).toFixed(2)} ×)` : figure(peer)
    }),
  ])
  const header = ['scenario', 'measured', 'ours', ...names.map((name) => `${name} (ours / it)`)]
  return markdownTable([header, ...rows], { align: ['l', 'l', 'r', ...names.map(() => 'r')], padding: false })
}

/** The machine and the versions a result was measured on. */
const machine = (): Readonly<Record<string, string | number>> => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  node: process.version,
})

/** The one shape of machine-readable results. */
export const asJson = (results: readonly ScenarioResult[]): string =>
  `${JSON.stringify({ machine: machine(), date: new Date().toISOString(), results }, null, 2)}\n`

/** Results that {@link asJson} wrote. */
export const resultsIn = (json: string): readonly ScenarioResult[] =>
  (JSON.parse(json) as { readonly results: readonly ScenarioResult[] }).results

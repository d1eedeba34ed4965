import { cpus, release, totalmem } from 'node:os'
import { markdownTable } from 'markdown-table'
import { BASELINE } from './baseline.ts'
import type { ScenarioResult } from './scenario.ts'

/** Three significant digits, with thousands separated. */
export const figure = (value: number): string => {
  if (value === 0) return '0'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}

/** Ours as a multiple of a peer's, with its 95 % interval where there is one. */
const ratioText = ({ ours, ratios }: ScenarioResult, peer: string, value: number): string => {
  const ratio = ratios?.[peer]
  if (ratio === undefined) return (ours / value).toFixed(2)
  return `${ratio.of.toFixed(2)} [${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)}]`
}

/** One scenario as text: our figure, then each peer's and ours as a multiple of it, with the 95 % interval. */
export const describeResult = (result: ScenarioResult): string => {
  const lines = [
    `${result.scenario}: ${result.metric} [${result.unit}, ${result.better} is better]`,
    `  ours ${figure(result.ours)}`,
  ]
  const peers = Object.entries(result.peers).sort(([, a], [, b]) =>
    result.better === 'higher' ? b - a : a - b,
  )
  for (const [peer, value] of peers)
    lines.push(`  ${peer} ${figure(value)}   ours / peer = ${ratioText(result, peer, value)}`)
  for (const [peer, why] of Object.entries(result.failed)) lines.push(`  ${peer} failed: ${why}`)
  return lines.join('\n')
}

/** All results as a Markdown table: our figures, and everybody else's with ours as a multiple of it. */
export const asTable = (results: readonly ScenarioResult[]): string => {
  const names = [...new Set(results.flatMap(({ peers, failed }) => Object.keys({ ...peers, ...failed })))]
  const rows = results.map((result) => [
    result.scenario,
    result.unit === '' ? result.metric : `${result.metric}, ${result.unit}`,
    figure(result.ours),
    ...names.map((name) => {
      const peer = result.peers[name]
      if (peer === undefined) return result.failed[name] === undefined ? '' : 'failed'
      if (peer <= 0) return figure(peer)
      const text = name === BASELINE ? ratioText(result, name, peer) : (result.ours / peer).toFixed(2)
      return `${figure(peer)} (${text} ×)`
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

import { cpus, release, totalmem } from 'node:os'
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

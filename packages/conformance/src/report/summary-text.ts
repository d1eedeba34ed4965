import type { CaseResult, Report, Summary } from '../case/result.ts'
import { summarise } from '../case/result.ts'

const WORDS: Readonly<Record<CaseResult['verdict'], string>> = {
  pass: 'pass',
  nonStrict: 'not strict',
  fail: 'FAIL',
  notApplicable: 'n/a',
  inconclusive: 'unclear',
}

const counts = ({ pass, nonStrict, fail, skipped }: Summary): string =>
  [pass, nonStrict, fail, skipped].map((count) => String(count).padStart(11)).join('')

/** What a run came to, for people: what failed and why, then figures by area. */
export const summaryText = ({ target, cases, summary }: Report): string => {
  const lines: string[] = []
  for (const result of cases) {
    if (result.verdict === 'pass' || result.verdict === 'notApplicable') continue
    lines.push(
      `${WORDS[result.verdict].padEnd(10)} ${result.level.padEnd(7)} ${result.id} (${result.source})`,
    )
    lines.push(`           sent: ${result.sends}`)
    lines.push(`           must: ${result.expected ?? result.expects}`)
    lines.push(`           seen: ${(result.detail ?? '').split('\n')[0]}`)
  }
  if (lines.length > 0) lines.push('')
  const width = Math.max(...cases.map(({ area }) => area.length), 10) + 2
  lines.push(
    `${''.padEnd(width)}${['pass', 'not strict', 'fail', 'skipped'].map((word) => word.padStart(11)).join('')}`,
  )
  for (const area of new Set(cases.map((result) => result.area)))
    lines.push(`${area.padEnd(width)}${counts(summarise(cases.filter((result) => result.area === area)))}`)
  lines.push(`${'all'.padEnd(width)}${counts(summary)}`)
  lines.push('', `${cases.length} cases against ${target}`)
  return `${lines.join('\n')}\n`
}

import type { CaseResult, Report } from '../case/result.ts'

const escaped = (text: string): string =>
  text
    // Control characters have no place in XML.
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd]/g, '?')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')

const inside = ({ verdict, detail = '', expected, transcript, level }: CaseResult): string => {
  if (verdict === 'pass' || verdict === 'nonStrict')
    return verdict === 'pass' ? '' : `<system-out>not strictly: ${escaped(detail)}</system-out>`
  if (verdict !== 'fail') return `<skipped message="${escaped(`${verdict}: ${detail}`)}"/>`
  const text = [`expected: ${expected ?? ''}`, `got: ${detail}`, ...(transcript ?? [])].join('\n')
  return `<failure type="${level}" message="${escaped(detail)}">${escaped(text)}</failure>`
}

/** A report as JUnit XML, a suite for each area, for the build servers that read it. */
export const junitXml = ({ target, date, cases }: Report): string => {
  const areas = [...new Set(cases.map(({ area }) => area))]
  const suites = areas.map((area) => {
    const own = cases.filter((result) => result.area === area)
    const failed = own.filter(({ verdict }) => verdict === 'fail').length
    const skipped = own.filter(
      ({ verdict }) => verdict === 'notApplicable' || verdict === 'inconclusive',
    ).length
    const seconds = own.reduce((sum, { ms }) => sum + ms, 0) / 1000
    const lines = own.map(
      (result) =>
        `    <testcase classname="${escaped(`${result.peer}.${area}`)}" name="${escaped(`${result.id} ${result.expects}`)}" time="${result.ms / 1000}">${inside(result)}</testcase>`,
    )
    return `  <testsuite name="${escaped(area)}" hostname="${escaped(target)}" timestamp="${date}" tests="${own.length}" failures="${failed}" errors="0" skipped="${skipped}" time="${seconds}">\n${lines.join('\n')}\n  </testsuite>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('\n')}\n</testsuites>\n`
}

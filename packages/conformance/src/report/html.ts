import type { CaseResult, Report } from '../case/result.ts'
import { summarise } from '../case/result.ts'
import { STYLE } from './html-style.ts'

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)

const WORDS: Readonly<Record<CaseResult['verdict'], string>> = {
  pass: 'pass',
  nonStrict: 'not strict',
  fail: 'fail',
  notApplicable: 'n/a',
  inconclusive: 'unclear',
}

const details = (result: CaseResult, target: string): string => {
  const { verdict, detail, expected, transcript } = result
  if (verdict === 'pass') return ''
  const lines = [
    expected === undefined ? '' : `<p><b>Expected</b> ${escaped(expected)}</p>`,
    `<p><b>${verdict === 'fail' ? 'Got' : 'Because'}</b> ${escaped(detail ?? '')}</p>`,
    transcript === undefined || transcript.length === 0 ? '' : `<pre>${escaped(transcript.join('\n'))}</pre>`,
  ]
  return `<h4>${escaped(target)}</h4>${lines.join('')}`
}

const caseRow = (reports: readonly Report[], columns: readonly (CaseResult | undefined)[]): string => {
  const first = columns.find((column) => column !== undefined)
  if (first === undefined) return ''
  const cells = columns.map((column) =>
    column === undefined
      ? '<span class="cell none">–</span>'
      : `<span class="cell ${column.verdict}">${WORDS[column.verdict]}</span>`,
  )
  const more = columns.map((column, at) =>
    column === undefined ? '' : details(column, reports[at]?.target ?? ''),
  )
  return `<details id="${first.id}"><summary><span class="id">${first.id}</span><span class="level">${first.level}</span><span class="what">${escaped(first.expects)}</span><span class="cells">${cells.join('')}</span></summary><div class="more"><p><b>Sends</b> ${escaped(first.sends)}</p><p><b>Must</b> ${escaped(first.expects)}</p><p class="source">${escaped(first.source)}</p>${more.join('')}</div></details>`
}

const figures = (results: readonly CaseResult[]): string => {
  const { pass, fail, nonStrict, skipped } = summarise(results)
  const parts = [
    `<span class="pass">${pass} pass</span>`,
    nonStrict > 0 ? `<span class="nonStrict">${nonStrict} not strict</span>` : '',
    fail > 0 ? `<span class="fail">${fail} fail</span>` : '',
    skipped > 0 ? `<span class="notApplicable">${skipped} skipped</span>` : '',
  ]
  return parts.filter((part) => part !== '').join(' ')
}

/**
 * Reports as one page without anything from outside: a table by area, the details of a case on a click, and several
 * runs as columns side by side.
 */
export const htmlPage = (reports: readonly Report[]): string => {
  const results = reports.flatMap(({ cases }) => cases)
  const areas = [...new Set(results.map(({ area }) => area))]
  const ids = [...new Set(results.map(({ id, peer }) => `${peer} ${id}`))]
  const found = reports.map(
    ({ cases }) => new Map(cases.map((result) => [`${result.peer} ${result.id}`, result])),
  )
  const head = reports
    .map(
      ({ target, date }) =>
        `<th>${escaped(target)}<small>${escaped(date.slice(0, 16).replace('T', ' '))}</small></th>`,
    )
    .join('')
  const rows = areas.map((area) => {
    const cells = reports.map(
      ({ cases }) => `<td>${figures(cases.filter((result) => result.area === area))}</td>`,
    )
    return `<tr><th scope="row"><a href="#area-${area}">${escaped(area)}</a></th>${cells.join('')}</tr>`
  })
  const totals = reports.map(({ cases }) => `<td>${figures(cases)}</td>`).join('')
  const sections = areas.map((area) => {
    const own = ids.filter((id) => found.some((map) => map.get(id)?.area === area))
    const body = own.map((id) =>
      caseRow(
        reports,
        found.map((map) => map.get(id)),
      ),
    )
    return `<section id="area-${area}"><h2>${escaped(area)}</h2>${body.join('\n')}</section>`
  })
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>RTMP conformance</title><style>${STYLE}</style></head>
<body><main><h1>RTMP conformance</h1>
<div class="scroll"><table><thead><tr><th>Area</th>${head}</tr></thead><tbody>${rows.join('\n')}</tbody><tfoot><tr><th scope="row">all</th>${totals}</tr></tfoot></table></div>
<p class="hint">A failed MUST or ROBUST case breaks the specification or lets hostile input do harm. SHOULD and INTEROP cases are advice. Click a case for what was sent and seen.</p>
${sections.join('\n')}
</main></body></html>
`
}

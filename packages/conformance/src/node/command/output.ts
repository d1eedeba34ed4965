import { writeFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import type { ConformanceCase } from '../../case/conformance-case.ts'
import { type CaseResult, type Report, runFailed } from '../../case/result.ts'
import { htmlPage } from '../../report/html.ts'
import { junitXml } from '../../report/junit.ts'
import { summaryText } from '../../report/summary-text.ts'
import { type CommandIo, ExitCode, UsageProblem } from './command-io.ts'

/** Flags that every kind of run has. */
export interface OutputFlags {
  readonly filter?: string
  readonly list?: boolean
  readonly strict?: boolean
  readonly slow?: boolean
  readonly json?: string
  readonly junit?: string
  readonly html?: string
}

/** Adds them to a subcommand. */
export const addOutputFlags = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '-f, --filter <text>',
        'only cases whose id or area contains this; /…/ is a regular expression',
      ),
    )
    .option('--list', 'print the cases instead of running them')
    .option('--strict', 'fail on SHOULD and INTEROP cases too, and on what passes only non-strictly')
    .option('--slow', 'run the cases that take minutes as well')
    .option('--json <file>', 'write the report as JSON')
    .option('--junit <file>', 'write the report as JUnit XML')
    .option('--html <file>', 'write the report as one HTML page')

/** The cases that the filter chooses. @throws UsageProblem when it chooses none */
export const chosen = <Context>(
  cases: readonly ConformanceCase<Context>[],
  filter: string | undefined,
): readonly ConformanceCase<Context>[] => {
  if (filter === undefined) return cases
  const pattern = /^\/(.*)\/$/.exec(filter)?.[1]
  const matches = pattern === undefined ? undefined : new RegExp(pattern, 'i')
  const found = cases.filter(({ id, area }) =>
    matches === undefined
      ? `${id} ${area}`.toLowerCase().includes(filter.toLowerCase())
      : matches.test(`${id} ${area}`),
  )
  if (found.length === 0) throw new UsageProblem(`--filter ${filter} chooses no case; --list shows them all`)
  return found
}

/** Prints the cases, a line each. */
export const printCases = <Context>(
  cases: readonly ConformanceCase<Context>[],
  { stdout }: CommandIo,
): void => {
  for (const { id, level, source, sends, expects } of cases)
    stdout.write(`${id.padEnd(17)} ${level.padEnd(7)} ${source}: ${sends} -> ${expects}\n`)
}

/** A count on the terminal that goes on while cases run; nothing when there is no terminal. */
export const liveCount = ({
  stderr,
}: CommandIo): ((result: CaseResult, done: number, total: number) => void) => {
  let failed = 0
  return ({ id, verdict }, done, total) => {
    if (verdict === 'fail') failed += 1
    if (stderr.isTTY !== true) return
    const line = `${done}/${total}  ${failed} failed  ${id}`
    stderr.write(`\r${line.slice(0, (stderr.columns ?? 80) - 1)}\x1b[K${done === total ? '\r\x1b[K' : ''}`)
  }
}

/** Prints and writes a report; the exit code that it means. */
export const deliver = (report: Report, flags: OutputFlags, { stdout }: CommandIo): number => {
  stdout.write(summaryText(report))
  if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(report, null, 2)}\n`)
  if (flags.junit !== undefined) writeFileSync(flags.junit, junitXml(report))
  if (flags.html !== undefined) writeFileSync(flags.html, htmlPage([report]))
  return runFailed(report.cases, flags.strict ?? false) ? ExitCode.failed : ExitCode.done
}

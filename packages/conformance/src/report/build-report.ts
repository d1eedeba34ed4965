import { type CaseResult, type Report, summarise } from '../case/result.ts'

/** A report of what a run came to. `date` is when it began. */
export const buildReport = (target: string, date: Date, cases: readonly CaseResult[]): Report => ({
  target,
  date: date.toISOString(),
  cases,
  summary: summarise(cases),
})

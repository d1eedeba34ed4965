import type { Level, PeerKind } from './catalogue.ts'
import type { Verdict } from './verdict.ts'

/** What one case came to. */
export interface CaseResult {
  readonly id: string
  readonly area: string
  readonly level: Level
  readonly peer: PeerKind
  readonly source: string
  readonly sends: string
  readonly expects: string
  readonly verdict: Verdict
  readonly ms: number
  /** Why the verdict is not `pass`. */
  readonly detail?: string
  /** On a failure: what was expected at the point where it failed. */
  readonly expected?: string
  /** On a failure: the bytes exchanged and what they mean, a line each. */
  readonly transcript?: readonly string[]
}

/** A run of cases against one peer. */
export interface Report {
  readonly target: string
  /** When the run began, ISO 8601. */
  readonly date: string
  readonly cases: readonly CaseResult[]
  readonly summary: Summary
}

/** How many cases came to what; `skipped` are those that were not applicable or inconclusive. */
export interface Summary {
  readonly pass: number
  readonly fail: number
  readonly nonStrict: number
  readonly skipped: number
}

/**
 * Counts the verdicts of a run.
 *
 * @example
 * ```ts
 * const { pass, fail } = summarise(results)
 * ```
 */
export const summarise = (cases: readonly CaseResult[]): Summary => {
  const count = (...verdicts: Verdict[]): number =>
    cases.filter(({ verdict }) => verdicts.includes(verdict)).length
  return {
    pass: count('pass'),
    fail: count('fail'),
    nonStrict: count('nonStrict'),
    skipped: count('notApplicable', 'inconclusive'),
  }
}

/**
 * Whether a run counts as failed: when a MUST or ROBUST case failed; with `strict`, when any case failed or passed
 * only non-strictly.
 */
export const runFailed = (cases: readonly CaseResult[], strict: boolean): boolean =>
  cases.some(({ verdict, level }) =>
    strict
      ? verdict === 'fail' || verdict === 'nonStrict'
      : verdict === 'fail' && (level === 'MUST' || level === 'ROBUST'),
  )

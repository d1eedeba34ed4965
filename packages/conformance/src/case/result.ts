import type { Level, PeerKind } from './catalogue.ts'
import type { Verdict } from './verdict.ts'

/** What one case came to. */
export interface CaseResult {
  /** Of the row in {@link CATALOGUE}: `RTMP-CHUNK-09b`. With `peer` it names the case. */
  readonly id: string
  /** As in {@link CATALOGUE}: `chunk`, `handshake`, … */
  readonly area: string
  /** What a failure means; see {@link runFailed}. */
  readonly level: Level
  /** Whom it judged. */
  readonly peer: PeerKind
  /** Specification and section, or `observed`. */
  readonly source: string
  /** What the tester did. */
  readonly sends: string
  /** What a conforming peer does. */
  readonly expects: string
  /** `'inconclusive'` says nothing about the peer. */
  readonly verdict: Verdict
  /** How long the case took, in milliseconds. */
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
  /** What was tested: a URL, a command or a name. */
  readonly target: string
  /** When the run began, ISO 8601. */
  readonly date: string
  /** In the order of the catalogue; those that an aborted run never began are missing. */
  readonly cases: readonly CaseResult[]
  /** Counts of `cases`. */
  readonly summary: Summary
}

/** How many cases came to what; `skipped` are those that were not applicable or inconclusive. */
export interface Summary {
  /** Conforms. */
  readonly pass: number
  /** Does not; whether that fails the run is asked of {@link runFailed}. */
  readonly fail: number
  /** Accepted, though not what the specification prefers. */
  readonly nonStrict: number
  /** Not applicable, or inconclusive. */
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

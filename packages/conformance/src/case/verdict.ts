/** What a case found out about the peer. */
export type Verdict = 'pass' | 'nonStrict' | 'fail' | 'notApplicable' | 'inconclusive'

/** How a case ends before its last line: with any verdict but `pass`, and why. */
export class CaseEnd extends Error {
  /** Stable. */
  override readonly name = 'CaseEnd'
  /** A case that returns has passed. */
  readonly verdict: Exclude<Verdict, 'pass'>
  /** What a conforming peer would have done; on a failure only. */
  readonly expected: string | undefined

  constructor(verdict: Exclude<Verdict, 'pass'>, reason: string, expected?: string) {
    super(reason)
    this.verdict = verdict
    this.expected = expected
  }
}

/** Ends the case: the peer broke the requirement. */
export const fail = (expected: string, got: string): never => {
  throw new CaseEnd('fail', got, expected)
}

/** Goes on when the condition holds, else ends the case as failed. */
export function check(holds: boolean, expected: string, got: string): asserts holds {
  if (!holds) fail(expected, got)
}

/** Ends the case: it does not concern this peer, or needs something that was not given. */
export const notApplicable = (reason: string): never => {
  throw new CaseEnd('notApplicable', reason)
}

/** Ends the case: something other than the peer decided. */
export const inconclusive = (reason: string): never => {
  throw new CaseEnd('inconclusive', reason)
}

/** Ends the case: accepted, though not what the specification prefers. Fails under `strict`. */
export const nonStrict = (reason: string): never => {
  throw new CaseEnd('nonStrict', reason)
}

/**
 * What every `Directory` of `@rtmp/cluster` must do, as cases for any test runner: run them on your own implementation.
 *
 * @packageDocumentation
 */
import { expiryCases } from './compliance/expiry.ts'
import { claimCases } from './compliance/claims.ts'
import { raceCases } from './compliance/races.ts'
import { watchCases } from './compliance/watches.ts'
import type { ComplianceCase } from './compliance/harness.ts'

export { type ComplianceCase, type DirectoryHarness } from './compliance/harness.ts'

/**
 * All cases, each with a name. Each one uses paths of its own, so they can share a directory.
 *
 * @example
 * for (const { name, run } of directoryCases) test(name, () => run(harness))
 */
export const directoryCases: readonly ComplianceCase[] = [
  ...claimCases,
  ...expiryCases,
  ...watchCases,
  ...raceCases,
]

import type { ConformanceCase } from '../case/conformance-case.ts'
import type { ClientTest } from '../case/context.ts'
import type { CaseResult } from '../case/result.ts'
import { type RunOptions, runCases } from '../case/run-cases.ts'
import { ClientHabits } from './client-habits.ts'
import type { ClientProfile } from './client-profile.ts'
import { ClientTest as Connections } from './client-test.ts'
import { clientCommandCases } from './command-cases.ts'
import { clientEnhancedCases } from './enhanced-cases.ts'
import { clientHandshakeCases } from './handshake-cases.ts'
import { clientWireCases } from './wire-cases.ts'

/** Every case about a client. */
export const CLIENT_CASES: readonly ConformanceCase<ClientTest>[] = [
  ...clientHandshakeCases,
  ...clientWireCases,
  ...clientCommandCases,
  ...clientEnhancedCases,
]

/** Puts a client through cases: it is started anew for each. */
export const runClientCases = (
  profile: ClientProfile,
  cases: readonly ConformanceCase<ClientTest>[],
  options: RunOptions,
): Promise<readonly CaseResult[]> => {
  const habits = new ClientHabits()
  return runCases(
    cases,
    () => {
      const context = new Connections(profile, habits)
      return {
        context,
        after: async () => {},
        dispose: () => context.dispose(),
        transcript: () => context.transcript(),
      }
    },
    options,
  )
}

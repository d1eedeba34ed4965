import type { ConformanceCase } from '../case/conformance-case.ts'
import type { ServerTest } from '../case/context.ts'
import type { CaseResult } from '../case/result.ts'
import { type RunOptions, runCases } from '../case/run-cases.ts'
import { ServerHabits } from './server-habits.ts'
import type { ServerProfile } from './server-profile.ts'
import { ServerTest as Connections } from './server-test.ts'

const PAUSE_MS = 100

/** Waits after a case that was not passed, should the server have ended; one that does not come back is waited for once. */
class Comeback {
  readonly #profile: ServerProfile
  #gone = false
  #mayHaveEnded = false

  constructor(profile: ServerProfile) {
    this.#profile = profile
  }

  note({ verdict }: CaseResult): void {
    if (verdict === 'fail' || verdict === 'inconclusive') this.#mayHaveEnded = true
  }

  async wait(signal: AbortSignal | undefined): Promise<void> {
    if (!this.#mayHaveEnded) return
    const end = performance.now() + this.#profile.patience.restartMs
    while (!(await this.#answers())) {
      if (this.#gone || signal?.aborted === true) return
      if (performance.now() > end) this.#gone = true
      else await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
    this.#gone = false
    this.#mayHaveEnded = false
  }

  async #answers(): Promise<boolean> {
    try {
      const link = await this.#profile.dial()
      link.listen({ bytes: () => {}, ended: () => {} })
      link.reset()
      return true
    } catch {
      return false
    }
  }
}

/**
 * Puts a server through cases.
 *
 * @example
 * ```ts
 * const target = serverTarget('rtmp://localhost/live')
 * const results = await runServerCases(target, SERVER_CASES, { parallel: 4, slow: false, caseMs: 60_000 })
 * ```
 */
export const runServerCases = (
  profile: ServerProfile,
  cases: readonly ConformanceCase<ServerTest>[],
  options: RunOptions,
): Promise<readonly CaseResult[]> => {
  const comeback = new Comeback(profile)
  const habits = new ServerHabits()
  let learned: Promise<void> | undefined
  return runCases(
    cases,
    () => {
      const context = new Connections(profile, habits)
      const known = habits.count
      return {
        context,
        before: async () => {
          await comeback.wait(options.signal)
          learned ??= hasOneStream(profile) ? context.learn() : Promise.resolve()
          await learned
        },
        after: async () => {
          if (!context.leaving) await context.other()
        },
        dispose: () => context.dispose(),
        learned: () => habits.count > known,
        transcript: () => context.transcript(),
      }
    },
    {
      ...options,
      onResult: (result, done, total) => {
        comeback.note(result)
        options.onResult?.(result, done, total)
      },
    },
  )
}

/** Whether every stream has the same name, so that there is only one at a time. */
const hasOneStream = ({ publishAs }: ServerProfile): boolean => publishAs('one') === publishAs('another')

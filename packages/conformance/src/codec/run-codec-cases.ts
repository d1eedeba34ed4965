import type { ConformanceCase } from '../case/conformance-case.ts'
import type { CaseResult } from '../case/result.ts'
import { type RunOptions, runCases } from '../case/run-cases.ts'
import { CaseEnd } from '../case/verdict.ts'
import type { CodecTest } from './codec-cases.ts'
import type { CodecUnderTest } from './codec-under-test.ts'

/** Exchanges kept of one case. */
const KEPT = 50
/** Characters shown of a question or an answer. */
const SHOWN = 2000
/** Time for one answer, in milliseconds. */
const ANSWER_MS = 20_000

const shown = (value: unknown): string => (JSON.stringify(value) ?? '').slice(0, SHOWN)

const orTooLate = async <T>(answer: Promise<T>): Promise<T> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new CaseEnd('fail', `none in ${ANSWER_MS / 1000} s`, 'an answer')),
      ANSWER_MS,
    )
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Puts a codec through cases, one after the other. */
export const runCodecCases = (
  codec: CodecUnderTest,
  cases: readonly ConformanceCase<CodecTest>[],
  options: Omit<RunOptions, 'parallel' | 'slow'>,
): Promise<readonly CaseResult[]> =>
  runCases(
    cases,
    () => {
      const lines: string[] = []
      return {
        context: {
          ask: async (request) => {
            try {
              const answer = await orTooLate(codec.call(request))
              lines.push(`> ${shown(request)}`, `< ${shown(answer)}`)
              if (lines.length > KEPT) lines.splice(0, 2)
              return answer
            } catch (error) {
              if (error instanceof CaseEnd) throw error
              lines.push(`> ${shown(request)}`)
              throw new CaseEnd('fail', String(error), 'an answer, or an orderly error')
            }
          },
        },
        after: async () => {},
        dispose: () => {},
        transcript: () => lines,
      }
    },
    { ...options, parallel: 1, slow: true },
  )

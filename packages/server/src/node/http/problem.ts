import { isUsageError } from '@rtmp/bytes'
import type { ApiProblem } from '../../contract/api-answers.ts'
import { plainMessage } from '../../config/within.ts'

/** What an answer says of a request that cannot be carried out: a sentence, and the field that it is about. */
export interface Problem {
  readonly error: string
  readonly field?: string
}

/** A request that cannot be carried out, with the status to answer. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly status: 400 | 404 | 409 | 413 | 415 | 503
  readonly problems: readonly Problem[]

  constructor(status: RequestError['status'], ...problems: readonly [Problem, ...Problem[]]) {
    super(problems[0].error)
    this.status = status
    this.problems = problems
  }

  /** What is answered: the first problem, and all of them if there are more. */
  get body(): ApiProblem {
    const [first = { error: this.message }] = this.problems
    return this.problems.length > 1 ? { ...first, problems: this.problems } : first
  }
}

/**
 * Goes on only when what a request is about was there.
 *
 * @param what - For people: `ban 3`.
 * @param field - What named it.
 * @throws RequestError 404
 */
export const requireFound = (wasThere: boolean, what: string, field: string): void => {
  if (!wasThere) throw new RequestError(404, { error: `there is no ${what}.`, field })
}

/** Does it; what the caller got wrong becomes an answer. */
export const orRefuse = <T>(act: () => T): T => {
  try {
    return act()
  } catch (error) {
    if (!isUsageError(error)) throw error
    const problem = { error: `${plainMessage(error)}.`, field: error.path }
    throw new RequestError(error.code === 'BAN_TOO_MANY' ? 409 : 400, problem)
  }
}

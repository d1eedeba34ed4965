import { isUsageError } from '@rtmp/bytes'
import { plainMessage } from '../../config/within.ts'

/** What an answer says of a request that cannot be carried out: a sentence, and the field that it is about. */
export interface Problem {
  readonly error: string
  readonly field?: string
}

/** A request that cannot be carried out, with the status to answer. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly status: 400 | 404 | 409 | 413 | 415
  readonly problems: readonly Problem[]

  constructor(status: RequestError['status'], ...problems: readonly [Problem, ...Problem[]]) {
    super(problems[0].error)
    this.status = status
    this.problems = problems
  }

  /** What is answered: the first problem, and all of them if there are more. */
  get body(): Problem & { readonly problems?: readonly Problem[] } {
    const [first = { error: this.message }] = this.problems
    return this.problems.length > 1 ? { ...first, problems: this.problems } : first
  }
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

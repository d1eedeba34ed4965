import type { Status } from '@rtmp/session'
import { endedByServer, RtmpClientError } from './errors.ts'
import type { ClientHost } from './host.ts'
import { Deferred, within } from './waiting.ts'

/** What is asked of a play, as it stands in the codes of the statuses that answer: `NetStream.Pause.Notify`; `play2` is answered by
 * `NetStream.Play.Transition` or, as {@link Status} that ends nothing, `NetStream.Play.Failed`. */
export type PlayRequest = 'Pause' | 'Unpause' | 'Seek' | 'Transition'

/** What a status answers, if it answers anything. */
export const requestOf = ({ code }: Status): PlayRequest | undefined =>
  /^NetStream\.Play\.(Transition|Failed)$/.test(code)
    ? 'Transition'
    : (/^NetStream\.(Pause|Unpause|Seek)\./.exec(code)?.[1] as PlayRequest | undefined)

/** Requests that are answered by statuses, which say only of what kind of request they are. */
export class StatusAnswers {
  readonly #host: ClientHost
  readonly #deadlineMs: number
  readonly #signal: AbortSignal
  /** In the order in which they were asked. */
  readonly #open = new Map<Deferred<Status>, PlayRequest>()

  /** @param deadlineMs - For one answer; 0 for no limit. */
  constructor(host: ClientHost, deadlineMs: number, signal: AbortSignal) {
    this.#host = host
    this.#deadlineMs = deadlineMs
    this.#signal = signal
  }

  /**
   * Sends a request by `send` and waits for its answer.
   *
   * @throws RtmpClientError `TIMEOUT`, `ENDED_BY_SERVER` when the answer is an error, and what {@link reject} is given
   */
  async ask(request: PlayRequest, send: () => void): Promise<Status> {
    const answer = new Deferred<Status>()
    this.#open.set(answer, request)
    const error = (): Error =>
      new RtmpClientError('TIMEOUT', `the server did not answer ${request.toLowerCase()} in time`, {
        stage: 'running',
        canRetry: true,
      })
    const limit = { ms: this.#deadlineMs, signal: this.#signal, error }
    try {
      send()
      return await within(
        this.#host,
        limit,
        () => answer.promise,
        () => {},
      )
    } finally {
      this.#open.delete(answer)
    }
  }

  /** Gives a status to the oldest request that it answers. */
  take(status: Status): void {
    const about = requestOf(status)
    for (const [answer, request] of this.#open) {
      if (request !== about) continue
      this.#open.delete(answer)
      if (status.level === 'error') answer.reject(endedByServer(status))
      else answer.resolve(status)
      return
    }
  }

  /** Rejects all that wait. */
  reject(error: unknown): void {
    for (const answer of this.#open.keys()) answer.reject(error)
    this.#open.clear()
  }
}

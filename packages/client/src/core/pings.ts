import { RtmpClientError } from './errors.ts'
import type { ClientHost } from './host.ts'
import { inWords } from './log.ts'
import { Deferred } from './waiting.ts'

interface Waiting {
  readonly sentAt: number
  readonly answer: Deferred<number>
  readonly cancel: () => void
}

/** Pings that the application has sent (RTMP 1.0 §7.1.7), by their timestamp, which comes back in the answer. */
export class Pings {
  readonly #host: ClientHost
  readonly #deadlineMs: number
  readonly #waiting = new Map<number, Waiting>()
  #last = -1

  /** @param deadlineMs - For one answer; 0 for no limit. */
  constructor(host: ClientHost, deadlineMs: number) {
    this.#host = host
    this.#deadlineMs = deadlineMs
  }

  /** Sends a ping by `send`; gives the milliseconds until its answer. @throws RtmpClientError `TIMEOUT` */
  send(send: (timestamp: number) => void): Promise<number> {
    const now = this.#host.now()
    // Never the same twice: two in one millisecond are told apart.
    this.#last = Math.max(this.#last + 1, Math.floor(now))
    const timestamp = this.#last >>> 0
    const answer = new Deferred<number>()
    const cancel =
      this.#deadlineMs === 0
        ? () => {}
        : this.#host.schedule(this.#deadlineMs, () => {
            this.#waiting.delete(timestamp)
            answer.reject(unansweredPing(this.#deadlineMs))
          })
    this.#waiting.set(timestamp, { sentAt: now, answer, cancel })
    send(timestamp)
    return answer.promise
  }

  /** An answer has come. */
  answered(timestamp: number): void {
    const waiting = this.#waiting.get(timestamp)
    if (waiting === undefined) return
    this.#waiting.delete(timestamp)
    waiting.cancel()
    waiting.answer.resolve(this.#host.now() - waiting.sentAt)
  }

  /** No answer comes any more. */
  reject(error: unknown): void {
    for (const { answer, cancel } of this.#waiting.values()) {
      cancel()
      answer.reject(error)
    }
    this.#waiting.clear()
  }
}

const unansweredPing = (ms: number): RtmpClientError =>
  new RtmpClientError('TIMEOUT', `the server did not answer a ping within ${inWords(ms)}`, {
    stage: 'running',
    canRetry: true,
  })

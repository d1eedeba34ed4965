import { type Timed, WheelTimer } from '@rtmp/live/engine'
import { isPromise, whenSettled } from '../contract/awaitable.ts'
import { type Accept, type Decision, refusalIn, type Reject, reject } from '../contract/decision.ts'
import { checkedDecision } from '../contract/decision-check.ts'
import { COULD_NOT_DECIDE } from './callback-door.ts'
import type { Failures } from './failures.ts'
import type { Time } from './services.ts'

/** How long the answer to a recheck may take, in milliseconds. */
const ANSWER_MS = 30_000

/**
 * What something granted stands on beyond the moment: a time, a question asked again and again, a signal. Made only for
 * grants that have any of these. It ends what was granted at most once.
 */
export class Terms implements Timed {
  readonly #services: Time & Failures
  readonly #accept: Accept
  readonly #end: (why: Reject, now: number) => void
  readonly #timer: WheelTimer = new WheelTimer(this)
  #over = false
  #endsAt = Number.POSITIVE_INFINITY
  #checkAt = Number.POSITIVE_INFINITY
  /** While a question is out: its number. */
  #asked: number | undefined
  #lastAsked = 0

  /** @param end - Ends what was granted. */
  constructor(services: Time & Failures, accept: Accept, end: (why: Reject, now: number) => void) {
    this.#services = services
    this.#accept = accept
    this.#end = end
  }

  /** The terms of a decision, or `undefined` when it has none. */
  static of(
    services: Time & Failures,
    decision: Decision,
    end: (why: Reject, now: number) => void,
  ): Terms | undefined {
    if (decision?.kind !== 'accept') return undefined
    const { limits, recheck, signal } = decision
    if (limits?.durationMs === undefined && recheck === undefined && signal === undefined) return undefined
    return new Terms(services, decision, end)
  }

  /** Begins to watch. May end what was granted at once, when the signal has aborted already. */
  start(now: number): void {
    const { limits, recheck, signal } = this.#accept
    if (limits?.durationMs !== undefined) this.#endsAt = now + limits.durationMs
    if (recheck !== undefined) this.#checkAt = now + recheck.everyMs
    this.#arm()
    if (signal === undefined) return
    if (signal.aborted) this.#onAbort()
    else signal.addEventListener('abort', this.#onAbort)
  }

  /** What was granted has ended. */
  stop(): void {
    this.#over = true
    this.#services.wheel.cancel(this.#timer)
    this.#accept.signal?.removeEventListener('abort', this.#onAbort)
  }

  /** @internal */
  onTimer(now: number): void {
    if (this.#over) return
    if (now >= this.#endsAt) this.#finish({ kind: 'reject', description: 'the time granted is over' }, now)
    else if (now >= this.#checkAt) {
      if (this.#asked === undefined) this.#check(now)
      else {
        this.#services.failed('a recheck', new Error(`it has not answered within ${ANSWER_MS} ms`))
        this.#finish({ kind: 'reject', description: 'no decision in time' }, now)
      }
    } else this.#arm()
  }

  readonly #onAbort = (): void => {
    const reason: unknown = this.#accept.signal?.reason
    // Without a reason of its own, `abort()` gives an AbortError, which says nothing to a client.
    const said = reason instanceof Error && reason.name !== 'AbortError' ? reason.message : reason
    const description = typeof said === 'string' ? said : 'no longer allowed'
    this.#finish({ kind: 'reject', description }, this.#services.now())
  }

  #check(now: number): void {
    const asked = ++this.#lastAsked
    this.#asked = asked
    this.#checkAt = now + ANSWER_MS
    try {
      const answer = this.#accept.recheck?.check()
      if (!isPromise<Decision>(answer)) {
        this.#answered(asked, checkedDecision(answer))
        return
      }
      whenSettled(
        answer,
        checkedDecision,
        (decision) => this.#answered(asked, decision),
        (error) => this.#failed(asked, error),
      )
    } catch (error) {
      this.#failed(asked, error)
    }
    this.#arm()
  }

  #failed(asked: number, error: unknown): void {
    this.#services.failed('a recheck', error)
    this.#answered(asked, reject(COULD_NOT_DECIDE))
  }

  #answered(asked: number, decision: Decision): void {
    if (this.#over || this.#asked !== asked) return
    this.#asked = undefined
    const now = this.#services.now()
    const refusal = refusalIn(decision)
    if (refusal !== undefined) {
      const description = refusal.kind === 'redirect' ? `go on at ${refusal.url}` : 'no longer allowed'
      this.#finish({ description, ...refusal, kind: 'reject' }, now)
      return
    }
    this.#checkAt = now + (this.#accept.recheck?.everyMs ?? ANSWER_MS)
    this.#arm()
  }

  #finish(why: Reject, now: number): void {
    if (this.#over) return
    this.stop()
    this.#end(why, now)
  }

  #arm(): void {
    if (this.#over) return
    const at = Math.min(this.#endsAt, this.#checkAt)
    if (at !== Number.POSITIVE_INFINITY) this.#services.wheel.set(this.#timer, at)
  }
}

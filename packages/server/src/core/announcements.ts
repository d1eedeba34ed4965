import type { FcPublishRequestedEvent } from '@rtmp/session'
import { type Awaitable, isPromise } from '../contract/awaitable.ts'
import type { FcPublishContext } from '../contract/contexts.ts'
import { checkedDecision } from '../contract/decision-check.ts'
import { type Decision, refusalIn, type Reject, reject } from '../contract/decision.ts'
import { COULD_NOT_DECIDE, hookPlace, noAnswerInTime } from './callback-door.ts'
import type { Peer } from './peer.ts'
import type { Refusals } from './refusals.ts'
import type { Services } from './services.ts'
import type { ClientSession } from './client-protocol.ts'

/** What announcements are given of the server. */
type AnnouncementServices = Pick<Services, 'handler' | 'failed' | 'now'>

/** Announcements of one client whose hooks have not answered; beyond it the client is no publisher. */
const MOST_ANNOUNCEMENTS = 16

/** Announcements of one client that it is going to publish (`FCPublish`): a publish waits for what their hooks say. */
export class Announcements {
  readonly #peer: Peer
  readonly #services: AnnouncementServices
  readonly #session: ClientSession
  readonly #refusals: Refusals
  /** Resolves when every announcement made so far was allowed; whether they were. */
  #allowed: PromiseLike<boolean> | undefined
  /** Those whose hook has not answered: a session withdraws all of them when it ends. */
  readonly #undecided = new Set<number>()

  constructor(peer: Peer, services: AnnouncementServices, session: ClientSession, refusals: Refusals) {
    this.#peer = peer
    this.#services = services
    this.#session = session
    this.#refusals = refusals
  }

  /** Whether all of them were allowed; `undefined` when no hook has taken its time. */
  get allowed(): PromiseLike<boolean> | undefined {
    return this.#allowed
  }

  /** An announcement does not stand any more. @param expired - Because its hook has not answered in time. */
  withdraw(requestId: number, expired: boolean): void {
    if (!this.#undecided.delete(requestId)) return
    if (expired) this.#services.failed(hookPlace('fcPublish'), noAnswerInTime())
  }

  announce({ requestId, streamName: raw }: FcPublishRequestedEvent): void {
    if (this.#services.handler.fcPublish === undefined) {
      this.#session.accept(requestId)
      return
    }
    const connection = this.#peer
    const cut = this.#session.cut(raw)
    if (cut === undefined) {
      this.#answer(requestId, raw, reject('invalid stream name'))
      return
    }
    const { app, streamName, path } = cut
    const sent = { app: connection.connect?.app ?? '', streamName: raw }
    const query = this.#session.queryOf(cut)
    const answer = this.#ask({ connection, app, streamName, path, sent, query })
    if (!isPromise(answer)) {
      this.#answer(requestId, streamName, answer)
      return
    }
    this.#undecided.add(requestId)
    const decided = this.#wait(requestId, streamName, answer)
    const before = this.#allowed
    this.#allowed =
      before === undefined ? decided : before.then((allowed) => decided.then((also) => allowed && also))
  }

  #ask(context: FcPublishContext): Awaitable<Decision> {
    if (this.#undecided.size >= MOST_ANNOUNCEMENTS) return reject('too many announcements at once')
    try {
      const answer = this.#services.handler.fcPublish?.(context)
      return isPromise(answer) ? answer : checkedDecision(answer)
    } catch (error) {
      return this.#failed(error)
    }
  }

  /** Whether it was allowed, once that is known; whatever the hook has returned settles once and throws nowhere. */
  #wait(requestId: number, streamName: string, answer: PromiseLike<Decision>): PromiseLike<boolean> {
    // Through the hook's own `then`, not a promise of the language: under a virtual clock it settles in its time.
    try {
      return answer.then(
        (said) => this.#decided(requestId, streamName, this.#checked(said)),
        (error: unknown) => this.#decided(requestId, streamName, this.#failed(error)),
      )
    } catch (error) {
      return Promise.resolve(this.#decided(requestId, streamName, this.#failed(error)))
    }
  }

  #checked(said: unknown): Decision {
    try {
      return checkedDecision(said)
    } catch (error) {
      return this.#failed(error)
    }
  }

  #failed(error: unknown): Reject {
    this.#services.failed(hookPlace('fcPublish'), error)
    return reject(COULD_NOT_DECIDE)
  }

  #decided(requestId: number, streamName: string, decision: Decision): boolean {
    if (this.#undecided.delete(requestId)) {
      this.#peer.guard(() => this.#answer(requestId, streamName, decision))
      this.#peer.decided(this.#services.now())
    }
    return refusalIn(decision) === undefined
  }

  /** A refused announcement ends the connection, unless the decision says otherwise. */
  #answer(requestId: number, streamName: string, decision: Decision): void {
    const refusal = refusalIn(decision)
    if (refusal === undefined) this.#session.accept(requestId)
    else this.#refusals.refuse('fcPublish', requestId, streamName, refusal)
  }
}

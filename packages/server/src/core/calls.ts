import type { CommandReceivedEvent } from '@rtmp/session'
import { isPromise, whenSettled } from '../contract/awaitable.ts'
import { hookPlace, noAnswerInTime } from './callback-door.ts'
import type { Peer } from './peer.ts'
import type { Services } from './services.ts'
import type { ClientSession } from './client-protocol.ts'

/** What calls are given of the server. */
export type CallServices = Pick<Services, 'handler' | 'failed' | 'now'>

/** Commands of the application's own, from one client: the hook's answer is the answer. */
export class Calls {
  readonly #peer: Peer
  readonly #services: CallServices
  readonly #session: ClientSession
  /** Calls that wait for a hook that takes its time. */
  readonly #unanswered = new Set<number>()
  #over = false

  constructor(peer: Peer, services: CallServices, session: ClientSession) {
    this.#peer = peer
    this.#services = services
    this.#session = session
  }

  /** Nobody waits for an answer any more. */
  withdrawAll(): void {
    this.#over = true
  }

  /** A call is not waited for any more. @param expired - Because its hook has not answered in time. */
  withdraw(requestId: number, expired: boolean): void {
    if (!this.#unanswered.delete(requestId)) return
    if (expired) this.#services.failed(hookPlace('call'), noAnswerInTime())
  }

  call({ requestId, name, values, messageStreamId }: CommandReceivedEvent): void {
    const failed = (error: unknown): void => {
      this.#services.failed(hookPlace('call'), error)
      this.#refuse(requestId, 'the server could not answer')
    }
    try {
      const wantsAnswer = requestId !== undefined
      const connection = this.#peer
      const result = this.#services.handler.call?.({ connection, messageStreamId, name, values, wantsAnswer })
      if (!isPromise(result)) {
        this.#answer(requestId, result)
        return
      }
      if (requestId !== undefined) this.#unanswered.add(requestId)
      whenSettled(result, asItIs, (value) => this.#answer(requestId, value), failed)
    } catch (error) {
      failed(error)
    }
  }

  #answer(requestId: number | undefined, value: unknown): void {
    if (requestId === undefined || this.#over) return
    this.#unanswered.delete(requestId)
    if (value === undefined) {
      this.#refuse(requestId)
      return
    }
    this.#peer.guard(() => {
      try {
        this.#session.accept(requestId, { values: Array.isArray(value) ? value : [value] })
      } catch (error) {
        this.#services.failed(hookPlace('call'), error)
        this.#refuse(requestId, 'the server could not answer')
      }
    })
    this.#peer.decided(this.#services.now())
  }

  #refuse(requestId: number | undefined, description?: string): void {
    if (requestId === undefined || this.#over) return
    this.#unanswered.delete(requestId)
    this.#session.reject(requestId, description === undefined ? {} : { description })
    this.#peer.decided(this.#services.now())
  }
}

const asItIs = (value: unknown): unknown => value

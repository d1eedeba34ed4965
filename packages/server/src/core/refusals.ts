import type { Redirect, Reject } from '../contract/decision.ts'
import type { ServerEvents } from '../contract/events.ts'
import type { Peer } from './peer.ts'
import type { ClientSession } from './client-protocol.ts'

/** What refusals are given of the server. */
export interface RefusalServices {
  /** A request was refused: it is counted and told. */
  refused(event: ServerEvents['refused']): void
}

/** Refusals of one client's requests: each is answered, counted and told. */
export class Refusals {
  readonly #peer: Peer
  readonly #services: RefusalServices
  readonly #session: ClientSession

  constructor(peer: Peer, services: RefusalServices, session: ClientSession) {
    this.#peer = peer
    this.#services = services
    this.#session = session
  }

  refuse(
    request: ServerEvents['refused']['request'],
    requestId: number,
    streamName: string,
    decision: Reject | Redirect,
  ): void {
    const { description } = decision
    this.#session.reject(requestId, {
      ...(description === undefined ? {} : { description }),
      ...(decision.kind === 'redirect'
        ? { redirect: decision.url, close: true }
        : {
            ...(decision.code === undefined ? {} : { code: decision.code }),
            ...(decision.close === undefined ? {} : { close: decision.close }),
            ...(decision.information === undefined ? {} : { information: decision.information }),
          }),
    })
    const why = describeRefusal(decision)
    this.#services.refused({ connection: this.#peer, request, streamName, description: why })
  }
}

const describeRefusal = (decision: Reject | Redirect): string =>
  decision.description ?? (decision.kind === 'redirect' ? `redirected to ${decision.url}` : 'not allowed')

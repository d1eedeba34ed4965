import { StatusCode } from '@rtmp/message'
import type {
  ConnectRequestedEvent,
  PlayRequestedEvent,
  PublishRequestedEvent,
  ServerSession,
} from '@rtmp/session'
import type { Publication } from '../relay/publication.ts'
import { connectAnswer } from './capabilities.ts'
import type { Connection } from './connection.ts'
import type { Awaitable, Decision, Redirect, Reject } from './decision.ts'
import type { PlayContext, PublishContext } from './handler.ts'

/** The requests that hooks decide. */
export type DecidedRequest = 'connect' | 'publish' | 'play'

/** What a connection does with a request that was granted. */
export interface Granted {
  published(context: PublishContext, publication: Publication): void
  played(context: PlayContext, now: number): void
  /** A decision came later than its request: sees to what follows from it. */
  decided(now: number): void
}

/**
 * Requests of one client on their way to a decision: asks the hook if there is one, and carries out what it says. A
 * hook may take its time; what it says counts only if the request still stands then, and the world is looked at again.
 */
export class Requests {
  readonly #connection: Connection
  readonly #session: ServerSession
  readonly #granted: Granted
  /** Requests whose hook has not answered. */
  #undecided: Set<number> | undefined

  constructor(connection: Connection, session: ServerSession, granted: Granted) {
    this.#connection = connection
    this.#session = session
    this.#granted = granted
  }

  /** A request does not stand any more. */
  withdraw(requestId: number): void {
    this.#undecided?.delete(requestId)
  }

  /** No request stands any more. */
  withdrawAll(): void {
    this.#undecided = undefined
  }

  connect({ requestId, app, tcUrl, query, connect }: ConnectRequestedEvent, now: number): void {
    const { core } = this.#connection
    const ask = (): Awaitable<Decision> =>
      core.handler.connect?.({ connection: this.#connection, app, tcUrl, query, connect })
    this.#decide('connect', requestId, ask, now, (decision) => {
      if (this.#isRefused('connect', requestId, '', decision)) return
      if (!this.#session.accept(requestId, connectAnswer(connect))) return
      if (core.events.has('connected')) core.events.emit('connected', { connection: this.#connection })
    })
  }

  publish(event: PublishRequestedEvent, now: number): void {
    const { requestId, messageStreamId, app, streamName, query, publishType } = event
    const { core } = this.#connection
    const connection = this.#connection
    const wanted: PublishContext = { connection, messageStreamId, app, streamName, query, publishType }
    const ask = (): Awaitable<Decision> => core.handler.publish?.(wanted)
    this.#decide('publish', requestId, ask, now, (decision, at) => {
      if (this.#isRefused('publish', requestId, streamName, decision)) return
      const context = { ...wanted, streamName: nameOf(decision) ?? streamName }
      const publication = core.registry.publish(app, context.streamName, connection, at)
      if (publication === undefined) {
        const description = `${streamName} is being published by someone else`
        this.#refuse('publish', requestId, streamName, {
          kind: 'reject',
          code: StatusCode.publishBadName,
          description,
        })
      } else if (this.#session.accept(requestId)) this.#granted.published(context, publication)
      else publication.end(false, at)
    })
  }

  play(event: PlayRequestedEvent, now: number): void {
    const { requestId, messageStreamId, app, streamName, query, start } = event
    const { core } = this.#connection
    const wanted: PlayContext = {
      connection: this.#connection,
      messageStreamId,
      app,
      streamName,
      query,
      start,
    }
    const ask = (): Awaitable<Decision> => core.handler.play?.(wanted)
    this.#decide('play', requestId, ask, now, (decision, at) => {
      if (this.#isRefused('play', requestId, streamName, decision)) return
      const context = { ...wanted, streamName: nameOf(decision) ?? streamName }
      if (!core.registry.mayPlay(app, context.streamName)) {
        this.#refuse('play', requestId, streamName, {
          kind: 'reject',
          description: `there is no stream ${streamName}`,
        })
      } else if (this.#session.accept(requestId)) this.#granted.played(context, at)
    })
  }

  #decide(
    request: DecidedRequest,
    requestId: number,
    ask: () => Awaitable<Decision>,
    now: number,
    proceed: (decision: Decision, now: number) => void,
  ): void {
    let answer: Awaitable<Decision>
    try {
      answer = ask()
    } catch (error) {
      answer = this.#hookFailed(request, error)
    }
    if (!isPromise(answer)) {
      proceed(answer, now)
      return
    }
    this.#undecided ??= new Set()
    this.#undecided.add(requestId)
    const resume = (decision: Decision): void => {
      if (this.#undecided?.delete(requestId) !== true) return
      const at = this.#connection.core.now()
      this.#connection.guard(() => proceed(decision, at))
      this.#granted.decided(at)
    }
    answer.then(resume, (error: unknown) => resume(this.#hookFailed(request, error)))
  }

  #hookFailed(request: DecidedRequest, error: unknown): Reject {
    this.#connection.core.failed(`the ${request} hook`, error)
    return { kind: 'reject', description: 'the server could not decide' }
  }

  #isRefused(request: DecidedRequest, requestId: number, streamName: string, decision: Decision): boolean {
    if (decision?.kind !== 'reject' && decision?.kind !== 'redirect') return false
    this.#refuse(request, requestId, streamName, decision)
    return true
  }

  #refuse(request: DecidedRequest, requestId: number, streamName: string, decision: Reject | Redirect): void {
    const { description } = decision
    this.#session.reject(requestId, {
      ...(description === undefined ? {} : { description }),
      ...(decision.kind === 'redirect'
        ? { redirect: decision.url, close: true }
        : {
            ...(decision.code === undefined ? {} : { code: decision.code }),
            ...(decision.close === undefined ? {} : { close: decision.close }),
          }),
    })
    const { events } = this.#connection.core
    if (!events.has('refused')) return
    const why =
      description ?? (decision.kind === 'redirect' ? `redirected to ${decision.url}` : 'not allowed')
    events.emit('refused', { connection: this.#connection, request, streamName, description: why })
  }
}

const nameOf = (decision: Decision): string | undefined =>
  decision?.kind === 'accept' ? decision.streamName : undefined

const isPromise = (value: Awaitable<Decision>): value is PromiseLike<Decision> =>
  typeof value === 'object' && 'then' in value

import { StatusCode } from '@rtmp/message'
import {
  type CommandReceivedEvent,
  type ConnectRequestedEvent,
  normaliseStreamName,
  parseQuery,
  type PlayRequestedEvent,
  type PublishRequestedEvent,
  type ServerSession,
  splitQuery,
  type StreamAnnouncedEvent,
} from '@rtmp/session'
import { connectAnswer } from './capabilities.ts'
import type { Connection } from './connection.ts'
import {
  type AcceptLimits,
  type Awaitable,
  type Decision,
  grantIn,
  isPromise,
  type Redirect,
  refusalIn,
  type Reject,
} from './decision.ts'
import type { FcPublishContext, PlayContext, PublishContext } from './handler.ts'
import { Terms } from './terms.ts'

/** The requests that hooks decide. */
export type DecidedRequest = 'connect' | 'fcPublish' | 'publish' | 'play'

/** Announcements of one client whose hooks have not answered; beyond it the client is no publisher. */
const MOST_ANNOUNCEMENTS = 16

/**
 * Requests of one client on their way to a decision: asks the hook if there is one, and carries out what it says. A
 * hook may take its time; what it says counts only if the request still stands then, and the world is looked at again.
 */
export class Requests {
  readonly #connection: Connection
  readonly #session: ServerSession
  /** Requests whose hook has not answered. */
  #undecided: Set<number> | undefined
  /** Resolves when every announcement made so far was allowed; whether they were. */
  #announced: PromiseLike<boolean> | undefined
  #announcements = 0
  #over = false
  #granted: AcceptLimits | undefined

  constructor(connection: Connection, session: ServerSession) {
    this.#connection = connection
    this.#session = session
  }

  /** A request does not stand any more. */
  withdraw(requestId: number): void {
    this.#undecided?.delete(requestId)
  }

  /** No request stands any more. */
  withdrawAll(): void {
    this.#undecided = undefined
    this.#over = true
  }

  connect({ requestId, app, tcUrl, query, connect }: ConnectRequestedEvent, now: number): void {
    const connection = this.#connection
    const { core } = connection
    if (core.enhanced === 'enhancedOnly' && !connection.isEnhanced) {
      this.#refuse('connect', requestId, '', reject('this server takes clients of Enhanced RTMP only'))
      return
    }
    const banned = core.bans.connectRefusal(connection)
    if (banned !== undefined) {
      this.#refuse('connect', requestId, '', banned)
      return
    }
    const ask = (): Awaitable<Decision> => core.handler.connect?.({ connection, app, tcUrl, query, connect })
    this.#decide('connect', requestId, ask, now, (decision, at) => {
      if (this.#isRefused('connect', requestId, '', decision)) return
      if (!core.admission.hasRoomIn(app)) {
        this.#refuse('connect', requestId, '', reject(`${app} has as many connections as it may`))
        return
      }
      if (!this.#session.accept(requestId, connectAnswer(connect, core.announced))) return
      this.#granted = grantIn(decision)?.limits
      const terms = Terms.of(core, decision, ({ description = 'no longer allowed' }, when) =>
        connection.close('kicked', description, when),
      )
      connection.connected(terms, at)
    })
  }

  fcPublish({ streamName: raw }: StreamAnnouncedEvent, now: number): void {
    const { handler } = this.#connection.core
    if (handler.fcPublish === undefined) return
    const connection = this.#connection
    const streamName = normaliseStreamName(raw)
    const context: FcPublishContext = {
      connection,
      app: connection.app,
      streamName,
      query: parseQuery(splitQuery(raw).query),
    }
    let answer: Awaitable<Decision>
    try {
      answer =
        this.#announcements < MOST_ANNOUNCEMENTS
          ? handler.fcPublish(context)
          : reject('too many announcements at once')
    } catch (error) {
      answer = this.#hookFailed('fcPublish', error)
    }
    if (!isPromise(answer)) {
      const refusal = refusalIn(answer)
      if (refusal !== undefined) this.#refuseAnnouncement(streamName, refusal, now)
      return
    }
    this.#announcements += 1
    const decided = answer.then(
      (decision) => this.#announcementDecided(streamName, decision),
      (error: unknown) => this.#announcementDecided(streamName, this.#hookFailed('fcPublish', error)),
    )
    const before = this.#announced
    this.#announced =
      before === undefined ? decided : before.then((allowed) => decided.then((also) => allowed && also))
  }

  publish(event: PublishRequestedEvent, now: number): void {
    const { requestId, messageStreamId, app, streamName, query, publishType } = event
    const { core } = this.#connection
    const connection = this.#connection
    if (core.draining !== undefined) {
      this.#refuse('publish', requestId, streamName, core.draining.refusal)
      return
    }
    const most = this.#granted?.publishes
    if (most !== undefined && connection.activities.publishings.length >= most) {
      this.#refuse('publish', requestId, streamName, reject(`more than ${most} publishes are not allowed`))
      return
    }
    if (this.#isWithheld('publish', requestId, streamName)) return
    const wanted: PublishContext = { connection, messageStreamId, app, streamName, query, publishType }
    const announced = this.#announced
    const ask = (): Awaitable<Decision> => core.handler.publish?.(wanted)
    const askInTurn =
      announced === undefined
        ? ask
        : (): Awaitable<Decision> =>
            announced.then((allowed) => (allowed && !this.#over ? ask() : reject('not allowed')))
    this.#decide('publish', requestId, askInTurn, now, (decision, at) => {
      if (this.#isRefused('publish', requestId, streamName, decision)) return
      const context = { ...wanted, streamName: grantIn(decision)?.streamName ?? streamName }
      if (this.#isWithheld('publish', requestId, context.streamName)) return
      const publication = core.registry.publish(app, context.streamName, connection.activities, at)
      if (publication === undefined) {
        const description = `${streamName} is being published by someone else`
        this.#refuse('publish', requestId, streamName, {
          kind: 'reject',
          code: StatusCode.publishBadName,
          description,
        })
      } else if (this.#session.accept(requestId)) {
        connection.activities.published(context, publication, decision, at)
      } else publication.end(false, at)
    })
  }

  play(event: PlayRequestedEvent, now: number): void {
    const { requestId, messageStreamId, app, streamName, query, start, duration, reset: resets } = event
    const { core } = this.#connection
    const connection = this.#connection
    if (core.draining !== undefined) {
      this.#refuse('play', requestId, streamName, core.draining.refusal)
      return
    }
    const most = this.#granted?.plays
    if (most !== undefined && connection.activities.playbacks.length >= most) {
      const description = `more than ${most} plays are not allowed`
      this.#refuse('play', requestId, streamName, {
        kind: 'reject',
        code: StatusCode.playFailed,
        description,
      })
      return
    }
    if (this.#isWithheld('play', requestId, streamName)) return
    const bufferLength = connection.bufferLengthOf(messageStreamId)
    const about = { connection, messageStreamId, app, query, start, duration, reset: resets, bufferLength }
    const wanted: PlayContext = { ...about, streamName }
    const ask = (): Awaitable<Decision> => core.handler.play?.(wanted)
    this.#decide('play', requestId, ask, now, (decision, at) => {
      if (this.#isRefused('play', requestId, streamName, decision)) return
      const context = { ...wanted, streamName: grantIn(decision)?.streamName ?? streamName }
      if (this.#isWithheld('play', requestId, context.streamName)) return
      const why = this.#noRoom(app, context.streamName)
      if (!core.registry.mayPlay(app, context.streamName)) {
        this.#refuse('play', requestId, streamName, reject(`there is no stream ${streamName}`))
      } else if (why !== undefined) {
        this.#refuse('play', requestId, streamName, {
          kind: 'reject',
          code: StatusCode.playFailed,
          description: why,
        })
      } else if (this.#session.accept(requestId)) {
        // The answer goes first, then what the stream holds.
        connection.flushSession(at)
        connection.activities.played(context, decision, at)
      }
    })
  }

  /** A command of the application's own: the hook's answer is the answer. */
  call({ requestId, name, values, messageStreamId }: CommandReceivedEvent): void {
    const connection = this.#connection
    const { handler } = connection.core
    const refuse = (description?: string): void => {
      if (requestId === undefined || this.#over) return
      this.#session.reject(requestId, description === undefined ? {} : { description })
      connection.decided(connection.core.now())
    }
    const answer = (value: unknown): void => {
      if (requestId === undefined || this.#over) return
      if (value === undefined) {
        refuse()
        return
      }
      connection.guard(() => {
        try {
          this.#session.accept(requestId, { values: Array.isArray(value) ? value : [value] })
        } catch (error) {
          connection.core.failed('the call hook', error)
          refuse('the server could not answer')
        }
      })
      connection.decided(connection.core.now())
    }
    const failed = (error: unknown): void => {
      connection.core.failed('the call hook', error)
      refuse('the server could not answer')
    }
    try {
      const wantsAnswer = requestId !== undefined
      const result = handler.call?.({ connection, messageStreamId, name, values, wantsAnswer })
      if (isPromise(result)) result.then(answer, failed)
      else answer(result)
    } catch (error) {
      failed(error)
    }
  }

  /** Why a stream takes no more players. */
  #noRoom(app: string, streamName: string): string | undefined {
    const { registry, limits } = this.#connection.core
    const stream = registry.find(app, streamName)
    if (stream === undefined) return undefined
    const { playersPerStream } = limits
    const most = Math.min(
      playersPerStream === 0 ? Number.POSITIVE_INFINITY : playersPerStream,
      stream.publication?.maxPlayers ?? Number.POSITIVE_INFINITY,
    )
    return stream.players.length < most ? undefined : `${streamName} has as many players as it may`
  }

  #announcementDecided(streamName: string, decision: Decision): boolean {
    this.#announcements -= 1
    const { core } = this.#connection
    const refusal = refusalIn(decision)
    if (refusal !== undefined && !this.#over) this.#refuseAnnouncement(streamName, refusal, core.now())
    return refusal === undefined
  }

  /** FCPublish has been answered, as clients expect; a refusal is a status, and ends the connection. */
  #refuseAnnouncement(streamName: string, decision: Reject | Redirect, now: number): void {
    const description = describeRefusal(decision)
    const { core } = this.#connection
    this.#connection.act(now, (session) => {
      session.onStatus(0, (decision.kind === 'reject' && decision.code) || StatusCode.publishDenied, {
        level: 'error',
        description,
        ...(decision.kind === 'redirect' ? { ex: { code: 302, redirect: decision.url } } : {}),
      })
      if (decision.kind === 'redirect' || decision.close !== false) session.close('refused', description)
    })
    core.refused({ connection: this.#connection, request: 'fcPublish', streamName, description })
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
    if (!isPromise<Decision>(answer)) {
      proceed(answer, now)
      return
    }
    this.#undecided ??= new Set()
    this.#undecided.add(requestId)
    const resume = (decision: Decision): void => {
      if (this.#undecided?.delete(requestId) !== true) return
      const at = this.#connection.core.now()
      this.#connection.guard(() => proceed(decision, at))
      this.#connection.decided(at)
    }
    answer.then(resume, (error: unknown) => resume(this.#hookFailed(request, error)))
  }

  #hookFailed(request: DecidedRequest, error: unknown): Reject {
    this.#connection.core.failed(`the ${request} hook`, error)
    return reject('the server could not decide')
  }

  #isRefused(request: DecidedRequest, requestId: number, streamName: string, decision: Decision): boolean {
    const refusal = refusalIn(decision)
    if (refusal === undefined) return false
    this.#refuse(request, requestId, streamName, refusal)
    return true
  }

  /** Refuses what nobody may have now, whatever hooks say: asked for by that name, or granted under it. */
  #isWithheld(request: 'publish' | 'play', requestId: number, streamName: string): boolean {
    const connection = this.#connection
    const refusal = connection.core.streamControl.withheld(connection, request, connection.app, streamName)
    if (refusal === undefined) return false
    this.#refuse(request, requestId, streamName, refusal)
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
    const why = describeRefusal(decision)
    this.#connection.core.refused({ connection: this.#connection, request, streamName, description: why })
  }
}

const reject = (description: string): Reject => ({ kind: 'reject', description })

const describeRefusal = (decision: Reject | Redirect): string =>
  decision.description ?? (decision.kind === 'redirect' ? `redirected to ${decision.url}` : 'not allowed')

import { UsageError } from '@rtmp/bytes'
import { StatusCode, type StreamPlace, streamPath } from '@rtmp/message'
import type { ConnectRequestedEvent, PlayRequestedEvent, PublishRequestedEvent } from '@rtmp/session'
import { type Awaitable, isPromise, whenSettled } from '../contract/awaitable.ts'
import type { PlayContext, PublishContext, SentNames } from '../contract/contexts.ts'
import { checkedDecision } from '../contract/decision-check.ts'
import {
  type AcceptLimits,
  type Decision,
  grantIn,
  type Redirect,
  refusalIn,
  type Reject,
  reject,
} from '../contract/decision.ts'
import { renamed } from '../contract/renamed.ts'
import type { Activities } from './activities.ts'
import type { Admission } from './admission.ts'
import type { Announcements } from './announcements.ts'
import { COULD_NOT_DECIDE, hookPlace, noAnswerInTime } from './callback-door.ts'
import { type Announced, connectAnswer } from './capabilities.ts'
import type { Gate } from './gate.ts'
import type { MemoryUsers } from './memory-share.ts'
import type { Peer } from './peer.ts'
import type { OpenRecorded, RecordedStreams } from './recorded-stream.ts'
import type { Refusals } from './refusals.ts'
import type { Services } from './services.ts'
import { withoutAlias, withoutKind } from './stream-alias.ts'
import { Terms } from './terms.ts'
import type { ClientSession } from './client-protocol.ts'

/** What requests are given of the server. */
export interface RequestServices extends Services {
  readonly gate: Gate
  readonly admission: Admission
  readonly memory: MemoryUsers
  /** What clients are told of Enhanced RTMP. */
  readonly announced: Announced
  /** Recordings that can be played. */
  readonly recorded: RecordedStreams | undefined
}

/** The requests of a message stream or a connection that hooks decide, each answered by the session's own status. */
type Request = 'connect' | 'publish' | 'play'

/** One whose hook has not answered. */
interface Undecided {
  readonly request: Request
  /** Tells the hook when nobody waits for it any more. */
  readonly withdrawal?: AbortController | undefined
}

/**
 * Requests of one client on their way to a decision: asks the hook if there is one, and carries out what it says. A
 * hook may take its time; what it says counts only if the request still stands then, and the world is looked at again.
 */
export class Requests {
  readonly #peer: Peer
  readonly #services: RequestServices
  readonly #session: ClientSession
  readonly #activities: Activities
  readonly #announcements: Announcements
  readonly #refusals: Refusals
  /** Requests whose hook has not answered, by their ids. */
  #undecided: Map<number, Undecided> | undefined
  #over = false
  #limits: AcceptLimits | undefined
  /** Apps that the client is counted in. */
  #apps: readonly string[] = []

  constructor(
    peer: Peer,
    services: RequestServices,
    session: ClientSession,
    activities: Activities,
    announcements: Announcements,
    refusals: Refusals,
  ) {
    this.#peer = peer
    this.#services = services
    this.#session = session
    this.#activities = activities
    this.#announcements = announcements
    this.#refusals = refusals
  }

  /** A request does not stand any more. @param expired - Because its hook has not answered in time. */
  withdraw(requestId: number, expired: boolean): void {
    const undecided = this.#undecided?.get(requestId)
    if (undecided === undefined) return
    const { request, withdrawal } = undecided
    this.#undecided?.delete(requestId)
    withdrawal?.abort()
    if (expired) this.#services.failed(hookPlace(request), noAnswerInTime())
  }

  /** No request stands any more. */
  withdrawAll(): void {
    this.#undecided?.forEach(({ withdrawal }) => withdrawal?.abort())
    this.#undecided = undefined
    this.#over = true
    for (const app of this.#apps) this.#services.admission.leftApp(app)
  }

  connect({ requestId, app, tcUrl, query, connect }: ConnectRequestedEvent, now: number): void {
    const connection = this.#peer
    const { handler, gate, announced } = this.#services
    if (this.#isRefused('connect', requestId, '', gate.connectRefusal(connection))) return
    const ask = (): Awaitable<Decision> => handler.connect?.({ connection, app, tcUrl, query, connect })
    this.#decide({ request: 'connect' }, requestId, ask, now, (decision, at) => {
      if (this.#isRefused('connect', requestId, '', refusalIn(decision) ?? gate.appRefusal(connection, app)))
        return
      if (!this.#session.accept(requestId, connectAnswer(connect, announced))) return
      this.#limits = grantIn(decision)?.limits
      this.#known(decision)
      const terms = Terms.of(this.#services, decision, ({ description = 'no longer allowed' }, when) =>
        connection.close('kicked', description, when),
      )
      this.#entered(app)
      connection.connected(terms, at)
    })
  }

  publish(event: PublishRequestedEvent, now: number): void {
    const { requestId, messageStreamId, app, streamName, path, rawStreamName, query, publishType } = event
    const connection = this.#peer
    const { handler, registry } = this.#services
    const most = this.#limits?.publishes ?? Number.POSITIVE_INFINITY
    const tooMany =
      this.#activities.publishings.length < most
        ? undefined
        : reject(`more than ${most} publishes are not allowed`)
    const sent = this.#sent(rawStreamName)
    const { intent } = connection.speaks
    const withdrawal = handler.publish === undefined ? undefined : new AbortController()
    const withdrawn = withdrawal?.signal
    const about = { connection, messageStreamId, sent, query, publishType, intent, withdrawn }
    const wanted: PublishContext = { ...about, app, streamName, path }
    if (this.#mayNotBegin('publish', requestId, wanted, tooMany)) return
    const { allowed: announced } = this.#announcements
    const ask = (): Awaitable<Decision> => handler.publish?.(wanted)
    const askInTurn =
      announced === undefined
        ? ask
        : (): Awaitable<Decision> =>
            announced.then((allowed) => (allowed && !this.#over ? ask() : reject('not allowed')))
    this.#decide({ request: 'publish', withdrawal }, requestId, askInTurn, now, (decision, at) => {
      if (this.#isRefused('publish', requestId, streamName, refusalIn(decision))) return
      const context = this.#granted('publish', requestId, wanted, decision)
      if (context === undefined) return
      if (intent === 'configure') {
        this.#session.accept(requestId)
        return
      }
      const publication = registry.publish(context.app, context.streamName, this.#activities, at)
      if (publication === undefined) {
        const description = `${streamName} is being published by someone else`
        this.#refusals.refuse('publish', requestId, streamName, reject(description, BAD_NAME))
      } else if (this.#session.accept(requestId)) {
        this.#activities.published(context, publication, decision, at)
      } else publication.end(false, at)
    })
  }

  play(event: PlayRequestedEvent, now: number): void {
    const { requestId, messageStreamId, rawStreamName, query, start, duration, reset } = event
    const connection = this.#peer
    const { handler, gate, registry } = this.#services
    const most = this.#limits?.plays ?? Number.POSITIVE_INFINITY
    const tooMany =
      this.#activities.playbacks.length < most
        ? undefined
        : reject(`more than ${most} plays are not allowed`, PLAY_FAILED)
    const asked = withoutAlias(registry, event)
    const isRecorded = this.#isRecorded(asked.path, start)
    const { app, streamName, path } = isRecorded ? withoutKind(asked) : asked
    const sent = this.#sent(rawStreamName)
    const bufferLength = connection.bufferLengthOf(messageStreamId)
    const { waitMs } = connection.speaks
    const withdrawal = handler.play === undefined ? undefined : new AbortController()
    const withdrawn = withdrawal?.signal
    const way = { connection, messageStreamId, sent, query, start, duration, reset, bufferLength }
    const wanted: PlayContext = { ...way, waitMs, withdrawn, app, streamName, path }
    if (this.#mayNotBegin('play', requestId, wanted, tooMany)) return
    let open: OpenRecorded | undefined
    const ask = isRecorded
      ? async (): Promise<Decision> => {
          const decision = checkedDecision(await handler.play?.(wanted))
          if (refusalIn(decision) !== undefined) return decision
          const granted = renamed(wanted, grantIn(decision) ?? {}).path
          open = await this.#services.recorded?.find(granted)
          return open === undefined ? reject(`there is no recording ${granted}`, NOT_FOUND) : decision
        }
      : (): Awaitable<Decision> => handler.play?.(wanted)
    this.#decide({ request: 'play', withdrawal }, requestId, ask, now, (decision, at) => {
      if (this.#isRefused('play', requestId, streamName, refusalIn(decision))) return
      const context = this.#granted('play', requestId, wanted, decision)
      if (context === undefined) return
      const refusal = isRecorded ? undefined : gate.playRefusal(connection, context, streamName, waitMs)
      if (this.#isRefused('play', requestId, streamName, refusal)) return
      open ??= this.#past(context)
      const recorded = open !== undefined || grantIn(decision)?.recorded === true
      if (!this.#session.accept(requestId, { recorded })) return
      // The answer goes first, then what the stream holds.
      connection.flushSession(at)
      this.#activities.played(context, decision, at, open)
    })
  }

  /** Whether a path is that of a recording, and no live stream has it. */
  #isRecorded(path: string, start: number): boolean {
    const { recorded, registry } = this.#services
    if (recorded === undefined || !path.startsWith(recorded.prefix)) return false
    return !LIVE_ONLY.includes(start) && registry.find('', path)?.publication === undefined
  }

  /** What opens a live stream some time ago, where a player of RTMP asks for it (`?start=-120`), and it is recorded. */
  #past({ path, query }: PlayContext): OpenRecorded | undefined {
    const { start = '' } = query
    const { name } = this.#peer.speaks
    const seconds = /^-\d{1,9}(?:\.\d{1,3})?$/.test(start) ? -Number(start) : 0
    return name === 'rtmp' && seconds > 0 ? this.#services.recorded?.past(path, seconds * 1000) : undefined
  }

  #decide(
    undecided: Undecided,
    requestId: number,
    ask: () => Awaitable<Decision>,
    now: number,
    proceed: (decision: Decision, now: number) => void,
  ): void {
    const { request } = undecided
    let answer: Awaitable<Decision>
    try {
      answer = ask()
      if (!isPromise<Decision>(answer)) answer = checkedDecision(answer)
    } catch (error) {
      answer = this.#hookFailed(request, error)
    }
    if (!isPromise<Decision>(answer)) {
      proceed(answer, now)
      return
    }
    this.#undecided ??= new Map()
    this.#undecided.set(requestId, undecided)
    const resume = (decision: Decision): void => {
      if (this.#undecided?.delete(requestId) !== true) return
      const at = this.#services.now()
      this.#peer.guard(() => proceed(decision, at))
      this.#peer.decided(at)
    }
    whenSettled(answer, checkedDecision, resume, (error) => resume(this.#hookFailed(request, error)))
  }

  #hookFailed(request: Request, error: unknown): Reject {
    this.#services.failed(hookPlace(request), error)
    return reject(COULD_NOT_DECIDE)
  }

  /** What stands against a publish or a play before anybody is asked. */
  #mayNotBegin(
    request: 'publish' | 'play',
    requestId: number,
    wanted: StreamPlace,
    tooMany: Reject | undefined,
  ): boolean {
    const refusal = this.#services.gate.beginRefusal(this.#peer) ?? tooMany
    return (
      this.#isRefused(request, requestId, wanted.streamName, refusal) ||
      this.#isWithheld(request, requestId, wanted)
    )
  }

  /**
   * What was granted, under the name that counts; nothing when it is refused after all: a name that cannot be, a stream that
   * nobody may have now, an app without room.
   */
  #granted<Context extends PublishContext | PlayContext>(
    request: 'publish' | 'play',
    requestId: number,
    wanted: Context,
    decision: Decision,
  ): Context | undefined {
    const grant = grantIn(decision)
    const context = grant === undefined ? wanted : renamed(wanted, grant)
    const { app } = context
    if (context.path === '') {
      const name = streamPath(grant?.app ?? '', grant?.streamName ?? '')
      const message = `${JSON.stringify(name)}, to which it renames a stream, cannot be a name`
      const refusal = this.#hookFailed(request, new UsageError('STREAM_NAME', message, 'streamName'))
      this.#isRefused(request, requestId, wanted.streamName, refusal)
      return undefined
    }
    if (this.#isWithheld(request, requestId, context)) return undefined
    this.#known(decision)
    if (!this.#apps.includes(app)) {
      const refusal = this.#services.gate.appRefusal(this.#peer, app)
      if (this.#isRefused(request, requestId, wanted.streamName, refusal)) return undefined
      this.#entered(app)
    }
    return context
  }

  /** A decision may say who the client is: that user answers for the memory it holds. */
  #known(decision: Decision): void {
    const user = grantIn(decision)?.user
    if (user !== undefined) this.#services.memory.isUser(this.#peer.memory, user)
  }

  /** Counts the client among those of an app: the one it connected to, and those whose streams it publishes or plays. */
  #entered(app: string): void {
    if (this.#peer.node !== undefined) return
    this.#services.admission.enteredApp(app)
    this.#apps = [...this.#apps, app]
  }

  #sent(streamName: string): SentNames {
    return { app: this.#peer.connect?.app ?? '', streamName }
  }

  /** Refuses what nobody may have now, whatever hooks say: asked for by that name, or granted under it. */
  #isWithheld(request: 'publish' | 'play', requestId: number, { app, streamName }: StreamPlace): boolean {
    const refusal = this.#services.gate.streamRefusal(this.#peer, request, app, streamName)
    return this.#isRefused(request, requestId, streamName, refusal)
  }

  #isRefused(
    request: Request,
    requestId: number,
    streamName: string,
    refusal: Reject | Redirect | undefined,
  ): boolean {
    if (refusal === undefined) return false
    this.#refusals.refuse(request, requestId, streamName, refusal)
    return true
  }
}

const BAD_NAME = { code: StatusCode.publishBadName } as const
const NOT_FOUND = { code: StatusCode.playStreamNotFound } as const
/** Starts with which a player wants a live stream, or nothing. */
const LIVE_ONLY: readonly number[] = [-1, -1000]
const PLAY_FAILED = { code: StatusCode.playFailed } as const

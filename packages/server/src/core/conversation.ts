import type { HandshakeResult } from '@rtmp/handshake'
import type { BufferLengthEvent, ClosedEvent, MediaEvent, ServerEvent } from '@rtmp/session'
import { Activities, type ActivitiesServices } from './activities.ts'
import { Announcements } from './announcements.ts'
import { Calls } from './calls.ts'
import { ConnectedClient } from './connected-client.ts'
import type { Peer } from './peer.ts'
import { Refusals, type RefusalServices } from './refusals.ts'
import { Requests, type RequestServices } from './requests.ts'
import type { ClientSession } from './client-protocol.ts'

/** What a conversation is given of the server. */
export interface ConversationServices extends ActivitiesServices, RequestServices, RefusalServices {}

/** What a session tells of, but for its end, and audio and video, which go to what is published at once. */
export type ConversationEvent = Exclude<ServerEvent, ClosedEvent | MediaEvent>

/** What one client says, and who sees to it. */
export class Conversation {
  readonly activities: Activities
  readonly client: ConnectedClient
  readonly #peer: Peer
  readonly #services: ConversationServices
  readonly #session: ClientSession
  readonly #requests: Requests
  readonly #announcements: Announcements
  readonly #calls: Calls
  #handshake: HandshakeResult | undefined
  /** Whether the request that is withdrawn next was not decided in time: the session warns of it first. */
  #hasExpired = false
  /** What it was told last: a stream and its buffer. */
  #buffer: BufferLengthEvent | undefined

  constructor(peer: Peer, services: ConversationServices, session: ClientSession) {
    this.#peer = peer
    this.#services = services
    this.#session = session
    this.activities = new Activities(peer, services, session)
    this.client = new ConnectedClient(peer, this.activities, session, services.now)
    const refusals = new Refusals(peer, services, session)
    this.#announcements = new Announcements(peer, services, session, refusals)
    this.#requests = new Requests(peer, services, session, this.activities, this.#announcements, refusals)
    this.#calls = new Calls(peer, services, session)
  }

  /** How the handshake went, once it is done. */
  get handshake(): HandshakeResult | undefined {
    return this.#handshake
  }

  /** See {@link Peer.bufferLengthOf}. */
  bufferLengthOf(messageStreamId: number): number | undefined {
    return this.#buffer?.messageStreamId === messageStreamId ? this.#buffer.bufferLength : undefined
  }

  /** Nothing that was asked for stands any more. */
  withdrawAll(): void {
    this.#requests.withdrawAll()
    this.#calls.withdrawAll()
  }

  /** Sees to what the session tells. */
  hear(event: ConversationEvent, now: number): void {
    const { activities } = this
    const { events, door } = this.#services
    const connection = this.#peer
    activities.escaped()
    switch (event.kind) {
      case 'data':
        activities.data(event, now)
        break
      case 'handshakeComplete':
        this.#onHandshake(event.result)
        break
      case 'connectRequested':
        this.#requests.connect(event, now)
        break
      case 'fcPublishRequested':
        this.#announcements.announce(event)
        break
      case 'publishRequested':
        this.#requests.publish(event, now)
        break
      case 'playRequested':
        this.#requests.play(event, now)
        break
      case 'requestWithdrawn':
        this.#withdrawn(event.requestId)
        break
      case 'publishEnded':
        activities.publishEnded(event, now)
        break
      case 'playEnded':
        activities.playEnded(event, now)
        break
      case 'pause':
        activities.pause(event, now)
        break
      case 'receiveAudio':
      case 'receiveVideo':
        activities.receive(event, now)
        break
      case 'setBufferLength':
        this.#buffer = event
        door.tell('bufferLength', connection, event.messageStreamId, event.bufferLength)
        break
      case 'seekRequested': {
        const context = activities.playContextOf(event.messageStreamId)
        if (context !== undefined) door.tell('seek', context, event.position)
        if (activities.maySeek(event.messageStreamId)) {
          this.#session.accept(event.requestId)
          activities.seek(event.messageStreamId, event.position, now)
        } else this.#session.reject(event.requestId)
        break
      }
      case 'play2Requested': {
        const context = activities.playContextOf(event.messageStreamId)
        if (context !== undefined) door.tell('play2', context, event.options)
        this.#session.reject(event.requestId)
        break
      }
      case 'commandReceived':
        this.#calls.call(event)
        break
      case 'callAnswered':
        this.client.answered(event.requestId, { ok: event.ok, values: event.values })
        break
      case 'requestTimedOut':
        this.client.unanswered(event.requestId, `${event.name} was not answered in time`)
        break
      case 'otherMessage':
        if (events.has('message')) events.emit('message', { connection, message: event.message })
        break
      case 'pingAnswered':
        if (events.has('pingAnswered'))
          events.emit('pingAnswered', { connection, timestamp: event.timestamp })
        break
      case 'warning':
        this.#hasExpired = event.code === 'REQUEST_EXPIRED'
        if (events.has('warning')) events.emit('warning', { connection, warning: event })
        break
      default:
        break
    }
  }

  #withdrawn(requestId: number): void {
    const expired = this.#hasExpired
    this.#hasExpired = false
    this.#requests.withdraw(requestId, expired)
    this.#announcements.withdraw(requestId, expired)
    this.#calls.withdraw(requestId, expired)
    this.client.unanswered(requestId, 'the connection has ended')
  }

  #onHandshake(result: HandshakeResult): void {
    this.#handshake = result
    this.#services.door.tell('handshakeComplete', this.#peer, result)
  }
}

import { StatusCode, type TypedCommand } from '@rtmp/message'
import type { EndReason } from './end-reason.ts'
import type { ServerEvent } from './server-events.ts'
import type { MessageStream } from './message-stream.ts'
import type { Outgoing } from './outgoing.ts'
import type { ServerStatuses } from './server-statuses.ts'
import type { SessionLife } from './session-life.ts'
import type { Transactions } from './transactions.ts'

/** What playbacks are made with. */
export interface ServerPlaybackSetup {
  readonly life: SessionLife<ServerEvent>
  readonly outgoing: Outgoing<ServerEvent>
  readonly transactions: Transactions<ServerEvent>
  readonly statuses: ServerStatuses
}

/** What a client asks of a stream that plays: pause, seek, another rendition, no sound or no pictures. */
export class ServerPlayback {
  readonly #life: SessionLife<ServerEvent>
  readonly #outgoing: Outgoing<ServerEvent>
  readonly #transactions: Transactions<ServerEvent>
  readonly #statuses: ServerStatuses

  constructor({ life, outgoing, transactions, statuses }: ServerPlaybackSetup) {
    this.#life = life
    this.#outgoing = outgoing
    this.#transactions = transactions
    this.#statuses = statuses
  }

  /** It wants sound or pictures, or none. */
  receive(stream: MessageStream, kind: 'receiveAudio' | 'receiveVideo', enabled: boolean): void {
    if (kind === 'receiveAudio') stream.audio = enabled
    else stream.video = enabled
    this.#life.emit({ kind, messageStreamId: stream.id, enabled })
    if (!enabled || stream.state !== 'playing') return
    this.#statuses.sayAbout(stream, StatusCode.seekNotify, 'Seeking', {})
    this.#statuses.sayAbout(stream, StatusCode.playStart, 'Started playing', {})
  }

  /** It asks something of what it plays. */
  command(stream: MessageStream, typed: TypedCommand): void {
    const messageStreamId = stream.id
    if (typed.kind === 'pause' || typed.kind === 'pauseRaw') {
      const { paused, position } = typed
      if (paused) {
        this.#statuses.sayAbout(stream, StatusCode.pauseNotify, 'Pausing', {})
        this.#outgoing.userControl({ kind: 'streamDry', messageStreamId })
      } else {
        this.#outgoing.userControl({ kind: 'streamBegin', messageStreamId })
        this.#statuses.sayAbout(stream, StatusCode.unpauseNotify, 'Unpausing', {})
      }
      this.#life.emit({ kind: 'pause', messageStreamId, paused, position })
    } else if (typed.kind === 'seek') {
      const requestId = this.#askAbout('seek', stream)
      if (requestId === undefined) return
      this.#life.emit({ kind: 'seekRequested', requestId, messageStreamId, position: typed.position })
    } else if (typed.kind === 'play2') {
      const requestId = this.#askAbout('play2', stream)
      if (requestId === undefined) return
      this.#life.emit({ kind: 'play2Requested', requestId, messageStreamId, options: typed.options })
    }
  }

  /** As {@link tryAddRequest}; the answer is a status on the stream, as everything about a playback is. */
  #askAbout(request: 'seek' | 'play2', stream: MessageStream): number | undefined {
    const requestId = this.#transactions.tryAddRequest(request, 0, stream)
    if (requestId === undefined) this.#statuses.sayRefused(request, stream, {})
    return requestId
  }

  /** Requests about a playback that is over. */
  withdraw(stream: MessageStream, reason: EndReason): void {
    for (;;) {
      const found = this.#transactions.requests.find(
        (entry) => entry.stream === stream && (entry.request === 'seek' || entry.request === 'play2'),
      )
      if (found === undefined) return
      const [requestId, { request }] = found
      this.#transactions.requests.take(requestId)
      this.#transactions.withdraw(requestId, request, reason)
    }
  }
}

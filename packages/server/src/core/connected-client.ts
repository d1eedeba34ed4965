import type { StatusDetails, UserControlEvent } from '@rtmp/message'
import type { OwnEndReason } from '@rtmp/session'
import type { CallAnswer, ClientHandle, ClientMessage } from '../contract/client-handle.ts'
import { type Reject, reject } from '../contract/decision.ts'
import type { Activities } from './activities.ts'
import type { Peer } from './peer.ts'
import { askToReconnect } from './reconnect.ts'
import type { DrainOptions } from '../contract/drain-options.ts'
import type { ClientSession } from './client-protocol.ts'

interface Waiting {
  readonly resolve: (answer: CallAnswer) => void
  readonly reject: (error: Error) => void
}

/** The handle of one connection's client. */
export class ConnectedClient implements ClientHandle {
  readonly #peer: Peer
  readonly #activities: Activities
  readonly #session: ClientSession
  readonly #now: () => number
  readonly #calls = new Map<number, Waiting>()

  constructor(peer: Peer, activities: Activities, session: ClientSession, now: () => number) {
    this.#peer = peer
    this.#activities = activities
    this.#now = now
    this.#session = session
  }

  /** See {@link ClientHandle.kick}. */
  kick(description = ENDED, reason: OwnEndReason = 'kicked'): void {
    this.#peer.close(reason, description, this.#now())
  }

  /** See {@link ClientHandle.endPublish}. */
  endPublish(
    messageStreamId: number,
    description = ENDED,
    reason: OwnEndReason = 'kicked',
    code?: string,
  ): boolean {
    return this.#activities.endPublish(messageStreamId, refusalOf(description, code), reason)
  }

  /** See {@link ClientHandle.endPlay}. */
  endPlay(
    messageStreamId: number,
    description = ENDED,
    reason: OwnEndReason = 'kicked',
    code?: string,
  ): boolean {
    return this.#activities.endPlay(messageStreamId, refusalOf(description, code), reason)
  }

  /** See {@link ClientHandle.status}. */
  status(messageStreamId: number, code: string, details?: StatusDetails): void {
    this.#act(() => this.#session.onStatus(messageStreamId, code, details))
  }

  /** See {@link ClientHandle.userControl}. */
  userControl(event: UserControlEvent): void {
    this.#act(() => this.#session.userControl(event))
  }

  /** See {@link ClientHandle.send}. */
  send({ typeId, messageStreamId = 0, timestamp = 0, payload }: ClientMessage): void {
    const csid = messageStreamId === 0 ? CONNECTION_CSID : STREAM_CSID
    this.#act(() => this.#session.sendMessage({ csid, typeId, messageStreamId, timestamp, payload }))
  }

  /** See {@link ClientHandle.askToReconnect}. */
  askToReconnect(options: Pick<DrainOptions, 'tcUrl' | 'description'> = {}): boolean {
    return askToReconnect(this.#peer, options, this.#now())
  }

  /** See {@link ClientHandle.data}. */
  data(messageStreamId: number, timestamp: number, name: string, ...values: readonly unknown[]): void {
    this.#act(() => this.#session.sendData(messageStreamId, timestamp, name, ...values))
  }

  /** See {@link ClientHandle.notify}. */
  notify(messageStreamId: number, name: string, ...values: readonly unknown[]): void {
    this.#act(() => this.#session.notify(messageStreamId, name, ...values))
  }

  /** See {@link ClientHandle.call}. */
  async call(name: string, ...values: readonly unknown[]): Promise<CallAnswer> {
    if (!this.#peer.isOpen) throw new Error('the connection has ended')
    let requestId = 0
    this.#act(() => {
      requestId = this.#session.call(name, ...values)
    })
    return new Promise((resolve, reject) => {
      this.#calls.set(requestId, { resolve, reject })
    })
  }

  /** The answer to a call has come. */
  answered(requestId: number, answer: CallAnswer): void {
    this.#calls.get(requestId)?.resolve(answer)
    this.#calls.delete(requestId)
  }

  /** No answer will come. */
  unanswered(requestId: number, why: string): void {
    this.#calls.get(requestId)?.reject(new Error(why))
    this.#calls.delete(requestId)
  }

  #act(action: () => void): void {
    this.#peer.act(this.#now(), action)
  }
}

/** Chunk streams of what is said beside the media. */
const CONNECTION_CSID = 3
const STREAM_CSID = 5

const ENDED = 'ended by the server'

const refusalOf = (description: string, code: string | undefined): Reject =>
  reject(description, code === undefined ? {} : { code })

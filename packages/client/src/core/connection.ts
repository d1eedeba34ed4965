import type { HandshakeResult } from '@rtmp/handshake'
import { type ClientEvent, ClientSession, type ClientSessionOptions } from '@rtmp/session'
import { type ClientStage, RtmpClientError } from './errors.ts'
import type { ClientHost } from './host.ts'
import { inWords } from './log.ts'
import { errorOfEnd, unanswered } from './lost.ts'
import type { ClientDeadlines } from './options.ts'
import { Pings } from './pings.ts'
import type { ClientTransport } from './transport.ts'
import { Deferred } from './waiting.ts'

/** What a connection tells its owner. */
export interface ConnectionOwner {
  /** An event of the session other than its end, in order, as it is read. */
  event(event: ClientEvent): void
  /** There may be room in the transport. */
  drained(): void
  /** The end, once; `undefined` when it was asked for. */
  closed(error: RtmpClientError | undefined): void
}

/** Signs of life, in milliseconds; interval 0 for none. */
export interface Liveness {
  readonly interval: number
  readonly timeout: number
}

/** What a connection is made with. */
export interface ConnectionSetup {
  readonly session: ClientSessionOptions
  readonly deadlines: ClientDeadlines
  readonly liveness: Liveness
  readonly owner: ConnectionOwner
}

/** An event that answers a request of ours. */
export type AnswerEvent = Exclude<
  Extract<ClientEvent, { readonly requestId: number }>,
  { readonly kind: 'commandReceived' }
>

/**
 * The pump between a transport and a client session, and the session's requests as promises.
 *
 * A connection ends once: by {@link close}, by {@link destroy}, by the server, or by what happened to the transport.
 */
export class Connection {
  readonly session: ClientSession
  readonly remote: string
  /** How the handshake went, once it is done. */
  handshake: HandshakeResult | undefined
  /** What is being done, for errors. */
  stage: ClientStage = 'handshake'
  readonly #host: ClientHost
  readonly #transport: ClientTransport
  readonly #owner: ConnectionOwner
  readonly #deadlines: ClientDeadlines
  readonly #liveness: Liveness
  readonly #answers = new Map<number, Deferred<AnswerEvent>>()
  readonly #pings: Pings
  readonly #gone = new Deferred<void>()
  #settling = false
  #cancelTimer: (() => void) | undefined
  #timerAt = Number.POSITIVE_INFINITY
  #cancelStall: (() => void) | undefined
  #cancelLiveness: (() => void) | undefined
  #cancelLinger: (() => void) | undefined
  #answersPings = false
  #heardAt: number
  #paused = false
  #error: RtmpClientError | undefined
  #over = false
  #unsent = false

  constructor(host: ClientHost, transport: ClientTransport, setup: ConnectionSetup) {
    this.#host = host
    this.#transport = transport
    this.remote = transport.remote
    this.#owner = setup.owner
    this.#deadlines = setup.deadlines
    this.#liveness = setup.liveness
    this.session = new ClientSession(setup.session)
    this.#heardAt = host.now()
    this.#pings = new Pings(host, setup.deadlines.request)
    transport.start({
      received: (bytes) => this.#receive(bytes),
      drained: () => this.#drained(),
      ended: () => this.#ended('transportClosed'),
      closed: (error) => this.#closed(error),
    })
    this.session.handleTimeout(host.now())
    this.settle()
  }

  /** Resolves when the transport is gone. */
  get gone(): Promise<void> {
    return this.#gone.promise
  }

  /** Whether the session is over. */
  get isOver(): boolean {
    return this.#over
  }

  /** Bytes given to the transport that have not left. */
  get pendingBytes(): number {
    return this.#transport.pendingBytes
  }

  /** The answer to a request of the session; rejects when the connection ends first, or the answer takes too long. */
  answer(requestId: number): Promise<AnswerEvent> {
    const deferred = new Deferred<AnswerEvent>()
    if (this.#over) deferred.reject(this.#error ?? closedError(this.stage))
    else this.#answers.set(requestId, deferred)
    this.settle()
    return deferred.promise
  }

  /**
   * Sends a ping request of its own, and gives the milliseconds until its answer.
   *
   * @throws RtmpClientError `TIMEOUT`, or what ends the connection
   */
  ping(): Promise<number> {
    return this.#pings.send((timestamp) => {
      this.session.userControl({ kind: 'pingRequest', timestamp })
      this.settle()
    })
  }

  /** Acts on the session's events, writes its output, arms its timer. To be called after every call of the session. */
  settle(): void {
    if (this.#settling) return
    this.#settling = true
    try {
      for (let event = this.session.nextEvent(); event !== undefined; event = this.session.nextEvent()) {
        this.#onEvent(event)
      }
      this.#write()
    } finally {
      this.#settling = false
    }
    this.#arm()
  }

  /** Stops reading, so that the server has to wait, or goes on. */
  pauseReading(paused: boolean): void {
    if (paused === this.#paused) return
    this.#paused = paused
    this.#heardAt = this.#host.now()
    if (paused) this.#transport.pause()
    else this.#transport.resume()
  }

  /**
   * Ends in order: what is queued is sent, then the transport is closed, and destroyed when the server does not close it
   * within `deadlines.close`.
   *
   * @param patient - Whether that time begins only when everything has been sent.
   * @throws RtmpClientError `CONNECTION_LOST` when the transport broke before everything had left
   */
  async close(patient: boolean): Promise<void> {
    if (!this.#over) {
      this.stage = 'ending'
      this.session.close('completed')
      this.settle()
      this.pauseReading(false)
      this.#transport.finish()
      if (!patient || this.#transport.pendingBytes === 0) this.#linger()
    }
    await this.#gone.promise
    if (this.#unsent) {
      const text = 'the connection broke before everything had been sent'
      throw new RtmpClientError('CONNECTION_LOST', text, { stage: 'ending', canRetry: false })
    }
  }

  /** Ends in order, for those who do not wait for it. */
  leave(): void {
    this.close(false).catch(() => {})
  }

  /** Ends at once. */
  destroy(): void {
    this.session.close('closed')
    this.settle()
    this.#transport.destroy()
  }

  #receive(bytes: Uint8Array): void {
    const now = this.#host.now()
    this.#heardAt = now
    this.session.receive(bytes, now)
    this.settle()
  }

  #drained(): void {
    this.#cancelStall?.()
    this.#cancelStall = undefined
    this.#watchWrites()
    if (!this.#over) this.#owner.drained()
    else if (this.#transport.pendingBytes === 0) this.#linger()
  }

  /** The server has a last chance to close. */
  #linger(): void {
    this.#cancelLinger ??= this.#host.schedule(this.#deadlines.close, () => this.#transport.destroy())
  }

  #write(): void {
    if (!this.session.hasOutput) return
    const pieces = this.session.takeOutput()
    if (pieces.length > 0) this.#transport.write(pieces)
    this.#watchWrites()
  }

  #watchWrites(): void {
    const { stall } = this.#deadlines
    if (stall === 0 || this.#cancelStall !== undefined || this.#transport.pendingBytes === 0) return
    this.#cancelStall = this.#host.schedule(stall, () => {
      this.#cancelStall = undefined
      if (this.#transport.pendingBytes === 0) return
      this.#lose(`nothing could be sent for ${inWords(stall)}`)
    })
  }

  /** The connection is as good as gone. */
  #lose(why: string): void {
    if (this.#over) {
      this.#transport.destroy()
      return
    }
    this.#error = new RtmpClientError('CONNECTION_LOST', `the connection is dead: ${why}`, {
      stage: this.stage,
      canRetry: true,
    })
    this.session.transportClosed('transportError', this.#host.now(), why)
    this.settle()
    this.#transport.destroy()
  }

  #ended(reason: 'transportClosed' | 'transportError', description?: string): void {
    this.session.transportClosed(reason, this.#host.now(), description)
    this.settle()
    this.#transport.finish()
    this.#linger()
  }

  #closed(error: Error | undefined): void {
    this.#unsent = this.stage === 'ending' && this.#transport.pendingBytes > 0
    if (error === undefined) this.session.transportClosed('transportClosed', this.#host.now())
    else this.session.transportClosed('transportError', this.#host.now(), error.message)
    this.settle()
    for (const cancel of [this.#cancelTimer, this.#cancelStall, this.#cancelLiveness, this.#cancelLinger]) {
      cancel?.()
    }
    this.#gone.resolve()
  }

  #onEvent(event: ClientEvent): void {
    switch (event.kind) {
      case 'closed': {
        this.#over = true
        this.#error ??= errorOfEnd(event, this.stage)
        this.#cancelTimer?.()
        for (const waiting of this.#answers.values()) waiting.reject(this.#error ?? closedError(this.stage))
        this.#answers.clear()
        this.#pings.reject(this.#error ?? closedError(this.stage))
        this.#owner.closed(this.#error)
        // A server that ends a connection may leave it open; what we said last must still leave.
        if (event.reason !== 'completed' && event.reason !== 'closed') {
          this.#write()
          this.#transport.finish()
          this.#linger()
        }
        return
      }
      case 'handshakeComplete':
        this.stage = 'connect'
        this.handshake = event.result
        break
      case 'pong':
        this.#answersPings = true
        break
      case 'pingAnswered':
        this.#answersPings = true
        this.#pings.answered(event.timestamp)
        break
      case 'connected':
        this.#watchLife()
        break
    }
    this.#settleAnswer(event)
    this.#owner.event(event)
  }

  #settleAnswer(event: ClientEvent): void {
    if (event.kind === 'commandReceived' || !('requestId' in event)) return
    const waiting = this.#answers.get(event.requestId)
    if (waiting === undefined) return
    const withdrawn = event.kind === 'requestWithdrawn'
    if (withdrawn && this.session.state === 'closed') return // `closed` follows, with the reason.
    this.#answers.delete(event.requestId)
    if (withdrawn) waiting.reject(closedError(this.stage))
    else if (event.kind === 'requestTimedOut') {
      waiting.reject(
        new RtmpClientError('TIMEOUT', unanswered(event.name), { stage: this.stage, canRetry: true }),
      )
    } else waiting.resolve(event)
  }

  #watchLife(): void {
    const { interval, timeout } = this.#liveness
    if (interval === 0) return
    const silence = interval + timeout
    const look = (): void => {
      if (this.#over) return
      const silent = this.#host.now() - this.#heardAt
      if (this.#answersPings && !this.#paused && silent >= silence) {
        this.#lose(`the server has been silent for ${inWords(silent)}`)
      } else this.#cancelLiveness = this.#host.schedule(Math.max(100, silence - silent), look)
    }
    this.#cancelLiveness = this.#host.schedule(silence, look)
  }

  #arm(): void {
    const next = this.session.nextTimeout()
    if (next === undefined || next >= this.#timerAt) return
    this.#cancelTimer?.()
    this.#timerAt = next
    this.#cancelTimer = this.#host.schedule(Math.max(0, next - this.#host.now()), () => {
      this.#timerAt = Number.POSITIVE_INFINITY
      this.session.handleTimeout(this.#host.now())
      this.settle()
    })
  }
}

const closedError = (stage: ClientStage): RtmpClientError =>
  new RtmpClientError('CLOSED', 'the connection was closed before the server had answered', {
    stage,
    canRetry: false,
  })

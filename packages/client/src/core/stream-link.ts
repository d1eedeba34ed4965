import type { ClientEvent, ClientSession, SessionStats } from '@rtmp/session'
import type { RtmpUrl } from '../rtmp-url.ts'
import type { Connection, ConnectionOwner } from './connection.ts'
import { type ClientStage, notConnected, RtmpClientError } from './errors.ts'
import { abortable, establish, type EstablishSetup, Hops } from './establish.ts'
import { redirectWords } from './redirect.ts'
import type { ServerInfo } from './server-info.ts'

/** What a link tells its owner, from the connection's acceptance on. */
export interface StreamLinkOwner {
  /** Whatever comes from the server; media can come before the link is open. */
  event(link: StreamLink, event: ClientEvent): void
  /** There may be room in the transport. */
  drained(link: StreamLink): void
  /** The connection is over, and not because it was asked for. */
  lost(link: StreamLink, error: RtmpClientError): void
}

/** A refusal of what a link is for. */
type LinkRefusal = Extract<ClientEvent, { readonly kind: 'publishRejected' | 'playRejected' }>

/** What a message stream is used for: to publish, or to play. */
export interface StreamUse {
  readonly stage: Extract<ClientStage, 'publish' | 'play'>
  /** Said before the message stream is asked for. */
  announce(session: ClientSession, target: RtmpUrl): void
  /** Asks on the message stream; gives the request's id. */
  ask(session: ClientSession, messageStreamId: number, target: RtmpUrl): number
  /** The error of a refusal that leads nowhere else. */
  rejected(refusal: LinkRefusal): RtmpClientError
  /** Said before the end. */
  leave(session: ClientSession, target: RtmpUrl): void
}

/** What is needed to open a link. */
export interface LinkSetup extends EstablishSetup {
  readonly use: StreamUse
}

/** One connection with one message stream that publishes or plays. */
export class StreamLink implements ConnectionOwner {
  readonly #owner: StreamLinkOwner
  readonly #use: StreamUse
  #connection: Connection | undefined
  #target: RtmpUrl
  #server: ServerInfo | undefined
  #id = 0
  #running = false
  #over = false
  #early: RtmpClientError | undefined

  private constructor(owner: StreamLinkOwner, use: StreamUse, target: RtmpUrl) {
    this.#owner = owner
    this.#use = use
    this.#target = target
  }

  /**
   * Connects and asks to publish or play; redirects are followed.
   *
   * @throws RtmpClientError; the signal's reason
   */
  static async open(setup: LinkSetup, start: RtmpUrl, owner: StreamLinkOwner): Promise<StreamLink> {
    const { use, log } = setup
    const hops = new Hops(setup)
    let target = start
    for (;;) {
      const link = new StreamLink(owner, use, target)
      const redirect = await link.#begin(setup, hops)
      if (redirect === undefined) return link
      target = hops.follow(link.target, redirect, use.stage)
      log({
        level: 'info',
        event: 'redirected',
        text: `The server sends us to ${redirectWords(link.target, target)}`,
      })
    }
  }

  /** Whether nothing more comes. */
  get isOver(): boolean {
    return this.#over
  }

  /** Where it is, after redirects. */
  get target(): RtmpUrl {
    return this.#target
  }

  /** The other side's address and port. */
  get remote(): string {
    return this.#connection?.remote ?? ''
  }

  /** What the server has said of itself. */
  get server(): ServerInfo | undefined {
    return this.#server
  }

  get stats(): SessionStats | undefined {
    return this.#connection?.session.stats
  }

  /** Bytes in the transport that have not left. */
  get pendingBytes(): number {
    return this.#connection?.pendingBytes ?? 0
  }

  /** Stops reading, or goes on. */
  pauseReading(paused: boolean): void {
    this.#connection?.pauseReading(paused)
  }

  /** Lets something be said on the message stream, and sends it; nothing when it is over. */
  act(say: (session: ClientSession, messageStreamId: number) => void): void {
    const connection = this.#connection
    if (connection === undefined || connection.isOver) return
    say(connection.session, this.#id)
    connection.settle()
  }

  /** Queues an audio or video message; {@link flush} sends it. */
  queueMedia(typeId: 8 | 9, timestamp: number, payload: Uint8Array): void {
    this.#connection?.session.sendMedia(this.#id, { typeId, timestamp, payload })
  }

  /** Queues another message on the message stream; {@link flush} sends it. */
  queueMessage(csid: number, typeId: number, timestamp: number, payload: Uint8Array): void {
    const messageStreamId = this.#id
    this.#connection?.session.sendMessage({ csid, typeId, messageStreamId, timestamp, payload })
  }

  /** Sends what is queued. */
  flush(): void {
    this.#connection?.settle()
  }

  /** Asks, and waits for the answer. @throws RtmpClientError `TIMEOUT`, `CLOSED`, or what ends the connection */
  request(ask: (session: ClientSession, messageStreamId: number) => number): Promise<ClientEvent> {
    const connection = this.#connection
    if (connection === undefined || connection.isOver) return Promise.reject(notConnected())
    try {
      return connection.answer(ask(connection.session, this.#id))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Sends a ping request, and gives the milliseconds until its answer. @throws as {@link request} */
  ping(): Promise<number> {
    const connection = this.#connection
    return connection === undefined || connection.isOver ? Promise.reject(notConnected()) : connection.ping()
  }

  /**
   * Says goodbye and closes. `patient`: however long it takes to send what is queued.
   *
   * @throws RtmpClientError `CONNECTION_LOST` when the transport broke before everything had left
   */
  async end(patient: boolean): Promise<void> {
    const isOurs = !this.#over
    this.#over = true
    const connection = this.#connection
    if (connection === undefined) return
    if (isOurs && !connection.isOver) {
      this.#use.leave(connection.session, this.#target)
      connection.session.deleteStream(this.#id)
    }
    await connection.close(patient)
  }

  /** Says goodbye and closes, for those who do not wait for it. */
  leave(): void {
    this.end(false).catch(() => {})
  }

  /** Ends at once. */
  destroy(): void {
    this.#over = true
    this.#connection?.destroy()
  }

  /** See {@link ConnectionOwner}. */
  event(event: ClientEvent): void {
    if (!this.#over) this.#owner.event(this, event)
  }

  /** See {@link ConnectionOwner}. */
  drained(): void {
    if (this.#running) this.#owner.drained(this)
  }

  /** See {@link ConnectionOwner}. */
  closed(error: RtmpClientError | undefined): void {
    if (error !== undefined) this.fail(error)
  }

  /** It is over by an error: of the connection, or of what it is used for. */
  fail(error: RtmpClientError): void {
    if (this.#over) return
    this.#over = true
    this.#connection?.destroy()
    if (this.#running) this.#owner.lost(this, error)
    else this.#early = error
  }

  /** Publishes or plays, or says where to go instead. */
  async #begin(setup: LinkSetup, hops: Hops): Promise<string | undefined> {
    const { connection, target, server } = await establish(setup, this.#target, hops, this)
    this.#connection = connection
    this.#target = target
    this.#server = server
    const { session } = connection
    const answer = await abortable(connection, setup.signal, async () => {
      connection.stage = 'createStream'
      this.#use.announce(session, target)
      this.#id = await createStream(connection)
      connection.stage = this.#use.stage
      return connection.answer(this.#use.ask(session, this.#id, target))
    })
    if (answer.kind !== 'publishRejected' && answer.kind !== 'playRejected') {
      connection.stage = 'running'
      this.#running = true
      if (this.#early !== undefined) throw this.#early
      return undefined
    }
    this.#over = true
    connection.leave()
    if (answer.redirect === undefined) throw this.#use.rejected(answer)
    return answer.redirect
  }
}

/** Asks for a message stream. @throws RtmpClientError `CREATE_STREAM_FAILED` */
const createStream = async (connection: Connection): Promise<number> => {
  const answer = await connection.answer(connection.session.createStream())
  if (answer.kind === 'streamCreated') return answer.messageStreamId
  const status = answer.kind === 'createStreamFailed' ? { status: answer.status } : {}
  throw new RtmpClientError('CREATE_STREAM_FAILED', 'the server gave no message stream', {
    stage: 'createStream',
    canRetry: true,
    ...status,
  })
}

import { MessageTypeId } from '@rtmp/chunk'
import { buildAggregate, clearDataFrame, encodeData } from '@rtmp/message'
import type { ClientEvent, SessionStats, Status } from '@rtmp/session'
import type { RtmpUrl } from '../rtmp-url.ts'
import type { Connection, ConnectionOwner } from './connection.ts'
import { PublishRejected, RtmpClientError } from './errors.ts'
import { abortable, establish, type EstablishSetup, Hops } from './establish.ts'
import type { PublisherOptions } from './options.ts'
import type { OutgoingMessage } from './outgoing.ts'
import { publicUrl } from './session-options.ts'

/** Chunk streams, as FFmpeg uses them: data rides with audio. */
const DATA_CSID = 4
const AUDIO_CSID = 4
const VIDEO_CSID = 6

/** An aggregate is sent when it has that many bytes, whatever its duration. */
const MAX_AGGREGATE_BYTES = 262_144

/** What a link tells its owner. */
export interface PublishLinkOwner {
  /** There may be room. */
  drained(): void
  /** The publish or its connection is over, and not because it was asked for. */
  lost(link: PublishLink, error: RtmpClientError): void
  /** The server wants us elsewhere (E-RTMP v2, "Reconnect Request"). */
  moveRequested(link: PublishLink, tcUrl: string | undefined, description: string): void
  /** A status that decided nothing. */
  status(status: Status): void
}

/** What is needed to open a link. */
export interface PublishSetup extends EstablishSetup {
  readonly options: PublisherOptions
}

/** One connection that publishes one stream. */
export class PublishLink {
  readonly target: RtmpUrl
  readonly #connection: Connection
  readonly #id: number
  readonly #options: PublisherOptions
  readonly #schedule: (delayMs: number, run: () => void) => () => void
  #gathered: OutgoingMessage[] = []
  #gatheredBytes = 0
  #cancelFlush: (() => void) | undefined

  constructor(connection: Connection, target: RtmpUrl, id: number, setup: PublishSetup) {
    this.#connection = connection
    this.target = target
    this.#id = id
    this.#options = setup.options
    this.#schedule = (delayMs, run) => setup.host.schedule(delayMs, run)
  }

  get remote(): string {
    return this.#connection.remote
  }

  get stats(): SessionStats {
    return this.#connection.session.stats
  }

  /** Bytes that have not left: those in the transport and those gathered for an aggregate. */
  get pendingBytes(): number {
    return this.#connection.pendingBytes + this.#gatheredBytes
  }

  /** Queues a message; {@link flush} writes what is queued. */
  send(message: OutgoingMessage): void {
    const { aggregateMs = 0 } = this.#options
    if (aggregateMs > 0) this.#gather(message, aggregateMs)
    else this.#sendAlone(message)
  }

  /** Tells the server to forget a data frame. */
  clearData(name: string): void {
    this.#sendGathered()
    const payload = encodeData(clearDataFrame(name))
    this.#connection.session.sendMessage({
      csid: DATA_CSID,
      typeId: MessageTypeId.dataAmf0,
      messageStreamId: this.#id,
      timestamp: 0,
      payload,
    })
    this.flush()
  }

  flush(): void {
    this.#connection.settle()
  }

  /** Says goodbye and closes, for those who do not wait for it. */
  leave(): void {
    this.end(false).catch(() => {})
  }

  /**
   * Says goodbye and closes. `patient`: however long it takes to send what is queued.
   *
   * @throws RtmpClientError `CONNECTION_LOST`
   */
  async end(patient: boolean): Promise<void> {
    this.#cancelFlush?.()
    const { session } = this.#connection
    if (!this.#connection.over) {
      this.#sendGathered()
      if (this.#options.announce !== false) session.announce('FCUnpublish', this.target.streamName)
      session.deleteStream(this.#id)
    }
    await this.#connection.close(patient)
  }

  /** Ends at once. */
  destroy(): void {
    this.#cancelFlush?.()
    this.#connection.destroy()
  }

  #sendAlone({ typeId, timestamp, payload }: OutgoingMessage): void {
    const messageStreamId = this.#id
    const { session } = this.#connection
    if (typeId === MessageTypeId.audio || typeId === MessageTypeId.video) {
      session.sendMedia(messageStreamId, { typeId, timestamp, payload })
    } else session.sendMessage({ csid: DATA_CSID, typeId, messageStreamId, timestamp, payload })
  }

  #gather(message: OutgoingMessage, aggregateMs: number): void {
    const first = this.#gathered[0]
    this.#gathered.push(message)
    this.#gatheredBytes += message.payload.length
    const span = first === undefined ? 0 : (message.timestamp - first.timestamp) | 0
    if (span >= aggregateMs || span < 0 || this.#gatheredBytes >= MAX_AGGREGATE_BYTES) this.#sendGathered()
    else {
      this.#cancelFlush ??= this.#schedule(aggregateMs, () => {
        this.#sendGathered()
        this.flush()
      })
    }
  }

  #sendGathered(): void {
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    const messages = this.#gathered
    if (messages.length === 0) return
    this.#gathered = []
    this.#gatheredBytes = 0
    if (messages.length === 1) {
      for (const message of messages) this.#sendAlone(message)
      return
    }
    const whole = buildAggregate(
      messages.map(({ typeId, timestamp, payload }) => ({
        csid: typeId === MessageTypeId.video ? VIDEO_CSID : AUDIO_CSID,
        typeId,
        messageStreamId: this.#id,
        timestamp,
        payload,
      })),
    )
    this.#connection.session.sendMessage({ ...whole, csid: VIDEO_CSID })
  }
}

/**
 * Connects and publishes; redirects are followed.
 *
 * @throws RtmpClientError; the signal's reason
 */
export const openPublishLink = async (
  setup: PublishSetup,
  start: RtmpUrl,
  owner: PublishLinkOwner,
): Promise<PublishLink> => {
  const hops = new Hops(setup.options)
  let target = start
  for (;;) {
    const watch = new LinkWatch(owner)
    const { connection, target: reached } = await establish(setup, target, hops, watch)
    const outcome = await abortable(connection, setup.signal, () =>
      startPublishing(connection, reached, setup),
    )
    if (typeof outcome === 'number') {
      const link = new PublishLink(connection, reached, outcome, setup)
      watch.watch(link)
      return link
    }
    connection.leave()
    if (outcome.redirect === undefined) throw new PublishRejected(outcome.status)
    target = hops.follow(reached, outcome.redirect, 'publish')
    setup.log({
      level: 'info',
      event: 'redirected',
      text: `The server sends us to ${publicUrl(target)}`,
    })
  }
}

type Refusal = Extract<ClientEvent, { readonly kind: 'publishRejected' | 'playRejected' }>

/** The message stream that publishes, or the refusal. */
const startPublishing = async (
  connection: Connection,
  { streamName }: RtmpUrl,
  { options }: PublishSetup,
): Promise<number | Refusal> => {
  const { session } = connection
  connection.stage = 'createStream'
  if (options.announce !== false) {
    session.announce('releaseStream', streamName)
    session.announce('FCPublish', streamName)
  }
  const messageStreamId = await createStream(connection)
  connection.stage = 'publish'
  const { publishType = 'live' } = options
  const answer = await connection.answer(session.publish(messageStreamId, { streamName, publishType }))
  connection.stage = 'running'
  if (answer.kind === 'publishRejected') return answer
  return messageStreamId
}

/** Asks for a message stream. @throws RtmpClientError `CREATE_STREAM_FAILED` */
export const createStream = async (connection: Connection): Promise<number> => {
  const answer = await connection.answer(connection.session.createStream())
  if (answer.kind === 'streamCreated') return answer.messageStreamId
  const status = answer.kind === 'createStreamFailed' ? { status: answer.status } : {}
  throw new RtmpClientError('CREATE_STREAM_FAILED', 'the server gave no message stream', {
    stage: 'createStream',
    canRetry: true,
    ...status,
  })
}

/** The server ended a publish or play by a status. */
export const endedByServer = (status: Status | undefined): RtmpClientError =>
  new RtmpClientError(
    'ENDED_BY_SERVER',
    `the server ended the stream${status === undefined ? '' : ` (${status.code}${status.description === '' ? '' : `: ${status.description}`})`}`,
    { stage: 'running', canRetry: true, ...(status === undefined ? {} : { status }) },
  )

/** Hears a connection, and tells the owner once there is a link. */
class LinkWatch implements ConnectionOwner {
  readonly #owner: PublishLinkOwner
  #link: PublishLink | undefined
  #early: RtmpClientError | undefined
  #over = false

  constructor(owner: PublishLinkOwner) {
    this.#owner = owner
  }

  /** From now on the link is watched; what happened to it before is told in a moment. */
  watch(link: PublishLink): void {
    this.#link = link
    const early = this.#early
    if (early !== undefined) queueMicrotask(() => this.#owner.lost(link, early))
  }

  event(event: ClientEvent): void {
    switch (event.kind) {
      case 'publishEnded':
        if (event.reason === 'status') this.#lost(endedByServer(event.status))
        break
      case 'reconnectRequested':
        if (this.#link !== undefined) {
          this.#owner.moveRequested(this.#link, event.tcUrl, event.description)
        }
        break
      case 'status':
        this.#owner.status(event.status)
        break
    }
  }

  drained(): void {
    this.#owner.drained()
  }

  closed(error: RtmpClientError | undefined): void {
    if (error !== undefined) this.#lost(error)
  }

  #lost(error: RtmpClientError): void {
    if (this.#over) return
    this.#over = true
    if (this.#link === undefined) this.#early = error
    else this.#owner.lost(this.#link, error)
  }
}

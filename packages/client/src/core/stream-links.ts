import { UsageError } from '@rtmp/bytes'
import { resolveReconnectUrl } from '@rtmp/e-rtmp'
import type { ClientEvent } from '@rtmp/session'
import type { RtmpUrl } from '../rtmp-url.ts'
import { endedByServer, isRtmpClientError, type RtmpClientError } from './errors.ts'
import type { ClientHost } from './host.ts'
import type { LogEntry } from './log.ts'
import type { ConnectionOptions } from './options.ts'
import { redirected, redirectWords } from './redirect.ts'
import { Retry, type RetryingEvent } from './retry.ts'
import { ServerCalls } from './server-calls.ts'
import { LinkedServer } from './linked-server.ts'
import { publicUrl, targetOf } from './session-options.ts'
import type { StreamLife } from './stream-life.ts'
import { type LinkSetup, StreamLink, type StreamLinkOwner, type StreamUse } from './stream-link.ts'

/** What links tell the publisher or player they are of. */
interface StreamLinksOwner {
  /** Before each attempt to connect but those beside a connection that works. */
  connecting(): void
  /** A link works: the first, or one after a loss. */
  attached(link: StreamLink, isFirst: boolean): void
  /** The link that worked is gone; without an error it has made way for another. */
  detached(error: RtmpClientError | undefined): void
  /** An event of the present link. */
  event(link: StreamLink, event: ClientEvent): void
  /** An event of a link beside the present one, to which the server has asked us to move. */
  eventBeside(link: StreamLink, event: ClientEvent): void
  /** There may be room in the transport. */
  drained(): void
  /** There is a link to move to: {@link StreamLinks.switchTo} is to be called in time. */
  canMove(): void
}

/** What links are made with. */
export interface StreamLinksSetup<Working extends 'live' | 'playing'> {
  readonly host: ClientHost
  readonly url: string
  readonly options: ConnectionOptions
  readonly use: StreamUse
  /** The state while one works. */
  readonly working: Working
  readonly life: StreamLife<Working>
  readonly owner: StreamLinksOwner
}

/**
 * The connections of one publisher or player, one after the other: the first, further ones as `reconnect` says, and those
 * to other servers, where the present one asks for it.
 */
export class StreamLinks<Working extends 'live' | 'playing'> implements StreamLinkOwner {
  readonly server: LinkedServer
  /** Where to, or from where, without the stream's name. */
  readonly url: string
  readonly #setup: StreamLinksSetup<Working>
  readonly #link: LinkSetup
  readonly #retry: Retry
  readonly #calls: ServerCalls
  #original: RtmpUrl
  #target: RtmpUrl
  /** The one whose events count: it works, or is about to. */
  #present: StreamLink | undefined
  /** The one that works. */
  #working: StreamLink | undefined
  /** Connected already, and to be moved to. */
  #next: StreamLink | undefined
  #moving = false
  #reconnects = 0
  #lostAt = 0

  /** @throws UsageError `RTMP_URL_INVALID`, `BACKOFF_OUT_OF_RANGE` */
  constructor(setup: StreamLinksSetup<Working>) {
    this.#setup = setup
    const { host, url, options, use, life } = setup
    const target = targetOf(url, options)
    if (target.streamName === '') {
      throw new UsageError(
        'RTMP_URL_INVALID',
        'the stream name is missing: rtmp://host/app/streamName',
        'url',
      )
    }
    this.#original = target
    this.#target = target
    this.url = publicUrl(target)
    const { signal } = life
    const log = (entry: LogEntry): void => life.tell(entry)
    const retrying = (event: RetryingEvent): void => life.events.emit('retrying', event)
    this.#link = { host, role: use.stage, options, signal, log, use, classicOnly: new Set() }
    this.#retry = new Retry({ host, options, signal, log, retrying })
    this.server = new LinkedServer(() => this.#working, log)
    this.#calls = new ServerCalls(options.onCall, log)
  }

  /** The link that works. */
  get working(): StreamLink | undefined {
    return this.#working
  }

  /** The link to move to. */
  get next(): StreamLink | undefined {
    return this.#next
  }

  /** Connections after the first. */
  get reconnects(): number {
    return this.#reconnects
  }

  /** Milliseconds since the connection was lost that is replaced. */
  get awayMs(): number {
    return this.#setup.host.now() - this.#lostAt
  }

  /** Begins to connect. */
  start(): void {
    void this.#connect(undefined)
  }

  /** Another stream of the same server from now on, on later connections too. */
  rename(streamName: string): void {
    this.#original = { ...this.#original, streamName }
    this.#target = { ...this.#target, streamName }
  }

  /** No more of them come, and none that waits to be moved to. */
  close(error: unknown): void {
    this.server.close(error)
    this.#next?.destroy()
  }

  /** Leaves the one that there is, for those who do not wait for it. */
  leave(): void {
    this.#present?.leave()
  }

  /** See {@link StreamLinkOwner}. */
  event(link: StreamLink, event: ClientEvent): void {
    const { life, owner } = this.#setup
    if (life.isOver) return
    if (event.kind === 'publishEnded') {
      if (event.reason === 'status') link.fail(endedByServer(event.status))
      return
    }
    // Media can come before the link is open: until there is another one, that is the present link.
    if (this.#present === undefined || this.#present.isOver) this.#present = link
    if (link !== this.#present) {
      owner.eventBeside(link, event)
      return
    }
    switch (event.kind) {
      case 'commandReceived':
        void this.#calls.take(link, event)
        return
      case 'otherMessage':
        this.server.message(event.message)
        return
      case 'reconnectRequested':
        void this.#move(link, event.tcUrl, event.description)
        return
      case 'streamBegin':
      case 'streamEof':
      case 'streamDry':
      case 'streamIsRecorded':
      case 'bufferEmpty':
      case 'bufferReady':
        life.events.emit('streamControl', event)
        break
      case 'status':
        life.events.emit('status', event.status)
        break
    }
    owner.event(link, event)
  }

  /** See {@link StreamLinkOwner}. */
  drained(): void {
    this.#setup.owner.drained()
  }

  /** See {@link StreamLinkOwner}. */
  lost(link: StreamLink, error: RtmpClientError): void {
    const { host, life, owner } = this.#setup
    link.destroy()
    const next = link === this.#next ? undefined : this.#next
    this.#next = next
    if (link !== this.#working || life.isOver) return
    this.#present = undefined
    this.#working = undefined
    this.#lostAt = host.now()
    owner.detached(error)
    if (next !== undefined) {
      this.#next = undefined
      this.#works(next)
      return
    }
    if (this.#moving) return // The connection that is being made takes over.
    life.become('reconnecting')
    life.say('warn', 'lost', `The stream is interrupted: ${error.message}`)
    void this.#connect(error)
  }

  /**
   * The link to move to works from now on.
   *
   * @param patient - Whether all that the old one was given is to leave before it is closed.
   */
  switchTo(link: StreamLink, patient: boolean): void {
    const { life } = this.#setup
    const old = this.#working
    const from = old === undefined ? '' : publicUrl(old.target)
    const to = publicUrl(link.target)
    this.#next = undefined
    this.#present = link
    this.#working = link
    this.#target = link.target
    this.#reconnects += 1
    this.#retry.succeeded()
    old?.end(patient).catch(() => {})
    this.#connected(link)
    life.say('info', 'moved', `The stream has moved to ${to} (${link.remote})`)
    life.events.emit('moved', { from, to })
  }

  /** Connects until it works or there is no point in it. */
  async #connect(why: unknown): Promise<void> {
    const { life, owner } = this.#setup
    let error = why
    for (;;) {
      try {
        if (error !== undefined) await this.#retry.wait(error)
        owner.connecting()
        const link = await StreamLink.open(this.#link, this.#target, this)
        if (life.isOver) link.leave()
        else this.#works(link)
        return
      } catch (failure) {
        if (life.isOver) return
        this.#present = undefined
        if (failure === error || !isRtmpClientError(failure)) {
          life.fail(failure)
          return
        }
        error = failure
        this.#target = this.#original
      }
    }
  }

  #works(link: StreamLink): void {
    const { life, working, owner } = this.#setup
    const isFirst = life.state === 'connecting'
    this.#retry.succeeded()
    this.#present = link
    this.#working = link
    if (!isFirst) this.#reconnects += 1
    life.become(working)
    this.#connected(link)
    owner.attached(link, isFirst)
    life.hasStarted()
  }

  #connected(link: StreamLink): void {
    this.server.connected()
    if (link.server !== undefined) this.#setup.life.events.emit('connected', link.server)
  }

  /** Follows a reconnect request: connects there, and switches when the owner says so. */
  async #move(link: StreamLink, tcUrl: string | undefined, description: string): Promise<void> {
    const { life, owner } = this.#setup
    if (link !== this.#working || this.#moving || this.#next !== undefined) return
    this.#moving = true
    try {
      const target = this.#destination(link, tcUrl)
      const why = description === '' ? '' : ` (${description})`
      const words = redirectWords(link.target, target)
      life.say('info', 'moving', `The server asks us to move to ${words}${why}`)
      const next = await this.#openBeside(target)
      this.#target = target
      if (life.isOver) next.leave()
      else if (this.#working === undefined) this.#works(next)
      else if (this.#working !== next) {
        this.#next = next
        owner.canMove()
      }
    } catch (error) {
      if (life.isOver) return
      const text = error instanceof Error ? error.message : String(error)
      life.say('warn', 'notMoved', `Could not move: ${text}`)
      if (this.#working === undefined) {
        life.become('reconnecting')
        void this.#connect(error)
      }
    } finally {
      this.#moving = false
    }
  }

  #destination({ target }: StreamLink, tcUrl: string | undefined): RtmpUrl {
    const { options, use } = this.#setup
    const resolved = resolveReconnectUrl(target.tcUrl, tcUrl)
    if (resolved === target.tcUrl) return target
    return redirected(target, resolved, 'running', { ...options, role: use.stage })
  }

  /** A second connection; when the server allows one publisher only, the first one makes way. */
  async #openBeside(target: RtmpUrl): Promise<StreamLink> {
    const { host, life, owner } = this.#setup
    try {
      return await StreamLink.open(this.#link, target, this)
    } catch (error) {
      const taken = isRtmpClientError(error) && error.code === 'PUBLISH_REJECTED' && error.canRetry
      if (!taken || life.isOver) throw error
      this.#lostAt = host.now()
      owner.detached(undefined)
      const old = this.#working
      this.#present = undefined
      this.#working = undefined
      await old?.end(false).catch(() => {})
      return StreamLink.open(this.#link, target, this)
    }
  }
}

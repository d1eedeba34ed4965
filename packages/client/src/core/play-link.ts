import type { ClientEvent, SessionStats } from '@rtmp/session'
import type { RtmpUrl } from '../rtmp-url.ts'
import type { Connection, ConnectionOwner } from './connection.ts'
import { PlayRejected, type RtmpClientError } from './errors.ts'
import { abortable, establish, type EstablishSetup, Hops } from './establish.ts'
import type { PlayerOptions } from './options.ts'
import { createStream } from './publish-link.ts'
import { publicUrl } from './session-options.ts'

/** What a link tells its owner, from the connection's acceptance on. */
export interface PlayLinkOwner {
  /** Whatever comes from the server; media can come before the link is open. */
  event(link: PlayLink, event: ClientEvent): void
  /** The connection is over, and not because it was asked for. */
  lost(link: PlayLink, error: RtmpClientError): void
}

/** What is needed to open a link. */
export interface PlaySetup extends EstablishSetup {
  readonly options: PlayerOptions
  /** Where to start, instead of what the options say, in milliseconds. */
  readonly position?: number
}

/** FFmpeg's way to say "live, else recorded"; and -1000 for live only. */
const STARTS = { any: -2000, live: -1000 } as const

/** One connection that plays one stream. */
export class PlayLink implements ConnectionOwner {
  readonly #owner: PlayLinkOwner
  #connection: Connection | undefined
  #target: RtmpUrl
  #id = 0
  #running = false
  #over = false
  #early: RtmpClientError | undefined

  private constructor(owner: PlayLinkOwner, target: RtmpUrl) {
    this.#owner = owner
    this.#target = target
  }

  /**
   * Connects and plays; redirects are followed.
   *
   * @throws RtmpClientError; the signal's reason
   */
  static async open(setup: PlaySetup, start: RtmpUrl, owner: PlayLinkOwner): Promise<PlayLink> {
    const hops = new Hops(setup.options)
    let target = start
    for (;;) {
      const link = new PlayLink(owner, target)
      const redirect = await link.#play(setup, hops)
      if (redirect === undefined) return link
      target = hops.follow(link.target, redirect, 'play')
      setup.log({
        level: 'info',
        event: 'redirected',
        text: `The server sends us to ${publicUrl(target)}`,
      })
    }
  }

  /** Whether nothing more comes. */
  get over(): boolean {
    return this.#over
  }

  get target(): RtmpUrl {
    return this.#target
  }

  get remote(): string {
    return this.#connection?.remote ?? ''
  }

  get stats(): SessionStats | undefined {
    return this.#connection?.session.stats
  }

  /** Stops reading, or goes on. */
  pauseReading(paused: boolean): void {
    this.#connection?.pauseReading(paused)
  }

  pause(paused: boolean, position: number): void {
    this.#do((connection) => connection.session.pause(this.#id, paused, position))
  }

  seek(position: number): void {
    this.#do((connection) => connection.session.seek(this.#id, position))
  }

  receiveAudio(enabled: boolean): void {
    this.#do((connection) => connection.session.receiveAudio(this.#id, enabled))
  }

  receiveVideo(enabled: boolean): void {
    this.#do((connection) => connection.session.receiveVideo(this.#id, enabled))
  }

  setBufferLength(ms: number): void {
    this.#do((connection) => connection.session.setBufferLength(this.#id, ms))
  }

  /** Says goodbye and closes. */
  async end(): Promise<void> {
    this.#over = true
    this.#do((connection) => connection.session.deleteStream(this.#id))
    await this.#connection?.close(false).catch(() => {})
  }

  /** Ends at once. */
  destroy(): void {
    this.#over = true
    this.#connection?.destroy()
  }

  event(event: ClientEvent): void {
    if (!this.#over) this.#owner.event(this, event)
  }

  drained(): void {}

  closed(error: RtmpClientError | undefined): void {
    if (this.#over || error === undefined) return
    this.#over = true
    if (this.#running) this.#owner.lost(this, error)
    else this.#early = error
  }

  #do(act: (connection: Connection) => void): void {
    const connection = this.#connection
    if (connection === undefined || connection.over) return
    act(connection)
    connection.settle()
  }

  /** Plays, or says where to go instead. */
  async #play(setup: PlaySetup, hops: Hops): Promise<string | undefined> {
    const { connection, target } = await establish(setup, this.#target, hops, this)
    this.#connection = connection
    this.#target = target
    const { streamName } = target
    const { start = 'any', duration, bufferLength = 3000, subscribe = false } = setup.options
    const { session } = connection
    const answer = await abortable(connection, setup.signal, async () => {
      connection.stage = 'createStream'
      const id = await createStream(connection)
      connection.stage = 'play'
      if (subscribe) session.announce('FCSubscribe', streamName)
      const from = setup.position ?? (typeof start === 'number' ? start : STARTS[start])
      const asked = session.play(id, {
        streamName,
        start: from,
        ...(duration === undefined ? {} : { duration }),
      })
      session.setBufferLength(id, bufferLength)
      this.#id = id
      return connection.answer(asked)
    })
    if (answer.kind !== 'playRejected') {
      connection.stage = 'running'
      this.#running = true
      if (this.#early !== undefined) throw this.#early
      return undefined
    }
    this.#over = true
    connection.leave()
    if (answer.redirect === undefined) throw new PlayRejected(answer.status)
    return answer.redirect
  }
}

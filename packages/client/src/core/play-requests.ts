import type { ClientSession, Status } from '@rtmp/session'
import { PlayRejected } from './errors.ts'
import type { ClientHost } from './host.ts'
import type { RtmpPlayerOptions } from './options.ts'
import { type PlayStart, playOptionsOf } from './play-use.ts'
import type { PlayedMedia } from './played-media.ts'
import { deadlinesOf } from './session-options.ts'
import { type PlayRequest, StatusAnswers } from './status-answers.ts'
import type { StreamLink } from './stream-link.ts'

/** Another stream, or the same once more, see `RtmpPlayer.playAnother`. */
export interface PlayAnotherOptions extends PlayStart {
  /**
   * Whether what is played now ends at once, and what was not read of it is thrown away; the clock is that of the new one
   * then, as after `seek`. Otherwise the server plays it afterwards, if it knows play lists, and the clock goes on. Default true.
   */
  readonly reset?: boolean
}

/** What was asked for by `playAnother`, until the server agrees. */
interface Another {
  readonly streamName: string
  readonly start: PlayStart
  readonly reset: boolean
}

/** What requests are made with. */
export interface PlayRequestsSetup {
  readonly host: ClientHost
  readonly options: RtmpPlayerOptions
  readonly signal: AbortSignal
  readonly media: PlayedMedia
  /** The link that works. @throws RtmpClientError `CONNECTION_LOST`, `CLOSED` */
  readonly link: () => StreamLink
}

/** What a player asks of the stream it plays, and where it has to start on a further connection. */
export class PlayRequests {
  /** Whether the stream is recorded. */
  isRecorded: boolean
  readonly #setup: PlayRequestsSetup
  readonly #answers: StatusAnswers
  #start: PlayStart
  #another: Another | undefined
  /** Whether a connection has worked before. */
  #isAgain = false

  constructor(setup: PlayRequestsSetup) {
    const { host, options, signal } = setup
    this.#setup = setup
    this.#start = options
    this.isRecorded = typeof options.start === 'number'
    this.#answers = new StatusAnswers(host, deadlinesOf(options).request, signal)
  }

  /** Where to start on the connection that is being made. */
  startNow(): PlayStart {
    const isLater = this.#isAgain && this.isRecorded
    return isLater ? { ...this.#start, start: this.#setup.media.position } : this.#start
  }

  /** Asks for what a status answers. @throws RtmpClientError `ENDED_BY_SERVER`, `TIMEOUT`, `CONNECTION_LOST`, `CLOSED` */
  async ask(
    request: PlayRequest,
    say: (session: ClientSession, messageStreamId: number) => void,
  ): Promise<Status> {
    const link = this.#setup.link()
    return this.#answers.ask(request, () => link.act(say))
  }

  /** See `RtmpPlayer.playAnother`. */
  async playAnother(streamName: string, { reset = true, ...start }: PlayAnotherOptions): Promise<Status> {
    const answer = await this.#setup.link().request((session, id) => {
      // Some servers take a second play only for a stream that does nothing.
      if (reset) session.closeStream(id)
      const requestId = session.play(id, { ...playOptionsOf(streamName, start), reset })
      this.#another = { streamName, start, reset }
      this.isRecorded = typeof start.start === 'number'
      return requestId
    })
    if (answer.kind === 'playRejected') throw new PlayRejected(answer.status)
    if (answer.kind !== 'playStarted') throw new Error(`play was answered by ${answer.kind}`)
    return answer.status
  }

  /** A link works. */
  attached(): void {
    this.#isAgain = true
    this.#another = undefined
  }

  /** It does not any more. @param error - Why, for those who wait for an answer; none where another link takes over */
  detached(error: unknown): void {
    if (error !== undefined) this.#answers.reject(error)
  }

  /** A status of the server, which may be an answer. */
  take(status: Status): void {
    this.#answers.take(status)
  }

  /** The server has agreed to play; what comes is of that play. Gives the stream's name where it is another one. */
  begins(): string | undefined {
    const another = this.#another
    if (another === undefined) return undefined
    this.#another = undefined
    this.#start = another.start
    if (another.reset) this.#setup.media.jump()
    else this.#setup.media.beginAnother()
    return another.streamName
  }
}

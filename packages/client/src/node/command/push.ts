import type { MultiPublisher, PushTarget } from '../../core/multi-publisher.ts'
import type { RtmpPublisher, RtmpPublisherState } from '../../core/publisher.ts'
import { type NodePublisherOptions, pushTo } from '../client.ts'
import { redactUrl } from '../../redact-url.ts'
import { CommandFailure } from '../../command/exit-code.ts'
import { explain } from '../../command/explain.ts'
import type { Reporter } from './reporter.ts'

/** What became of one target. */
export interface TargetReport {
  /** Without secrets. */
  readonly url: string
  readonly state: RtmpPublisherState
  readonly messages: number
  readonly bytes: number
  readonly reconnects: number
  readonly dropped: { readonly audio: number; readonly video: number }
  readonly error?: { readonly code?: string; readonly message: string }
}

/** Targets of one input: opened together, told about together, ended together. */
export class Push {
  readonly #publisher: MultiPublisher
  readonly #names: readonly string[]
  readonly #over = new AbortController()

  private constructor(publisher: MultiPublisher, names: readonly string[]) {
    this.#publisher = publisher
    this.#names = names
    publisher.on('state', () => this.#check())
  }

  /**
   * Connects to all targets. Resolves when each has accepted or failed, and one has accepted.
   *
   * @throws what the first target failed with, when all have
   */
  static async open(
    targets: readonly PushTarget[],
    options: NodePublisherOptions,
    reporter: Reporter,
    signal: AbortSignal,
  ): Promise<Push> {
    const publisher = pushTo(targets, { reconnect: false, ...options })
    const push = new Push(
      publisher,
      targets.map(({ url }) => redactUrl(url)),
    )
    const several = targets.length > 1
    publisher.on('log', ({ level, text, target }) => {
      if (several || level !== 'error')
        reporter.log({ level, text }, several ? `target ${publisher.targets.indexOf(target) + 1}` : undefined)
    })
    const stop = (): void => {
      for (const target of publisher.targets) target.abort(signal.reason)
    }
    signal.addEventListener('abort', stop, { once: true })
    for (const target of publisher.targets) target.finished.catch(() => {})
    const started = await Promise.allSettled(publisher.targets.map((target) => target.started))
    signal.removeEventListener('abort', stop)
    signal.throwIfAborted()
    if (started.every(({ status }) => status === 'rejected')) throw push.failure
    return push
  }

  /** Takes packets; settles when there is room for the next. */
  get sink(): MultiPublisher {
    return this.#publisher
  }

  /** Aborted when no target is left. */
  get over(): AbortSignal {
    return this.#over.signal
  }

  /** How many targets are connected, and how many there are. */
  get live(): { readonly now: number; readonly all: number } {
    const { targets } = this.#publisher
    return { now: targets.filter(({ state }) => state === 'live').length, all: targets.length }
  }

  /** Sends what waits, unpublishes and closes, everywhere. */
  async end(): Promise<void> {
    await this.#publisher.end()
  }

  /** What became of the targets. */
  report(): TargetReport[] {
    return this.#publisher.targets.map((target): TargetReport => {
      const { audioSent, videoSent, dataSent, bytesSent, audioDropped, videoDropped, reconnects } =
        target.stats
      const failure = target.state === 'failed' ? explain(target.error) : undefined
      return {
        url: this.#nameOf(target),
        state: target.state,
        messages: audioSent + videoSent + dataSent,
        bytes: bytesSent,
        reconnects,
        dropped: { audio: audioDropped, video: videoDropped },
        ...(failure === undefined
          ? {}
          : {
              error: { ...(failure.code === undefined ? {} : { code: failure.code }), message: failure.text },
            }),
      }
    })
  }

  /** What a target that failed has failed with, and how many have; `undefined` when none has. */
  get failure(): unknown {
    const { targets } = this.#publisher
    const failed = targets.filter(({ state }) => state === 'failed')
    const [first] = failed
    if (first === undefined || targets.length === 1) return first?.error
    const { text, exitCode } = explain(first.error)
    return new CommandFailure(exitCode, `${failed.length} of ${targets.length} targets failed: ${text}`)
  }

  #nameOf(target: RtmpPublisher): string {
    return this.#names[this.#publisher.targets.indexOf(target)] ?? target.url
  }

  #check(): void {
    const { targets } = this.#publisher
    if (targets.every(({ state }) => state === 'failed' || state === 'ended')) this.#over.abort(this.failure)
  }
}

import type {
  ConnectContext,
  ConnectionInfo,
  PlayContext,
  PublishContext,
  ServerHandler,
} from '../src/core/handler.ts'
import type { Decision } from '../src/core/decision.ts'
import type { ServerCore } from '../src/core/server-core.ts'
import type { Trace } from './trace.ts'

/** How often something was called. */
export type HookCounts = Record<
  | 'opened'
  | 'connect'
  | 'publish'
  | 'published'
  | 'unpublish'
  | 'play'
  | 'played'
  | 'playStop'
  | 'disconnect',
  number
>

/** Watches that each hook is called exactly once for each real event. */
export class HookCheck {
  readonly counts: HookCounts = {
    opened: 0,
    connect: 0,
    publish: 0,
    published: 0,
    unpublish: 0,
    play: 0,
    played: 0,
    playStop: 0,
    disconnect: 0,
  }
  /** What is being published and played, by connection and message stream. */
  readonly #publishing = new Set<string>()
  readonly #playing = new Set<string>()
  readonly #connected = new Set<number>()
  readonly #open = new Set<number>()
  readonly #trace: Trace
  readonly #now: () => number
  readonly #violated: (text: string) => void
  readonly #decide: (request: 'publish' | 'play') => ReturnType<NonNullable<ServerHandler['publish']>>

  constructor(
    trace: Trace,
    now: () => number,
    violated: (text: string) => void,
    decide: (request: 'publish' | 'play') => PromiseLike<Decision> | Decision,
  ) {
    this.#trace = trace
    this.#now = now
    this.#violated = violated
    this.#decide = decide
  }

  /** Publishes and plays at present. */
  get activities(): number {
    return this.#publishing.size + this.#playing.size
  }

  /** Connections whose `disconnect` has not come. */
  get open(): number {
    return this.#open.size
  }

  get handler(): ServerHandler {
    return {
      connect: (context: ConnectContext) => {
        this.#called('connect', context.connection)
        if (this.#connected.has(context.connection.id)) {
          this.#violated(`connect twice for connection ${context.connection.id}`)
        }
        this.#connected.add(context.connection.id)
      },
      publish: (context: PublishContext) => {
        this.#called('publish', context.connection)
        return this.#decide('publish')
      },
      play: (context: PlayContext) => {
        this.#called('play', context.connection)
        return this.#decide('play')
      },
      unpublish: (context: PublishContext, reason: string) => {
        this.#called('unpublish', context.connection, reason)
        this.#end(this.#publishing, 'unpublish', context)
      },
      playStop: (context: PlayContext, reason: string) => {
        this.#called('playStop', context.connection, reason)
        this.#end(this.#playing, 'playStop', context)
      },
      disconnect: (connection: ConnectionInfo, { reason }) => {
        this.#called('disconnect', connection, reason)
        if (!this.#open.delete(connection.id)) this.#violated(`disconnect twice for ${connection.id}`)
        this.#connected.delete(connection.id)
      },
    }
  }

  /** Hears the beginnings, which have no hook of their own. */
  listen(core: ServerCore): void {
    core.events.on('connectionOpened', ({ connection }) => {
      this.#called('opened', connection)
      this.#open.add(connection.id)
    })
    core.events.on('publishStarted', (context) => {
      this.#called('published', context.connection)
      this.#begin(this.#publishing, 'published', context)
    })
    core.events.on('playStarted', (context) => {
      this.#called('played', context.connection)
      this.#begin(this.#playing, 'played', context)
    })
  }

  #called(hook: keyof HookCounts, { id }: ConnectionInfo, more = ''): void {
    this.counts[hook] += 1
    this.#trace.event(this.#now(), hook + more, id)
  }

  #begin(open: Set<string>, hook: string, context: PublishContext | PlayContext): void {
    const key = keyOf(context)
    if (open.has(key)) this.#violated(`${hook} twice for ${key}`)
    open.add(key)
  }

  #end(open: Set<string>, hook: string, context: PublishContext | PlayContext): void {
    const key = keyOf(context)
    if (!open.delete(key)) this.#violated(`${hook} for ${key}, which has not begun or is over`)
  }
}

const keyOf = ({ connection, messageStreamId, streamName }: PublishContext | PlayContext): string =>
  `${connection.id}/${messageStreamId} ${streamName}`

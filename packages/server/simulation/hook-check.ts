import type { Awaitable } from '../src/contract/awaitable.ts'
import type { Decision } from '../src/contract/decision.ts'
import type { ConnectionInfo } from '../src/contract/connection-info.ts'
import type { PlayContext, PublishContext } from '../src/contract/contexts.ts'
import type { ServerHandler } from '../src/contract/handler.ts'
import type { HookName as Hook } from '../src/contract/hooks.ts'
import type { ServerCore } from '../src/core/server-core.ts'
import { type Asked, HookLedger, type HookName } from './hook-ledger.ts'
import type { MediaHook } from './media-hook-check.ts'
import type { Trace } from './trace.ts'

/** Every hook but those about media, and two that are no part of a client's life. */
type WatchedHook = Exclude<Hook, MediaHook | 'call' | 'statsUpdate'>

/** What the check needs of the world around it. */
export interface HookWorld {
  readonly now: number
  readonly trace: Trace
  /** What a client has asked for; `undefined` for one that nobody keeps a record of. */
  askedOf(connectionId: number): Asked | undefined
  /** What a hook answers, at once or later. */
  decide(request: HookName): Awaitable<Decision>
  /** Whether a connection may come in, said at once or later. */
  admit(): Awaitable<boolean>
  violated(text: string): void
}

/** Watches that each hook is called exactly once for each real event, in order, and never behind `disconnect`. */
export class HookCheck {
  readonly #world: HookWorld
  /** Of every connection there ever was. */
  readonly #ledgers = new Map<number, HookLedger>()
  /** What is being published and played, by connection and message stream; for plays, whether they have paused. */
  readonly #publishing = new Set<string>()
  readonly #playing = new Map<string, boolean>()
  #open = 0

  constructor(world: HookWorld) {
    this.#world = world
  }

  /** Publishes and plays at present. */
  get activities(): number {
    return this.#publishing.size + this.#playing.size
  }

  /** Connections whose `disconnect` has not come. */
  get open(): number {
    return this.#open
  }

  get handler(): Required<Pick<ServerHandler, WatchedHook>> {
    return {
      connection: (connection) => {
        this.#called('connection', connection)
        return this.#world.admit()
      },
      handshakeComplete: (connection) => this.#called('handshakeComplete', connection),
      connect: ({ connection }) => this.#asked('connect', connection),
      fcPublish: ({ connection }) => this.#asked('fcPublish', connection),
      publish: ({ connection }) => this.#asked('publish', connection),
      play: ({ connection }) => this.#asked('play', connection),
      seek: (context) => this.#asksWhilePlaying('seek', context),
      play2: (context) => this.#asksWhilePlaying('play2', context),
      receiveAudio: (context) => this.#asksWhilePlaying('receiveAudio', context),
      receiveVideo: (context) => this.#asksWhilePlaying('receiveVideo', context),
      bufferLength: (connection) => this.#called('bufferLength', connection),
      pause: (context) => this.#paused(context, true),
      unpause: (context) => this.#paused(context, false),
      unpublish: (context, reason) => {
        this.#called('unpublish', context.connection, reason)
        if (!this.#publishing.delete(keyOf(context))) this.#hasNotBegun('unpublish', context)
      },
      playStop: (context, reason) => {
        this.#called('playStop', context.connection, reason)
        if (!this.#playing.delete(keyOf(context))) this.#hasNotBegun('playStop', context)
      },
      disconnect: (connection, { reason }) => {
        this.#called('disconnect', connection, reason)
        this.#open -= 1
        const asked = this.#world.askedOf(connection.id)
        for (const fault of this.#ledger(connection).faults(asked)) {
          this.#world.violated(`hooks of connection ${connection.id}: ${fault}`)
        }
      },
    }
  }

  /** Hears the beginnings, which have no hook of their own. */
  listen(core: ServerCore): void {
    core.events.on('connectionOpened', ({ connection }) => {
      this.#open += 1
      this.#called('opened', connection)
    })
    core.events.on('connected', ({ connection }) => this.#called('connected', connection))
    core.events.on('publishStarted', (context) => {
      this.#called('published', context.connection)
      const key = keyOf(context)
      if (this.#publishing.has(key)) this.#world.violated(`published twice for ${key}`)
      this.#publishing.add(key)
    })
    core.events.on('playStarted', (context) => {
      this.#called('played', context.connection)
      const key = keyOf(context)
      if (this.#playing.has(key)) this.#world.violated(`played twice for ${key}`)
      this.#playing.set(key, false)
    })
  }

  /** A client has been told so often that something has begun. */
  seen(what: 'connected' | 'published' | 'played', connectionId: number, times: number): void {
    const noted = this.#ledgers.get(connectionId)?.counts[what] ?? 0
    if (times > noted) this.#world.violated(`connection ${connectionId} was told ${what}, its hooks were not`)
  }

  #asked(hook: HookName, connection: ConnectionInfo): Awaitable<Decision> {
    this.#called(hook, connection)
    return this.#world.decide(hook)
  }

  #asksWhilePlaying(hook: HookName, context: PlayContext): void {
    this.#called(hook, context.connection)
    if (!this.#playing.has(keyOf(context))) this.#hasNotBegun(hook, context)
  }

  #paused(context: PlayContext, paused: boolean): void {
    const hook = paused ? 'pause' : 'unpause'
    this.#called(hook, context.connection)
    const key = keyOf(context)
    if (this.#playing.get(key) !== !paused) this.#world.violated(`${hook} out of order for ${key}`)
    this.#playing.set(key, paused)
  }

  #called(hook: HookName, connection: ConnectionInfo, more = ''): void {
    const { now, trace } = this.#world
    trace.event(now, hook + more, connection.id)
    const fault = this.#ledger(connection).note(hook)
    if (fault !== undefined) this.#world.violated(`hooks of connection ${connection.id}: ${fault}`)
  }

  #ledger({ id }: ConnectionInfo): HookLedger {
    let ledger = this.#ledgers.get(id)
    if (ledger === undefined) {
      ledger = new HookLedger()
      this.#ledgers.set(id, ledger)
    }
    return ledger
  }

  #hasNotBegun(hook: string, context: PublishContext | PlayContext): void {
    this.#world.violated(`${hook} for ${keyOf(context)}, which has not begun or is over`)
  }
}

const keyOf = ({ connection, messageStreamId, streamName }: PublishContext | PlayContext): string =>
  `${connection.id}/${messageStreamId} ${streamName}`

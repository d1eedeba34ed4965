import { type ClientEvent, ClientSession } from '@rtmp/session'
import { VirtualClock } from '@rtmp/testkit'
import { onTestFinished } from 'vitest'
import type { ServerHandler } from '../../src/contract/handler.ts'
import type { ClientProtocol } from '../../src/core/client-protocol.ts'
import type { Connection } from '../../src/core/connection.ts'
import type { ServerCoreOptions } from '../../src/core/options.ts'
import { ServerCore } from '../../src/core/server-core.ts'
import { chainHandlers } from '../../src/handlers/chain.ts'
import { RegistrationTable } from '../../src/registrations/registrations.ts'
import type { ServerTransport } from '../../src/core/transport.ts'
import { describe } from '../../../live/test/arrange.ts'

type Event = ClientEvent

export const crypto = { randomBytes: (count: number): Uint8Array => new Uint8Array(count).fill(7) }

/** What can be chosen of a {@link Peer}. */
export interface PeerOptions {
  readonly remoteAddress?: string
  readonly localPort?: number
  readonly app?: string
  /** The node of the cluster that it is. */
  readonly node?: string
  /** More properties of its connect. */
  readonly properties?: Record<string, unknown>
}

/** A client and its way to the server, in memory. Bytes travel when `pump` is called. */
export class Peer implements ServerTransport {
  readonly remoteAddress: string
  readonly remotePort = 5000
  readonly localPort: number
  readonly secure = false
  readonly node: string | undefined
  readonly session = new ClientSession({ crypto })
  readonly texts: string[] = []
  readonly kinds: string[] = []
  readonly codes: string[] = []
  readonly events: Event[] = []
  readonly connection: Connection
  readonly #clock: VirtualClock
  readonly #options: PeerOptions
  #toClient: { bytes: Uint8Array; done: (() => void) | undefined }[] = []
  /** Whether the client takes what it is sent. */
  reads = true
  finished = false
  destroyed = false
  /** Whether the server does not read at present. */
  unread = false

  constructor(core: ServerCore, clock: VirtualClock, options: PeerOptions = {}, speaks?: ClientProtocol) {
    this.#clock = clock
    this.#options = options
    this.remoteAddress = options.remoteAddress ?? '192.0.2.7'
    this.localPort = options.localPort ?? 1935
    this.node = options.node
    this.connection = core.open(this, speaks)
  }

  get pendingBytes(): number {
    return this.#toClient.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  write(bytes: Uint8Array, done?: () => void): void {
    this.#toClient.push({ bytes, done })
  }

  pauseReading(paused: boolean): void {
    this.unread = paused
  }

  finish(): void {
    this.finished = true
  }

  destroy(): void {
    this.destroyed = true
  }

  /** Moves bytes both ways until nothing moves any more. */
  pump(): this {
    for (let moved = true; moved && !this.destroyed; ) {
      moved = false
      for (const bytes of this.unread ? [] : this.session.takeOutput()) {
        moved = true
        this.connection.receive(bytes, this.#clock.now())
      }
      while (this.reads && this.#toClient.length > 0) {
        moved = true
        const { bytes, done } = this.#toClient.shift() as {
          bytes: Uint8Array
          done: (() => void) | undefined
        }
        this.session.receive(bytes, this.#clock.now())
        this.#note()
        done?.()
      }
    }
    return this
  }

  connect(): this {
    const { app = 'live', properties } = this.#options
    this.session.connect({ app, ...properties })
    return this.pump()
  }

  open(): this {
    this.connect().session.createStream()
    return this.pump()
  }

  publish(streamName = 'key', messageStreamId = 1): this {
    if (messageStreamId === 1) this.open()
    else this.session.createStream()
    this.pump().session.publish(messageStreamId, { streamName })
    return this.pump()
  }

  play(streamName = 'key', messageStreamId = 1): this {
    if (messageStreamId === 1) this.open()
    else this.session.createStream()
    this.pump().session.play(messageStreamId, { streamName })
    return this.pump()
  }

  video(timestamp: number, payload: Uint8Array, messageStreamId = 1): void {
    this.session.sendMessage({ csid: 6, typeId: 9, messageStreamId, timestamp, payload })
    this.pump()
  }

  audio(timestamp: number, payload: Uint8Array, messageStreamId = 1): void {
    this.session.sendMessage({ csid: 4, typeId: 8, messageStreamId, timestamp, payload })
    this.pump()
  }

  /** The socket ends. */
  leave(): void {
    this.connection.transportClosed(undefined, this.#clock.now())
  }

  #note(): void {
    for (let event = this.session.nextEvent(); event !== undefined; event = this.session.nextEvent()) {
      this.kinds.push(event.kind)
      this.events.push(event)
      if (event.kind === 'media') this.texts.push(describe(event.message))
      if ('status' in event && event.status !== undefined) this.codes.push(event.status.code)
    }
  }
}

/** What can be chosen of a server. */
export interface ServerSettings extends Partial<Omit<ServerCoreOptions, 'handler'>> {
  readonly handler?: ServerHandler | readonly ServerHandler[]
  /** Whether the event `error` is part of the test. */
  readonly expectsErrors?: boolean
}

/** A server on a virtual clock, put together as `createServer` does, and its clients. */
export const begin = ({ handler = [], expectsErrors = false, ...options }: ServerSettings = {}) => {
  const clock = new VirtualClock(0)
  const registrations = new RegistrationTable()
  const core = new ServerCore({
    ...options,
    handler: chainHandlers(registrations.handler, ...[handler].flat()),
    session: { ...options.session, crypto },
    now: () => clock.now(),
  })
  registrations.standIn(core)
  const closed: string[] = []
  core.events.on('connectionClosed', ({ connection, closed: how }) =>
    closed.push(`${connection.id} ${how.reason}: ${how.description}`),
  )
  const errors: string[] = []
  core.events.on('error', ({ where, error }) => errors.push(`${where}: ${String(error)}`))
  onTestFinished(() => {
    if (!expectsErrors && errors.length > 0) throw new Error(errors.join('\n'))
  })
  const advance = (ms: number): void => {
    for (let left = ms; left > 0; left -= 50) {
      clock.advance(Math.min(50, left))
      core.wheel.advance(clock.now())
    }
  }
  return {
    clock,
    core,
    registrations,
    closed,
    errors,
    advance,
    peer: (more?: PeerOptions) => new Peer(core, clock, more),
  }
}

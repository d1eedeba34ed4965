import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import {
  type ClientEvent,
  ClientSession,
  type DataEvent,
  type MediaEvent,
  type SharedEvent,
} from '@rtmp/session'
import { nodeCrypto } from '../../src/node/crypto.ts'

type Event = ClientEvent | SharedEvent
type EventOf<Kind extends Event['kind']> = Extract<Event, { kind: Kind }>

/** What a publish or play is answered by. */
const ANSWERS: ReadonlySet<string> = new Set([
  'publishStarted',
  'publishRejected',
  'playStarted',
  'playRejected',
  'closed',
])

/** How long a test waits for what must come, in milliseconds: no test is judged by it. */
const PATIENCE = 50_000

/** A client made of the session package and a socket, noting everything. */
export class LightClient {
  readonly session = new ClientSession({ crypto: nodeCrypto })
  readonly events: Event[] = []
  readonly socket: Socket
  #closed = false
  #waiting: (() => void)[] = []

  /** @param to - A port of the loopback, or a socket that is connected or connecting. */
  constructor(to: number | Socket) {
    this.socket = typeof to === 'number' ? connect({ port: to, host: '127.0.0.1', allowHalfOpen: true }) : to
    this.socket.setNoDelay(true)
    this.socket.on('data', (bytes) => {
      this.session.receive(bytes, performance.now())
      this.settle()
    })
    this.socket.on('error', () => {})
    this.socket.on('end', () => {
      this.session.transportClosed('transportClosed', performance.now())
      this.settle()
      this.socket.end()
    })
    this.socket.on('close', () => {
      this.session.transportClosed('transportError', performance.now())
      this.#closed = true
      this.settle()
    })
  }

  get closed(): boolean {
    return this.#closed
  }

  get media(): MediaEvent[] {
    return this.events.filter((event) => event.kind === 'media')
  }

  get data(): DataEvent[] {
    return this.events.filter((event) => event.kind === 'data')
  }

  /** Codes of the statuses received, in order. */
  get codes(): string[] {
    return this.events.flatMap((event) => ('status' in event && event.status ? [event.status.code] : []))
  }

  /** Writes what the session wants to send and notes its events. */
  settle(): void {
    for (let event = this.session.nextEvent(); event !== undefined; event = this.session.nextEvent()) {
      this.events.push(event)
    }
    for (const piece of this.session.takeOutput()) if (this.socket.writable) this.socket.write(piece)
    const waiting = this.#waiting
    this.#waiting = []
    for (const look of waiting) look()
  }

  /** Waits until a condition holds; it is looked at whenever something happens. */
  async until(what: string, condition: () => boolean): Promise<void> {
    const end = performance.now() + PATIENCE
    while (!condition()) {
      if (performance.now() > end) throw new Error(`waited in vain: ${what}; saw ${this.#summary()}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 100)
        this.#waiting.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }

  /** The first event of a kind, past or to come. */
  async event<Kind extends Event['kind']>(kind: Kind): Promise<EventOf<Kind>> {
    await this.until(kind, () => this.events.some((event) => event.kind === kind))
    return this.events.find((event): event is EventOf<Kind> => event.kind === kind) as EventOf<Kind>
  }

  async status(code: string): Promise<void> {
    await this.until(code, () => this.codes.includes(code))
  }

  async open(app = 'live', properties: Readonly<Record<string, unknown>> = {}): Promise<this> {
    await this.askToConnect(app, properties)
    await this.event('connected')
    return this
  }

  /** Sends `connect` without waiting for its answer. */
  async askToConnect(app: string, properties: Readonly<Record<string, unknown>> = {}): Promise<void> {
    if (this.socket.connecting) await once(this.socket, 'connect')
    this.session.connect({ app, flashVer: 'light', tcUrl: `rtmp://localhost/${app}`, ...properties })
    this.settle()
  }

  async createStream(): Promise<number> {
    const before = this.events.filter(({ kind }) => kind === 'streamCreated').length
    this.session.createStream()
    this.settle()
    await this.until(
      'streamCreated',
      () => this.events.filter(({ kind }) => kind === 'streamCreated').length > before,
    )
    const created = this.events.filter((event) => event.kind === 'streamCreated').at(-1)
    return created?.messageStreamId ?? 0
  }

  async publish(streamName: string, messageStreamId?: number): Promise<number> {
    const id = messageStreamId ?? (await this.createStream())
    const before = this.#answers()
    this.session.publish(id, { streamName })
    this.settle()
    await this.until('an answer to publish', () => this.#answers() > before)
    return id
  }

  async play(streamName: string, messageStreamId?: number): Promise<number> {
    const id = messageStreamId ?? (await this.createStream())
    const before = this.#answers()
    this.session.play(id, { streamName })
    this.settle()
    await this.until('an answer to play', () => this.#answers() > before)
    return id
  }

  #answers(): number {
    return this.events.filter(({ kind }) => ANSWERS.has(kind)).length
  }

  send(messageStreamId: number, typeId: 8 | 9, timestamp: number, payload: Uint8Array): void {
    this.session.sendMessage({ csid: typeId === 8 ? 4 : 6, typeId, messageStreamId, timestamp, payload })
    this.settle()
  }

  /** Closes in order. */
  async end(): Promise<void> {
    this.socket.end()
    await this.until('close', () => this.#closed)
  }

  /** Closes as a process that is killed, or a cable that is cut. */
  kill(): void {
    this.socket.resetAndDestroy()
  }

  #summary(): string {
    return this.events
      .slice(-12)
      .map((event) => ('status' in event && event.status ? `${event.kind} ${event.status.code}` : event.kind))
      .join(', ')
  }
}

/** Sends bytes on a fresh connection and returns what comes back until it closes. */
export const sendRaw = async (port: number, bytes: Uint8Array): Promise<Uint8Array> => {
  const socket = connect({ port, host: '127.0.0.1' })
  const chunks: Uint8Array[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => {})
  socket.write(bytes)
  await once(socket, 'close')
  return Buffer.concat(chunks)
}

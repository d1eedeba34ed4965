import type { HandshakeCrypto } from '@rtmp/handshake'
import {
  ClientSession,
  type ClientEvent,
  ServerSession,
  type ServerEvent,
  type Session,
} from '../src/index.ts'

/** Predictable bytes, and the plain handshake only: the digest form is the handshake package's business. */
export const crypto: HandshakeCrypto = {
  randomBytes: (count) => Uint8Array.from({ length: count }, (_, at) => (at * 7 + 3) & 0xff),
}

/** All events there are now. */
export const drain = <Event>(session: Session<Event>): Event[] => {
  const events: Event[] = []
  for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) events.push(event)
  return events
}

/** All output there is now, as one array. */
export const output = (session: Session<unknown>): Uint8Array => {
  const pieces = session.takeOutput()
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

/** Cuts bytes into slices. */
export type Cut = (bytes: Uint8Array) => readonly Uint8Array[]

export const whole: Cut = (bytes) => (bytes.length === 0 ? [] : [bytes])

/**
 * A client and a server session joined in memory. Slices are given in borrowed memory that is overwritten after each
 * drain, so that a session that keeps a view of it is found out.
 */
export class Pair {
  now = 0
  readonly clientEvents: ClientEvent[] = []
  readonly serverEvents: ServerEvent[] = []
  readonly client: ClientSession
  readonly server: ServerSession
  /** Called for each server event: decide here. */
  onServer: (event: ServerEvent) => void = () => {}
  onClient: (event: ClientEvent) => void = () => {}
  cut: Cut = whole

  constructor(
    serverOptions: Partial<ConstructorParameters<typeof ServerSession>[0]> = {},
    clientOptions: Partial<ConstructorParameters<typeof ClientSession>[0]> = {},
  ) {
    this.client = new ClientSession({ crypto, ...clientOptions })
    this.server = new ServerSession({ crypto, ...serverOptions })
  }

  /** Carries what the client has to say to the server; true when there was anything. */
  clientToServer(): boolean {
    return this.#carry(this.client, this.server, this.serverEvents, this.onServer)
  }

  serverToClient(): boolean {
    return this.#carry(this.server, this.client, this.clientEvents, this.onClient)
  }

  #carry<Event>(
    from: Session<unknown>,
    to: Session<Event>,
    events: Event[],
    on: (event: Event) => void,
  ): boolean {
    const bytes = output(from)
    const take = (): void => {
      for (let event = to.nextEvent(); event !== undefined; event = to.nextEvent()) {
        events.push(event)
        on(event)
      }
    }
    for (const slice of this.cut(bytes)) {
      const borrowed = Uint8Array.from(slice)
      to.receive(borrowed, this.now)
      take()
      borrowed.fill(0xee)
    }
    take()
    return bytes.length > 0
  }

  /** Carries both ways until nobody has anything to say. */
  settle(): void {
    for (let round = 0; round < 1000; round++) {
      const up = this.clientToServer()
      const down = this.serverToClient()
      if (!up && !down) return
    }
    throw new Error('the two never stop talking')
  }

  /** Lets time pass, step by step from deadline to deadline. */
  advance(ms: number): void {
    const target = this.now + ms
    for (;;) {
      const due = Math.min(this.client.nextTimeout() ?? Infinity, this.server.nextTimeout() ?? Infinity)
      if (due > target) break
      this.now = Math.max(this.now, due)
      if ((this.client.nextTimeout() ?? Infinity) <= this.now) this.client.handleTimeout(this.now)
      if ((this.server.nextTimeout() ?? Infinity) <= this.now) this.server.handleTimeout(this.now)
      this.settle()
    }
    this.now = target
    this.settle()
  }

  /** Accepts whatever the client asks for. */
  acceptAll(): this {
    this.onServer = (event) => {
      if (isRequest(event)) this.server.accept(event.requestId)
    }
    return this
  }

  /** Connects, with all requests accepted. */
  connect(properties: Record<string, unknown> = { app: 'live', tcUrl: 'rtmp://localhost/live' }): this {
    this.client.connect(properties)
    this.settle()
    return this
  }

  /** Makes a message stream and returns its id. */
  createStream(): number {
    this.client.createStream()
    this.settle()
    const created = this.clientEvents.filter((event) => event.kind === 'streamCreated').at(-1)
    if (created?.kind !== 'streamCreated') throw new Error('no stream')
    return created.messageStreamId
  }
}

/** Whether an event wants a decision. */
export const isRequest = (event: ServerEvent): event is Extract<ServerEvent, { requestId: number }> =>
  event.kind.endsWith('Requested') && 'requestId' in event

/** Kinds of events, warnings with their code. */
export const kinds = (events: readonly (ServerEvent | ClientEvent)[]): string[] =>
  events.map((event) => (event.kind === 'warning' ? `warning ${event.code}` : event.kind))

/** Events of one kind. */
export const only = <Event extends { readonly kind: string }, Kind extends Event['kind']>(
  events: readonly Event[],
  kind: Kind,
): Extract<Event, { readonly kind: Kind }>[] =>
  events.filter((event): event is Extract<Event, { readonly kind: Kind }> => event.kind === kind)

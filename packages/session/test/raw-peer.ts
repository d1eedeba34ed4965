import { ChunkReader, ChunkWriter, type Message, MessageTypeId } from '@rtmp/chunk'
import { ClientHandshake, ServerHandshake } from '@rtmp/handshake'
import { type CommandMessage, command, decodeCommand, encodeCommand, result } from '@rtmp/message'
import {
  type AcceptDetails,
  type ClientEvent,
  ClientSession,
  type ClientSessionOptions,
  type ServerEvent,
  ServerSession,
  type ServerSessionOptions,
  type Session,
} from '../src/index.ts'
import { crypto, drain, output } from './support.ts'

/** The other end of a session, without rules: sends any message, keeps every message it gets. */
export class RawPeer<Event extends { readonly kind: string }> {
  now = 0
  readonly session: Session<Event>
  readonly events: Event[] = []
  /** What the session sent, control messages included. */
  readonly received: Message[] = []
  readonly writer: ChunkWriter = new ChunkWriter()
  readonly #reader = new ChunkReader()
  #handshake: ClientHandshake | ServerHandshake | undefined

  constructor(session: Session<Event>, role: 'client' | 'server') {
    this.session = session
    const client = new ClientHandshake({ crypto })
    this.#handshake = role === 'client' ? client : new ServerHandshake({ crypto })
    if (role === 'client') client.start()
    session.handleTimeout(0)
    for (let round = 0; round < 4; round++) {
      for (const piece of this.#handshake?.takeOutput() ?? []) this.bytes(piece)
      this.collect()
    }
  }

  /** Sends bytes as they are. */
  bytes(bytes: Uint8Array): this {
    this.session.receive(bytes, this.now)
    this.events.push(...drain(this.session))
    return this
  }

  /** Sends a message. */
  send(message: Partial<Message> & { readonly typeId: number }): this {
    const { csid = 3, messageStreamId = 0, timestamp = 0, payload = new Uint8Array(0), typeId } = message
    return this.bytes(this.writer.encode({ csid, messageStreamId, timestamp, payload, typeId }))
  }

  /** Sends a command with `null` as command object. */
  command(messageStreamId: number, name: string, transactionId: number, ...args: readonly unknown[]): this {
    return this.say(messageStreamId, command(name, transactionId, null, ...args))
  }

  say(messageStreamId: number, message: CommandMessage): this {
    return this.send({ typeId: MessageTypeId.commandAmf0, messageStreamId, payload: encodeCommand(message) })
  }

  /** Takes what the session has to say. */
  collect(): this {
    const bytes = output(this.session)
    if (this.#handshake !== undefined && !this.#handshake.done) {
      this.#handshake.receive(bytes)
      if (this.#handshake.done) this.#reader.push(this.#handshake.takeRest())
    } else this.#reader.push(bytes)
    for (let message = this.#reader.read(); message !== undefined; message = this.#reader.read())
      this.received.push(message)
    return this
  }

  /** The commands the session has sent since the last call. */
  commands(): CommandMessage[] {
    this.collect()
    return this.received
      .splice(0)
      .filter(({ typeId }) => typeId === MessageTypeId.commandAmf0)
      .map((message) => decodeCommand(message))
  }

  /** Commands in short: name, transaction id, then the code of a status or the first argument. */
  spoken(): string[] {
    return this.commands().map(({ name, transactionId, args }) => {
      const [first] = args
      const code = typeof first === 'object' && first !== null ? (first as { code?: unknown }).code : first
      return `${name} ${transactionId} ${String(code)}`
    })
  }
}

/** A client without rules at a server session. */
export class RawClient extends RawPeer<ServerEvent> {
  readonly server: ServerSession

  constructor(options: Partial<ServerSessionOptions> = {}) {
    const server = new ServerSession({ crypto, ...options })
    super(server, 'client')
    this.server = server
  }

  /** The last request the server has for its host. */
  get request(): number {
    for (const event of this.events.toReversed()) {
      if ('requestId' in event && event.requestId !== undefined) return event.requestId
    }
    return 0
  }

  /** Accepts the last request, and takes what was held for it. */
  accept(details?: AcceptDetails): this {
    this.server.accept(this.request, details)
    this.events.push(...drain(this.server))
    return this
  }

  connect(properties: Readonly<Record<string, unknown>> = { app: 'live', tcUrl: 'rtmp://h/live' }): this {
    return this.say(0, command('connect', 1, properties))
  }

  /** Connected, with message stream 1. */
  static ready(options: Partial<ServerSessionOptions> = {}): RawClient {
    const client = new RawClient(options).connect().accept().command(0, 'createStream', 2)
    client.spoken()
    return client
  }

  static publishing(options: Partial<ServerSessionOptions> = {}): RawClient {
    const client = RawClient.ready(options).command(1, 'publish', 3, 'key', 'live').accept()
    client.spoken()
    return client
  }

  static playing(options: Partial<ServerSessionOptions> = {}): RawClient {
    const client = RawClient.ready(options).command(1, 'play', 3, 'key').accept()
    client.spoken()
    return client
  }
}

/** A server without rules at a client session. */
export class RawServer extends RawPeer<ClientEvent> {
  readonly client: ClientSession

  constructor(options: Partial<ClientSessionOptions> = {}) {
    const client = new ClientSession({ crypto, ...options })
    super(client, 'server')
    this.client = client
  }

  /** With `connect` sent and accepted. */
  static connected(options: Partial<ClientSessionOptions> = {}): RawServer {
    const server = new RawServer(options)
    server.client.connect({ app: 'live', tcUrl: 'rtmp://h/live' })
    server.collect()
    server.say(0, result(1, { fmsVer: 'x' }, { level: 'status', code: 'NetConnection.Connect.Success' }))
    server.spoken()
    return server
  }

  /** With message stream 1. */
  static ready(options: Partial<ClientSessionOptions> = {}): RawServer {
    const server = RawServer.connected(options)
    server.client.createStream()
    server.command(0, '_result', 2, 1)
    server.spoken()
    return server
  }

  status(messageStreamId: number, code: string, details: Readonly<Record<string, unknown>> = {}): this {
    return this.command(messageStreamId, 'onStatus', 0, {
      level: 'status',
      code,
      description: '',
      ...details,
    })
  }
}

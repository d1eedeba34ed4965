import { hmacSha256 } from '@rtmp/testkit'
import { classifyAudio, classifyVideo, headerKey, MediaFlags } from '@rtmp/e-rtmp'
import {
  type ClosedEvent,
  type ConnectRequestedEvent,
  DataEvent,
  type MediaEvent,
  type PlayRequestedEvent,
  type PublishRequestedEvent,
  type RejectDetails,
  type ServerEvent,
  ServerSession,
} from '@rtmp/session'

/** One way to the client. */
export interface Wire {
  write(pieces: readonly Uint8Array[]): void
  end(): void
}

/** What a test's server decides: `undefined` accepts. */
export interface Policies {
  connect?: (event: ConnectRequestedEvent, peer: Peer) => RejectDetails | undefined
  publish?: (event: PublishRequestedEvent, peer: Peer) => RejectDetails | undefined
  play?: (event: PlayRequestedEvent, peer: Peer) => RejectDetails | undefined
  /** Leaves requests of that kind without an answer. */
  silent?: 'connect' | 'publish' | 'play' | 'createStream'
  /** A `connect` that is left without an answer. */
  unreadable?: (event: ConnectRequestedEvent) => boolean
  /** More of the answer to connect. */
  properties?: Readonly<Record<string, unknown>>
  /** Recorded streams: what a play gets at once, from a position on. */
  recording?: readonly Sent[]
}

/** A media or data message as it went over the wire. */
export interface Sent {
  readonly typeId: number
  readonly timestamp: number
  readonly payload: Uint8Array
}

const crypto = {
  hmacSha256,
  randomBytes: (count: number) => Uint8Array.from({ length: count }, (_, at) => (at * 7) & 255),
}

const NO_DEADLINES = { handshake: 0, connect: 0, command: 0, publisherIdle: 0, decision: 0, call: 0 }

/** A small relay made of server sessions, for one stream name after the other. */
export class TestServer {
  policies: Policies
  readonly peers: Peer[] = []
  readonly #headers = new Map<string, Sent>()
  #group: Sent[] = []

  constructor(policies: Policies = {}) {
    this.policies = policies
  }

  /** A client has come. */
  accept(wire: Wire): Peer {
    const peer = new Peer(this, wire)
    this.peers.push(peer)
    return peer
  }

  /** The publisher or player that came last. */
  get last(): Peer {
    const peer = this.peers.at(-1)
    if (peer === undefined) throw new Error('nobody has come')
    return peer
  }

  get publishers(): readonly Peer[] {
    return this.peers.filter((peer) => peer.publishing && !peer.isClosed)
  }

  /** Everything published over all connections, in order. */
  readonly published: Sent[] = []

  /** Forgets what a player would be told first, as when the program starts anew. */
  restart(): void {
    this.#headers.clear()
    this.#group = []
  }

  /** Gives a message to all players and keeps what those need who come later. */
  relay(message: Sent): void {
    const { typeId, payload } = message
    const flags = typeId === 9 ? classifyVideo(payload) : typeId === 8 ? classifyAudio(payload) : 0
    if (typeId === 18) this.#headers.set('data', message)
    else if (flags & MediaFlags.sequenceHeader) {
      this.#headers.set(headerKey(typeId === 9 ? 'video' : 'audio', payload), message)
    } else {
      if (typeId === 9 && flags & MediaFlags.keyFrame) this.#group = []
      this.#group.push(message)
    }
    for (const peer of this.peers) peer.sendToPlayer(message)
  }

  catchUp(peer: Peer): void {
    for (const message of [...this.#headers.values(), ...this.#group]) peer.sendToPlayer(message)
  }
}

/** The server's end of one connection. */
export class Peer {
  readonly session: ServerSession
  readonly events: ServerEvent[] = []
  readonly published: Sent[] = []
  connect: ConnectRequestedEvent | undefined
  play: PlayRequestedEvent | undefined
  publishing = false
  playing = false
  closed: ClosedEvent | undefined
  now = 0
  readonly #server: TestServer
  readonly #wire: Wire

  constructor(server: TestServer, wire: Wire) {
    this.#server = server
    this.#wire = wire
    this.session = new ServerSession({
      crypto,
      deadlines: NO_DEADLINES,
      ping: { interval: 0, timeout: 0 },
    })
  }

  get isClosed(): boolean {
    return this.closed !== undefined
  }

  /** Names of the commands that came, in order. */
  get kinds(): readonly string[] {
    return this.events.map(({ kind }) => kind)
  }

  receive(bytes: Uint8Array, now: number): void {
    this.now = now
    this.session.receive(bytes, now)
    this.settle()
  }

  transportClosed(now: number): void {
    this.session.transportClosed('transportClosed', now)
    this.settle()
  }

  settle(): void {
    for (let event = this.session.nextEvent(); event !== undefined; event = this.session.nextEvent()) {
      this.#onEvent(event)
    }
    const pieces = this.session.takeOutput()
    if (pieces.length > 0) this.#wire.write(pieces.map((piece) => piece.slice()))
    if (this.isClosed) this.#wire.end()
  }

  /** Ends the connection from the server's side, with its words. */
  close(): void {
    this.session.close('shutdown')
    this.settle()
  }

  sendToPlayer({ typeId, timestamp, payload }: Sent): void {
    if (!this.playing || this.isClosed) return
    const csid = typeId === 9 ? 6 : typeId === 8 ? 4 : 7
    this.session.sendMessage({
      csid,
      typeId,
      timestamp,
      payload,
      messageStreamId: this.play?.messageStreamId ?? 1,
    })
    this.settle()
  }

  #onEvent(event: ServerEvent): void {
    const { policies } = this.#server
    if (event.kind !== 'media' && event.kind !== 'data') this.events.push(event)
    switch (event.kind) {
      case 'connectRequested':
        this.connect = event
        if (policies.silent === 'connect' || policies.unreadable?.(event) === true) break
        this.#decide(event.requestId, policies.connect?.(event, this), policies.properties)
        break
      case 'fcPublishRequested':
        this.session.accept(event.requestId)
        break
      case 'publishRequested':
        if (policies.silent === 'publish') break
        this.publishing = this.#decide(event.requestId, policies.publish?.(event, this))
        break
      case 'playRequested': {
        this.play = event
        if (policies.silent === 'play') break
        const { recording } = policies
        const refusal = policies.play?.(event, this)
        if (refusal === undefined) this.session.accept(event.requestId, { recorded: recording !== undefined })
        else this.session.reject(event.requestId, refusal)
        this.playing = refusal === undefined
        if (recording !== undefined) this.#playRecording(recording, Math.max(0, event.start))
        else if (this.playing) this.#server.catchUp(this)
        break
      }
      case 'seekRequested':
        this.session.accept(event.requestId)
        this.#playRecording(policies.recording ?? [], event.position)
        break
      case 'play2Requested':
        if (policies.silent === 'play') break
        if (event.options['streamName'] === 'absent') this.session.reject(event.requestId)
        else this.session.accept(event.requestId)
        break
      case 'media':
      case 'data':
        this.#onMedia(event)
        break
      case 'publishEnded':
        this.publishing = false
        break
      case 'playEnded':
        this.playing = false
        break
      case 'closed':
        this.closed = event
        this.publishing = false
        this.playing = false
        break
    }
  }

  #decide(
    requestId: number,
    refusal: RejectDetails | undefined,
    properties?: Readonly<Record<string, unknown>>,
  ): boolean {
    if (refusal === undefined) this.session.accept(requestId, properties === undefined ? {} : { properties })
    else this.session.reject(requestId, refusal)
    return refusal === undefined
  }

  #onMedia(event: MediaEvent | DataEvent): void {
    const typeId = event.kind === 'data' ? 18 : event.typeId
    const message = { typeId, timestamp: event.timestamp, payload: event.payload.slice() }
    this.published.push(message)
    this.#server.published.push(message)
    this.#server.relay(message)
  }

  #playRecording(recording: readonly Sent[], from: number): void {
    for (const message of recording) {
      if (message.timestamp >= from) this.sendToPlayer(message)
    }
  }
}

import { check, fail, inconclusive } from '../case/verdict.ts'
import { command, connectProperties } from '../wire/commands.ts'
import { joined } from '../wire/hex.ts'
import { amfValues, messageText, nameOf } from '../wire/message-text.ts'
import type { SeenMessage } from '../wire/chunk-judge.ts'
import { Transcript } from '../wire/transcript.ts'
import { WirePeer } from '../wire/wire-peer.ts'
import type { ServerProfile } from './server-profile.ts'

/** Connections that one case may open. */
const MAX_CONNECTIONS = 2000

/** A plain C1: time, zero, random bytes that differ from call to call. */
export const plainC1 = (time = 0, version = 0): Uint8Array => {
  const packet = new Uint8Array(1536)
  const view = new DataView(packet.buffer)
  view.setUint32(0, time)
  view.setUint32(4, version)
  for (let at = 8; at < 1536; at++) packet[at] = Math.floor(Math.random() * 256)
  return packet
}

/** Connections to the server under test, and what is expected of every one. */
export class ServerConnections {
  readonly profile: ServerProfile
  /** The server was told to go: it takes no more connections, and rightly so. */
  leaving = false
  readonly #peers: WirePeer[] = []
  readonly #transcripts: Transcript[] = []
  #names = 0
  #transaction = 100

  constructor(profile: ServerProfile) {
    this.profile = profile
  }

  /** For something that must come, in milliseconds. */
  get answerMs(): number {
    return this.profile.patience.answerMs
  }

  /** For something that must not come, in milliseconds. */
  get quietMs(): number {
    return this.profile.patience.quietMs
  }

  /** A stream name that nobody has used. */
  name(): string {
    this.#names += 1
    return `conformance-${Math.floor(Math.random() * 2 ** 40).toString(36)}-${this.#names}`
  }

  /** A connection on which nothing was sent yet. */
  async open(): Promise<WirePeer> {
    if (this.#peers.length >= MAX_CONNECTIONS)
      inconclusive(`a case opens at most ${MAX_CONNECTIONS} connections`)
    const transcript = new Transcript(`#${this.#peers.length + 1}`)
    this.#transcripts.push(transcript)
    try {
      const peer = new WirePeer(await this.profile.dial(), transcript)
      this.#peers.push(peer)
      return peer
    } catch (error) {
      if (this.#peers.length > 0) return fail('the server goes on accepting connections', String(error))
      return inconclusive(`could not connect: ${String(error)}`)
    }
  }

  /** A connection after the plain handshake, C2 being a copy of S1. */
  async handshake(c1: Uint8Array = plainC1()): Promise<WirePeer> {
    const peer = await this.open()
    peer.raw(Uint8Array.of(3), c1)
    const answer = await peer.take(3073, this.answerMs)
    if (answer === undefined) return fail('3073 bytes of S0, S1 and S2', 'they did not come')
    peer.raw(answer.subarray(1, 1537))
    peer.beginChunks()
    return peer
  }

  /** The object of `connect` for the app under test. */
  properties(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    return { ...connectProperties(this.profile.app, this.profile.tcUrl), ...more }
  }

  /** A connection after `connect` was accepted. */
  async connect(more: Readonly<Record<string, unknown>> = {}): Promise<WirePeer> {
    const peer = await this.handshake()
    peer.send(command(0, 'connect', 1, this.properties(more)))
    await this.result(peer, 1)
    return peer
  }

  /** Waits for `_result` or `_error` of this transaction. */
  async answer(
    peer: WirePeer,
    transaction: number,
    ms: number = this.answerMs,
  ): Promise<SeenMessage | undefined> {
    return await peer.next(
      (message) =>
        (nameOf(message) === '_result' || nameOf(message) === '_error') &&
        amfValues(message.payload)[1] === transaction,
      ms,
    )
  }

  /** Waits for the `_result` of this transaction; fails when it does not come. */
  async result(peer: WirePeer, transaction: number): Promise<readonly unknown[]> {
    const message = await this.answer(peer, transaction)
    if (message === undefined) return fail(`_result ${transaction}`, `it did not come${stateOf(peer)}`)
    check(nameOf(message) === '_result', `_result ${transaction}`, messageText(message))
    return amfValues(message.payload)
  }

  /** A transaction id that was not used on any connection of the case. */
  transaction(): number {
    this.#transaction += 1
    return this.#transaction
  }

  /** A new message stream. */
  async createStream(peer: WirePeer): Promise<number> {
    const transaction = this.transaction()
    peer.send(command(0, 'createStream', transaction, null))
    const msid = (await this.result(peer, transaction))[3]
    if (typeof msid !== 'number') return fail('a message stream id', String(msid))
    return msid
  }

  /** Waits for onStatus with one of these codes, or any when none is given. */
  async status(
    peer: WirePeer,
    codes: readonly string[],
    ms: number = this.answerMs,
  ): Promise<string | undefined> {
    let code: unknown
    await peer.next((message) => {
      if (nameOf(message) !== 'onStatus' || message.typeId === 18) return false
      code = statusOf(message)['code']
      return codes.length === 0 || codes.includes(String(code))
    }, ms)
    return typeof code === 'string' && (codes.length === 0 || codes.includes(code)) ? code : undefined
  }

  /** Whether a server answers no createStream on connections that stream as this one does; `undefined` until that was found out. */
  protected knowsToIgnore(_peer: WirePeer): boolean | undefined {
    return false
  }

  /** Finds out whether nothing can be learned from a createStream that is not answered on this connection. */
  protected ignoresCommands(_peer: WirePeer): Promise<boolean> {
    return Promise.resolve(false)
  }

  /**
   * Whether a createStream with a fresh transaction id is answered; of a server that answers none here, whether the
   * connection stays. That is found out meanwhile: some servers end who is silent for ten seconds. Once it is known, none
   * is sent: some servers take it for the end of what is published (SRS).
   */
  async #answers(peer: WirePeer): Promise<boolean> {
    const stays = (): boolean => peer.ended === undefined && peer.judge.broken === undefined
    if (this.knowsToIgnore(peer) === true) {
      await peer.until(() => !stays(), this.quietMs)
      return stays()
    }
    const transaction = this.transaction()
    peer.send(command(0, 'createStream', transaction, null))
    const until = performance.now() + this.answerMs
    if ((await this.answer(peer, transaction, Math.min(this.quietMs, this.answerMs))) !== undefined)
      return true
    const ignored = this.ignoresCommands(peer)
    if ((await this.answer(peer, transaction, until - performance.now())) !== undefined) return true
    return stays() && (await ignored) && stays()
  }

  /** ALIVE: the connection answers. */
  async alive(peer: WirePeer): Promise<void> {
    if (!(await this.#answers(peer)))
      fail('the connection stays up and answers createStream', `no answer${stateOf(peer)}`)
  }

  /** OTHER: a fresh connection is accepted, so the server as a whole is well. */
  async other(): Promise<void> {
    let peer: WirePeer | undefined
    try {
      peer = new WirePeer(await this.profile.dial(), new Transcript('other'))
      this.#peers.push(peer)
      peer.raw(Uint8Array.of(3), plainC1())
      const answer = await peer.take(3073, this.answerMs)
      if (answer === undefined)
        return fail('the server goes on answering others', 'a new connection got no handshake')
      peer.raw(answer.subarray(1, 1537))
      peer.beginChunks()
      peer.send(command(0, 'connect', 1, this.properties()))
      const message = await this.answer(peer, 1)
      if (message === undefined) fail('the server goes on answering others', 'a new connect was not answered')
    } catch (error) {
      if (error instanceof Error && error.name === 'CaseEnd') throw error
      fail('the server goes on accepting connections', String(error))
    } finally {
      peer?.link.reset()
    }
  }

  /** CLOSED: the server ends the connection within the time. */
  async closed(peer: WirePeer, ms: number = this.answerMs): Promise<void> {
    const closed = await peer.until(() => peer.ended !== undefined, ms)
    check(closed, `the server ends the connection within ${ms / 1000} s`, 'it is still open')
  }

  /** "No harm": the connection ended or still answers, and others are answered. */
  async noHarm(peer: WirePeer): Promise<void> {
    if (peer.ended === undefined) {
      const answers = await this.#answers(peer)
      check(answers || peer.ended !== undefined, 'the connection ends or goes on answering', 'it hangs')
    }
    await this.other()
  }

  /** Nothing that matches arrives for a while, from the last thing sent on. */
  async quiet(
    peer: WirePeer,
    matches: (message: SeenMessage) => boolean,
    what: string,
    ms: number = this.quietMs,
  ): Promise<void> {
    const from = peer.heardAtLastWrite
    let seen: SeenMessage | undefined
    await peer.until(() => (seen = peer.since(from).find(matches)) !== undefined, ms)
    if (seen !== undefined) fail(`no ${what}`, messageText(seen))
  }

  /** Waits. */
  async pause(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms))
  }

  /** Whether the server has ended the connection, given time: of two that it ends together one may be heard of first. */
  async hasEnded(peer: WirePeer): Promise<boolean> {
    return await peer.until(() => peer.ended !== undefined, this.answerMs)
  }

  /** Ends every connection of the case. */
  dispose(): void {
    for (const peer of this.#peers) peer.link.reset()
  }

  /** What was exchanged. */
  transcript(): readonly string[] {
    return this.#transcripts.flatMap((transcript) => transcript.lines())
  }

  /** Bytes for a connection's opening in one write: C0, C1, C2 of zeros, and these messages' bytes. */
  opening(...bytes: readonly Uint8Array[]): Uint8Array {
    return joined(Uint8Array.of(3), plainC1(), new Uint8Array(1536), ...bytes)
  }
}

/** What there is to say about a connection on which something did not come. */
export const stateOf = (peer: WirePeer): string => {
  if (peer.judge.broken !== undefined) return `; what came is no chunk stream: ${peer.judge.broken}`
  return peer.ended === undefined ? '' : '; the connection ended'
}

/** The information object of an onStatus, or of an answer. */
export const statusOf = (message: SeenMessage): Record<string, unknown> => {
  const info = amfValues(message.payload)[3]
  return typeof info === 'object' && info !== null ? (info as Record<string, unknown>) : {}
}

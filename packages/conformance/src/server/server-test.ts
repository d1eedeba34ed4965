import { check, fail } from '../case/verdict.ts'
import { casesFor } from '../case/conformance-case.ts'
import { command } from '../wire/commands.ts'
import { sameMedia } from '../wire/coded-media.ts'
import { hexOf, sameBytes } from '../wire/hex.ts'
import { nameOf } from '../wire/message-text.ts'
import type { SeenMessage } from '../wire/chunk-judge.ts'
import type { WirePeer } from '../wire/wire-peer.ts'
import { type Pair, type Player, Publisher } from './publisher.ts'
import { ServerConnections, stateOf, statusOf } from './server-connections.ts'
import { ServerHabits, type Streaming } from './server-habits.ts'
import type { ServerProfile } from './server-profile.ts'

export { plainC1, statusOf } from './server-connections.ts'

/** Between two requests for a stream that the server does not have yet. */
const PAUSE_MS = 100

/** A pair, and whether its picture came as it was sent. */
interface JoinedPair extends Pair {
  readonly unchanged: boolean
}

/** What a case about a server works with: connections, publishers and players. */
export class ServerTest extends ServerConnections {
  readonly #habits: ServerHabits

  constructor(profile: ServerProfile, habits: ServerHabits = new ServerHabits()) {
    super(profile)
    this.#habits = habits
  }

  /** Publishes a stream on a connection, a new one unless given. */
  async publish(name: string = this.name(), peer?: WirePeer, probe?: Publisher['probe']): Promise<Publisher> {
    const own = peer ?? (await this.connect())
    const msid = await this.createStream(own)
    own.send(command(msid, 'publish', this.transaction(), null, this.profile.publishAs(name), 'live'))
    const code = await this.status(own, [
      'NetStream.Publish.Start',
      'NetStream.Publish.BadName',
      'NetStream.Publish.Denied',
      'NetStream.Publish.Rejected',
    ])
    if (code !== 'NetStream.Publish.Start')
      return fail('NetStream.Publish.Start', `${code ?? 'no status'}${stateOf(own)}`)
    return new Publisher(own, msid, name, probe)
  }

  /** Plays a stream on a connection, a new one unless given; returns once the command was sent. */
  async play(name: string, peer?: WirePeer, ...more: readonly unknown[]): Promise<Player> {
    const own = peer ?? (await this.connect())
    const msid = await this.createStream(own)
    own.send(command(msid, 'play', this.transaction(), null, this.profile.playAs(name), ...more))
    return { peer: own, msid }
  }

  /** A publisher and a player, with a picture through. */
  async pair(
    properties: { pub?: Record<string, unknown>; sub?: Record<string, unknown> } = {},
  ): Promise<Pair> {
    const pub = await this.publish(this.name(), await this.connect(properties.pub ?? {}))
    pub.sendHeaders()
    const pair = await this.join(pub, properties.sub)
    this.#habits.noteRewrites(!pair.unchanged)
    return pair
  }

  /**
   * A player of a stream, with a picture through. Asks again while the server does not have the stream yet, and finds out
   * whether it does not before timestamps have gone on for seconds.
   */
  async join(pub: Publisher, properties: Record<string, unknown> = {}): Promise<JoinedPair> {
    this.#leadIn(pub)
    let until = performance.now() + this.answerMs
    for (;;) {
      const sub = await this.play(pub.name, await this.connect(properties))
      let first = await this.#picture(pub, sub)
      if (first === undefined && this.#mayStartLate(pub)) {
        pub.leadIn()
        until = performance.now() + this.answerMs
        if (!refused(sub)) first = await this.#picture(pub, sub)
      }
      if (first !== undefined) {
        this.#habits.startsLate ??= pub.base > 0
        return { pub, sub, ...first }
      }
      if (!refused(sub) || pub.peer.ended !== undefined || performance.now() > until) {
        if (pub.base > 0) this.#habits.startsLate ??= false
        return this.#nothingCame(pub, sub)
      }
      await this.pause(PAUSE_MS)
    }
  }

  /** Whether the stream may not be there because its timestamps have not gone on for long. */
  #mayStartLate(pub: Publisher): boolean {
    return pub.base === 0 && this.#habits.startsLate !== false && pub.peer.ended === undefined
  }

  /** Sends key frames until one arrives at the player; what was added to its timestamp. */
  async through(pub: Publisher, sub: Player): Promise<number> {
    this.#leadIn(pub)
    return (await this.#picture(pub, sub))?.shift ?? this.#nothingCame(pub, sub)
  }

  #leadIn(pub: Publisher): void {
    if (this.#habits.startsLate === true && pub.base === 0) pub.leadIn()
  }

  #nothingCame(pub: Publisher, { peer }: Player): never {
    const why = pub.peer.ended === undefined ? stateOf(peer) : '; the publisher’s connection ended'
    return fail('what is published arrives at a player', `nothing did${why}`)
  }

  async #picture(pub: Publisher, sub: Player): Promise<{ shift: number; unchanged: boolean } | undefined> {
    const tries = 5
    for (let tried = 0; tried < tries && !refused(sub) && pub.peer.ended === undefined; tried++) {
      const [probe, time] = [pub.probe(), pub.nextTime]
      pub.sendMedia(probe, time)
      const seen = await sub.peer.next((message) => sameMedia(message, probe), this.answerMs / tries)
      if (seen !== undefined)
        return { shift: seen.timestamp - time, unchanged: sameBytes(seen.payload, probe.payload) }
    }
    return undefined
  }

  /**
   * Waits for a message at a player as it was sent. Of a server that writes all streams anew, which no specification
   * forbids, for one with the same coded sound or picture in it.
   */
  async heard(
    peer: WirePeer,
    typeId: number,
    payload: Uint8Array,
    ms: number = this.answerMs,
  ): Promise<SeenMessage | undefined> {
    const seen = await peer.next((message) => sameMedia(message, { typeId, payload }), ms)
    if (seen === undefined || sameBytes(seen.payload, payload)) return seen
    return (await this.rewrites()) ? seen : undefined
  }

  protected override knowsToIgnore(peer: WirePeer): boolean | undefined {
    const streaming = streamingOf(peer)
    return streaming === undefined ? false : this.#habits.knowsToIgnore(streaming)
  }

  /** Whether nothing can be learned from a createStream that is not answered: on no connection that streams is there an answer. */
  protected override ignoresCommands(peer: WirePeer): Promise<boolean> {
    const streaming = streamingOf(peer)
    if (streaming === undefined) return Promise.resolve(false)
    return this.#habits.ignoresCommands(streaming, () => this.#ignores(streaming))
  }

  /** Finds out at once what cases find out by a second stream, of a server that has only one. */
  async learn(): Promise<void> {
    for (const streaming of ['publish', 'play'] as const) {
      await this.#habits.ignoresCommands(streaming, () => this.#ignores(streaming))
      this.dispose()
    }
  }

  async #ignores(streaming: Streaming): Promise<boolean> {
    const { pub, sub } = await this.pair()
    const { peer } = streaming === 'publish' ? pub : sub
    const transaction = this.transaction()
    peer.send(command(0, 'createStream', transaction, null))
    return (await this.answer(peer, transaction)) === undefined && peer.ended === undefined
  }

  /** Whether the server writes streams anew: not even key frames of an ordinary one come through unchanged. */
  rewrites(): Promise<boolean> {
    return this.#habits.rewrites(async () => {
      const pub = await this.publish()
      pub.sendHeaders()
      const { sub } = await this.join(pub)
      return (await this.#picture(pub, sub))?.unchanged === false
    })
  }

  /** RELAY: the message arrives at the player with this type, payload and timestamp (of the publisher's clock). */
  async relayed(
    { sub, shift }: Pick<Pair, 'sub' | 'shift'>,
    typeId: number,
    payload: Uint8Array,
    timestamp?: number,
  ): Promise<SeenMessage> {
    const seen = await this.heard(sub.peer, typeId, payload)
    if (seen === undefined)
      return fail(
        `the message ${hexOf(payload, 16)} arrives at the player unchanged`,
        `it did not${stateOf(sub.peer)}`,
      )
    if (timestamp !== undefined) {
      const own = (seen.timestamp - shift + 2 ** 32) % 2 ** 32
      check(own === timestamp, `timestamp ${timestamp}`, `timestamp ${own}`)
    }
    return seen
  }
}

const STREAMING: Readonly<Record<string, Streaming>> = {
  'NetStream.Publish.Start': 'publish',
  'NetStream.Play.Start': 'play',
}

/** What the server has told a connection that it may do. */
const streamingOf = ({ messages }: WirePeer): Streaming | undefined =>
  messages
    .filter((message) => nameOf(message) === 'onStatus')
    .map((message) => STREAMING[String(statusOf(message)['code'])])
    .find((streaming) => streaming !== undefined)

/** Whether a player was told that it gets nothing, or its connection ended. */
const refused = ({ peer }: Player): boolean =>
  peer.ended !== undefined ||
  peer.messages.some((message) => nameOf(message) === 'onStatus' && statusOf(message)['level'] === 'error')

/** Declares a case about a server. */
export const serverCase: ReturnType<typeof casesFor<ServerTest>> = casesFor<ServerTest>('server')

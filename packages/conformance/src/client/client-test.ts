import { casesFor } from '../case/conformance-case.ts'
import { check, fail, inconclusive, notApplicable } from '../case/verdict.ts'
import { userControl } from '../wire/commands.ts'
import type { Link } from '../wire/link.ts'
import { Transcript } from '../wire/transcript.ts'
import { WirePeer } from '../wire/wire-peer.ts'
import { ClientHabits } from './client-habits.ts'
import type { ClientProfile, ClientRole, RunningClient } from './client-profile.ts'
import { type Script, ServerSide } from './server-side.ts'

/** What a case about a client works with. */
export class ClientTest {
  readonly profile: ClientProfile
  /** Connections that the client opened, in order. */
  readonly links: WirePeer[] = []
  readonly #habits: ClientHabits
  readonly #transcripts: Transcript[] = []
  readonly #stops: (() => void)[] = []
  readonly #waiting = new Set<() => void>()
  #client: RunningClient | undefined

  constructor(profile: ClientProfile, habits: ClientHabits = new ClientHabits()) {
    this.profile = profile
    this.#habits = habits
  }

  get answerMs(): number {
    return this.profile.answerMs
  }

  get quietMs(): number {
    return this.profile.quietMs
  }

  /** Starts the client in this role, or in any that it has, and waits for its connection. Nothing is answered yet. */
  async start(role?: ClientRole): Promise<WirePeer> {
    const chosen = role ?? this.profile.roles[0]
    if (chosen === undefined || !this.profile.roles.includes(chosen))
      return notApplicable(`the client does not ${role}`)
    const listening = await this.profile.listen((link) => this.#arrived(link))
    this.#stops.push(() => listening.close())
    const client = this.profile.start(chosen, `${listening.url}/conformance`)
    this.#client = client
    this.#stops.push(() => client.stop())
    return (await this.connection(0)) ?? inconclusive('the client did not connect')
  }

  #arrived(link: Link): void {
    const transcript = new Transcript(`#${this.links.length + 1}`)
    this.#transcripts.push(transcript)
    this.links.push(new WirePeer(link, transcript))
    for (const look of this.#waiting) look()
  }

  /** The connection with this index, 0 being the first; `undefined` when it does not come. */
  async connection(index: number, ms: number = this.answerMs): Promise<WirePeer | undefined> {
    if (this.links[index] === undefined)
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer)
          this.#waiting.delete(look)
          resolve()
        }
        const look = (): void => {
          if (this.links[index] !== undefined) done()
        }
        const timer = setTimeout(done, ms)
        this.#waiting.add(look)
      })
    return this.links[index]
  }

  /** Starts the client and serves it by a script; fails when the handshake does not come about. */
  async serve(role?: ClientRole, script: Script = {}): Promise<ServerSide> {
    const side = new ServerSide(await this.start(role), script)
    check(await side.serve(this.answerMs), 'C0, C1 and C2', 'the handshake did not come about')
    return side
  }

  /** The client got as far as publishing, and its media comes; or it plays, and answers a ping. */
  async works(side: ServerSide): Promise<void> {
    const { peer } = side
    const begun = (): boolean => side.commands.includes('publish') || side.commands.includes('play')
    await peer.until(() => begun() || peer.ended !== undefined, this.answerMs)
    check(begun(), 'the client goes on to publish or play', peer.ended === undefined ? 'it waits' : 'it left')
    if (side.commands.includes('publish')) {
      const from = side.mediaMessages.length
      await peer.until(() => side.mediaMessages.length >= from + 3 || peer.ended !== undefined, this.answerMs)
      check(
        side.mediaMessages.length >= from + 3,
        'media goes on',
        peer.ended === undefined ? 'none comes' : 'it left',
      )
      return
    }
    side.media(5)
    await this.alive(side)
  }

  /**
   * The client answers a ping. Of a publisher that answers none in an ordinary session, for which there is a case of its own,
   * its media goes on.
   */
  async alive(side: ServerSide): Promise<void> {
    if (await this.#answersPing(side.peer)) return
    const left = side.peer.ended !== undefined
    if (left || !(await this.#ignoresPings(side)))
      fail('a PingResponse with the same four bytes', left ? 'it left' : 'none')
    const from = side.mediaMessages.length
    await side.peer.until(() => side.mediaMessages.length >= from + 3, this.answerMs)
    check(side.mediaMessages.length >= from + 3, 'media goes on', 'none comes')
  }

  /** The client answers a ping, as every client must. */
  async pongs({ peer }: ServerSide): Promise<void> {
    if (!(await this.#answersPing(peer)))
      fail('a PingResponse with the same four bytes', peer.ended === undefined ? 'none' : 'it left')
  }

  #ignoresPings(side: ServerSide): Promise<boolean> {
    if (!side.commands.includes('publish')) return Promise.resolve(false)
    return this.#habits.ignoresPings(async () => {
      const other = new ClientTest(this.profile, this.#habits)
      try {
        const ordinary = await other.serve('publish')
        await other.works(ordinary)
        return !(await other.#answersPing(ordinary.peer)) && ordinary.peer.ended === undefined
      } finally {
        other.dispose()
      }
    })
  }

  async #answersPing(peer: WirePeer): Promise<boolean> {
    const token = Math.floor(Math.random() * 2 ** 31)
    peer.send(userControl(6, token))
    const pong = await peer.next(
      ({ typeId, payload }) =>
        typeId === 4 &&
        payload[1] === 7 &&
        new DataView(payload.buffer, payload.byteOffset).getUint32(2) === token,
      this.answerMs,
    )
    return pong !== undefined
  }

  /** The client leaves: it ends the connection, or itself. */
  async leaves(peer: WirePeer, ms: number = this.answerMs): Promise<void> {
    const gone = await Promise.race([
      peer.until(() => peer.ended !== undefined, ms),
      this.#client?.ended.then(() => true) ?? Promise.resolve(false),
    ])
    check(gone, `the client gives up within ${ms / 1000} s`, 'it stays')
  }

  /** A publisher goes on with its media, or leaves, however long it takes to read what it was sent. */
  async goesOn(side: ServerSide): Promise<void> {
    const from = side.mediaMessages.length
    const isGoing = (): boolean => side.mediaMessages.length >= from + 3 || side.peer.ended !== undefined
    await side.peer.until(isGoing, this.answerMs)
    check(isGoing(), 'the client goes on, or leaves', 'it hangs')
  }

  /** "No harm": the client goes on, or leaves; it does not hang. */
  async noHarm(side: ServerSide): Promise<void> {
    const { peer } = side
    if (peer.ended !== undefined || (await this.#answersPing(peer)) || peer.ended !== undefined) return
    check(await this.#ignoresPings(side), 'the client goes on, or leaves', 'it hangs')
    await this.goesOn(side)
  }

  async pause(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms))
  }

  dispose(): void {
    for (const peer of this.links) peer.link.reset()
    for (const stop of this.#stops) stop()
  }

  transcript(): readonly string[] {
    return this.#transcripts.flatMap((transcript) => transcript.lines())
  }
}

/** Declares a case about a client. */
export const clientCase: ReturnType<typeof casesFor<ClientTest>> = casesFor<ClientTest>('client')

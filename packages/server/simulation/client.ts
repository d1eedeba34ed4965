import { type ClientEvent, ClientSession } from '@rtmp/session'
import type { Asked } from './hook-ledger.ts'
import type { Link, LinkEnd, LinkProfile } from './link.ts'
import type { PublicationLog } from './publication-log.ts'
import type { Inhabitant, World } from './world.ts'

/** How a client goes. */
export type Farewell =
  /** Says so, then ends its side. */
  | 'close'
  /** Deletes its message streams, then ends its side. */
  | 'delete'
  /** Ends its side in the middle of everything. */
  | 'end'
  /** Its network breaks, and both systems notice. */
  | 'cut'
  /** Its network breaks, and nobody notices. */
  | 'vanish'

export const FAREWELLS: readonly Farewell[] = ['close', 'delete', 'end', 'cut', 'vanish']

/** What the server's answers tell of its hooks. */
const TOLD: Readonly<Record<string, 'connected' | 'published' | 'played'>> = {
  connected: 'connected',
  publishStarted: 'published',
  playStarted: 'played',
}

const NO_DEADLINES = { handshake: 0, connect: 0, command: 0, publisherIdle: 0, decision: 0, call: 0 }

/** A client that speaks RTMP as it should, on one connection. */
export abstract class Client implements LinkEnd, Inhabitant {
  abstract readonly takesAll: boolean
  readonly world: World
  readonly session: ClientSession
  publication: PublicationLog | undefined
  readonly asked: Asked = { connect: 1, fcPublish: 0, publish: 0, play: 0, pause: 0, unpause: 0 }
  /** How often the server has said so. */
  readonly #seen = { connected: 0, published: 0, played: 0 }
  readonly #link: Link
  #left = false
  #over = false

  /** @param chunkSize - Bytes; drawn unless given. */
  constructor(world: World, profile: LinkProfile, app: string, chunkSize?: number) {
    this.world = world
    this.session = new ClientSession({
      crypto: world.crypto,
      deadlines: NO_DEADLINES,
      chunkSize: chunkSize ?? world.random.pick([128, 4096, 60_000]),
    })
    this.#link = world.connect(this, profile)
    this.session.connect({ app, tcUrl: `rtmp://sim/${app}` })
    this.flush()
  }

  get link(): Link {
    return this.#link
  }

  /** Whether the client has decided to go. */
  get hasLeft(): boolean {
    return this.#left
  }

  /** Whether nothing more will come of it. */
  get isOver(): boolean {
    return this.#over
  }

  onBytes(bytes: Uint8Array, now: number): void {
    this.session.receive(bytes, now)
    this.#drain(now)
    this.flush()
  }

  onEnd(now: number): void {
    if (this.#over) return
    this.session.transportClosed('transportClosed', now)
    this.#drain(now)
    this.#link.end()
    this.#finish()
  }

  /** Goes for good. */
  leave(how: Farewell, now: number): void {
    if (this.#left || this.#over) return
    this.#left = true
    if (how === 'close' || how === 'delete') this.sayGoodbye(how)
    if (how === 'vanish') {
      this.#link.freeze()
      this.#finish()
      return
    }
    if (how === 'cut') {
      this.#link.cut()
      return
    }
    this.#drain(now)
    this.flush()
    this.#link.end()
  }

  /** Writes what the session wants to send. */
  protected flush(): void {
    this.#link.send(this.session.takeOutput())
  }

  /** Something has come from the server. */
  protected abstract onEvent(event: ClientEvent, now: number): void

  /** Ends in order what it does. */
  protected abstract sayGoodbye(how: 'close' | 'delete'): void

  /** Nothing more will come. */
  protected abstract onOver(now: number): void

  #drain(now: number): void {
    for (let event = this.session.nextEvent(); event !== undefined; event = this.session.nextEvent()) {
      this.#note(event)
      this.onEvent(event, now)
    }
  }

  #note({ kind }: ClientEvent): void {
    const what = TOLD[kind]
    if (what === undefined) return
    this.#seen[what] += 1
    this.world.hooks.seen(what, this.#link.connection.id, this.#seen[what])
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.onOver(this.world.now)
  }
}

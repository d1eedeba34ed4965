import type { ClientTransport, ClientTransportHandler } from '@rtmp/client'
import type { SeededRandom } from '@rtmp/testkit/fuzz'
import type { Connection } from '../../src/core/connection.ts'
import type { ServerCore } from '../../src/core/server-core.ts'
import type { ServerTransport } from '../../src/core/transport.ts'
import type { EventQueue } from '../event-queue.ts'
import type { Party } from './party.ts'

/** What a pipe needs of the world around it. */
export interface PipeWorld {
  readonly events: EventQueue
  readonly random: SeededRandom
  /** Whether nothing gets through between two at present. */
  isCut(a: Party, b: Party): boolean
  readonly pipes: Set<Pipe>
}

type Piece = Uint8Array | 'end' | Error

/** How often a way that is cut is looked at again, in milliseconds. */
const AGAIN_MS = 100

/** One direction: in order, late, and held back while the way is cut. */
class Way {
  readonly #world: PipeWorld
  readonly #from: Party
  readonly #to: Party
  readonly #take: (piece: Piece) => void
  readonly #pieces: Piece[] = []
  #isMoving = false

  constructor(world: PipeWorld, from: Party, to: Party, take: (piece: Piece) => void) {
    this.#world = world
    this.#from = from
    this.#to = to
    this.#take = take
  }

  send(piece: Piece): void {
    this.#pieces.push(piece)
    if (!this.#isMoving) this.#later(1 + this.#world.random.below(10))
  }

  #later(ms: number): void {
    this.#isMoving = true
    this.#world.events.after(ms, { run: () => this.#move() })
  }

  #move(): void {
    this.#isMoving = false
    if (this.#world.isCut(this.#from, this.#to)) {
      this.#later(AGAIN_MS)
      return
    }
    for (const piece of this.#pieces.splice(0)) this.#to.run(() => this.#take(piece))
  }
}

/** A connection from a client to a node, or from a node to another. */
export class Pipe {
  readonly from: Party
  readonly to: Party
  readonly client: ClientTransport
  readonly #world: PipeWorld
  readonly #core: ServerCore
  readonly #up: Way
  readonly #down: Way
  #connection: Connection | undefined
  #handler: ClientTransportHandler | undefined
  #early: Piece[] = []
  #isClosed = false
  #isClientGone = false

  constructor(world: PipeWorld, from: Party, to: Party, core: ServerCore, node: string | undefined) {
    this.#world = world
    this.from = from
    this.to = to
    this.#core = core
    this.#up = new Way(world, from, to, (piece) => this.#atServer(piece))
    this.#down = new Way(world, to, from, (piece) => this.#atClient(piece))
    world.pipes.add(this)
    const down = this.#down
    const server: ServerTransport = {
      remoteAddress: node ?? '192.0.2.1',
      remotePort: 1,
      localPort: 1935,
      secure: false,
      node,
      pendingBytes: 0,
      write: (bytes, done) => {
        if (this.#isClosed) return
        down.send(bytes.slice())
        if (done !== undefined) world.events.after(1, { run: () => to.run(done) })
      },
      finish: () => down.send('end'),
      destroy: () => this.close(),
    }
    this.client = {
      remote: to.name,
      pendingBytes: 0,
      start: (handler) => {
        this.#handler = handler
        const early = this.#early
        this.#early = []
        for (const piece of early) this.#atClient(piece)
      },
      write: (pieces) => {
        for (const piece of pieces) this.#up.send(piece.slice())
      },
      pause: () => {},
      resume: () => {},
      finish: () => this.#up.send('end'),
      destroy: () => {
        this.#isClientGone = true
        this.#up.send(new Error('read ECONNRESET'))
        const handler = this.#handler
        world.events.after(0, { run: () => from.run(() => handler?.closed(undefined)) })
        this.#handler = undefined
      },
    }
    to.run(() => {
      this.#connection = core.open(server)
    })
  }

  /** Both ends learn that it is over, as far as they live and can be reached. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#world.pipes.delete(this)
    this.#down.send(new Error('read ECONNRESET'))
    this.#world.events.after(1, {
      run: () => this.to.run(() => this.#connection?.transportClosed(undefined, this.#core.now())),
    })
  }

  #atServer(piece: Piece): void {
    const connection = this.#connection
    if (this.#isClosed || connection === undefined) return
    if (piece === 'end') connection.peerEnded(this.#core.now())
    else if (piece instanceof Error) this.close()
    else connection.receive(piece, this.#core.now())
  }

  #atClient(piece: Piece): void {
    const handler = this.#handler
    if (this.#isClientGone) return
    if (handler === undefined) this.#early.push(piece)
    else if (piece === 'end') handler.ended()
    else if (piece instanceof Error) {
      this.#handler = undefined
      this.#isClientGone = true
      handler.closed(piece)
    } else handler.received(piece)
  }
}

import { messageChunks } from '../../src/wire/chunk-bytes.ts'
import { ChunkJudge, type SeenMessage } from '../../src/wire/chunk-judge.ts'
import { hexOf, joined } from '../../src/wire/hex.ts'
import type { Dial, Link, LinkHandler } from '../../src/wire/link.ts'

/**
 * A broken server: our own, with something wrong between it and the tester. The tester's bytes are watched and passed
 * on; the server's messages can be changed, left out or written wrongly, and connections can be held open or ended.
 */
export interface Mutant {
  /** The case that must catch it. */
  readonly id: string
  readonly what: string
  /** Changes S0, S1 and S2 together; `c1` is what the tester sent. */
  readonly handshake?: (answer: Uint8Array, c1: Uint8Array, tie: Tie) => Uint8Array
  /** A broken client: changes the bytes of its handshake; `at` is where they stand. */
  readonly hello?: (bytes: Uint8Array, at: number, tie: Tie) => Uint8Array
  /** Sees every write of the tester, before the server does; may change what the server gets. */
  readonly write?: (bytes: Uint8Array, tie: Tie) => Uint8Array
  /** Sees every message of the tester that is legal. */
  readonly sent?: (message: SeenMessage, tie: Tie) => void
  /** Changes a message of the server. */
  readonly received?: (message: SeenMessage, tie: Tie) => readonly SeenMessage[]
  /** Writes a message of the server another way; `normal` is the right one. */
  readonly encode?: (message: SeenMessage, normal: Uint8Array, chunkSize: number, tie: Tie) => Uint8Array
}

/** What all connections of one mutated server share. */
export interface Shared {
  /** Nobody is answered any more. */
  dead: boolean
  dials: number
  /** Media messages that testers sent, by payload. */
  readonly media: Map<string, SeenMessage>
  readonly ties: Tie[]
}

/** One connection through a mutant. */
export interface Tie {
  readonly shared: Shared
  /** Which connection this is, from 1 on. */
  readonly number: number
  /** Messages of the tester. */
  readonly said: SeenMessage[]
  /** Free for a mutant to note what it has seen. */
  mark: number
  /** The tester is not told of the end, and hears nothing more. */
  heldOpen: boolean
  /** Ends the connection. */
  end(): void
  /** Sends the tester a message of the mutant's own. */
  say(message: Partial<SeenMessage> & Pick<SeenMessage, 'typeId' | 'payload'>): void
}

const key = (payload: Uint8Array): string => `${payload.length} ${hexOf(payload.subarray(0, 24))}`

/** How the tester sent this media message; `undefined` for what it did not send. */
export const originOf = (message: SeenMessage, { shared }: Tie): SeenMessage | undefined =>
  message.typeId === 8 || message.typeId === 9 ? shared.media.get(key(message.payload)) : undefined

/** A listener whose clients are behind a mutant. */
export const mutatedLinks = (mutant: Mutant): ((link: Link) => Link) => {
  const shared: Shared = { dead: false, dials: 0, media: new Map(), ties: [] }
  return (link) => {
    shared.dials += 1
    return new MutatedLink(link, mutant, shared, true)
  }
}

/** Dials the server behind a mutant. */
export const mutatedDial = (dial: Dial, mutant: Mutant): Dial => {
  const shared: Shared = { dead: false, dials: 0, media: new Map(), ties: [] }
  return async () => {
    shared.dials += 1
    if (shared.dead) throw new Error('refused')
    return new MutatedLink(await dial(), mutant, shared)
  }
}

class MutatedLink implements Link, Tie {
  readonly shared: Shared
  readonly number: number
  readonly said: SeenMessage[] = []
  mark = 0
  heldOpen = false
  readonly #link: Link
  readonly #mutant: Mutant
  readonly #fromTester = new ChunkJudge()
  readonly #fromServer = new ChunkJudge()
  #handler: LinkHandler | undefined
  #toServer = 0
  #c1: Uint8Array = new Uint8Array()
  #answer: Uint8Array | undefined = new Uint8Array()
  #chunkSize = 128
  #helloLeft: number
  #over = false

  constructor(link: Link, mutant: Mutant, shared: Shared, fromClient = false) {
    if (fromClient) this.#answer = undefined
    this.#helloLeft = fromClient ? 3073 : 0
    this.#link = link
    this.#mutant = mutant
    this.shared = shared
    this.number = shared.dials
    shared.ties.push(this)
  }

  get congested(): boolean {
    return this.#link.congested
  }

  listen(handler: LinkHandler): void {
    this.#handler = handler
    this.#link.listen({
      bytes: (bytes) => {
        if (!this.#over && !this.heldOpen && !this.shared.dead) this.#receive(bytes)
      },
      ended: (how) => {
        if (!this.#over && !this.heldOpen) handler.ended(how)
        this.#over = true
      },
    })
  }

  write(bytes: Uint8Array): void {
    if (this.#over || this.heldOpen || this.shared.dead) return
    this.#watch(bytes)
    const changed = this.#mutant.write?.(bytes, this) ?? bytes
    if (!this.#over && !this.heldOpen && !this.shared.dead) this.#link.write(changed)
  }

  end(): void {
    if (this.#over || this.heldOpen) return
    this.#over = true
    this.#link.reset()
    this.#handler?.ended('fin')
  }

  reset(): void {
    this.#over = true
    this.#link.reset()
  }

  pause(): void {
    this.#link.pause()
  }

  resume(): void {
    this.#link.resume()
  }

  say(message: Partial<SeenMessage> & Pick<SeenMessage, 'typeId' | 'payload'>): void {
    const csid = message.typeId <= 6 ? 2 : 3
    this.#tell({ msid: 0, csid, timestamp: 0, chunks: [], endsAt: 0, ...message })
  }

  #watch(bytes: Uint8Array): void {
    const HANDSHAKE = 3073
    if (this.#toServer < HANDSHAKE) this.#c1 = joined(this.#c1, bytes)
    const from = Math.max(0, HANDSHAKE - this.#toServer)
    this.#toServer += bytes.length
    if (from >= bytes.length) return
    for (const message of this.#fromTester.push(bytes.subarray(from))) {
      this.said.push(message)
      if (message.typeId === 8 || message.typeId === 9) this.shared.media.set(key(message.payload), message)
      this.#mutant.sent?.(message, this)
    }
  }

  #receive(bytes: Uint8Array): void {
    const { handshake, received, encode } = this.#mutant
    let rest = bytes
    if (this.#answer !== undefined) {
      const answer = joined(this.#answer, bytes)
      if (answer.length < 3073) {
        this.#answer = answer
        return
      }
      this.#answer = undefined
      const head = answer.subarray(0, 3073)
      this.#handler?.bytes(handshake?.(head, this.#c1.subarray(1, 1537), this) ?? head)
      rest = answer.subarray(3073)
    }
    if (this.#helloLeft > 0) {
      const part = rest.subarray(0, this.#helloLeft)
      const changed = this.#mutant.hello?.(part, 3073 - this.#helloLeft, this) ?? part
      this.#helloLeft -= part.length
      this.#handler?.bytes(changed)
      rest = rest.subarray(part.length)
    }
    if (rest.length === 0) return
    if (received === undefined && encode === undefined) {
      this.#handler?.bytes(rest)
      return
    }
    for (const message of this.#fromServer.push(rest))
      for (const changed of received?.(message, this) ?? [message]) this.#tell(changed)
  }

  #tell(message: SeenMessage): void {
    if (this.#over) return
    const normal = messageChunks(message, this.#chunkSize)
    this.#handler?.bytes(this.#mutant.encode?.(message, normal, this.#chunkSize, this) ?? normal)
    if (message.typeId === 1 && message.payload.length >= 4)
      this.#chunkSize = new DataView(message.payload.buffer, message.payload.byteOffset).getUint32(0) || 128
  }
}

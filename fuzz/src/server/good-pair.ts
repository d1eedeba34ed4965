import type { ClientEvent } from '@rtmp/session'
import type { ServerCore } from '@rtmp/server/engine'
import { MemoryClient } from './memory-client.ts'

export const GOOD_APP = 'good'
export const GOOD_NAME = 'key'

/** Bytes of a frame: 5 of the codec's own, its number, and filler that depends on it. */
const FRAME_SIZE = 300
const FRAME_MS = 40
const KEY_EVERY = 10

const frameOf = (number: number): Uint8Array => {
  const payload = new Uint8Array(FRAME_SIZE).fill((number * 31) & 0xff)
  payload.set([number % KEY_EVERY === 0 ? 0x17 : 0x27, 1, 0, 0, 0, number >>> 8, number])
  return payload
}

/** A publisher and a player who behave, beside those who do not: every frame has to arrive, whole and in order. */
export class GoodPair {
  readonly publisher: MemoryClient
  readonly player: MemoryClient
  #sent = 0
  #received = 0
  #fault: string | undefined

  constructor(core: ServerCore, now: number) {
    this.publisher = new MemoryClient(core, (event) => this.#onPublisher(event)).publish(
      GOOD_APP,
      GOOD_NAME,
      now,
    )
    this.player = new MemoryClient(core, (event) => this.#onPlayer(event)).play(GOOD_APP, GOOD_NAME, now)
  }

  /** One frame goes from one to the other. */
  frame(now: number): void {
    const number = this.#sent++
    const payload = frameOf(number)
    this.publisher.session.sendMessage({
      csid: 6,
      typeId: 9,
      messageStreamId: 1,
      timestamp: number * FRAME_MS,
      payload,
    })
    this.publisher.pump(now)
    this.player.pump(now)
  }

  /** @throws Error when anything was lost, damaged, or ended */
  check(now: number): void {
    this.player.pump(now)
    const fault =
      this.#fault ?? (this.#received === this.#sent ? undefined : `${this.#received} of ${this.#sent} frames`)
    if (fault !== undefined) throw new Error(`those who behave were harmed: ${fault}`)
  }

  #onPublisher(event: ClientEvent): void {
    if (event.kind === 'publishEnded' || event.kind === 'publishRejected' || event.kind === 'closed') {
      this.#fault ??= `the publisher got ${event.kind}`
    }
  }

  #onPlayer(event: ClientEvent): void {
    if (event.kind === 'playEnded' || event.kind === 'playRejected' || event.kind === 'closed') {
      this.#fault ??= `the player got ${event.kind}`
    }
    if (event.kind !== 'media') return
    const number = this.#received++
    if (event.timestamp !== number * FRAME_MS) this.#fault ??= `frame ${number} at ${event.timestamp} ms`
    const wanted = frameOf(number)
    if (event.payload.length !== FRAME_SIZE || event.payload.some((byte, at) => byte !== wanted[at])) {
      this.#fault ??= `frame ${number} is damaged`
    }
  }
}

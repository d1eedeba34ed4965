import type { Socket } from 'node:net'
import { SOCKET_BYTES, TLS_BYTES } from '../core/memory-costs.ts'
import type { MemoryPayer, MemoryShare } from '../core/memory-share.ts'
import type { Way } from '../core/admission.ts'
import type { ServerCore } from '../core/server-core.ts'

/**
 * A socket that is no client, or not yet: in the limits and in the budget of memory it counts for its address until it is released.
 */
export class CountedSocket implements MemoryPayer {
  readonly address: string
  readonly allowedBytes: number
  readonly #core: ServerCore
  readonly #socket: Socket
  readonly #share: MemoryShare
  readonly #way: Way | 'node'
  #isReleased = false

  /**
   * @param isSecure - Whether TLS is spoken over it.
   * @param way - What it counts as in the limits; nodes of the cluster as nothing.
   */
  constructor(core: ServerCore, socket: Socket, address: string, isSecure: boolean, way: Way | 'node') {
    this.address = address
    this.allowedBytes = SOCKET_BYTES + (isSecure ? TLS_BYTES : 0)
    this.#core = core
    this.#socket = socket
    this.#way = way
    this.#share = core.memory.open(address, this)
    this.#share.set(this.allowedBytes, 0)
    if (way !== 'node') core.admission.openedSocket(address, way)
    if (core.memory.isOver) core.memory.shed(core.now())
  }

  /**
   * What is held for it beside what a socket costs.
   *
   * @param own - What nobody else counts, in bytes.
   * @param shared - What is in the ledger already, in bytes.
   */
  hold(own: number, shared: number): void {
    const isMore = this.#share.bytes < this.allowedBytes + own + shared
    this.#share.set(this.allowedBytes + own, shared)
    if (isMore && this.#core.memory.isOver) this.#core.memory.shed(this.#core.now())
  }

  /** It has gone, or counts as something else from now on. */
  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    if (this.#way !== 'node') this.#core.admission.closedSocket(this.address, this.#way)
    this.#core.memory.close(this.#share)
  }

  /** See {@link MemoryPayer.payMemory}. */
  payMemory(): void {
    this.#socket.destroy()
    this.release()
  }
}

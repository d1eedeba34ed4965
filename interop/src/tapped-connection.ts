import { EventEmitter, once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'

import { LOOPBACK } from './loopback.ts'

const ASK_AGAIN_MS = 40

/** One connection of a client through a tap: passes bytes on in both directions and keeps them. */
export class TappedConnection {
  readonly #client: Socket
  readonly #server: Socket
  readonly #fromClient: Buffer[] = []
  readonly #fromServer: Buffer[] = []
  readonly #changes = new EventEmitter().setMaxListeners(0)
  #open = true
  #silent = false
  #said = 0

  constructor(client: Socket, targetPort: number) {
    const server = connect({ port: targetPort, host: LOOPBACK, allowHalfOpen: true })
    this.#client = client
    this.#server = server
    this.#pass(client, server, this.#fromClient)
    this.#pass(server, client, this.#fromServer)
  }

  /** What the client has said so far. */
  get clientToServer(): Buffer {
    return Buffer.concat(this.#fromClient)
  }

  /** What the server has said so far. */
  get serverToClient(): Buffer {
    return Buffer.concat(this.#fromServer)
  }

  /** True while neither end has closed. */
  get open(): boolean {
    return this.#open
  }

  /**
   * Resolves when the condition holds; rejects after `limitMs`. It is asked again when either end has said something, but
   * not more often than every {@link ASK_AGAIN_MS}.
   */
  async until(condition: (connection: TappedConnection) => boolean, limitMs = 15_000): Promise<void> {
    const limit = AbortSignal.timeout(limitMs)
    for (;;) {
      const seen = this.#said
      if (condition(this)) return
      await setTimeout(ASK_AGAIN_MS)
      if (this.#said !== seen) continue
      await once(this.#changes, 'change', { signal: limit }).catch(() => {
        throw new Error(`waited ${limitMs} ms in vain for ${condition.toString()}`)
      })
    }
  }

  /** From now on nothing passes and nothing closes, as when a cable is pulled out. */
  silence(): void {
    this.#silent = true
  }

  /** Resets the connection at both ends. */
  cut(): void {
    this.#client.resetAndDestroy()
    this.#server.resetAndDestroy()
  }

  close(): void {
    this.#client.destroy()
    this.#server.destroy()
  }

  #change(): void {
    this.#said += 1
    this.#changes.emit('change')
  }

  #pass(from: Socket, to: Socket, kept: Buffer[]): void {
    from.setNoDelay(true)
    from.on('data', (bytes: Buffer) => {
      if (this.#silent) return
      kept.push(bytes)
      to.write(bytes)
      this.#change()
    })
    from.on('end', () => {
      if (!this.#silent) to.end()
    })
    const ended = (): void => {
      this.#open = false
      if (!this.#silent) to.destroy()
      this.#change()
    }
    from.on('error', ended)
    from.on('close', ended)
  }
}

import type { Claim, MemoryStore } from '@rtmp/cluster'
import type { DirectoryCall, DirectoryReply, PrimaryMessage } from './worker-messages.ts'

/** Where one worker's calls to the directory are answered. What it has is free at once when it dies. */
export class DirectoryDesk {
  readonly #store: MemoryStore
  readonly #send: (message: PrimaryMessage) => void
  readonly #claims = new Map<string, Claim>()
  #endWatch: (() => void) | undefined

  constructor(store: MemoryStore, send: (message: PrimaryMessage) => void) {
    this.#store = store
    this.#send = send
  }

  call(id: number, call: DirectoryCall): void {
    this.#send({ kind: 'reply', id, reply: this.#reply(call) })
  }

  watch(): void {
    this.#endWatch?.()
    this.#endWatch = this.#store.watch((change) => this.#send({ kind: 'change', change }))
  }

  /** The worker has gone. */
  close(): void {
    this.#endWatch?.()
    for (const claim of this.#claims.values()) this.#store.release(claim)
    this.#claims.clear()
  }

  #reply(call: DirectoryCall): DirectoryReply {
    switch (call.verb) {
      case 'claim': {
        const result = this.#store.claim(call.path, call.owner, call.takeOver)
        if (result.kind === 'claimed') this.#claims.set(call.path, result.claim)
        return result
      }
      case 'renew': {
        const result = this.#store.renew(call.claim)
        if (result.kind === 'renewed') this.#claims.set(call.claim.path, result.claim)
        else this.#claims.delete(call.claim.path)
        return result
      }
      case 'release':
        // It may have been claimed again since.
        if (this.#claims.get(call.claim.path)?.token === call.claim.token)
          this.#claims.delete(call.claim.path)
        return this.#store.release(call.claim)
      case 'resolve':
        return this.#store.resolve(call.path)
    }
  }
}

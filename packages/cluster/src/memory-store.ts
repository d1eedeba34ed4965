import type { Claim, ClaimResult, DirectoryChange, Entry, Owner, RenewResult } from './directory.ts'
import { DEFAULT_LEASE } from './directory.ts'
import { requireInteger } from './fields.ts'

/** How a {@link MemoryStore} keeps time. */
export interface MemoryStoreOptions {
  /** The directory's clock: milliseconds since 1970, as `Date.now` gives them, or a virtual clock's. It may jump. */
  readonly now: () => number
  /** Milliseconds, 1 or more. Default 3000. */
  readonly lease?: number
}

interface Held {
  readonly owner: Owner
  readonly token: string
  fence: number
  expiry: number
}

type Listener = (change: DirectoryChange) => void

/**
 * What all {@link MemoryDirectory | memory directories} of a process share: the claims, and the last fence.
 *
 * It sets no timer. A lease that is over is noticed at the next call; for those who watch, call `handleTimeout` at
 * `nextTimeout`.
 *
 * @example
 * ```ts
 * const store = new MemoryStore({ now: Date.now })
 * const [london, paris] = [new MemoryDirectory(store), new MemoryDirectory(store)]
 * ```
 */
export class MemoryStore {
  /** How long a claim lasts without renewal, in milliseconds. */
  readonly lease: number
  readonly #now: () => number
  readonly #held = new Map<string, Held>()
  readonly #listeners = new Set<Listener>()
  #lastFence = 0
  #tokens = 0

  /** @throws DirectoryError `DIRECTORY_FIELD` */
  constructor(options: MemoryStoreOptions) {
    this.#now = options.now
    this.lease = options.lease ?? DEFAULT_LEASE
    requireInteger(this.lease, 1, 86_400_000, 'lease')
  }

  /** When the first lease is over, by the store's clock; `undefined` without claims. */
  nextTimeout(): number | undefined {
    let first: number | undefined
    for (const { expiry } of this.#held.values()) if (first === undefined || expiry < first) first = expiry
    return first
  }

  /** Ends the leases that are over, and tells who watches. */
  handleTimeout(): void {
    const now = this.#time()
    for (const [path, held] of this.#held) {
      // A clock that was set back must not make leases longer than they are.
      held.expiry = Math.min(held.expiry, now + this.lease)
      if (held.expiry > now) continue
      this.#held.delete(path)
      this.#tell({ kind: 'gone', path, fence: held.fence, reason: 'expired' })
    }
  }

  /** Takes a path, or tells who has it. What it is given is not checked: the directory has done so. */
  claim(path: string, owner: Owner, takeOver: boolean): ClaimResult {
    this.handleTimeout()
    const held = this.#held.get(path)
    if (held !== undefined && held.owner.id !== owner.id && !takeOver) {
      return { kind: 'held', entry: this.#entry(path, held) }
    }
    this.#tokens += 1
    return { kind: 'claimed', claim: this.#begin(path, owner, String(this.#tokens), 0) }
  }

  /** Begins the lease anew; a claim that has run out is taken again when nobody else has the path. */
  renew(claim: Claim): RenewResult {
    this.handleTimeout()
    const { path, owner, token, fence } = claim
    const held = this.#held.get(path)
    if (held === undefined) return { kind: 'renewed', claim: this.#begin(path, owner, token, fence) }
    if (held.token !== token) return { kind: 'lost', entry: this.#entry(path, held) }
    held.expiry = this.#time() + this.lease
    return { kind: 'renewed', claim: { path, owner, token, fence: held.fence, lease: this.lease } }
  }

  /** Whether the claim was the one that held. */
  release({ path, token }: Claim): boolean {
    this.handleTimeout()
    const held = this.#held.get(path)
    if (held?.token !== token) return false
    this.#held.delete(path)
    this.#tell({ kind: 'gone', path, fence: held.fence, reason: 'released' })
    return true
  }

  /** Who has a path now. */
  resolve(path: string): Entry | undefined {
    this.handleTimeout()
    const held = this.#held.get(path)
    return held === undefined ? undefined : this.#entry(path, held)
  }

  /** Tells a listener what there is, and afterwards what changes, until the function returned is called. */
  watch(listener: (change: DirectoryChange) => void): () => void {
    this.handleTimeout()
    for (const [path, held] of this.#held) listener({ kind: 'claimed', entry: this.#entry(path, held) })
    listener({ kind: 'current' })
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #time(): number {
    return Math.floor(this.#now())
  }

  #begin(path: string, owner: Owner, token: string, above: number): Claim {
    const fence = Math.max(this.#time(), this.#lastFence + 1, above + 1)
    this.#lastFence = fence
    const held = { owner, token, fence, expiry: this.#time() + this.lease }
    this.#held.set(path, held)
    this.#tell({ kind: 'claimed', entry: this.#entry(path, held) })
    return { path, owner, fence, token, lease: this.lease }
  }

  #entry(path: string, { owner, fence, expiry }: Held): Entry {
    return { path, owner, fence, expiresIn: Math.max(0, Math.min(this.lease, expiry - this.#time())) }
  }

  #tell(change: DirectoryChange): void {
    for (const listener of this.#listeners) listener(change)
  }
}

import type {
  Claim,
  ClaimOptions,
  ClaimResult,
  Directory,
  DirectoryChange,
  DirectoryWatch,
  Entry,
  Owner,
  RenewResult,
} from './directory.ts'
import { DirectoryError } from './errors.ts'
import { requireClaim, requireOwner, requirePath } from './fields.ts'
import type { MemoryStore } from './memory-store.ts'

/**
 * A directory in this process: for one machine, for tests, and for simulations of many nodes, each with a directory of
 * its own on one store.
 *
 * @example
 * const directory = new MemoryDirectory(new MemoryStore({ now: Date.now }))
 * const result = await directory.claim('live/show', { id: 'node-1', address: 'rtmp://10.0.0.1' })
 * console.log(result.kind) // claimed
 */
export class MemoryDirectory implements Directory {
  /** Milliseconds; that of the store. */
  readonly lease: number
  readonly #store: MemoryStore
  readonly #watches = new Set<() => void>()
  #closed = false

  /** @param store - Shared by all nodes that shall see each other. */
  constructor(store: MemoryStore) {
    this.#store = store
    this.lease = store.lease
  }

  /** See `Directory.claim`. @throws DirectoryError `DIRECTORY_FIELD`, `DIRECTORY_CLOSED` */
  async claim(path: string, owner: Owner, options: ClaimOptions = {}): Promise<ClaimResult> {
    this.#requireOpen()
    requirePath(path)
    requireOwner(owner)
    return this.#store.claim(path, owner, options.takeOver === true)
  }

  /** See `Directory.renew`. @throws DirectoryError `DIRECTORY_FIELD`, `DIRECTORY_CLOSED` */
  async renew(claim: Claim): Promise<RenewResult> {
    this.#requireOpen()
    requireClaim(claim)
    return this.#store.renew(claim)
  }

  /** See `Directory.release`. @throws DirectoryError `DIRECTORY_FIELD`, `DIRECTORY_CLOSED` */
  async release(claim: Claim): Promise<boolean> {
    this.#requireOpen()
    requireClaim(claim)
    return this.#store.release(claim)
  }

  /** See `Directory.resolve`. @throws DirectoryError `DIRECTORY_FIELD`, `DIRECTORY_CLOSED` */
  async resolve(path: string): Promise<Entry | undefined> {
    this.#requireOpen()
    requirePath(path)
    return this.#store.resolve(path)
  }

  /** See `Directory.watch`. @throws DirectoryError `DIRECTORY_CLOSED` */
  watch(listener: (change: DirectoryChange) => void): DirectoryWatch {
    this.#requireOpen()
    const end = this.#store.watch(listener)
    this.#watches.add(end)
    return {
      close: () => {
        end()
        this.#watches.delete(end)
      },
    }
  }

  /** Ends its watches. Its claims stay until their lease is over; the store and other directories go on. */
  async close(): Promise<void> {
    this.#closed = true
    for (const end of this.#watches) end()
    this.#watches.clear()
  }

  #requireOpen(): void {
    if (this.#closed) throw new DirectoryError('DIRECTORY_CLOSED', 'the directory has been closed')
  }
}

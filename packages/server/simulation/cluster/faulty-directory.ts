import {
  type Claim,
  type ClaimOptions,
  type ClaimResult,
  type Directory,
  type DirectoryChange,
  DirectoryError,
  type DirectoryWatch,
  type Entry,
  type MemoryStore,
  type Owner,
  type RenewResult,
} from '@rtmp/cluster'
import type { SeededRandom } from '@rtmp/testkit/fuzz'
import type { EventQueue } from '../event-queue.ts'
import type { Party } from './party.ts'

/** How long a call may take before it fails, in milliseconds. */
const TIMEOUT_MS = 1000

/** How often a watch looks whether it has missed something, in milliseconds. */
const LOOK_MS = 1000

/** A directory as one node reaches it: late, and now and then not at all. */
export class FaultyDirectory implements Directory {
  readonly lease: number
  /** Whether it cannot be reached. */
  isCut: () => boolean = () => false
  readonly #store: MemoryStore
  readonly #events: EventQueue
  readonly #random: SeededRandom
  readonly #party: Party
  readonly #claimed: (claim: Claim) => void
  #isClosed = false

  /** @param claimed - Told of every claim that the node is given. */
  constructor(
    store: MemoryStore,
    events: EventQueue,
    random: SeededRandom,
    party: Party,
    claimed: (claim: Claim) => void,
  ) {
    this.#store = store
    this.#events = events
    this.#random = random
    this.#party = party
    this.#claimed = claimed
    this.lease = store.lease
  }

  async claim(path: string, owner: Owner, { takeOver = false }: ClaimOptions = {}): Promise<ClaimResult> {
    const result = await this.#call(() => this.#store.claim(path, owner, takeOver))
    if (result.kind === 'claimed') this.#claimed(result.claim)
    return result
  }

  async renew(claim: Claim): Promise<RenewResult> {
    const result = await this.#call(() => this.#store.renew(claim))
    if (result.kind === 'renewed') this.#claimed(result.claim)
    return result
  }

  async release(claim: Claim): Promise<boolean> {
    return this.#call(() => this.#store.release(claim))
  }

  async resolve(path: string): Promise<Entry | undefined> {
    return this.#call(() => this.#store.resolve(path))
  }

  watch(listener: (change: DirectoryChange) => void): DirectoryWatch {
    const known = new Map<string, number>()
    let isAway = false
    let isOver = false
    let missed = false
    const tell = (change: DirectoryChange): void => {
      this.#party.run(() => {
        if (isOver) return
        if (change.kind === 'claimed') known.set(change.entry.path, change.entry.fence)
        if (change.kind === 'gone') known.delete(change.path)
        listener(change)
      })
    }
    const readAll = (): void => {
      const seen = new Map<string, Entry>()
      const end = this.#store.watch((change) => {
        if (change.kind === 'claimed') seen.set(change.entry.path, change.entry)
      })
      end()
      for (const [path, fence] of known)
        if (!seen.has(path)) tell({ kind: 'gone', path, fence, reason: 'unknown' })
      for (const entry of seen.values())
        if (known.get(entry.path) !== entry.fence) tell({ kind: 'claimed', entry })
      tell({ kind: 'current' })
    }
    // In order, each as late as it is.
    const late: DirectoryChange[] = []
    let isFlushing = false
    const end = this.#store.watch((change) => {
      if (change.kind === 'current' || this.#party.isDead) return
      if (this.isCut()) {
        missed = true
        return
      }
      late.push(change)
      if (isFlushing) return
      isFlushing = true
      this.#events.after(1 + this.#random.below(30), {
        run: () => {
          isFlushing = false
          for (const one of late.splice(0)) tell(one)
        },
      })
    })
    const look = (): void => {
      if (isOver || this.#party.isDead) {
        end()
        return
      }
      const isCut = this.isCut()
      if (isCut && !isAway) tell({ kind: 'away', error: new Error('away') })
      if (!isCut && (isAway || missed)) {
        missed = false
        readAll()
      }
      isAway = isCut
      this.#events.after(LOOK_MS, { run: look })
    }
    this.#events.after(this.#random.below(20), {
      run: () => {
        missed = true
        look()
      },
    })
    return {
      close: () => {
        isOver = true
        end()
      },
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  /** Carried out or not, answered or not. */
  async #call<T>(act: () => T): Promise<T> {
    if (this.#isClosed) throw new DirectoryError('DIRECTORY_CLOSED', 'closed')
    const random = this.#random
    return new Promise<T>((resolve, reject) => {
      const away = (): void => {
        this.#events.after(TIMEOUT_MS, {
          run: () => this.#party.run(() => reject(new DirectoryError('DIRECTORY_AWAY', 'away'))),
        })
      }
      this.#events.after(1 + random.below(15), {
        run: () => {
          if (this.isCut()) {
            away()
            return
          }
          const result = act()
          this.#events.after(1 + random.below(15), {
            run: () => {
              if (this.isCut()) away()
              else this.#party.run(() => resolve(result))
            },
          })
        },
      })
    })
  }
}

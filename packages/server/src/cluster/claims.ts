import {
  type Claim,
  type ClaimResult,
  type Directory,
  type Entry,
  isDirectoryError,
  type Owner,
} from '@rtmp/cluster'
import { type Timed, WheelTimer } from '@rtmp/live/engine'
import type { Time } from '../core/services.ts'

/** Whom a node's claims tell. */
export interface ClaimsListener {
  /** Another node has the path now. */
  lost(path: string, entry: Entry): void
  /** The lease is over and could not be renewed: told once for each time that this happens. */
  overdue(path: string): void
}

interface Kept {
  claim: Claim
  /** When the lease is over, by our clock, from the moment at which the directory was asked. */
  endsAt: number
  isRenewing: boolean
  isOverdue: boolean
}

/** How often each claim is renewed in a lease. */
const RENEWALS = 3

/** What a node has claimed, and its renewals. */
export class Claims implements Timed {
  readonly owner: Owner
  readonly #time: Time
  readonly #directory: Directory
  readonly #listener: ClaimsListener
  readonly #kept = new Map<string, Kept>()
  readonly #timer: WheelTimer = new WheelTimer(this)
  #isClosed = false

  constructor(time: Time, directory: Directory, owner: Owner, listener: ClaimsListener) {
    this.#time = time
    this.#directory = directory
    this.owner = owner
    this.#listener = listener
  }

  /** Paths that are claimed. */
  paths(): IterableIterator<string> {
    return this.#kept.keys()
  }

  has(path: string): boolean {
    return this.#kept.has(path)
  }

  /** The fence of a claim that we have. */
  fence(path: string): number | undefined {
    return this.#kept.get(path)?.claim.fence
  }

  /** Whether we have the path and its lease is not over, whatever the directory would say. */
  isSure(path: string): boolean {
    const kept = this.#kept.get(path)
    return kept !== undefined && this.#time.now() < kept.endsAt
  }

  /** Claims a path, and renews it until it is released or lost. @throws DirectoryError */
  async take(path: string, takeOver = false): Promise<ClaimResult> {
    const asked = this.#time.now()
    const result = await this.#directory.claim(path, this.owner, { takeOver })
    if (result.kind === 'held') return result
    const { claim } = result
    if (this.#isClosed) this.#giveBack(claim)
    else {
      this.#kept.set(path, { claim, endsAt: asked + claim.lease, isRenewing: false, isOverdue: false })
      this.#arm()
    }
    return result
  }

  /** Gives a path back. The directory learns of it at once, or by the end of the lease. */
  release(path: string): void {
    const kept = this.#kept.get(path)
    if (kept === undefined) return
    this.#kept.delete(path)
    this.#giveBack(kept.claim)
  }

  /** Forgets a path that is another's by now. */
  forget(path: string): void {
    this.#kept.delete(path)
  }

  /** Gives everything back. Resolves when the directory has it, or cannot be reached. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#time.wheel.cancel(this.#timer)
    const all = [...this.#kept.values()]
    this.#kept.clear()
    await Promise.allSettled(all.map(async ({ claim }) => this.#directory.release(claim)))
  }

  /** @internal Renews what there is. */
  onTimer(now: number): void {
    for (const [path, kept] of this.#kept) {
      if (now >= kept.endsAt && !kept.isOverdue) {
        kept.isOverdue = true
        this.#listener.overdue(path)
      }
      if (!kept.isRenewing && this.#kept.get(path) === kept) void this.#renew(path, kept)
    }
    if (this.#kept.size > 0) this.#arm()
  }

  async #renew(path: string, kept: Kept): Promise<void> {
    kept.isRenewing = true
    const asked = this.#time.now()
    try {
      const result = await this.#directory.renew(kept.claim)
      if (this.#kept.get(path) !== kept) {
        // It may have begun again behind our back.
        if (result.kind === 'renewed' && !this.#kept.has(path)) this.#giveBack(result.claim)
      } else if (result.kind === 'renewed') {
        kept.claim = result.claim
        kept.endsAt = asked + result.claim.lease
        kept.isOverdue = false
      } else {
        this.#kept.delete(path)
        this.#listener.lost(path, result.entry)
      }
    } catch (error) {
      if (!isDirectoryError(error)) throw error
    } finally {
      kept.isRenewing = false
    }
  }

  #giveBack(claim: Claim): void {
    this.#directory.release(claim).catch(() => {})
  }

  #arm(): void {
    if (this.#timer.at !== Number.POSITIVE_INFINITY) return
    this.#time.wheel.set(this.#timer, this.#time.now() + this.#directory.lease / RENEWALS)
  }
}

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
} from '@rtmp/cluster'
import { DirectoryError } from '@rtmp/cluster'
import type { DirectoryCall, DirectoryReply, WorkerMessage } from './worker-messages.ts'

/** The directory that the primary keeps, as a worker sees it. */
export class PrimaryDirectory implements Directory {
  readonly lease: number
  readonly #send: (message: WorkerMessage) => void
  readonly #waiting = new Map<number, (reply: DirectoryReply) => void>()
  readonly #listeners = new Set<(change: DirectoryChange) => void>()
  #lastId = 0

  constructor(lease: number, send: (message: WorkerMessage) => void) {
    this.lease = lease
    this.#send = send
  }

  async claim(path: string, owner: Owner, { takeOver = false }: ClaimOptions = {}): Promise<ClaimResult> {
    return (await this.#ask({ verb: 'claim', path, owner, takeOver })) as ClaimResult
  }

  async renew(claim: Claim): Promise<RenewResult> {
    return (await this.#ask({ verb: 'renew', claim })) as RenewResult
  }

  async release(claim: Claim): Promise<boolean> {
    return (await this.#ask({ verb: 'release', claim })) as boolean
  }

  async resolve(path: string): Promise<Entry | undefined> {
    return (await this.#ask({ verb: 'resolve', path })) as Entry | undefined
  }

  /** One listener: it is told all there is when it comes. */
  watch(listener: (change: DirectoryChange) => void): DirectoryWatch {
    this.#listeners.add(listener)
    this.#send({ kind: 'watch' })
    return { close: () => void this.#listeners.delete(listener) }
  }

  async close(): Promise<void> {
    this.#listeners.clear()
  }

  /** An answer of the primary has come. */
  replied(id: number, reply: DirectoryReply): void {
    const resolve = this.#waiting.get(id)
    this.#waiting.delete(id)
    resolve?.(reply)
  }

  /** The primary tells of a change. */
  changed(change: DirectoryChange): void {
    for (const listener of this.#listeners) listener(change)
  }

  async #ask(call: DirectoryCall): Promise<DirectoryReply> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, resolve)
      try {
        this.#send({ kind: 'call', id, call })
      } catch (cause) {
        this.#waiting.delete(id)
        reject(new DirectoryError('DIRECTORY_CLOSED', 'the primary has gone', { cause }))
      }
    })
  }
}

import type { ConnectionInfo } from '../contract/connection-info.ts'
import { addressGroup } from '../transport/address.ts'
import { isPassword } from './password.ts'
import { hex, Signer } from './secret.ts'

/**
 * What a check has found: `'busy'` when too many wait already, or the client has gone before its turn, so that nothing was
 * computed.
 */
export type PasswordVerdict = 'right' | 'wrong' | 'busy'

/** Bounds of the work that strangers can ask for by showing passwords, and what they are made of. */
export interface PasswordCheckOptions {
  /** Computed at once, each for another address. Default 2: half of the threads that Node has for such work. */
  readonly atOnce?: number
  /** Waiting, of one connection. Default 4. */
  readonly waitingPerConnection?: number
  /** Waiting, of one address (IPv6: one /64). Default 32. */
  readonly waitingPerAddress?: number
  /** Waiting in all. Default 1024. */
  readonly waiting?: number
  /** For how long a right password need not be computed again, in milliseconds. Default 60,000. */
  readonly rememberMs?: number
  /** The time in milliseconds. Default the machine's clock. */
  readonly now?: () => number
  /** Compares with what `hashPassword` made. Default: as it is. */
  readonly compute?: (given: string, stored: string) => Promise<boolean>
  /** By what a right password is remembered. Default an HMAC under a key of this process. */
  readonly mark?: (text: string) => Promise<string>
}

/** Right passwords that are remembered; the oldest goes first. */
const MOST_REMEMBERED = 1000

interface Check {
  readonly connection: ConnectionInfo
  readonly given: string
  readonly stored: string
  readonly settle: (verdict: PasswordVerdict) => void
  readonly fail: (error: unknown) => void
}

/**
 * Checks of hashed passwords, which are slow on purpose, and asked for by anybody. Few are computed at once, and one for each
 * address, in turn: whoever floods waits for himself. Those of a connection that has gone are never computed. A right password is
 * remembered for a short while, as an HMAC under a key of this process, so that asking again costs nothing.
 */
export class PasswordChecks {
  readonly #options: Required<PasswordCheckOptions>
  /** What waits, by address; the address whose turn is next comes first. */
  readonly #queues = new Map<string, Check[]>()
  /** Addresses for which one is being computed. */
  readonly #busy = new Set<string>()
  #waiting = 0
  /** When what was right is forgotten, by its HMAC. */
  readonly #remembered = new Map<string, number>()
  /** What a connection has proved stays proved for it: it may be asked again as long as it lasts. */
  readonly #proved = new WeakMap<ConnectionInfo, string>()
  readonly #gone = new WeakSet<ConnectionInfo>()

  constructor(options: PasswordCheckOptions = {}) {
    this.#options = {
      atOnce: 2,
      waitingPerConnection: 4,
      waitingPerAddress: 32,
      waiting: 1024,
      rememberMs: 60_000,
      now: Date.now,
      compute: isPassword,
      mark: marker(),
      ...options,
    }
  }

  /** How many addresses something waits for. */
  get addresses(): number {
    return this.#queues.size
  }

  /**
   * Checks what a client gives as the password that is stored in hashed form.
   *
   * @param withdrawn - Aborted when nobody waits for it any more: what has not been begun is dropped then.
   */
  async check(
    connection: ConnectionInfo,
    given: string,
    stored: string,
    withdrawn?: AbortSignal,
  ): Promise<PasswordVerdict> {
    const mark = await this.#options.mark(JSON.stringify([stored, given]))
    if (this.#proved.get(connection) === mark || this.#remembers(mark)) return 'right'
    const verdict = await this.#queued(connection, given, stored, withdrawn)
    if (verdict === 'right') this.#remember(connection, mark)
    return verdict
  }

  /** A connection has gone: nobody waits for its checks any more. */
  forget(connection: ConnectionInfo): void {
    this.#gone.add(connection)
    this.#drop(connection, (check) => check.connection === connection)
  }

  /** Checks of a connection that nobody waits for any more. */
  #drop({ remoteAddress }: ConnectionInfo, isDropped: (check: Check) => boolean): void {
    const group = addressGroup(remoteAddress)
    const queue = this.#queues.get(group)
    if (queue === undefined) return
    const left = queue.filter((check) => !isDropped(check))
    this.#waiting -= queue.length - left.length
    if (left.length > 0) this.#queues.set(group, left)
    else this.#queues.delete(group)
    for (const check of queue) if (isDropped(check)) check.settle('busy')
  }

  #queued(
    connection: ConnectionInfo,
    given: string,
    stored: string,
    withdrawn: AbortSignal | undefined,
  ): Promise<PasswordVerdict> {
    const group = addressGroup(connection.remoteAddress)
    const queue = this.#queues.get(group) ?? []
    const ofConnection = queue.filter((check) => check.connection === connection).length
    const { waiting, waitingPerAddress, waitingPerConnection } = this.#options
    if (
      this.#gone.has(connection) ||
      withdrawn?.aborted === true ||
      this.#waiting >= waiting ||
      queue.length >= waitingPerAddress ||
      ofConnection >= waitingPerConnection
    )
      return Promise.resolve('busy')
    return new Promise((settle, fail) => {
      const check: Check = { connection, given, stored, settle, fail }
      withdrawn?.addEventListener('abort', () => this.#drop(connection, (one) => one === check), {
        once: true,
      })
      this.#queues.set(group, [...queue, check])
      this.#waiting += 1
      this.#next()
    })
  }

  /** Computes what may be computed now. */
  #next(): void {
    for (const [group, queue] of this.#queues) {
      if (this.#busy.size >= this.#options.atOnce) return
      const [check, ...rest] = queue
      if (check === undefined || this.#busy.has(group)) continue
      this.#queues.delete(group)
      if (rest.length > 0) this.#queues.set(group, rest) // at the end: the others have their turn first
      this.#waiting -= 1
      this.#busy.add(group)
      void this.#compute(group, check)
    }
  }

  async #compute(group: string, { given, stored, settle, fail }: Check): Promise<void> {
    try {
      settle((await this.#options.compute(given, stored)) ? 'right' : 'wrong')
    } catch (error) {
      fail(error)
    } finally {
      this.#busy.delete(group)
      this.#next()
    }
  }

  #remembers(mark: string): boolean {
    const until = this.#remembered.get(mark)
    return until !== undefined && this.#options.now() < until
  }

  #remember(connection: ConnectionInfo, mark: string): void {
    this.#proved.set(connection, mark)
    this.#remembered.delete(mark)
    this.#remembered.set(mark, this.#options.now() + this.#options.rememberMs)
    const [oldest] = this.#remembered.keys()
    if (this.#remembered.size > MOST_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest)
  }
}

const marker = (): ((text: string) => Promise<string>) => {
  const signer = new Signer(hex(crypto.getRandomValues(new Uint8Array(32))))
  return async (text) => hex(await signer.sign(text))
}

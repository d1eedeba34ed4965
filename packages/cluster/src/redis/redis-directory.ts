import type { Redis } from 'ioredis'
import {
  type Claim,
  type ClaimOptions,
  type ClaimResult,
  DEFAULT_LEASE,
  type Directory,
  type DirectoryChange,
  type DirectoryWatch,
  type Entry,
  type Owner,
  type RenewResult,
} from '../directory.ts'
import { DirectoryError } from '../errors.ts'
import { requireClaim, requireInteger, requireOwner, requirePath } from '../fields.ts'
import { ScriptRunner } from './connection.ts'
import { KnownFences } from './known-fences.ts'
import { RedisWatch } from './redis-watch.ts'
import { type ToldEntry, toldEntry, toldResult } from './reply.ts'
import { CLAIM, RELEASE, RENEW, RESOLVE } from './scripts.ts'

/** How a {@link RedisDirectory} works. */
export interface RedisDirectoryOptions {
  /** What its keys and its channel begin with; nodes with the same prefix share a directory. Default `'rtmp'`. */
  readonly prefix?: string
  /** Milliseconds; the same for all nodes. Default 3000. */
  readonly lease?: number
  /** How often a watch looks whether it has missed something, and leases are over, in milliseconds. Default 1000. */
  readonly lookEvery?: number
}

/** The two connections that a directory uses; both are its own from then on, and `close` ends them. */
export interface RedisConnections {
  /** For calls. Without an offline queue and with a time limit for commands, so that a Redis that is away is noticed. */
  readonly calls: Redis
  /** For what is published. */
  readonly changes: Redis
}

/** A directory in Redis or Valkey. {@link openRedisDirectory} makes one; with connections of your own: this constructor. */
export class RedisDirectory implements Directory {
  /** Milliseconds, by the clock of Redis. */
  readonly lease: number
  readonly #connections: RedisConnections
  readonly #scripts: ScriptRunner
  readonly #fences = new KnownFences()
  readonly #watch: RedisWatch
  #closed = false

  /** @throws DirectoryError `DIRECTORY_FIELD` */
  constructor(connections: RedisConnections, options: RedisDirectoryOptions = {}) {
    const { prefix = 'rtmp', lease = DEFAULT_LEASE, lookEvery = 1000 } = options
    requireInteger(lease, 1, 86_400_000, 'lease')
    requireInteger(lookEvery, 1, 86_400_000, 'lookEvery')
    this.lease = lease
    this.#connections = connections
    const key = (name: string): string => `{${prefix}}:${name}`
    const channel = key('changes')
    this.#scripts = new ScriptRunner(connections.calls, ['entries', 'leases', 'fence', 'version'].map(key), [
      channel,
      lease,
    ])
    this.#watch = new RedisWatch(this.#scripts, this.#fences, lease, lookEvery)
    connections.changes.on('message', (from: string, message: string) => {
      if (from === channel) this.#watch.receive(message)
    })
    // ioredis subscribes again by itself after each loss; this is the first time, and whenever it could not.
    connections.changes.on('ready', () => {
      connections.changes.subscribe(channel).then(
        () => this.#watch.check(),
        () => {},
      )
    })
    if (connections.changes.status === 'ready') connections.changes.subscribe(channel).catch(() => {})
    for (const event of ['ready', 'close']) connections.calls.on(event, () => this.#watch.check())
    // Told by the calls that fail, and by the watch.
    for (const redis of [connections.calls, connections.changes]) redis.on('error', () => {})
  }

  /** See `Directory.claim`. @throws DirectoryError `DIRECTORY_FIELD`, `DIRECTORY_CLOSED`, `DIRECTORY_AWAY` */
  async claim(path: string, owner: Owner, options: ClaimOptions = {}): Promise<ClaimResult> {
    this.#requireOpen()
    requirePath(path)
    requireOwner(owner)
    const token = globalThis.crypto.randomUUID()
    const takeOver = options.takeOver === true ? '1' : '0'
    const known = this.#fences.of(path)
    const reply = await this.#scripts.run(CLAIM, path, owner.id, owner.address, token, known, takeOver)
    const { kind, entry } = toldResult(reply, ['claimed', 'held'])
    this.#fences.take(path, entry.fence)
    return kind === 'claimed' ? { kind, claim: this.#claimOf(entry) } : { kind, entry: entryOf(entry) }
  }

  /** See `Directory.renew`. @throws DirectoryError `DIRECTORY_FIELD`, `DIRECTORY_CLOSED`, `DIRECTORY_AWAY` */
  async renew(claim: Claim): Promise<RenewResult> {
    this.#requireOpen()
    requireClaim(claim)
    const { path, owner, token, fence } = claim
    const known = this.#fences.of(path)
    const reply = await this.#scripts.run(RENEW, path, owner.id, owner.address, token, fence, known)
    const { kind, entry } = toldResult(reply, ['renewed', 'lost'])
    this.#fences.take(path, entry.fence)
    return kind === 'renewed' ? { kind, claim: this.#claimOf(entry) } : { kind, entry: entryOf(entry) }
  }

  /** See `Directory.release`. @throws DirectoryError `DIRECTORY_FIELD`, `DIRECTORY_CLOSED`, `DIRECTORY_AWAY` */
  async release(claim: Claim): Promise<boolean> {
    this.#requireOpen()
    requireClaim(claim)
    return (await this.#scripts.run(RELEASE, claim.path, claim.token)) === 1
  }

  /** See `Directory.resolve`. @throws DirectoryError `DIRECTORY_FIELD`, `DIRECTORY_CLOSED`, `DIRECTORY_AWAY` */
  async resolve(path: string): Promise<Entry | undefined> {
    this.#requireOpen()
    requirePath(path)
    const reply = await this.#scripts.run(RESOLVE, path, this.#fences.of(path))
    if (reply === null) return undefined
    const entry = toldEntry(reply)
    this.#fences.take(path, entry.fence)
    return entryOf(entry)
  }

  /** See `Directory.watch`. @throws DirectoryError `DIRECTORY_CLOSED` */
  watch(listener: (change: DirectoryChange) => void): DirectoryWatch {
    this.#requireOpen()
    const end = this.#watch.add(listener)
    return { close: end }
  }

  /** Ends its watches and both connections. Its claims stay until their lease is over. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#watch.close()
    for (const redis of [this.#connections.calls, this.#connections.changes]) redis.disconnect()
  }

  #claimOf({ path, owner, fence, token }: ToldEntry): Claim {
    return { path, owner, fence, token, lease: this.lease }
  }

  #requireOpen(): void {
    if (this.#closed) throw new DirectoryError('DIRECTORY_CLOSED', 'the directory has been closed')
  }
}

const entryOf = ({ path, owner, fence, expiresIn }: ToldEntry): Entry => ({ path, owner, fence, expiresIn })

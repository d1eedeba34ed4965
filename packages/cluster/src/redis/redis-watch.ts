import type { DirectoryChange } from '../directory.ts'
import { DirectoryError } from '../errors.ts'
import type { KnownFences } from './known-fences.ts'
import { type ToldChange, type ToldEntry, toldChange, toldEntry, toldList } from './reply.ts'
import type { ScriptRunner } from './connection.ts'
import { LIST, RESOLVE, TICK } from './scripts.ts'

/** How long a publication may be on its way before it counts as lost, in milliseconds. */
const UNDER_WAY = 200

/**
 * What there is in Redis, kept up to date for those who watch.
 *
 * Changes come by publication, each with the version before it. Every second a script ends the leases that are over and
 * tells the version: where that is not the one we have (a publication got lost, Redis was away, failed over, was started
 * anew), everything is read again and the difference told. So publications make it quick, and the second makes it right.
 */
export class RedisWatch {
  readonly #scripts: ScriptRunner
  readonly #fences: KnownFences
  readonly #lease: number
  readonly #every: number
  readonly #listeners = new Set<(change: DirectoryChange) => void>()
  readonly #entries = new Map<string, ToldEntry>()
  #version: string | undefined
  #away = false
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  /** Somebody asked to look while a look was under way, which may have come too early. */
  #again = false
  /** What was published while everything is read: it comes after that, in its order. */
  #held: string[] | undefined
  /** Called with each version that is reached. */
  #reached: (version: string) => void = () => {}
  #closed = false

  constructor(scripts: ScriptRunner, fences: KnownFences, lease: number, every: number) {
    this.#scripts = scripts
    this.#fences = fences
    this.#lease = lease
    this.#every = every
  }

  /** Tells a listener what there is and what changes. @returns what ends it */
  add(listener: (change: DirectoryChange) => void): () => void {
    this.#listeners.add(listener)
    if (this.#version !== undefined) {
      for (const entry of this.#entries.values()) listener({ kind: 'claimed', entry: plain(entry) })
      listener({ kind: 'current' })
    }
    this.check()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#rest()
    }
  }

  /** Looks at once, and from then on each second. */
  check(): void {
    if (this.#closed || this.#listeners.size === 0) return
    if (this.#running !== undefined) {
      this.#again = true
      return
    }
    clearTimeout(this.#timer)
    this.#running = this.#look().finally(() => {
      this.#running = undefined
      if (this.#again) {
        this.#again = false
        this.check()
      } else if (!this.#closed && this.#listeners.size > 0) {
        this.#timer = setTimeout(() => this.check(), this.#every)
        this.#timer.unref()
      }
    })
  }

  /** Takes what was published. */
  receive(message: string): void {
    if (this.#held !== undefined) {
      this.#held.push(message)
      return
    }
    const change = toldChange(message, this.#lease)
    if (change === undefined || this.#version === undefined || change.version === this.#version) return
    if (change.before !== this.#version) {
      // Something was missed, or is older than what was read: the next look reads everything.
      this.check()
      return
    }
    this.#version = change.version
    this.#apply(change)
    this.#reached(change.version)
  }

  close(): void {
    this.#closed = true
    this.#listeners.clear()
    this.#rest()
  }

  /** Nobody watches: what is known goes stale, so it is forgotten. */
  #rest(): void {
    clearTimeout(this.#timer)
    this.#version = undefined
    this.#entries.clear()
    this.#away = false
  }

  async #look(): Promise<void> {
    try {
      const version = String(await this.#scripts.run(TICK))
      if (this.#away || this.#version === undefined || !(await this.#arrives(version))) await this.#readAll()
    } catch (error) {
      if (this.#away || this.#closed) return
      this.#away = true
      this.#tell({ kind: 'away', error })
    }
  }

  /** Whether a version is here, or comes by publication in a moment: what was just changed may still be under way. */
  #arrives(version: string): Promise<boolean> {
    if (version === this.#version) return Promise.resolve(true)
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), UNDER_WAY)
      this.#reached = (reached) => {
        if (reached !== version) return
        clearTimeout(timer)
        resolve(true)
      }
    })
  }

  async #readAll(): Promise<void> {
    const held: string[] = []
    this.#held = held
    try {
      await this.#compare()
    } finally {
      this.#held = undefined
      for (const message of held) this.receive(message)
    }
  }

  /** Reads everything and tells what is different. */
  async #compare(): Promise<void> {
    const { version, entries } = toldList(await this.#scripts.run(LIST))
    const found = new Map<string, ToldEntry>()
    for (const entry of entries.toSorted((a, b) => a.fence - b.fence)) {
      const current = this.#fences.take(entry.path, entry.fence) ? entry : await this.#raised(entry)
      if (current !== undefined) found.set(current.path, current)
    }
    if (this.#closed || this.#listeners.size === 0) return
    this.#version = version
    this.#away = false
    for (const [path, { fence }] of this.#entries) {
      if (!found.has(path)) this.#gone(path, fence, 'unknown')
    }
    for (const entry of found.values()) this.#claimed(entry)
    this.#tell({ kind: 'current' })
  }

  /** What Redis says of a path when it learns that a higher fence has been given. */
  async #raised({ path }: ToldEntry): Promise<ToldEntry | undefined> {
    const reply = await this.#scripts.run(RESOLVE, path, this.#fences.of(path))
    if (reply === null) return undefined
    const entry = toldEntry(reply)
    if (!this.#fences.take(path, entry.fence)) {
      throw new DirectoryError('DIRECTORY_REPLY', `Redis does not raise the fence of ${path}`)
    }
    return entry
  }

  #apply({ kind, entry }: ToldChange): void {
    if (kind === 'claimed') {
      if (this.#fences.take(entry.path, entry.fence)) this.#claimed(entry)
      else void this.#correct(entry)
      return
    }
    if (this.#entries.get(entry.path)?.token === entry.token) this.#gone(entry.path, entry.fence, kind)
  }

  async #correct(entry: ToldEntry): Promise<void> {
    try {
      // What it raises is published, and comes from there.
      await this.#raised(entry)
    } catch {
      // The next look finds what is to be done.
      this.#version = undefined
    }
  }

  #claimed(entry: ToldEntry): void {
    const known = this.#entries.get(entry.path)
    this.#entries.set(entry.path, entry)
    if (known?.token === entry.token && known.fence === entry.fence) return
    this.#tell({ kind: 'claimed', entry: plain(entry) })
  }

  #gone(path: string, fence: number, reason: 'released' | 'expired' | 'unknown'): void {
    this.#entries.delete(path)
    this.#tell({ kind: 'gone', path, fence, reason })
  }

  #tell(change: DirectoryChange): void {
    for (const listener of this.#listeners) listener(change)
  }
}

const plain = ({ path, owner, fence, expiresIn }: ToldEntry): DirectoryEntry => ({
  path,
  owner,
  fence,
  expiresIn,
})

type DirectoryEntry = Extract<DirectoryChange, { kind: 'claimed' }>['entry']

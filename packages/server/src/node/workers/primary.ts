import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryStore } from '@rtmp/cluster'
import type { Configuration } from '../../config/configuration.ts'
import type { Listening } from '../banner.ts'
import type { Log } from '../log.ts'
import { DirectoryDesk } from './directory-desk.ts'
import type { WorkerMessage } from './worker-messages.ts'
import { WorkerProcess } from './worker-process.ts'
import { WorkersCounts } from './workers-counts.ts'
import { workersOf } from './workers-of.ts'

/** What a {@link Primary} is made with. */
export interface PrimarySetup {
  readonly configuration: Configuration
  readonly log: Log
  readonly token: string | undefined
  readonly isHttpAsked: boolean
  /** No worker can begin: what it says of it, and the status to end with. */
  readonly failed: (text: string, status: number) => never
  /** All workers have ended because they were asked to. */
  readonly ended: () => void
}

/** How often leases that are over are looked for, in milliseconds. */
const SWEEP_MS = 250

/** A worker that ends sooner than this, in milliseconds, is not replaced at once. */
const SHORT_LIFE_MS = 5000

/** Waits before workers that keep dying are replaced, in milliseconds. */
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 5000

/**
 * The process that has the workers: starts them, replaces those that die, and keeps what they have in common — who of them has which
 * stream, and what is counted against limits. Media never passes through it.
 */
export class Primary {
  readonly #setup: PrimarySetup
  readonly #workers = new Set<WorkerProcess>()
  readonly #store = new MemoryStore({ now: Date.now })
  readonly #counts = new WorkersCounts<WorkerProcess>((worker, changes) =>
    worker.send({ kind: 'counts', changes }),
  )
  readonly #folder = mkdtempSync(join(tmpdir(), 'rtmp-server-'))
  readonly #machine = randomBytes(8).toString('hex')
  readonly #sweep: NodeJS.Timeout
  #configuration: Configuration
  #isStopping = false
  #hasListened = false
  #shortLives = 0

  constructor(setup: PrimarySetup) {
    this.#setup = setup
    this.#configuration = setup.configuration
    this.#sweep = setInterval(() => this.#store.handleTimeout(), SWEEP_MS)
    process.once('exit', () => {
      for (const worker of this.#workers) worker.kill()
      rmSync(this.#folder, { recursive: true, force: true })
    })
  }

  /** Starts the workers. Resolves when all listen, with where. */
  async start(): Promise<Listening> {
    const count = workersOf(this.#configuration)
    // The first one shows whether the ports can be had; a port 0 is chosen by it.
    try {
      const where = await this.#fork(0).listening
      this.#hasListened = true
      await Promise.all(Array.from({ length: count - 1 }, async (_, i) => this.#fork(i + 1).listening))
      return where
    } catch (error) {
      // Stopped while it starts: the process ends with its last worker, and nobody is told of any port.
      if (this.#isStopping) return new Promise(() => {})
      throw error
    }
  }

  /** Workers that are there. */
  get workers(): ReadonlySet<WorkerProcess> {
    return this.#workers
  }

  /** Takes over what can change while the server runs. */
  reload(configuration: Configuration): void {
    this.#configuration = configuration
    for (const worker of this.#workers) worker.send({ kind: 'reload', configuration })
  }

  /**
   * Replaces the workers one after the other, each by one that has been started anew: new code, new configuration. Clients of the old one are
   * asked to reconnect, or end with the deadline of the drain.
   */
  async restart(configuration: Configuration): Promise<void> {
    this.#configuration = configuration
    const before = Array.from(this.#workers)
    for (const old of before) {
      if (this.#isStopping) return
      await this.#fork(this.#freeIndex()).listening
      old.isEmptied = true
      old.send({ kind: 'drain', isReplaced: true })
      await new Promise<void>((resolve) => {
        const look = setInterval(() => {
          if (this.#workers.has(old)) return
          clearInterval(look)
          resolve()
        }, 50)
      })
    }
  }

  /** Empties all workers; the process has nothing to do when they have gone. */
  stop(): void {
    this.#isStopping = true
    for (const worker of this.#workers) worker.send({ kind: 'drain', isReplaced: false })
    this.#endIfEmpty()
  }

  #fork(index: number): WorkerProcess {
    const worker = new WorkerProcess(index, this.#folder, {
      message: (from, message) => this.#receive(from, message),
      gone: (from, why) => this.#gone(from, why),
    })
    this.#workers.add(worker)
    return worker
  }

  #freeIndex(): number {
    const taken = new Set(Array.from(this.#workers, ({ index }) => index))
    let index = 0
    while (taken.has(index)) index += 1
    return index
  }

  #receive(worker: WorkerProcess, message: WorkerMessage): void {
    switch (message.kind) {
      case 'hello':
        worker.desk = new DirectoryDesk(this.#store, (answer) => worker.send(answer))
        this.#introduce(worker)
        break
      case 'call':
        worker.desk?.call(message.id, message.call)
        break
      case 'watch':
        worker.desk?.watch()
        break
      case 'counts':
        this.#counts.take(worker, message.changes)
        break
      case 'configured': {
        const { access, limits, log } = message.configuration
        this.#configuration = { ...this.#configuration, access, limits, log }
        break
      }
      case 'failed':
        if (!this.#hasListened) this.#setup.failed(message.text, message.status)
        this.#setup.log.write('error', message.text, { event: 'workerFailed', worker: worker.pid })
        break
      case 'listening':
      case 'emptied':
        break
    }
  }

  #introduce(worker: WorkerProcess): void {
    const { token, isHttpAsked } = this.#setup
    worker.send({
      kind: 'setup',
      setup: {
        index: worker.index,
        workers: workersOf(this.#configuration),
        folder: worker.folder,
        machine: this.#machine,
        lease: this.#store.lease,
        configuration: this.#configuration,
        token,
        isHttpAsked,
        sharing: this.#hasListened ? 'another' : 'first',
        counts: this.#counts.joined(worker),
      },
    })
  }

  #gone(worker: WorkerProcess, why: string): void {
    this.#workers.delete(worker)
    worker.desk?.close()
    this.#counts.left(worker)
    if (worker.isEmptied || this.#isStopping) {
      this.#endIfEmpty()
      return
    }
    const text = `Worker ${worker.pid} has ended (${why}); another one takes its place.`
    this.#setup.log.write('error', text, { event: 'workerDied', worker: worker.pid })
    const isShort = performance.now() - worker.startedAt < SHORT_LIFE_MS
    this.#shortLives = isShort ? this.#shortLives + 1 : 0
    const waitMs =
      this.#shortLives <= 1 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#shortLives)
    setTimeout(() => {
      if (!this.#isStopping) this.#fork(this.#freeIndex())
    }, waitMs)
  }

  #endIfEmpty(): void {
    if (this.#workers.size > 0) return
    clearInterval(this.#sweep)
    this.#setup.ended()
  }
}

import cluster, { type Worker } from 'node:cluster'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Listening } from '../banner.ts'
import type { DirectoryDesk } from './directory-desk.ts'
import type { PrimaryMessage, WorkerMessage } from './worker-messages.ts'
import { workerFlags } from './worker-flags.ts'
import { WORKER_VARIABLE } from './worker-variable.ts'

/** Whom a worker's process tells. */
export interface WorkerListener {
  message(worker: WorkerProcess, message: WorkerMessage): void
  gone(worker: WorkerProcess, why: string): void
}

/** One worker's process, as the primary sees it. */
export class WorkerProcess {
  readonly index: number
  /** Its folder, which only this user can enter. */
  readonly folder: string
  readonly startedAt: number = performance.now()
  /** Resolves when it listens, with where; rejects when it has gone before. */
  readonly listening: Promise<Listening>
  desk: DirectoryDesk | undefined
  /** Whether it ends because it was asked to. */
  isEmptied = false
  readonly #worker: Worker
  #listens: (where: Listening) => void = () => {}

  constructor(index: number, base: string, listener: WorkerListener) {
    this.index = index
    cluster.setupPrimary({ execArgv: workerFlags(process.execArgv, process.env['NODE_OPTIONS']) })
    this.#worker = cluster.fork({ [WORKER_VARIABLE]: String(index) })
    this.folder = join(base, String(this.#worker.process.pid))
    mkdirSync(this.folder, { mode: 0o700 })
    this.listening = new Promise((resolve, reject) => {
      this.#listens = resolve
      this.#worker.once('exit', () => reject(new Error('the worker has gone')))
    })
    this.listening.catch(() => {})
    this.#worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'listening') this.#listens(message.where)
      if (message.kind === 'emptied') this.isEmptied = true
      listener.message(this, message)
    })
    this.#worker.once('exit', (status, signal) => {
      rmSync(this.folder, { recursive: true, force: true })
      listener.gone(this, signal === null ? `status ${status}` : signal)
    })
    this.#worker.on('error', () => {})
  }

  get pid(): number | undefined {
    return this.#worker.process.pid
  }

  send(message: PrimaryMessage): void {
    // One that is going hears nothing more.
    if (this.#worker.isConnected()) this.#worker.send(message, () => {})
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL')
  }
}

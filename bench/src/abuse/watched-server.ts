import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { freePort } from '../server/server-process.ts'

const bin = fileURLToPath(new URL('../../../packages/server/src/node/bin.ts', import.meta.url))
const root = fileURLToPath(new URL('../../../', import.meta.url))

const START_MS = 20_000
const KEPT_TEXT = 100_000

/** What a server says of itself. */
export interface Sample {
  /** Resident memory of the process, in bytes. */
  readonly resident: number
  /** JavaScript objects and the bytes they hold outside the heap, in bytes. */
  readonly held: number
  readonly connections: number
  readonly streams: number
  /** What its application or itself threw. */
  readonly errors: number
}

/** Our server, from its sources, with its defaults, in a process of its own, and its memory from outside and inside. */
export class WatchedServer {
  readonly port: number
  readonly #httpPort: number
  readonly #child: ChildProcess
  #text = ''

  private constructor(child: ChildProcess, port: number, httpPort: number) {
    this.#child = child
    this.port = port
    this.#httpPort = httpPort
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#text = (this.#text + text).slice(-KEPT_TEXT)
      })
    }
  }

  static async start(): Promise<WatchedServer> {
    const [port, httpPort] = [await freePort(), await freePort()]
    const ports = ['--rtmp-port', String(port), '--http-port', String(httpPort), '--host', '127.0.0.1']
    const sources = ['--conditions=@rtmp/source', '--import', 'tsx']
    const child = spawn(process.execPath, [...sources, bin, ...ports, '--log-level', 'warn'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const server = new WatchedServer(child, port, httpPort)
    for (const end = performance.now() + START_MS; ; ) {
      const sample = await server.sample().catch(() => undefined)
      if (sample !== undefined) return server
      if (!server.isAlive || performance.now() > end) {
        await server.stop()
        throw new Error(`the server did not start: ${server.said}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** The end of what it has printed. */
  get said(): string {
    return this.#text
  }

  async sample(): Promise<Sample> {
    const answer = await fetch(`http://127.0.0.1:${this.#httpPort}/metrics`)
    const metrics = await answer.text()
    const metric = (name: string): number =>
      Number(new RegExp(`^${name} (\\S+)`, 'm').exec(metrics)?.[1] ?? Number.NaN)
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')
    return {
      resident: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) * 1024,
      held: metric('nodejs_heap_size_used_bytes') + metric('nodejs_external_memory_bytes'),
      connections: metric('rtmp_connections'),
      streams: metric('rtmp_streams'),
      errors: metric('rtmp_errors_total'),
    }
  }

  async stop(): Promise<void> {
    if (!this.isAlive) return
    const ended = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()))
    this.#child.kill('SIGKILL')
    await ended
  }
}

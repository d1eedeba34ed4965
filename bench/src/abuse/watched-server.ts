import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { freePort } from '../server/server-process.ts'

const bin = fileURLToPath(new URL('../../../packages/server/src/node/bin.ts', import.meta.url))
const builtBin = fileURLToPath(new URL('../../../packages/server/dist/command/bin.js', import.meta.url))

/** Collects garbage when it is asked by a signal, and says what is left: by what V8 says, for which no file is opened. */
const TRUTH = `data:text/javascript,import{getHeapStatistics as s}from'node:v8';process.on('SIGUSR2',()=>{gc();gc();const h=s();console.error('TRUTH '+(h.used_heap_size+h.external_memory)+' HTURT')})`

/** What the two are read with is not one moment: where what is counted changes by more than this share meanwhile, it is looked at anew. */
const STEADY = 0.02
const MOST_LOOKS = 4

/** How a server is started. */
export interface WatchedServerOptions {
  /** As it is built, not from its sources. Default false. */
  readonly isBuilt?: boolean
  readonly args?: readonly string[]
  /** File descriptors that it may have. */
  readonly descriptors?: number
  /** What it logs. Default 'warn'. */
  readonly logLevel?: string
}
const root = fileURLToPath(new URL('../../../', import.meta.url))

const START_MS = 60_000
const KEPT_TEXT = 100_000

/** What a server says of itself. */
export interface Sample {
  /** Resident memory of the process, in bytes. */
  readonly resident: number
  /** JavaScript objects and the bytes they hold outside the heap, in bytes. */
  readonly held: number
  readonly connections: number
  readonly streams: number
  /** What the budget counts, in bytes. */
  readonly counted: number
  /** What its application or itself threw. */
  readonly errors: number
}

/** Our server, with its defaults where nothing else is said, in a process of its own, and its memory from outside and inside. */
export class WatchedServer {
  readonly port: number
  readonly httpPort: number
  readonly #child: ChildProcess
  #text = ''
  /** Bytes that it has printed. */
  printed = 0

  private constructor(child: ChildProcess, port: number, httpPort: number) {
    this.#child = child
    this.port = port
    this.httpPort = httpPort
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.printed += text.length
        this.#text = (this.#text + text).slice(-KEPT_TEXT)
      })
    }
  }

  static async start({
    isBuilt = false,
    args = [],
    descriptors,
    logLevel = 'warn',
  }: WatchedServerOptions = {}): Promise<WatchedServer> {
    const [port, httpPort] = [await freePort(), await freePort()]
    const ports = [
      '--rtmp-port',
      String(port),
      '--http-port',
      String(httpPort),
      '--host',
      '127.0.0.1',
      '--http-admin-from',
      '127.0.0.1',
    ]
    const sources = isBuilt ? [builtBin] : ['--conditions=@rtmp/source', '--import', 'tsx', bin]
    const all = ['--expose-gc', '--import', TRUTH, ...sources, ...ports, '--log-level', logLevel, ...args]
    const limited = `ulimit -n ${descriptors ?? 0}; exec "$0" "$@"`
    const [command, given] =
      descriptors === undefined
        ? [process.execPath, all]
        : ['bash', ['-c', limited, process.execPath, ...all]]
    const child = spawn(command, given, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
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
    const answer = await fetch(`http://127.0.0.1:${this.httpPort}/metrics`)
    const metrics = await answer.text()
    const metric = (name: string): number =>
      Number(new RegExp(`^${name} (\\S+)`, 'm').exec(metrics)?.[1] ?? Number.NaN)
    return {
      resident: this.resident,
      held: metric('nodejs_heap_size_used_bytes') + metric('nodejs_external_memory_bytes'),
      counted: metric('rtmp_counted_bytes'),
      connections: metric('rtmp_connections'),
      streams: metric('rtmp_streams'),
      errors: metric('rtmp_errors_total'),
    }
  }

  /** What the budget counts, and what there is when nothing of it is garbage, in bytes. Stops the server for some milliseconds. */
  async account(): Promise<{ readonly counted: number; readonly truth: number }> {
    let best = { counted: Number.NaN, truth: Number.NaN, change: Number.POSITIVE_INFINITY }
    for (let look = 0; look < MOST_LOOKS && best.change > STEADY; look++) {
      const before = (await this.sample()).counted
      const truth = await this.truth()
      const counted = (await this.sample()).counted
      const change = Math.abs(counted - before) / Math.max(counted, before)
      if (change < best.change) best = { counted, truth, change }
    }
    return best
  }

  /** Resident memory, in bytes; costs the server nothing. */
  get resident(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) * 1024
  }

  /** Processor time that it has used, in seconds. */
  get seconds(): number {
    const [, rest = ''] = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(') ')
    const fields = rest.split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  }

  /** File descriptors that it has. */
  get descriptors(): number {
    return readdirSync(`/proc/${this.#child.pid}/fd`).length
  }

  /** What it holds when nothing of it is garbage, in bytes. */
  async truth(): Promise<number> {
    this.#text = this.#text.replaceAll(/TRUTH \d+ HTURT/g, '')
    this.#child.kill('SIGUSR2')
    for (let i = 0; i < 500 && this.isAlive; i++) {
      const found = /TRUTH (\d+) HTURT/.exec(this.#text)
      if (found !== null) return Number(found[1])
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return Number.NaN
  }

  async stop(): Promise<void> {
    if (!this.isAlive) return
    const ended = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()))
    this.#child.kill('SIGKILL')
    await ended
  }
}

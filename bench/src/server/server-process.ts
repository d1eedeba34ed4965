import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { FlvCarrier } from './light-flv-reader.ts'

/** How to start a server of one kind on a port. */
export interface ServerKind {
  readonly name: string
  /** Command line; may write configuration into `folder` first. Its ports are of RTMP, and of HTTP if it has one. */
  command(port: number, folder: string, httpPort: number): readonly [string, ...string[]]
  /** How it is played, where that is not said by the scenario. Default RTMP. */
  readonly playedBy?: 'rtmp' | FlvCarrier
  /** Whether it has HTTP-FLV at all. */
  readonly hasFlv?: boolean
  /** Where it has a stream as HLS, if it makes that. */
  hlsAt?(path: string): string
  /** Milliseconds under load until it goes on as for the rest of its life. */
  readonly warmUpMs: number
  /** How it is ended; by default killed. */
  readonly stopSignal?: 'SIGTERM'
}

const LISTEN_DEADLINE_MS = 10_000
/** In /proc/net/tcp. */
const ESTABLISHED = '01'

/** A port that was free a moment ago. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

/** A server under test, seen from outside: its CPU time and memory are read from /proc. */
export class ServerProcess {
  readonly port: number
  readonly httpPort: number
  /** Milliseconds from starting the process to its first accepted connection. */
  readonly startMs: number
  readonly #child: ChildProcess
  readonly #stopSignal: NodeJS.Signals

  private constructor(
    child: ChildProcess,
    [port, httpPort]: readonly [number, number],
    startMs: number,
    stopSignal: NodeJS.Signals,
  ) {
    this.#child = child
    this.#stopSignal = stopSignal
    this.port = port
    this.httpPort = httpPort
    this.startMs = startMs
  }

  static async start(kind: ServerKind, folder: string): Promise<ServerProcess> {
    const [port, httpPort] = await Promise.all([freePort(), freePort()])
    const [program, ...args] = kind.command(port, folder, httpPort)
    const started = performance.now()
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder })
    let complaints = ''
    child.stderr?.on('data', (text: Buffer) => {
      if (complaints.length < 2000) complaints += text.toString()
    })
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error(`${kind.name} ended at once: ${complaints}`)
      if (performance.now() - started > LISTEN_DEADLINE_MS) {
        child.kill('SIGKILL')
        throw new Error(`${kind.name} did not listen: ${complaints}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    return new ServerProcess(
      child,
      [port, httpPort],
      performance.now() - started,
      kind.stopSignal ?? 'SIGKILL',
    )
  }

  /** CPU milliseconds of all threads of all its processes so far. */
  get cpuMs(): number {
    let nanoseconds = 0
    for (const pid of this.#pids) {
      for (const task of readdirSync(`/proc/${pid}/task`)) {
        const text = readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8')
        nanoseconds += Number(text.split(' ')[0])
      }
    }
    return nanoseconds / 1e6
  }

  /** Resident memory of all its processes in kB; what they share is counted once (PSS). */
  get rssKb(): number {
    return this.#pids.reduce((sum, pid) => {
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
      return sum + Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0)
    }, 0)
  }

  /** Its process, and those that have come from it. */
  get #pids(): number[] {
    const descendants = (pid: number): number[] => [
      pid,
      ...readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
        .split(' ')
        .filter((child) => child !== '')
        .flatMap((child) => descendants(Number(child))),
    ]
    return descendants(this.#child.pid ?? 0)
  }

  /** Connections to its port that neither side has closed, over IPv4. */
  get connections(): number {
    const [, ...lines] = readFileSync('/proc/net/tcp', 'utf8').split('\n')
    const local = `:${this.port.toString(16).toUpperCase().padStart(4, '0')}`
    return lines.filter((line) => {
      const [, here, , state] = line.trim().split(/\s+/)
      return here?.endsWith(local) === true && state === ESTABLISHED
    }).length
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const ended = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()))
    this.#child.kill(this.#stopSignal)
    await ended
  }
}

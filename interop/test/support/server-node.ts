import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

import { LOOPBACK } from '../../src/loopback.ts'
import { repositoryFile } from '../../src/media.ts'

const BIN = repositoryFile('packages/server/src/node/bin.ts')
const TSX = import.meta.resolve('tsx')
const TOKEN = 'of-this-test'
const START_MS = 90_000
const UNTIL_MS = 30_000

/** A line of a log. */
interface Line {
  readonly event?: string
  readonly rtmp?: number
  readonly http?: number
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const { pid } of running) if (pid !== undefined) process.kill(-pid, 'SIGKILL')
})

/** An `rtmp-server` with two workers, one node of a cluster, in a group of processes of its own. */
export class ServerNode {
  readonly port: number
  readonly #http: number
  readonly #child: ChildProcess
  readonly #output: () => string

  private constructor(child: ChildProcess, output: () => string, port: number, http: number) {
    this.#child = child
    this.#output = output
    this.port = port
    this.#http = http
  }

  static async start(node: string, redis: string, ...more: string[]): Promise<ServerNode> {
    const args = ['--rtmp-port', '0', '--http-port', '0', '--host', LOOPBACK, '--workers', '2']
    const cluster = ['--cluster-node', node, '--cluster-host', LOOPBACK, '--cluster-port', '0']
    const child = spawn(
      process.execPath,
      ['--conditions=@rtmp/source', '--import', TSX, BIN, ...args, ...cluster, ...more],
      {
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          RTMP_HTTP_TOKEN: TOKEN,
          RTMP_CLUSTER_DIRECTORY: redis,
          RTMP_CLUSTER_SECRET: 'what only the nodes of this test know',
        },
      },
    )
    running.add(child)
    child.once('exit', () => running.delete(child))
    let output = ''
    child.stdout.on('data', (text: Buffer) => (output += text.toString()))
    child.stderr.on('data', (text: Buffer) => (output += text.toString()))
    const signal = AbortSignal.timeout(START_MS)
    for (;;) {
      const listening = output
        .split('\n')
        .filter((line) => line.startsWith('{') && line.endsWith('}'))
        .map((line) => JSON.parse(line) as Line)
        .find(({ event }) => event === 'listening')
      if (listening !== undefined)
        return new ServerNode(child, () => output, listening.rtmp ?? 0, listening.http ?? 0)
      if (child.exitCode !== null) throw new Error(`rtmp-server ended: ${output}`)
      await once(child.stdout, 'data', { signal })
    }
  }

  /** Address of a stream. */
  url(path: string): string {
    return `rtmp://${LOOPBACK}:${this.port}/${path}`
  }

  /** Address of what it serves over HTTP. */
  web(path: string): string {
    return `http://${LOOPBACK}:${this.#http}/${path}`
  }

  /** Sends a signal to all its processes. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child
    if (pid !== undefined && running.has(this.#child)) process.kill(-pid, signal)
  }

  /** Ends all its processes at once. */
  async kill(): Promise<void> {
    if (!running.has(this.#child)) return
    const gone = once(this.#child, 'exit')
    this.signal('SIGKILL')
    await gone
  }

  /** What the API says. */
  async ask<T>(path: string): Promise<T> {
    const headers = { authorization: `Bearer ${TOKEN}` }
    const response = await fetch(`http://${LOOPBACK}:${this.#http}/_/api/${path}`, { headers })
    return (await response.json()) as T
  }

  /** Waits until the API says something for which a condition holds. */
  async until<T>(path: string, what: string, condition: (said: T) => boolean): Promise<void> {
    for (const end = performance.now() + UNTIL_MS; ; ) {
      const said = await this.ask<T>(path)
      if (condition(said)) return
      if (performance.now() > end)
        throw new Error(`waited in vain: ${what}; ${JSON.stringify(said)}\n${this.#output()}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

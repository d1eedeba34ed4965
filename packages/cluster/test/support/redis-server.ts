import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'

declare module 'vitest' {
  interface TaskMeta {
    /** Why the test did not run; `scripts/test.mjs` prints it. */
    skipReason?: string
  }
}

const absent = spawnSync('redis-server', ['--version']).error !== undefined

/** A group of tests that need a real Redis; skipped with a printed reason where there is none. */
export const describeWithRedis = (name: string, body: () => void): void => {
  if (!absent) {
    describe(name, body)
    return
  }
  const skipReason = 'redis-server not found (scripts/install-real-clients.sh)'
  console.log(`skipped: ${name} (${skipReason})`)
  describe(name, { skip: true, meta: { skipReason } }, body)
}

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

const START_LIMIT_MS = 20_000

/** A real redis-server of this test, on the loopback, in a folder of its own. */
export class RedisServer {
  readonly port: number
  readonly folder: string
  readonly #args: readonly string[]
  #child: ChildProcess | undefined

  private constructor(port: number, folder: string, args: readonly string[]) {
    this.port = port
    this.folder = folder
    this.#args = args
  }

  /** @param args - Beside port, address and folder. */
  static async start(...args: string[]): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'rtmp-redis-'))
    const server = new RedisServer(await freePort(), folder, args)
    await server.run()
    return server
  }

  /** A Sentinel that watches a master by the name `rtmp`, and does not wait long. */
  static async startSentinel(master: RedisServer): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'rtmp-redis-'))
    const file = join(folder, 'sentinel.conf')
    await writeFile(
      file,
      [
        `sentinel monitor rtmp 127.0.0.1 ${master.port} 1`,
        'sentinel down-after-milliseconds rtmp 500',
        'sentinel failover-timeout rtmp 5000',
        '',
      ].join('\n'),
    )
    const server = new RedisServer(await freePort(), folder, [file, '--sentinel'])
    await server.run()
    return server
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Starts it, again if it was killed: on the same port and folder. */
  async run(): Promise<void> {
    const [first, ...rest] = this.#args
    const file = first !== undefined && !first.startsWith('--') ? [first] : []
    const words = file.length > 0 ? rest : this.#args
    const child = spawn(
      'redis-server',
      [
        ...file,
        '--port',
        String(this.port),
        '--bind',
        '127.0.0.1',
        '--dir',
        this.folder,
        '--save',
        '',
        ...words,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    this.#child = child
    running.add(child)
    child.once('exit', () => running.delete(child))
    let printed = ''
    await new Promise<void>((resolve, reject) => {
      const limit = setTimeout(
        () => reject(new Error(`redis-server did not start:\n${printed}`)),
        START_LIMIT_MS,
      )
      child.stdout.on('data', (text: Buffer) => {
        printed += text.toString()
        if (!/Ready to accept connections|Sentinel ID is/.test(printed)) return
        clearTimeout(limit)
        resolve()
      })
      child.once('exit', () => {
        clearTimeout(limit)
        reject(new Error(`redis-server ended:\n${printed}`))
      })
    })
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  /** At once, as a machine that loses its power. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  /** Runs one command on a connection of its own. */
  async command(...words: string[]): Promise<string> {
    const socket = connect(this.port, '127.0.0.1')
    socket.write(
      `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
    )
    const [reply] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    return reply.toString()
  }

  async stop(): Promise<void> {
    this.signal('SIGCONT')
    await this.kill()
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** A door on the loopback behind which the server can be changed, as an address that fails over does. */
export class Door {
  readonly #server = createServer((socket) => this.#pass(socket))
  readonly #sockets = new Set<Socket>()
  #target: number

  private constructor(target: number) {
    this.#target = target
  }

  static async open(target: RedisServer): Promise<Door> {
    const door = new Door(target.port)
    door.#server.listen(0, '127.0.0.1')
    await once(door.#server, 'listening')
    return door
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** From now on to another server; whoever is connected is cut off. */
  lead(target: RedisServer): void {
    this.#target = target.port
    this.cut()
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  close(): void {
    this.#server.close()
    this.cut()
  }

  #pass(socket: Socket): void {
    const other = connect(this.#target, '127.0.0.1')
    for (const end of [socket, other]) {
      this.#sockets.add(end)
      end.on('error', () => {})
      end.once('close', () => {
        this.#sockets.delete(end)
        socket.destroy()
        other.destroy()
      })
    }
    socket.pipe(other).pipe(socket)
  }
}

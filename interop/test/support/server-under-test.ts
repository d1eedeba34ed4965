import { createServer, type RtmpServer, type ServerOptions } from '@rtmp/server'

import { LOOPBACK } from '../../src/loopback.ts'

/** What tests change of the server's defaults, in milliseconds. */
export interface ServerSettings {
  /** How long players wait for a lost publisher. */
  readonly graceMs?: number
  /** How long a publisher may be silent. */
  readonly silenceMs?: number
  /** How long a handshake, and then the way to connect, may take. */
  readonly handshakeMs?: number
  readonly handler?: ServerOptions['handler']
  readonly enhancedOutput?: ServerOptions['enhancedOutput']
  readonly statsIntervalMs?: number
  readonly relays?: ServerOptions['relays']
}

const UNTIL_MS = 8000

/** Our server, on a free port of the loopback. */
export class ServerUnderTest {
  readonly port: number
  readonly #server: RtmpServer
  readonly #endings = new Map<number, string>()
  readonly #errors: unknown[] = []

  private constructor(server: RtmpServer, port: number) {
    this.port = port
    this.#server = server
    server.on('connectionClosed', ({ connection, closed }) => {
      this.#endings.set(connection.remotePort, `${closed.reason}: ${closed.description}`)
    })
    server.on('error', (event) => {
      this.#errors.push(event.error)
    })
  }

  static async start({
    graceMs,
    silenceMs,
    handshakeMs,
    handler,
    enhancedOutput,
    statsIntervalMs,
    relays,
  }: ServerSettings): Promise<ServerUnderTest> {
    const deadlines = {
      ...(silenceMs === undefined ? {} : { publisherIdle: silenceMs }),
      ...(handshakeMs === undefined ? {} : { handshake: handshakeMs, connect: handshakeMs }),
    }
    const server = createServer({
      rtmp: { port: 0, host: LOOPBACK },
      streams: graceMs === undefined ? {} : { graceMs },
      session: { deadlines },
      ...(handler === undefined ? {} : { handler }),
      ...(enhancedOutput === undefined ? {} : { enhancedOutput }),
      ...(statsIntervalMs === undefined ? {} : { statsIntervalMs }),
      ...(relays === undefined ? {} : { relays }),
    })
    await server.listen()
    return new ServerUnderTest(server, server.address('rtmp')?.port ?? 0)
  }

  /** Why connections have ended so far, in the words of the log, by the port of the client. */
  get endings(): ReadonlyMap<number, string> {
    return this.#endings
  }

  /** Resolves when nobody publishes, plays or waits for anything any more. */
  async untilNoStreams(): Promise<void> {
    await this.#until(
      () => this.#server.registry.size === 0,
      'streams',
      () => this.#server.streams,
    )
  }

  /** Resolves when so many play or wait to. */
  async untilPlayers(count: number): Promise<void> {
    const players = (): number => this.#server.streams.reduce((sum, stream) => sum + stream.players, 0)
    await this.#until(() => players() === count, 'players', players)
  }

  /** Resolves when nobody is connected any more. */
  async untilNoConnections(): Promise<void> {
    await this.#until(
      () => this.#server.connections.size === 0,
      'connections',
      () => [...this.#endings.values()],
    )
  }

  /** Ends the server. @throws Error when anything in it has thrown */
  async close(): Promise<void> {
    await this.#server.close({ drainMs: 2000 })
    if (this.#errors.length > 0) throw new AggregateError(this.#errors, 'the server threw')
  }

  async #until(condition: () => boolean, what: string, rest: () => unknown): Promise<void> {
    const end = performance.now() + UNTIL_MS
    while (!condition()) {
      if (performance.now() > end) throw new Error(`${what} are left: ${JSON.stringify(rest())}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

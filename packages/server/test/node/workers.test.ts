import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { describe as group, expect, onTestFinished, test } from 'vitest'
import { audioFrame, interFrame, keyFrame, videoHeader } from '../../../live/test/arrange.ts'
import { LightClient } from './light-client.ts'
import { type Run, runWith } from './run-command.ts'

/** What a line of the log says. */
interface Line {
  readonly pid: number
  readonly event?: string
  readonly [fact: string]: unknown
}

const linesOf = (run: Run): Line[] =>
  run
    .output()
    .split('\n')
    .filter((one) => one.startsWith('{') && one.endsWith('}'))
    .map((one) => JSON.parse(one) as Line)

/** Waits for a line of the log about an event, the first or a later one. */
const line = async (run: Run, event: string, nth = 0): Promise<Line> => {
  for (;;) {
    const found = linesOf(run).filter((one) => one.event === event)[nth]
    if (found !== undefined) return found
    const length = run.output().length
    await run.until(new RegExp(`^[^]{${length}}[^]*\\n`))
  }
}

/** A server of two workers. */
class Workers {
  readonly run: Run
  readonly port: number
  readonly #http: number

  private constructor(run: Run, port: number, http: number) {
    this.run = run
    this.port = port
    this.#http = http
  }

  static async start(...args: string[]): Promise<Workers> {
    const run = runWith(
      { RTMP_HTTP_TOKEN: 'let-me' },
      '--workers=2',
      '--rtmp-port=0',
      '--http-port=0',
      '--host=127.0.0.1',
      ...args,
    )
    const { rtmp, http } = await line(run, 'listening')
    return new Workers(run, rtmp as number, http as number)
  }

  async client(): Promise<LightClient> {
    const client = new LightClient(this.port)
    onTestFinished(() => void client.socket.destroy())
    return client.open()
  }

  async publish(at = 0): Promise<{ readonly client: LightClient; readonly id: number }> {
    const client = await this.client()
    const id = await client.publish('key')
    client.send(id, 9, at, videoHeader(0))
    client.send(id, 9, at, keyFrame(1))
    client.send(id, 8, at + 10, audioFrame(2))
    client.send(id, 9, at + 40, interFrame(3))
    return { client, id }
  }

  async play(): Promise<LightClient> {
    const client = await this.client()
    await client.play('key')
    return client
  }

  async ask(path: string, method = 'GET', body?: unknown): Promise<string> {
    // On a connection of its own, which any worker may have.
    const headers = {
      authorization: 'Bearer let-me',
      connection: 'close',
      'content-type': 'application/json',
    }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(`http://127.0.0.1:${this.#http}${path}`, { method, headers, ...sent })
    return response.text()
  }

  /** The worker that a client's connection is at, by what it does. */
  async workerOf(event: string, nth = 0): Promise<number> {
    return (await line(this.run, event, nth)).pid
  }
}

/** A port that nobody has, but for who is quicker. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const times = ({ media }: LightClient): number[] => media.map(({ timestamp }) => timestamp)

const inOrder = (list: readonly number[]): readonly number[] => list.toSorted((a, b) => a - b)

group('two workers', () => {
  test('are one server: streams, lists, metrics and limits', async () => {
    const server = await Workers.start('--limits-players-per-stream', '4', '--log-level', 'debug')
    await server.publish()
    const players = [await server.play(), await server.play(), await server.play(), await server.play()]
    for (const player of players) await player.until('the group', () => player.media.length === 4)
    const at = new Set(linesOf(server.run).flatMap(({ event, pid }) => (event === 'playStarted' ? pid : [])))
    expect(at.size).toBe(2)
    expect(JSON.parse(await server.ask('/_/api/server'))).toMatchObject({ publishers: 1, players: 4 })
    expect(JSON.parse(await server.ask('/_/api/streams'))).toMatchObject({
      streams: [{ path: 'live/key', players: 4, publisher: { videoMessages: 3 } }],
    })
    expect(await server.ask('/metrics')).toMatch(/^rtmp_players 4$/m)
    const fifth = await server.play()
    expect(fifth.codes).toContain('NetStream.Play.Failed')
    const { connections } = JSON.parse(await server.ask('/_/api/connections')) as {
      connections: { id: number; plays: unknown[] }[]
    }
    expect(connections).toHaveLength(6)
    const ids = connections.flatMap(({ id, plays }) => (plays.length > 0 ? id : []))
    for (const id of ids)
      expect(await server.ask(`/_/api/connections/${id}`, 'DELETE')).toBe('{"ended":true}')
    for (const player of players) await player.until('the end', () => player.closed)
  }, 150_000)

  test('have a port between them that no other server gets', async () => {
    const port = String(await freePort())
    const server = await Workers.start('--rtmp-port', port)
    const clients: LightClient[] = []
    // Whether the primary or the system gives them out, each worker gets some.
    const at = (): Set<number> =>
      new Set(linesOf(server.run).flatMap(({ event, pid }) => (event === 'playStarted' ? pid : [])))
    while (at().size < 2 && clients.length < 40) clients.push(await server.play())
    expect(at().size).toBe(2)
    const second = runWith({}, '--workers=2', '--rtmp-port', port, '--http-port=0', '--host=127.0.0.1')
    expect(await second.exitCode()).toBe(1)
    expect(second.output()).toContain(`Another program listens on port ${port}`)
  }, 150_000)

  test('go on when one dies: its players wait, its publisher comes back, another takes its place', async () => {
    const server = await Workers.start('--log-level', 'debug')
    await server.publish()
    const players = [await server.play(), await server.play(), await server.play()]
    for (const player of players) await player.until('the group', () => player.media.length === 4)
    const owner = await server.workerOf('publishStarted')
    const others: LightClient[] = []
    for (const [i, player] of players.entries()) {
      if ((await server.workerOf('playStarted', i)) !== owner) others.push(player)
    }
    expect(others.length).toBeGreaterThan(0)
    process.kill(owner, 'SIGKILL')
    await line(server.run, 'workerDied')
    await server.publish(2000)
    for (const player of others) {
      await player.until('the second group', () => player.media.length === 8)
      expect(times(player)).toEqual(inOrder(times(player)))
    }
    const late = [await server.play(), await server.play()]
    for (const player of late) await player.until('the group', () => player.media.length === 4)
  }, 150_000)

  test('hold what is changed while they run: limits, bans and relays, in all of them and in those that come later', async () => {
    const server = await Workers.start('--log-level', 'debug')
    const bytes = 400 * 1024 * 1024
    const change = { limits: { memoryBytes: bytes, playersPerStream: 7 } }
    await server.ask('/_/api/config', 'PATCH', change)
    const limitBytes = async (): Promise<number> => {
      const answer = JSON.parse(await server.ask('/_/api/server')) as { memory: { limitBytes: number } }
      return answer.memory.limitBytes
    }
    expect(await limitBytes()).toBe(bytes)
    await server.ask('/_/api/bans', 'POST', { address: '192.0.2.7' })
    // Streams at both of them, sent to where nobody listens.
    const at = (): Set<number> =>
      new Set(linesOf(server.run).flatMap(({ event, pid }) => (event === 'publishStarted' ? pid : [])))
    const paths: string[] = []
    while (at().size < 2 && paths.length < 40) {
      const client = await server.client()
      await client.publish(`show-${paths.length}`)
      paths.push(`live/show-${paths.length}`)
      await server.workerOf('publishStarted', paths.length - 1)
    }
    const rule = { push: 'rtmp://127.0.0.1:9/live', stream: 'live/*' }
    const { id } = JSON.parse(await server.ask('/_/api/relays', 'POST', rule)) as { id: number }
    const relayed = async (): Promise<ReadonlyMap<string, number>> => {
      const { relays } = JSON.parse(await server.ask('/_/api/relays')) as {
        relays: { app: string; streamName: string; rule: number }[]
      }
      return new Map(relays.map(({ app, streamName, rule: by }) => [`${app}/${streamName}`, by]))
    }
    expect(await relayed()).toEqual(new Map(paths.map((path) => [path, id])))
    expect(await server.ask(`/_/api/relays/${id}`, 'DELETE')).toBe('{"removed":true}')
    // They say goodbye first.
    while ((await relayed()).size > 0) await setImmediate()
    process.kill([...at()][0] ?? 0, 'SIGKILL')
    await line(server.run, 'workerDied')
    // The new one has its part when both are asked, and what is banned since before it listened.
    while ((await limitBytes()) !== bytes) await setImmediate()
    for (let i = 0; i < 12; i++) {
      expect(await server.ask('/_/api/bans')).toContain('192.0.2.7')
      const { limits } = JSON.parse(await server.ask('/_/api/config')) as { limits: object }
      expect(limits).toMatchObject(change.limits)
    }
  }, 150_000)

  test('are replaced one after the other at a signal, and a second publisher is refused meanwhile', async () => {
    const server = await Workers.start('--log-level', 'debug', '--drain-deadline-ms', '500')
    const before = new Set<number>()
    await server.publish()
    before.add(await server.workerOf('publishStarted'))
    const second = await server.client()
    await second.publish('key')
    expect(second.codes).toContain('NetStream.Publish.BadName')
    server.run.child.kill('SIGUSR2')
    await line(server.run, 'configurationReread')
    await server.publish(5000)
    const after = await server.workerOf('publishStarted', 1)
    expect(before.has(after)).toBe(false)
    server.run.child.kill('SIGTERM')
    expect(await server.run.exitCode()).toBe(0)
  }, 150_000)
})

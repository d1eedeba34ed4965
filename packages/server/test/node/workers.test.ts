import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
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

  async ask(path: string, method = 'GET'): Promise<string> {
    const headers = { authorization: 'Bearer let-me' }
    const response = await fetch(`http://127.0.0.1:${this.#http}${path}`, { method, headers })
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

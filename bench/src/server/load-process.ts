// A process that is publishers and players for the bench, commanded over its IPC channel.
import { LightClient } from './light-client.ts'
import { LightFlvClient } from './light-flv-client.ts'
import { LightHlsClient } from './light-hls-client.ts'
import { LiveSource, sequenceHeaders } from './live-source.ts'
import type { LoadAnswer, LoadCommand } from './load-protocol.ts'

const APP = 'live'
const CONNECT_AT_ONCE = 25

const players: (LightClient | LightFlvClient)[] = []
const hlsViewers: LightHlsClient[] = []
const publishers: LightClient[] = []
let connects: number[] = []
let sent = 0
let running = true
let cpu = process.cpuUsage()
let since = performance.now()

const publish = async (port: number, names: readonly string[], scale: number): Promise<void> => {
  const sources = new Map<LightClient, LiveSource>()
  for (const name of names) {
    const client = new LightClient(port)
    await client.publish(APP, name)
    for (const bytes of sequenceHeaders()) client.socket.write(bytes)
    publishers.push(client)
    sources.set(client, new LiveSource(scale))
  }
  const start = performance.now()
  // Publishers are spread over a frame, so that they do not all write in the same millisecond.
  const clients = [...sources].map(([client, source], i) => ({
    client,
    source,
    offset: start + (i * 33.3) / names.length,
  }))
  const pump = (): void => {
    if (!running) return
    const now = performance.now()
    let next = now + 1000
    for (const { client, source, offset } of clients) {
      while (offset + source.dueAt <= now && !client.closed) {
        const bytes = source.next(performance.now())
        sent += bytes.length
        client.socket.write(bytes)
      }
      next = Math.min(next, offset + source.dueAt)
    }
    setTimeout(pump, Math.max(0, next - performance.now()))
  }
  pump()
}

const publishFast = async (port: number, name: string): Promise<void> => {
  const client = new LightClient(port)
  await client.publish(APP, name)
  for (const bytes of sequenceHeaders()) client.socket.write(bytes)
  publishers.push(client)
  // Two seconds of stream, four times, in one piece; timestamps repeat, which every server takes.
  const source = new LiveSource(1)
  const pieces: Uint8Array[] = []
  while (source.dueAt < 2000) pieces.push(source.next(0))
  const cycle = Buffer.concat([...pieces, ...pieces, ...pieces, ...pieces])
  const pump = (): void => {
    while (running && !client.closed) {
      sent += cycle.length
      client.socket.write(cycle)
      if (client.socket.writableLength > 2 * cycle.length) return
    }
  }
  client.socket.on('drain', pump)
  pump()
}

const open = async <Player>(into: Player[], count: number, make: () => Promise<Player>): Promise<void> => {
  let left = count
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      into.push(await make())
    }
  }
  await Promise.all(Array.from({ length: Math.min(CONNECT_AT_ONCE, count) }, worker))
}

const connectFor = async (port: number, atOnce: number, seconds: number): Promise<void> => {
  const end = performance.now() + seconds * 1000
  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      const start = performance.now()
      const client = new LightClient(port)
      await client.connect(APP)
      connects.push(performance.now() - start)
      client.destroy()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

const obey = async (command: LoadCommand): Promise<void> => {
  switch (command.kind) {
    case 'publish':
      return publish(command.port, command.names, command.scale)
    case 'publishFast':
      return publishFast(command.port, command.name)
    case 'play':
      return open(players, command.count, async () => {
        const { by } = command
        if (by !== undefined) {
          const flv = await LightFlvClient.play(command.port, `${APP}/${command.name}`, by)
          flv.counters.sampled = command.sampled
          return flv
        }
        const client = new LightClient(command.port)
        client.counters.sampled = command.sampled
        await client.play(APP, command.name)
        return client
      })
    case 'idle':
      return open(players, command.count, async () => {
        const client = new LightClient(command.port)
        await (command.play ? client.playAbsent(APP, 'nobody') : client.connect(APP))
        return client
      })
    case 'playHls':
      return open(hlsViewers, command.count, () => LightHlsClient.play(command.port, command.at))
    case 'stall':
      for (const player of players.slice(0, command.count)) player.socket.pause()
      return
    case 'connects':
      return connectFor(command.port, command.atOnce, command.seconds)
    case 'reset':
      for (const { counters } of [...players, ...hlsViewers]) counters.reset()
      sent = 0
      connects = []
      cpu = process.cpuUsage()
      since = performance.now()
      return
    case 'read':
      return
    case 'stop':
      running = false
      for (const client of [...players, ...hlsViewers, ...publishers]) client.destroy()
      return
  }
}

const answer = (error?: string): LoadAnswer => {
  const total = { received: 0, messages: 0, gaps: 0, backwards: 0, closed: 0 }
  const latencies: number[] = []
  for (const { counters, closed } of [...players, ...hlsViewers]) {
    total.received += counters.bytes
    total.messages += counters.messages
    total.gaps += counters.gaps
    total.backwards += counters.backwards
    if (closed) total.closed += 1
    for (const latency of counters.latencies) latencies.push(latency)
  }
  const { user, system } = process.cpuUsage(cpu)
  return {
    ...(error === undefined ? {} : { error }),
    ...total,
    sent,
    latencies,
    connects,
    cpuMs: (user + system) / 1000,
    wallMs: performance.now() - since,
  }
}

process.on('message', (command: LoadCommand) => {
  obey(command).then(
    () => process.send?.(answer(), () => command.kind === 'stop' && process.exit(0)),
    (error: unknown) => process.send?.(answer(error instanceof Error ? error.message : String(error))),
  )
})
process.on('disconnect', () => process.exit(0))

import { buildReconnectRequest } from '@rtmp/e-rtmp'
import { describe, expect, it } from 'vitest'
import { type LogEntry, RtmpPlayer, RtmpPublisher } from '../src/index.ts'
import { Camera, frames, shortly } from './support/media.ts'
import { MemoryNetwork } from './support/memory-network.ts'
import { type Peer, type Sent, TestServer } from './support/test-server.ts'

const ask = (peer: Peer, request: { tcUrl?: string; description?: string }): void => {
  const { code = '', ...details } = buildReconnectRequest(request)
  peer.session.onStatus(0, code, { level: 'status', information: details, ...details })
  peer.settle()
}

const film = async (
  network: MemoryNetwork,
  publisher: RtmpPublisher,
  camera: Camera,
  ms: number,
): Promise<void> => {
  for (let at = 0; at < ms / 40; at++) {
    for (const tag of camera.next()) await publisher.write(tag)
    await network.pass(40)
  }
}

const filming = async (
  network: MemoryNetwork,
): Promise<{
  publisher: RtmpPublisher
  camera: Camera
  log: LogEntry[]
  moves: { from: string; to: string }[]
}> => {
  const log: LogEntry[] = []
  const publisher = new RtmpPublisher(network, 'rtmp://old/live/key?secret', {
    onLog: (entry) => log.push(entry),
  })
  const moves: { from: string; to: string }[] = []
  publisher.on('moved', (move) => moves.push(move))
  await network.until(publisher.started)
  await publisher.writeMetadata({ width: 320 })
  const camera = new Camera()
  for (const tag of camera.headers()) await publisher.write(tag)
  return { publisher, camera, log, moves }
}

const firstPicture = (messages: readonly Sent[] = []): string | undefined =>
  messages.map(shortly).find((name) => /^V\+?\d/.test(name))

describe('a publisher that is asked to reconnect', () => {
  it('moves to the new place at a key frame, without losing a frame, and closes the old connection', async () => {
    const network = new MemoryNetwork()
    const old = network.serve('old:1935')
    const other = network.serve('new:1936')
    const { publisher, camera, log, moves } = await filming(network)
    await film(network, publisher, camera, 2400)
    ask(old.last, { tcUrl: 'rtmp://new:1936/live', description: 'maintenance' })
    await film(network, publisher, camera, 3000)
    expect(publisher.state).toBe('live')
    expect(other.last.published.map(shortly).slice(0, 5)).toEqual(['D', 'VH', 'AH', 'V+3000', 'A3000'])
    expect(frames(old.published, 9).at(-1)?.timestamp).toBe(2960)
    expect(frames(old.published, 9).length + frames(other.published, 9).length).toBe(135)
    expect(old.last.kinds.slice(-4)).toEqual(['publishEnded', 'fcUnpublish', 'streamDeleted', 'closed'])
    expect(other.last.events.find(({ kind }) => kind === 'publishRequested')).toMatchObject({
      rawStreamName: 'key?secret',
    })
    expect(moves).toEqual([{ from: 'rtmp://old/live', to: 'rtmp://new:1936/live' }])
    expect(log.map(({ text }) => text)).toContain(
      'The server asks us to move to rtmp://new:1936/live (maintenance)',
    )
    await network.until(publisher.end())
    expect(network.lines.every(({ isOver }) => isOver)).toBe(true)
  })

  it('moves to the same server when that is what it is asked, even where a name has one publisher only', async () => {
    const network = new MemoryNetwork()
    const server: TestServer = network.serve(
      'old:1935',
      new TestServer({
        publish: () => (server.publishers.length > 0 ? { code: 'NetStream.Publish.BadName' } : undefined),
      }),
    )
    const { publisher, camera } = await filming(network)
    await film(network, publisher, camera, 2400)
    ask(server.last, {})
    await film(network, publisher, camera, 3000)
    expect(publisher.state).toBe('live')
    expect(server.publishers).toHaveLength(1)
    const times = frames(server.published, 9).map(({ timestamp }) => timestamp)
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b))
    expect(times.at(-1)).toBe(5360)
    expect(firstPicture(server.publishers[0]?.published)).toBe('V+3000')
    await network.until(publisher.end())
  })

  it('stays where it is when the new place does not work, or cannot be', async () => {
    const network = new MemoryNetwork()
    const old = network.serve('old:1935')
    network.serve('new:1935', new TestServer({ publish: () => ({ code: 'NetStream.Publish.Denied' }) }))
    const { publisher, camera, log } = await filming(network)
    ask(old.last, { tcUrl: 'rtmp://new/live' })
    await film(network, publisher, camera, 1000)
    ask(old.last, { tcUrl: 'http://new/live' })
    await film(network, publisher, camera, 1000)
    expect(publisher.state).toBe('live')
    expect(frames(old.published, 9)).toHaveLength(50)
    expect(log.filter(({ event }) => event === 'notMoved')).toHaveLength(2)
    await network.until(publisher.end())
  })

  it('takes the new connection over at once when the old one breaks meanwhile', async () => {
    const network = new MemoryNetwork()
    const old = network.serve('old:1935')
    const other = network.serve('new:1935')
    const { publisher, camera } = await filming(network)
    await film(network, publisher, camera, 2400)
    const oldLine = network.line
    ask(old.last, { tcUrl: '//new/live' })
    await film(network, publisher, camera, 200)
    oldLine.cut()
    await film(network, publisher, camera, 2000)
    expect(publisher.state).toBe('live')
    expect(firstPicture(other.last.published)).toBe('V+3000')
    await network.until(publisher.end())
  })
})

describe('a player that is asked to reconnect', () => {
  it('gets every frame once, from one server and then from the other', async () => {
    const network = new MemoryNetwork()
    const old = network.serve('old:1935')
    const other = network.serve('new:1935')
    const player = new RtmpPlayer(network, 'rtmp://old/live/key')
    const received: string[] = []
    const reading = (async () => {
      for await (const packet of player) received.push(shortly(packet))
    })()
    await network.until(player.started)
    const camera = new Camera(500)
    for (const server of [old, other]) for (const tag of camera.headers()) server.relay(tag)
    for (let at = 0; at < 200; at++) {
      for (const tag of camera.next()) {
        old.relay(tag)
        other.relay(tag)
      }
      if (at === 60) ask(old.last, { tcUrl: 'rtmp://new/live' })
      await network.pass(40)
    }
    await network.pass(1000)
    expect(network.lines.map(({ isOver }) => isOver)).toEqual([true, false])
    const pictures = received.filter((name) => name.startsWith('V') && name !== 'VH')
    expect(pictures).toEqual(
      Array.from({ length: 200 }, (_, at) => `V${at % 25 === 0 ? '+' : ''}${500 + at * 40}`),
    )
    expect(received.filter((name) => name.startsWith('A') && name !== 'AH')).toHaveLength(200)
    expect(received.filter((name) => name.endsWith('H'))).toEqual(['VH', 'AH'])
    await network.until(player.close())
    await reading
  })
})

import { describe, expect, it } from 'vitest'
import { MultiPublisher } from '../src/index.ts'
import { Camera, frames, shortly } from './support/media.ts'
import { MemoryNetwork } from './support/memory-network.ts'
import { TestServer } from './support/test-server.ts'

const film = async (
  network: MemoryNetwork,
  to: MultiPublisher,
  camera: Camera,
  ms: number,
): Promise<void> => {
  for (let at = 0; at < ms / 40; at++) {
    for (const tag of camera.next()) await to.write(tag)
    await network.pass(40)
  }
}

describe('one input to many targets', () => {
  it('goes on with the others, whatever happens to one', async () => {
    const network = new MemoryNetwork()
    const good = network.serve('good:1935')
    const refusing = network.serve(
      'refusing:1935',
      new TestServer({ publish: () => ({ code: 'NetStream.Publish.Denied' }) }),
    )
    const cut = network.serve('cut:1935')
    const late = new TestServer()
    const states: string[] = []
    const log: string[] = []
    const many = new MultiPublisher(network, [
      'rtmp://good/live/a',
      { url: 'rtmp://refusing/live/b', announce: false },
      'rtmp://cut/live/c',
      { url: 'rtmp://late/live/d', deadlines: { dial: 200 } },
      { url: 'rtmp://late/live/e', reconnect: false },
    ])
    many.on('state', ({ target, state }) => states.push(`${target.url.slice(7)} ${state}`))
    many.on('log', ({ target, event }) => log.push(`${target.url.slice(7)} ${event}`))
    const camera = new Camera()
    await many.writeMetadata({ width: 320 })
    for (const tag of camera.headers()) await many.write(tag)
    await film(network, many, camera, 2000)
    network.lines.find(({ peer }) => cut.peers.includes(peer))?.cut()
    await film(network, many, camera, 3000)
    network.serve('late:1935', late)
    await film(network, many, camera, 5000)

    expect(many.targets.map(({ state }) => state)).toEqual(['live', 'failed', 'live', 'failed', 'failed'])
    expect(refusing.peers).toHaveLength(1)
    expect(frames(good.published, 9)).toHaveLength(250)
    expect(frames(cut.published, 9).length).toBeGreaterThan(220)
    expect(cut.peers).toHaveLength(2)
    expect(states).toContain('refusing/live failed')
    expect(states).toContain('cut/live reconnecting')
    expect(log).toContain('good/live live')
    await network.until(many.end())
    expect(many.targets.map(({ state }) => state)).toEqual(['ended', 'failed', 'ended', 'failed', 'failed'])
    expect(good.peers[0]?.isClosed).toBe(true)
    await expect(many.end()).resolves.toBeUndefined()
  })

  it('lets one join late, at a key frame, with what is needed before it', async () => {
    const network = new MemoryNetwork()
    const good = network.serve('good:1935')
    const late = new TestServer({ silent: 'connect' })
    network.serve('late:1935', late)
    const many = new MultiPublisher(network, ['rtmp://good/live/a', 'rtmp://late/live/b'], {
      deadlines: { connect: 1000 },
      queue: { maxMs: 1500 },
    })
    const camera = new Camera()
    await many.writeMetadata({ width: 320 })
    for (const tag of camera.headers()) await many.write(tag)
    await film(network, many, camera, 6000)
    expect(many.targets[1]?.state).toBe('connecting')
    late.policies = {}
    await film(network, many, camera, 6000)
    expect(many.targets[1]?.state).toBe('live')
    const names = late.published.map(shortly)
    expect(names.slice(0, 3)).toEqual(['D', 'VH', 'AH'])
    expect(names[3]).toMatch(/^V\+/)
    expect(frames(good.published, 9)).toHaveLength(300)
    await network.until(many.end())
  })

  it('does not let a slow one hold the others up', async () => {
    const network = new MemoryNetwork()
    const good = network.serve('good:1935')
    const slow = network.serve('slow:1935')
    const many = new MultiPublisher(network, ['rtmp://good/live/a', 'rtmp://slow/live/b'], {
      liveness: false,
      deadlines: { stall: 0 },
    })
    const camera = new Camera(0, 5000)
    for (const tag of camera.headers()) await many.write(tag)
    await film(network, many, camera, 1000)
    network.lines.find(({ peer }) => slow.peers.includes(peer))?.silence()
    await film(network, many, camera, 20_000)
    expect(frames(good.published, 9)).toHaveLength(525)
    const stats = many.targets[1]?.stats
    expect(stats?.videoDropped).toBeGreaterThan(300)
    expect(stats?.queuedBytes).toBeLessThan(5_000_000)
    for (const target of many.targets) target.abort()
    await network.pass(5000)
  })
})

import { encodeScriptData } from '@rtmp/flv/script'
import { describe, expect, it } from 'vitest'
import { type RtmpClientError } from '../src/index.ts'
import {
  audioHeader,
  Camera,
  frames,
  keyFrame,
  picture,
  shortly,
  sound,
  videoHeader,
} from './support/media.ts'
import { livePublisher } from './support/live-publisher.ts'

describe('writing', () => {
  it('sends every kind of packet as it is, in order', async () => {
    const { network, server, publisher } = await livePublisher()
    const metadata = encodeScriptData('onMetaData', [{ width: 320 }])
    const cue = encodeScriptData('onTextData', [{ text: 'hello' }])
    const tags = [
      { typeId: 18, timestamp: 0, payload: metadata },
      { typeId: 9, timestamp: 0, payload: videoHeader() },
      { typeId: 8, timestamp: 0, payload: audioHeader() },
      { typeId: 9, timestamp: 0, payload: keyFrame(1, 70_000) },
      { typeId: 8, timestamp: 21, payload: sound(1) },
      { typeId: 18, timestamp: 30, payload: cue },
      { typeId: 9, timestamp: 0xffff_fff0, payload: picture(2) },
    ]
    for (const tag of tags) await publisher.write(tag)
    await network.until(publisher.end())
    expect(server.published).toEqual(tags)
    expect(publisher.stats).toMatchObject({ audioSent: 2, videoSent: 3, dataSent: 2, videoDropped: 0 })
  })

  it('takes typed frames, legacy and enhanced', async () => {
    const { network, server, publisher } = await livePublisher()
    const payload = Uint8Array.of(1, 2, 3)
    await publisher.write({
      kind: 'video',
      codec: 'h264',
      type: 'coded',
      dts: 40,
      pts: 80,
      keyFrame: true,
      payload,
    })
    await publisher.write({ kind: 'audio', codec: 'opus', type: 'coded', dts: 50, payload })
    await publisher.write({
      kind: 'video',
      codec: 'hevc',
      trackId: 2,
      type: 'coded',
      dts: 60,
      keyFrame: true,
      payload,
    })
    await network.until(publisher.end())
    expect(
      server.published.map(({ typeId, timestamp, payload: sent }) => [typeId, timestamp, [...sent]]),
    ).toEqual([
      [9, 40, [0x17, 1, 0, 0, 40, 1, 2, 3]],
      [8, 50, [0x91, ...new TextEncoder().encode('Opus'), 1, 2, 3]],
      [9, 60, [0x96, 0x03, ...new TextEncoder().encode('hvc1'), 2, 1, 2, 3]],
    ])
  })

  it('writes metadata and data by name, and has them forgotten', async () => {
    const { network, server, publisher } = await livePublisher()
    const events: string[] = []
    await publisher.writeMetadata({ width: 640 })
    await publisher.writeData('onCue', 'now', 5)
    publisher.clearData('onMetaData')
    await network.pass(50)
    for (const { payload } of server.published) events.push(new TextDecoder().decode(payload).slice(3, 13))
    expect(events).toEqual(['onMetaData', 'onCue\u0002\u0000\u0003no', 'onMetaData'])
  })

  it('refuses what RTMP has no message for', async () => {
    const { publisher } = await livePublisher()
    await expect(publisher.write({ typeId: 12, timestamp: 0, payload: sound(1) })).rejects.toMatchObject({
      code: 'CLIENT_PACKET',
    })
  })

  it('gathers aggregates, which arrive as what was put in', async () => {
    const { network, server, publisher } = await livePublisher({ aggregateMs: 200 })
    const camera = new Camera(1000)
    const tags = [...camera.headers()]
    for (let at = 0; at < 26; at++) tags.push(...camera.next())
    for (const tag of tags) {
      await publisher.write(tag)
      await network.pass(20)
    }
    await network.until(publisher.end())
    expect(server.published).toEqual(tags)
    expect(server.last.session.stats.videoMessagesReceived).toBe(27)
    const whole = tags.reduce((sum, { payload }) => sum + payload.length, 0)
    expect(server.last.session.stats.bytesReceived).toBeGreaterThan(whole)
  })
})

describe('backpressure', () => {
  it('lets write wait until there is room, and loses nothing', async () => {
    const { network, server, publisher } = await livePublisher({ queue: { maxBytes: 100_000 } })
    network.rate = 10
    const began = network.now()
    const tags = Array.from({ length: 60 }, (_, at) => ({
      typeId: 9,
      timestamp: at * 40,
      payload: keyFrame(at, 10_000),
    }))
    let most = 0
    const writing = (async () => {
      for (const tag of tags) {
        await publisher.write(tag)
        const { queuedBytes, pendingBytes } = publisher.stats
        most = Math.max(most, queuedBytes + pendingBytes)
      }
      await publisher.end()
    })()
    await network.until(writing)
    expect(server.published).toEqual(tags)
    expect(network.now() - began).toBeGreaterThan(59_000)
    expect(most).toBeLessThan(100_000 + 20_000)
  })

  it('fails the caller who never waits', async () => {
    const { network, publisher } = await livePublisher({ queue: { maxBytes: 10_000 } })
    network.rate = 1
    const results = await Promise.allSettled(
      Array.from({ length: 60 }, (_, at) =>
        Promise.race([
          publisher.write({ typeId: 9, timestamp: at, payload: keyFrame(at, 10_000) }),
          network.pass(0),
        ]),
      ),
    )
    const failed = results.filter(({ status }) => status === 'rejected')
    expect(failed.length).toBeGreaterThan(0)
    expect((failed[0] as PromiseRejectedResult).reason).toMatchObject({ code: 'QUEUE_FULL' })
  })

  it('leaves pictures out where asked to, keeps the sound, and goes on at a key frame', async () => {
    const { network, server, publisher, log } = await livePublisher({
      queue: { overflow: 'drop', maxBytes: 30_000 },
    })
    const camera = new Camera(0, 2000)
    for (const tag of camera.headers()) await publisher.write(tag)
    network.rate = 20 // Half of what the camera makes.
    for (let at = 0; at < 500; at++) {
      for (const tag of camera.next()) await publisher.write(tag)
      await network.pass(40)
      const { queuedBytes } = publisher.stats
      expect(queuedBytes).toBeLessThan(70_000)
    }
    network.rate = Number.POSITIVE_INFINITY
    for (let at = 0; at < 100; at++) {
      for (const tag of camera.next()) await publisher.write(tag)
      await network.pass(40)
    }
    await network.until(publisher.end())
    const { videoDropped, audioDropped } = publisher.stats
    expect(videoDropped).toBeGreaterThan(100)
    expect(audioDropped).toBe(0)
    expect(frames(server.published, 8)).toHaveLength(600)
    const pictures = frames(server.published, 9)
    expect(pictures).toHaveLength(600 - videoDropped)
    // Wherever pictures are missing the next one is a key frame.
    pictures.forEach((picture, at) => {
      const gap = picture.timestamp - (pictures[at - 1]?.timestamp ?? picture.timestamp - 40)
      if (gap !== 40) expect(shortly(picture)).toMatch(/^V\+/)
    })
    expect(log.map(({ event }) => event)).toContain('dropping')
    expect(log.at(-2)?.event).toBe('caughtUp')
  })
})

describe('the end', () => {
  it('is told when the server ends the stream', async () => {
    const { network, server, publisher } = await livePublisher()
    server.last.session.endPublish(1, 'kicked', {
      code: 'NetStream.Publish.Denied',
      description: 'off you go',
    })
    server.last.settle()
    const error = await network.until(publisher.finished.catch((failure: unknown) => failure))
    expect(error).toMatchObject({ code: 'ENDED_BY_SERVER' })
    expect(String(error)).toContain('off you go')
    await network.pass(5000)
    expect(network.line.isOver).toBe(true)
  })

  it('is told when the connection breaks', async () => {
    const { network, publisher } = await livePublisher()
    network.line.cut()
    const error = (await network.until(
      publisher.finished.catch((failure: unknown) => failure),
    )) as RtmpClientError
    expect(error).toMatchObject({ code: 'CONNECTION_LOST', stage: 'running' })
    expect(error.message).toContain('ECONNRESET')
    expect(network.clock.nextAt()).toBeUndefined()
  })

  it('is not called good when the connection breaks before everything has left', async () => {
    const { network, publisher } = await livePublisher()
    network.rate = 10
    await publisher.write({ typeId: 9, timestamp: 0, payload: keyFrame(1, 50_000) })
    const ending = publisher.end()
    await network.pass(1000)
    network.line.cut()
    await expect(network.until(ending)).rejects.toMatchObject({ code: 'CONNECTION_LOST', stage: 'ending' })
    await expect(publisher.finished).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
  })

  it('comes at once for whoever waits to write', async () => {
    const { network, publisher } = await livePublisher({ queue: { maxBytes: 1000 } })
    network.line.silence()
    const writing = publisher.write({ typeId: 9, timestamp: 0, payload: keyFrame(1, 400_000) })
    publisher.abort(new Error('stop'))
    await expect(writing).rejects.toThrow('stop')
    await network.pass(5000)
    expect(network.clock.nextAt()).toBeUndefined()
  })

  it('of a dead connection is noticed by its silence, and by a full transport', async () => {
    const pinged = await livePublisher({ liveness: { interval: 2000, timeout: 3000 } })
    await pinged.network.pass(2500)
    pinged.network.line.silence()
    const silent = pinged.network.now()
    const error = await pinged.network.until(pinged.publisher.finished.catch((failure: unknown) => failure))
    expect(error).toMatchObject({ code: 'CONNECTION_LOST' })
    expect(String(error)).toContain('silent')
    expect(pinged.network.now() - silent).toBeLessThan(6000)

    const stalled = await livePublisher({ liveness: false, deadlines: { stall: 4000 } })
    stalled.network.line.silence()
    await stalled.publisher.write({ typeId: 9, timestamp: 0, payload: keyFrame(1, 1000) })
    const stall = await stalled.network.until(stalled.publisher.finished.catch((failure: unknown) => failure))
    expect(String(stall)).toContain('nothing could be sent for 4.0 s')
  })
})

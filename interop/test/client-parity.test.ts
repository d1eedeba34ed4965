import { dirname } from 'node:path'
import { isRtmpClientError, type MediaMessage, play, publish, type RtmpPlayer } from '@rtmp/client'
import { expect, test, type TestContext } from 'vitest'

import { nginxRtmp, type NginxServer } from '../src/clients/nginx-rtmp.ts'
import { nodeMediaServer } from '../src/clients/node-media-server.ts'
import { freePort } from '../src/loopback.ts'
import { mediaFile } from '../src/media.ts'
import { describeWith } from './support/describe-with.ts'

const H264 = 'h264-aac.flv'

/** Reads a player until `enough` says so, and stays with it. */
const reader = (
  player: RtmpPlayer,
): ((enough: (all: readonly MediaMessage[]) => boolean) => Promise<void>) => {
  const packets: MediaMessage[] = []
  const iterator = player[Symbol.asyncIterator]()
  return async (enough) => {
    while (!enough(packets)) {
      const { value, done } = await iterator.next()
      if (done === true) throw new Error('the stream has ended')
      packets.push(value)
    }
  }
}

describeWith([nginxRtmp], 'what a client asks of nginx-rtmp', () => {
  const serve = async ({ onTestFinished }: TestContext): Promise<NginxServer> => {
    const server = await nginxRtmp.serve({ port: await freePort(), files: dirname(mediaFile(H264)) })
    onTestFinished(async () => {
      await server.stop()
    })
    return server
  }
  const signal = (): AbortSignal => AbortSignal.timeout(25_000)

  test('pings are answered, and what it says of itself is there', async (context) => {
    const server = await serve(context)
    const publisher = await publish(server.url('live', 'ping'), { signal: signal(), handshake: 'digest' })
    expect(publisher.server.info).toMatchObject({
      version: 'FMS/3,0,1,123',
      capabilities: {},
      handshake: { kind: 'digest' },
      properties: { capabilities: 31 },
    })
    const rounds = [await publisher.server.ping(), await publisher.server.ping()]
    for (const ms of rounds) expect(ms).toBeLessThan(10_000)
    await publisher.end()
    const plain = await publish(server.url('live', 'ping'), { signal: signal() })
    expect(plain.server.info?.handshake.kind).toBe('plain')
    await plain.end()
  })

  test('a call that it does not know is not answered, and harms nothing', async (context) => {
    const server = await serve(context)
    const publisher = await publish(server.url('live', 'call'), {
      signal: signal(),
      deadlines: { request: 500 },
    })
    publisher.server.notify('nobodyKnowsThis', 1)
    const error = await publisher.server.call('norThis').catch((failure: unknown) => failure)
    expect(isRtmpClientError(error) && error.code).toBe('TIMEOUT')
    expect(publisher.state).toBe('live')
    await publisher.end()
  })

  test('a recorded stream is known to be one, is paused and sought in, and another plays after it', async (context) => {
    const server = await serve(context)
    const player = play(server.url('vod', H264), {
      start: 0,
      whenUnpublished: 'stay',
      // So much is sent at once, and the rest in real time: the stream is not over before it is paused.
      bufferLength: 100,
      signal: signal(),
    })
    const control: string[] = []
    player.on('streamControl', ({ kind }) => control.push(kind))
    const read = reader(player)
    await read((all) => all.some(({ kind }) => kind === 'video'))
    expect(player.isRecorded).toBe(true)
    expect(control.slice(0, 2)).toEqual(expect.arrayContaining(['streamIsRecorded', 'streamBegin']))
    expect((await player.pause()).code).toBe('NetStream.Pause.Notify')
    expect((await player.resume()).code).toBe('NetStream.Unpause.Notify')
    expect((await player.seek(1000)).code).toBe('NetStream.Seek.Notify')
    await read((all) => (all.at(-1)?.timestamp ?? 0) >= 1000)

    const { playing, connections } = { playing: player.state, connections: player.stats.reconnects }
    expect([playing, connections]).toEqual(['playing', 0])
    const began = new Promise<void>((resolve) => {
      player.on('streamControl', ({ kind }) => {
        if (kind === 'streamBegin') resolve()
      })
    })
    expect((await player.playAnother('hevc-aac.flv', { start: 0 })).code).toBe('NetStream.Play.Start')
    await began
    let another = 0
    await read((all) => {
      another = all.filter(({ kind }) => kind === 'video').length
      return all.at(-1)?.frames()[0]?.codec === 'hevc'
    })
    expect(another).toBeGreaterThan(1)
    expect(player.stats.reconnects).toBe(0)
    await player.close()
  })

  test('the end of a recorded stream is told, and ends the player', async (context) => {
    const server = await serve(context)
    const player = play(server.url('vod', H264), { start: 0, signal: signal() })
    const control: string[] = []
    player.on('streamControl', ({ kind }) => control.push(kind))
    let last = 0
    for await (const packet of player) last = packet.timestamp
    expect(last).toBeGreaterThan(3000)
    expect(control).toContain('streamEof')
    expect(player.state).toBe('ended')
  })
})

describeWith([nodeMediaServer], 'what a client asks of Node-Media-Server', () => {
  test('what it says of itself is there; a call is not answered, and harms nothing', async ({
    onTestFinished,
  }) => {
    const server = await nodeMediaServer.serve({ port: await freePort(), httpPort: await freePort() })
    onTestFinished(async () => {
      await server.stop()
    })
    const publisher = await publish(server.url('live', 'call'), { deadlines: { request: 500 } })
    expect(publisher.server.info?.version).toMatch(/^FMS/)
    await expect(publisher.server.call('norThis')).rejects.toMatchObject({ code: 'TIMEOUT' })
    await publisher.end()
  })
})

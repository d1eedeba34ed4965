import { readFile } from 'node:fs/promises'
import { type MediaMessage, play, type RtmpPlayer, publish, publishFile, saveFlv } from '@rtmp/client'
import { decodeFlv, type FlvTag } from '@rtmp/flv'
import { expect, test, type TestContext } from 'vitest'

import { ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { nginxRtmp, type NginxServer } from '../src/clients/nginx-rtmp.ts'
import { nodeMediaServer } from '../src/clients/node-media-server.ts'
import { compareFromJoin } from '../src/comparison.ts'
import { freePort } from '../src/loopback.ts'
import { mediaFile } from '../src/media.ts'
import { readTracks } from '../src/packets.ts'
import { Scratch } from '../src/scratch.ts'
import { Tap } from '../src/tap.ts'
import { describeWith } from './support/describe-with.ts'

const H264 = 'h264-aac.flv'

/** Tests run side by side, so each says by its own context what is to be done at its end. */
const scratch = async ({ onTestFinished }: TestContext): Promise<Scratch> => {
  const made = await Scratch.make()
  onTestFinished(async () => made.remove())
  return made
}

const tagsOf = async (file: string): Promise<readonly FlvTag[]> => decodeFlv(await readFile(mediaFile(file)))

/** Payloads of a kind, as text that can be compared. */
const payloads = (packets: readonly (MediaMessage | FlvTag)[], typeId: number): readonly string[] =>
  packets
    .filter((packet) => packet.typeId === typeId && packet.payload.length > 0)
    .map(({ payload }) => Buffer.from(payload).toString('base64'))

/** Collects what a player gives until it ends, or `until` says that it is enough. */
const collect = async (
  player: RtmpPlayer,
  until: (packets: readonly MediaMessage[]) => boolean,
): Promise<MediaMessage[]> => {
  const packets: MediaMessage[] = []
  for await (const packet of player) {
    packets.push(packet)
    if (until(packets)) break
  }
  return packets
}

/** Publishes a file through a server and plays it at the same time: what comes is what was sent. */
const expectRoundTrip = async (url: string, file: string): Promise<void> => {
  const sent = await tagsOf(file)
  const [audio, video] = [payloads(sent, 8), payloads(sent, 9)]
  const player = play(url, { signal: AbortSignal.timeout(20_000) })
  const collecting = collect(
    player,
    (packets) =>
      packets.length >= audio.length + video.length &&
      payloads(packets, 8).length >= audio.length &&
      payloads(packets, 9).length >= video.length,
  )
  await player.started
  await publishFile(mediaFile(file), url, { pace: 'realtime' })
  const received = await collecting
  expect(payloads(received, 8)).toEqual(audio)
  expect(payloads(received, 9)).toEqual(video)
}

describeWith([nginxRtmp, ffmpeg], 'our client and nginx-rtmp', () => {
  const serve = async ({ onTestFinished }: TestContext): Promise<NginxServer> => {
    const server = await nginxRtmp.serve({ port: await freePort() })
    onTestFinished(async () => {
      await server.stop()
    })
    return server
  }

  test('publishes what nginx-rtmp records, packet by packet', async (context) => {
    const server = await serve(context)
    const result = await publishFile(mediaFile(H264), server.url('rec', 'file'), { pace: 'fast' })
    expect(result.tags).toBe((await tagsOf(H264)).length)

    const source = await readTracks(mediaFile(H264))
    const recording = await readTracks(server.recording('file'))
    expect(compareFromJoin(source, recording).problems).toEqual([])
  })

  test('plays what it publishes through nginx-rtmp, byte by byte', async (context) => {
    const server = await serve(context)
    await expectRoundTrip(server.url('live', 'round'), H264)
  })

  test('plays what FFmpeg publishes, into a file', async (context) => {
    const server = await serve(context)
    const folder = await scratch(context)
    const player = play(server.url('live', 'file'), { signal: AbortSignal.timeout(20_000) })
    await player.started
    const publisher = ffmpeg.publish({ input: mediaFile(H264), url: server.url('live', 'file') })
    context.onTestFinished(async () => {
      await publisher.kill()
    })
    const facts = await saveFlv(player, folder.file('out.flv'), { fromZero: false })
    expect(facts.videoTags).toBeGreaterThan(90)
    const comparison = compareFromJoin(
      await readTracks(mediaFile(H264)),
      await readTracks(folder.file('out.flv')),
    )
    expect(comparison.problems).toEqual([])
  })

  test('comes back after the connection was cut, at a key frame', async (context) => {
    const server = await serve(context)
    const tap = await Tap.open(server.port)
    context.onTestFinished(async () => tap.close())
    const player = play(server.url('live', 'cut'), {
      signal: AbortSignal.timeout(30_000),
      whenUnpublished: 'wait',
      reconnect: true,
    })
    await player.started
    const tags = await tagsOf(H264)
    const last = tags.findLast(({ typeId, payload }) => typeId === 9 && payload[1] === 1)
    const collecting = collect(player, (packets) => packets.at(-1)?.timestamp === last?.timestamp)
    const publisher = await publish(tap.url('live/cut'), {
      reconnect: { initialMs: 100, maximumMs: 300 },
      queue: { overflow: 'drop' },
    })
    const began = performance.now()
    let cut = false
    for (const tag of tags) {
      const early = tag.timestamp - (performance.now() - began)
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
      if (!cut && tag.timestamp > 1300) {
        cut = true
        tap.connections[0]?.cut()
      }
      await publisher.write(tag)
    }
    const received = await collecting
    await publisher.end()
    expect(publisher.stats.reconnects).toBe(1)
    const pictures = received.filter(({ typeId, payload }) => typeId === 9 && payload[1] === 1)
    const times = pictures.map(({ timestamp }) => timestamp)
    expect(times).toEqual([...times].sort((a, b) => a - b))
    const gap = times.findIndex((time, at) => time - (times[at - 1] ?? time) > 200)
    if (gap > 0) expect(pictures[gap]?.payload[0]).toBe(0x17)
    expect(times[0]).toBeLessThan(100)
    expect(times.at(-1)).toBe(last?.timestamp)
  })

  test('a name that is taken is told as such', async (context) => {
    const server = await serve(context)
    const first = await publish(server.url('live', 'taken'))
    const second = await publish(server.url('live', 'taken')).catch((error: unknown) => error)
    expect(second).toMatchObject({ name: 'PublishRejected', reason: 'BadName', canRetry: true })
    await first.end()
  })

  test('notices a cable that is pulled out', async (context) => {
    const server = await serve(context)
    const tap = await Tap.open(server.port)
    context.onTestFinished(async () => tap.close())
    const publisher = await publish(tap.url('live/silent'), { liveness: { interval: 300, timeout: 500 } })
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(publisher.state).toBe('live')
    tap.connections[0]?.silence()
    await expect(publisher.finished).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
  })
})

describeWith([nodeMediaServer], 'our client and node-media-server', () => {
  const FILES = [H264, 'hevc-aac.flv', 'av1-opus.flv', 'h264-flac.flv'] as const

  test.for(FILES)('%s comes back byte by byte', async (file, context) => {
    const server = await nodeMediaServer.serve({ port: await freePort(), httpPort: await freePort() })
    context.onTestFinished(async () => server.stop())
    await expectRoundTrip(server.url('live', 'round'), file)
  })
})

describeWith([ffmpeg], 'our client and FFmpeg in listen mode', () => {
  test('it takes what we publish, packet by packet', async (context) => {
    const folder = await scratch(context)
    const port = await freePort()
    const output = folder.file('out.flv')
    const listener = ffmpeg.listen({ port, path: 'live/file', output })
    context.onTestFinished(async () => {
      await listener.kill()
    })
    await publishWhenItListens(port, 'live/file', H264)
    const end = await listener.ended
    expect(end).toMatchObject({ timedOut: false })
    const comparison = compareFromJoin(await readTracks(mediaFile(H264)), await readTracks(output))
    expect(comparison.problems).toEqual([])
  })
})

describeWith([newerFfmpeg], 'our client and a newer FFmpeg in listen mode', () => {
  const FILES = ['hevc-aac.flv', 'av1-opus.flv', 'multitrack-h264-hevc-aac-opus.flv'] as const

  test.for(FILES)('it takes %s', async (file, context) => {
    const folder = await scratch(context)
    const port = await freePort()
    const output = folder.file('out.flv')
    const listener = newerFfmpeg.listen({ port, path: 'live/file', output })
    context.onTestFinished(async () => {
      await listener.kill()
    })
    await publishWhenItListens(port, 'live/file', file)
    await listener.ended
    const comparison = compareFromJoin(await readTracks(mediaFile(file)), await readTracks(output))
    expect(comparison.problems).toEqual([])
  })
})

/** FFmpeg takes one connection, so it must not be asked whether it listens: we try until it does. */
const publishWhenItListens = async (port: number, path: string, file: string): Promise<void> => {
  await publishFile(mediaFile(file), `rtmp://127.0.0.1:${port}/${path}`, {
    reconnect: { fromStart: true, initialMs: 50, maximumMs: 100, tries: 100 },
    signal: AbortSignal.timeout(20_000),
  })
}

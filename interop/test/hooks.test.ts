import { accept, reject, type ServerHandler } from '@rtmp/server'
import { expect, test, type TestContext } from 'vitest'

import { ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { newerGstreamer } from '../src/clients/gstreamer.ts'
import { obs } from '../src/clients/obs.ts'
import { rtmpdump } from '../src/clients/rtmpdump.ts'
import { mediaFile } from '../src/media.ts'
import { mediaMessages } from '../src/media-messages.ts'
import { readTracks } from '../src/packets.ts'
import { describeWith } from './support/describe-with.ts'
import type { ServerSettings } from './support/server-under-test.ts'
import { asked, Stage, startPlayer } from './support/stage.ts'

const LEGACY = mediaFile('h264-aac.flv')

/** Counts how often each hook is called, for publishers and players apart where it says which stream it is about. */
const counting = (): { handler: ServerHandler; counts: Record<string, number>; order: string[] } => {
  const counts: Record<string, number> = {}
  const order: string[] = []
  const count = (hook: string): void => {
    counts[hook] = (counts[hook] ?? 0) + 1
    if (!order.includes(hook)) order.push(hook)
  }
  return {
    counts,
    order,
    handler: {
      connection: () => count('connection'),
      handshakeComplete: () => count('handshakeComplete'),
      connect: () => count('connect'),
      fcPublish: () => count('fcPublish'),
      publish: () => count('publish'),
      play: () => count('play'),
      metadata: () => count('metadata'),
      mediaTag: () => count('mediaTag'),
      videoFrame: () => count('videoFrame'),
      audioFrame: () => count('audioFrame'),
      enhancedVideoFrame: () => count('enhancedVideoFrame'),
      enhancedAudioFrame: () => count('enhancedAudioFrame'),
      keyframe: () => count('keyframe'),
      unpublish: () => count('unpublish'),
      playStop: () => count('playStop'),
      pause: () => count('pause'),
      unpause: () => count('unpause'),
      disconnect: () => count('disconnect'),
      statsUpdate: () => count('statsUpdate'),
    },
  }
}

/** How many of these messages are enhanced: by the top bit of video, by sound format 9 of audio. */
const enhancedCount = (messages: readonly { readonly body: Buffer }[], kind: 'audio' | 'video'): number =>
  messages.filter(({ body: [first = 0] }) => (kind === 'video' ? first >= 0x80 : first >> 4 === 9)).length

const open = (context: TestContext, settings: ServerSettings): Promise<Stage> =>
  Stage.open(context, { graceMs: 300, ...settings })

describeWith([ffmpeg, rtmpdump], 'hooks with FFmpeg and rtmpdump', () => {
  test('each is called once for what happens, in the order of a stream', async (context) => {
    const { handler, counts, order } = counting()
    const stage = await open(context, { handler, statsIntervalMs: 1000 })
    const tap = await stage.tap()
    const output = stage.scratch.file('out.flv')
    const player = stage.keep(rtmpdump.record({ url: tap.url('live/key'), output }))
    await asked(await tap.first(), 'play')
    const publisherTap = await stage.tap()
    await stage.keep(ffmpeg.publish({ input: LEGACY, url: publisherTap.url('live/key') })).ended
    await player.ended
    await stage.server.untilNoConnections()
    const { videoFrame = 0, audioFrame = 0, mediaTag, keyframe, statsUpdate = 0, ...once } = counts
    expect(once).toEqual({
      connection: 2,
      handshakeComplete: 2,
      connect: 2,
      fcPublish: 1,
      publish: 1,
      play: 1,
      metadata: 1,
      unpublish: 1,
      playStop: 1,
      disconnect: 2,
    })
    const tracks = await readTracks(LEGACY)
    const packets = (kind: string): number => tracks.find((track) => track.kind === kind)?.packets.length ?? 0
    // The headers too, and FFmpeg's end of sequence.
    expect(videoFrame).toBeGreaterThanOrEqual(packets('video') + 1)
    expect(audioFrame).toBeGreaterThanOrEqual(packets('audio') + 1)
    expect(mediaTag).toBe(videoFrame + audioFrame)
    expect(keyframe).toBe(tracks[0]?.packets.filter(({ key }) => key).length)
    expect(statsUpdate).toBeGreaterThan(2)
    expect(order.filter((hook) => !['play', 'statsUpdate', 'playStop'].includes(hook))).toEqual([
      'connection',
      'handshakeComplete',
      'connect',
      'fcPublish',
      'publish',
      'metadata',
      expect.any(String),
      expect.any(String),
      expect.any(String),
      expect.any(String),
      'unpublish',
      'disconnect',
    ])
  })

  test('a refused publisher and a refused player are told why', async (context) => {
    const handler: ServerHandler = {
      publish: () => reject('that key is not known', { code: 'NetStream.Publish.Unauthorized' }),
      play: () => reject('members only'),
    }
    const stage = await open(context, { handler })
    const url = `rtmp://127.0.0.1:${stage.server.port}/live/key`
    const publisher = await stage.keep(ffmpeg.publish({ input: LEGACY, url })).ended
    expect(publisher.status).not.toBe(0)
    expect(publisher.stderr).toContain('that key is not known')
    const output = stage.scratch.file('out.flv')
    const player = await stage.keep(ffmpeg.play({ url, output })).ended
    expect(player.stderr).toContain('members only')
    await stage.server.untilNoConnections()
  })

  test('a hook that takes its time is waited for, and its name is the one that players know', async (context) => {
    const handler: ServerHandler = {
      publish: async ({ streamName }) => {
        await new Promise((resolve) => {
          setTimeout(resolve, 400)
        })
        return streamName === 'secret' ? accept('public') : reject('no')
      },
      mediaTag: (_context, { kind }) => kind === 'video',
    }
    const stage = await open(context, { handler })
    const player = await startPlayer(stage, { path: 'live/public', file: 'out.flv', ffmpeg })
    const url = `rtmp://127.0.0.1:${stage.server.port}/live/secret`
    await stage.keep(ffmpeg.publish({ input: LEGACY, url })).ended
    await player.program.ended
    const tracks = await readTracks(player.output)
    expect(tracks.map(({ kind }) => kind)).toEqual(['video'])
    expect(tracks[0]?.packets.length).toBe(100)
  })
})

describeWith([newerFfmpeg], 'hooks with the newer FFmpeg', () => {
  test('enhanced frames come to the hooks for them', async (context) => {
    const { handler, counts } = counting()
    const stage = await open(context, { handler })
    const input = mediaFile('av1-opus.flv')
    const url = `rtmp://127.0.0.1:${stage.server.port}/live/key`
    await stage.keep(newerFfmpeg.publish({ input, url })).ended
    await stage.server.untilNoConnections()
    expect(counts['enhancedVideoFrame']).toBeGreaterThan(25)
    expect(counts['enhancedAudioFrame']).toBeGreaterThan(25)
    expect(counts['keyframe']).toBeGreaterThan(0)
    expect([counts['videoFrame'], counts['audioFrame']]).toEqual([undefined, undefined])
  })
})

describeWith([ffmpeg, rtmpdump], 'hooks with rtmpdump that asks for a recording', () => {
  test('pause and unpause: it does both when it is told that the buffer is empty', async (context) => {
    const { handler, counts, order } = counting()
    let tellPlayer: (() => void) | undefined
    let tags = 0
    const stage = await open(context, {
      handler: {
        ...handler,
        play: ({ connection, messageStreamId }) => {
          tellPlayer = () => connection.client.userControl({ kind: 'bufferEmpty', messageStreamId })
        },
        mediaTag: () => {
          tags += 1
          if (tags === 50) tellPlayer?.()
        },
      },
    })
    const tap = await stage.tap()
    const output = stage.scratch.file('out.flv')
    const player = stage.keep(rtmpdump.record({ url: tap.url('live/key'), output, live: false }))
    await asked(await tap.first(), 'play')
    await stage.keep(ffmpeg.publish({ input: LEGACY, url: `rtmp://127.0.0.1:${stage.server.port}/live/key` }))
      .ended
    await player.ended
    expect([counts['pause'], counts['unpause']]).toEqual([1, 1])
    expect(order.indexOf('unpause')).toBeGreaterThan(order.indexOf('pause'))
    // It has gone on afterwards: what it has ends where the file ends.
    const [video] = await readTracks(output)
    const [whole] = await readTracks(LEGACY)
    expect(video?.packets.at(-1)?.hash).toBe(whole?.packets.at(-1)?.hash)
  })
})

describeWith([ffmpeg, newerGstreamer], 'an enhanced stream for players that announce nothing', () => {
  test('reaches an old FFmpeg in legacy form where that is asked for', async (context) => {
    const stage = await open(context, { enhancedOutput: 'announced' })
    const player = await startPlayer(stage, { path: 'live/key', file: 'out.flv', ffmpeg })
    const url = `rtmp://127.0.0.1:${stage.server.port}/live/key`
    const input = mediaFile('h264-aac-nobframes.flv')
    await stage.keep(newerGstreamer.publishEnhancedFile({ mode: 'multitrack', input, url })).ended
    await player.program.ended
    const tracks = await readTracks(player.output)
    expect(tracks.map(({ codec, packets }) => [codec, packets.length])).toEqual([
      ['h264', 100],
      ['aac', 189],
    ])
  })
})

describeWith([ffmpeg, newerFfmpeg], 'what players are sent of Enhanced RTMP', () => {
  const POLICIES = [
    { enhancedOutput: 'always', who: 'an old FFmpeg', announce: undefined, video: true, audio: true },
    { enhancedOutput: 'always', who: 'a new FFmpeg', announce: undefined, video: true, audio: true },
    { enhancedOutput: 'obey', who: 'an old FFmpeg', announce: undefined, video: true, audio: true },
    { enhancedOutput: 'obey', who: 'a new FFmpeg', announce: ['av01'], video: true, audio: false },
    { enhancedOutput: 'obey', who: 'a new FFmpeg', announce: ['hvc1', 'Opus'], video: false, audio: true },
    { enhancedOutput: 'announced', who: 'an old FFmpeg', announce: undefined, video: false, audio: false },
    { enhancedOutput: 'announced', who: 'a new FFmpeg', announce: ['av01'], video: true, audio: false },
    {
      enhancedOutput: 'announced',
      who: 'a new FFmpeg',
      announce: ['av01', 'Opus'],
      video: true,
      audio: true,
    },
  ] as const
  test.for(POLICIES)(
    '$enhancedOutput: $who that announces $announce',
    async ({ enhancedOutput, who, announce, video, audio }, context) => {
      const stage = await open(context, { enhancedOutput })
      const program = who === 'an old FFmpeg' ? ffmpeg : newerFfmpeg
      const what = { path: 'live/key', file: 'out.flv', ffmpeg: program }
      const player = await startPlayer(stage, announce === undefined ? what : { ...what, announce })
      const url = `rtmp://127.0.0.1:${stage.server.port}/live/key`
      const input = mediaFile('av1-opus.flv')
      await stage.keep(newerFfmpeg.publish({ input, url })).ended
      await player.program.ended
      const sent = mediaMessages(player.connection.serverToClient)
      const tracks = await readTracks(input)
      const packets = (kind: string): number =>
        tracks.find((track) => track.kind === kind)?.packets.length ?? 0
      // Header and end of sequence beside the packets; an old FFmpeg leaves when it sees what it cannot read.
      const least = (kind: string): number => (program === ffmpeg ? 1 : packets(kind) + 1)
      expect(enhancedCount(sent.video, 'video')).toBeGreaterThanOrEqual(video ? least('video') : 0)
      expect(enhancedCount(sent.audio, 'audio')).toBeGreaterThanOrEqual(audio ? least('audio') : 0)
      expect([sent.video.length > 0, sent.audio.length > 0]).toEqual([video, audio])
      if (program === newerFfmpeg) {
        const read = (await readTracks(player.output)).map(({ codec }) => codec)
        expect(read).toEqual([...(video ? ['av1'] : []), ...(audio ? ['opus'] : [])])
      }
    },
  )
})

describeWith([obs], 'hooks with OBS', () => {
  test('each is called for what it does', async (context) => {
    const { handler, counts } = counting()
    const stage = await open(context, { handler })
    const home = await stage.scratch.folder('obs')
    const server = `rtmp://127.0.0.1:${stage.server.port}/live`
    await stage.keep(await obs.publish({ server, key: 'key', home, seconds: 6 })).ended
    await stage.server.untilNoConnections()
    const { mediaTag = 0, videoFrame = 0, audioFrame = 0, ...once } = counts
    expect(once).toMatchObject({
      connection: 1,
      handshakeComplete: 1,
      connect: 1,
      fcPublish: 1,
      publish: 1,
      metadata: 1,
      unpublish: 1,
      disconnect: 1,
    })
    expect(videoFrame).toBeGreaterThan(10)
    expect(audioFrame).toBeGreaterThan(10)
    expect(mediaTag).toBe(videoFrame + audioFrame)
  })
})

// FLV over HTTP as our server gives and takes it: every sample through FFmpeg and curl, packet for packet.
import { playFlv, saveFlv } from '@rtmp/client'
import { createServer, type RtmpServer } from '@rtmp/server'
import { expect, test, type TestContext } from 'vitest'
import { args } from '../src/args.ts'
import { ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { LOOPBACK } from '../src/loopback.ts'
import { mediaFile } from '../src/media.ts'
import { readTracks } from '../src/packets.ts'
import { runToEnd } from '../src/running-program.ts'
import { Scratch } from '../src/scratch.ts'
import { describeWith } from './support/describe-with.ts'

const LEGACY = [
  'aac-only',
  'h264-aac',
  'h264-aac-nobframes',
  'h264-aac-ts-rollover',
  'h264-mp3',
  'legacy-speex',
] as const

const ALL = [
  ...LEGACY,
  'audio-opus51-flac-aac',
  'av1-opus',
  'gst-enhanced-h264-aac',
  'gst-multitrack-h264-hevc-aacx2',
  'gst-multitrack0-hevc-aac',
  'h264-ac3',
  'h264-eac3',
  'h264-flac',
  'h264-opus',
  'hevc-aac',
  'hevc-hdr10-aac',
  'legacy-adpcm',
  'legacy-alaw',
  'legacy-flashsv-pcm',
  'legacy-flv1-mp3',
  'legacy-mulaw',
  'legacy-nellymoser',
  'multitrack-h264-hevc-aac-opus',
  'multitrack-h264x2-aacx2',
  'vp9-opus',
] as const

const begin = async ({
  onTestFinished,
}: TestContext): Promise<{ server: RtmpServer; at: (path: string) => string; scratch: Scratch }> => {
  const server = createServer({ rtmp: false, http: { port: 0, host: LOOPBACK } })
  const errors: unknown[] = []
  server.on('error', ({ error }) => errors.push(error))
  await server.listen()
  const scratch = await Scratch.make()
  onTestFinished(async () => {
    await server.close({ drainMs: 1000 })
    await scratch.remove()
    expect(errors).toEqual([])
  })
  return { server, scratch, at: (path) => `http://${LOOPBACK}:${server.address('http')?.port}${path}` }
}

/** Resolves when somebody waits for the stream or plays it. */
const awaited = async (server: RtmpServer): Promise<void> => {
  while (server.streams[0]?.players !== 1) await new Promise((resolve) => setTimeout(resolve, 10))
}

/** Publishes a file by curl, as it is. */
const post = (file: string, url: string) =>
  runToEnd(
    'curl',
    'curl',
    args`-sS --fail -X POST -H ${'content-type: video/x-flv'} -H ${'transfer-encoding: chunked'} -T ${file} ${url}`,
    {
      limitMs: 20_000,
    },
  )

/** Stream, size and hash of every packet that FFmpeg reads, in their order within the stream. */
const hashes = (input: string): string[] =>
  args`-copyts -i ${input} -map 0:v? -map 0:a? -c copy -f framehash -hash crc32 -`

const packetsOf = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => {
      const [stream = '', , , , size = '', hash = ''] = line.split(/,\s*/)
      return `${stream} ${size} ${hash}`
    })
    .toSorted((a, b) => Number(a.split(' ', 1)[0]) - Number(b.split(' ', 1)[0]))

for (const [program, names] of [
  [ffmpeg, LEGACY],
  [newerFfmpeg, ALL],
] as const) {
  describeWith([program], `${program.name} plays the .flv address of`, () => {
    for (const name of names)
      test(`${name}: the packets of the source`, async (context) => {
        const { server, at } = await begin(context)
        const input = mediaFile(`${name}.flv`)
        const playing = program.run(hashes(at('/live/show.flv?wait=20')), 30_000)
        await awaited(server)
        expect(await post(input, at('/live/show.flv'))).toMatchObject({ status: 0 })
        const { stdout } = await playing.ended
        const source = await program.run(hashes(input), 30_000).ended
        expect(packetsOf(stdout)).toEqual(packetsOf(source.stdout))
        expect(packetsOf(stdout).length).toBeGreaterThan(10)
      })
  })
}

/** The same as {@link hashes} of some streams of an input only. */
const hashesOf = (input: string, ...maps: readonly string[]): string[] =>
  args`-copyts -i ${input} ${maps.flatMap((map) => ['-map', map])} -c copy -f framehash -hash crc32 -`

describeWith([newerFfmpeg], 'FFmpeg plays what the address asks for', () => {
  test('one track of each kind, sound or picture alone: the packets of the source, over HTTP; the same by WebSocket', async (context) => {
    const { server, at, scratch } = await begin(context)
    const input = mediaFile('multitrack-h264x2-aacx2.flv')
    const asked = {
      'track=1&audioTrack=1': ['0:v:1', '0:a:1'],
      'track=1&audio=0': ['0:v:1'],
      'audio=0': ['0:v:0', '0:v:1'],
      'video=0&audioTrack=1': ['0:a:1'],
    } as const
    const players = Object.keys(asked).map((query) =>
      newerFfmpeg.run(hashes(at(`/live/show.flv?wait=20&${query}`)), 30_000),
    )
    const overWebSocket = scratch.file('ws.flv')
    const webSocket = at('/live/show.flv?wait=20&track=1&audioTrack=1').replace('http:', 'ws:')
    const saving = saveFlv(playFlv(webSocket, { reconnect: false }), overWebSocket, { fromZero: false })
    while (server.streams[0]?.players !== 5) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(await post(input, at('/live/show.flv'))).toMatchObject({ status: 0 })
    for (const [i, maps] of Object.values(asked).entries()) {
      const played = packetsOf((await players[i]?.ended)?.stdout ?? '')
      const source = await newerFfmpeg.run(hashesOf(input, ...maps), 30_000).ended
      expect([maps, played]).toEqual([maps, packetsOf(source.stdout)])
      expect(played.length).toBeGreaterThan(10)
    }
    await saving
    const saved = await newerFfmpeg.run(hashes(overWebSocket), 30_000).ended
    const source = await newerFfmpeg.run(hashesOf(input, '0:v:1', '0:a:1'), 30_000).ended
    expect(packetsOf(saved.stdout)).toEqual(packetsOf(source.stdout))
  })
})

describeWith([ffmpeg], 'FFmpeg publishes by POST, and curl plays', () => {
  for (const name of ['h264-aac', 'h264-mp3'])
    test(`${name}: the packets of the source`, async (context) => {
      const { server, at, scratch } = await begin(context)
      const input = mediaFile(`${name}.flv`)
      const output = scratch.file('out.flv')
      const playing = runToEnd(
        'curl',
        'curl',
        ['-sS', '--fail', '-o', output, at('/live/show.flv?wait=20')],
        {
          limitMs: 30_000,
        },
      )
      await awaited(server)
      const ended = new Promise<string>((resolve) =>
        server.on('publishEnded', ({ reason }) => resolve(reason)),
      )
      const publishing = await ffmpeg.run(
        args`-copyts -i ${input} -c copy -f flv -method POST ${at('/live/show.flv')}`,
        20_000,
      ).ended
      expect(publishing).toMatchObject({ status: 0 })
      expect(await ended).toBe('completed')
      expect(await playing).toMatchObject({ status: 0 })
      const media = async (file: string) =>
        (await readTracks(file)).map(({ kind, codec, packets }) => ({
          kind,
          codec,
          hashes: packets.map(({ hash }) => hash),
        }))
      expect(await media(output)).toEqual(await media(input))
    })
})

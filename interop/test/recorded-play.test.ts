// Recordings played over RTMP by other people's players: whole, from a position, resumed, and sought in.
import { readFile, stat, writeFile } from 'node:fs/promises'
import { decodeFlv, TagType } from '@rtmp/flv'
import { MediaMessage } from '@rtmp/e-rtmp'
import { play } from '@rtmp/client'
import { createServer } from '@rtmp/server'
import { record } from '@rtmp/recorder'
import { expect, test, type TestContext } from 'vitest'
import { args } from '../src/args.ts'
import { ffmpeg } from '../src/clients/ffmpeg.ts'
import { mpv } from '../src/clients/mpv.ts'
import { rtmpdump } from '../src/clients/rtmpdump.ts'
import { LOOPBACK } from '../src/loopback.ts'
import { mediaFile } from '../src/media.ts'
import { readTracks } from '../src/packets.ts'
import { RunningProgram } from '../src/running-program.ts'
import { Scratch } from '../src/scratch.ts'
import { crcOf } from '../src/source-packets.ts'
import { describeWith } from './support/describe-with.ts'

/** A server with `vod/movie` (FLV) and `vod/film` (MP4): the sample ten times. */
const stage = async ({ onTestFinished }: TestContext): Promise<{ url: string; scratch: Scratch }> => {
  const scratch = await Scratch.make()
  const tags = decodeFlv(await readFile(mediaFile('h264-aac.flv')))
  const messages = tags.map(({ typeId, timestamp, payload }) => new MediaMessage(typeId, timestamp, payload))
  const media = messages.filter(({ isCoded }) => isCoded)
  const length = Math.max(...media.map(({ timestamp }) => timestamp)) + 23
  for (const [name, format] of [
    ['movie', 'flv'],
    ['film', 'fmp4'],
  ] as const) {
    async function* source(): AsyncGenerator<MediaMessage> {
      yield* messages.filter(({ typeId }) => typeId !== TagType.script)
      for (let i = 1; i < 10; i++)
        for (const message of media) yield message.at(message.timestamp + i * length)
    }
    await record(source(), { file: scratch.file(`${name}.{ext}`), path: name, format, minFreeBytes: 0 }).ended
  }
  const server = createServer({
    rtmp: { port: 0, host: LOOPBACK },
    recordings: [{ file: `${scratch.path}/{streamName}.{ext}`, on: 'request' }],
  })
  await server.listen()
  onTestFinished(async () => {
    await server.close({ drainMs: 1000 })
    await scratch.remove()
  })
  return { url: `rtmp://${LOOPBACK}:${server.address('rtmp')?.port}/vod`, scratch }
}

const hashes = async (file: string): Promise<readonly (readonly string[])[]> =>
  (await readTracks(file)).map(({ packets }) => packets.map(({ hash }) => hash))

describeWith([ffmpeg], 'FFmpeg plays recordings', () => {
  test.for(['movie', 'film'])('%s whole, with times and hashes as recorded', async (name, context) => {
    const { url, scratch } = await stage(context)
    const output = scratch.file('out.flv')
    const { status } = await ffmpeg.run(
      args`-y -rtmp_buffer 1000000 -i ${`${url}/${name}`} -c copy -f flv ${output}`,
      30_000,
    ).ended
    expect(status).toBe(0)
    expect(await hashes(output)).toEqual(await hashes(scratch.file('movie.flv')))
  })

  test('from a position that is sought, to the key frame before it', async (context) => {
    const { url, scratch } = await stage(context)
    const output = scratch.file('out.flv')
    // With room for all of it, the end could be on its way before the seek is, and FFmpeg takes it for its own.
    const { status } = await ffmpeg.run(
      args`-y -rtmp_buffer 6000 -ss 20 -i ${`${url}/movie`} -t 3 -c copy -f flv ${output}`,
      30_000,
    ).ended
    expect(status).toBe(0)
    const video = (await readTracks(output)).find(({ kind }) => kind === 'video')
    const movie = (await readTracks(scratch.file('movie.flv'))).find(({ kind }) => kind === 'video')
    const keys = movie?.packets.filter(({ key, dts }) => key && dts <= 20_100) ?? []
    expect(video?.packets[0]).toMatchObject({ key: true, hash: keys.at(-1)?.hash })
  })
})

describeWith([rtmpdump], 'rtmpdump takes recordings', () => {
  const dump = (words: readonly string[]): RunningProgram =>
    new RunningProgram('rtmpdump', 'rtmpdump', ['-q', ...words], { limitMs: 30_000 })

  test('whole, and resumed where it was cut', async (context) => {
    const { url, scratch } = await stage(context)
    const whole = scratch.file('whole.flv')
    expect((await dump(args`-r ${`${url}/movie`} -o ${whole}`).ended).status).toBe(0)
    expect(await hashes(whole)).toEqual(await hashes(scratch.file('movie.flv')))
    // As far as it had come when it was interrupted: whole tags.
    const tags = decodeFlv(await readFile(whole))
    const half = tags[Math.floor(tags.length / 2)]?.offset ?? 0
    const resumed = scratch.file('resumed.flv')
    await writeFile(resumed, (await readFile(whole)).subarray(0, half))
    expect((await dump(args`-r ${`${url}/movie`} --resume -o ${resumed}`).ended).status).toBe(0)
    expect((await stat(resumed)).size).toBeGreaterThan((await stat(whole)).size * 0.99)
    const video = async (file: string): Promise<readonly string[]> =>
      (await readTracks(file)).find(({ kind }) => kind === 'video')?.packets.map(({ hash }) => hash) ?? []
    expect(await video(resumed)).toEqual(await video(whole))
  })

  test('from a start to a stop', async (context) => {
    const { url, scratch } = await stage(context)
    const part = scratch.file('part.flv')
    await dump(args`-r ${`${url}/movie`} --start 10 --stop 14 -o ${part}`).ended
    const video = (await readTracks(part)).find(({ kind }) => kind === 'video')
    expect(video?.packets[0]).toMatchObject({ key: true, dts: 10_000 })
    expect(video?.packets.at(-1)?.dts).toBeLessThan(15_200)
    expect(video?.packets.length).toBeGreaterThan(95)
  })
})

describeWith([mpv], 'mpv plays recordings', () => {
  test.for(['movie', 'film'])('%s from the key frame before a position on', async (name, context) => {
    const { url, scratch } = await stage(context)
    const tracks = await readTracks(scratch.file('movie.flv'))
    // To mpv a file begins at 0.
    const start = Math.min(...tracks.map(({ packets: [first] }) => first?.pts ?? Number.POSITIVE_INFINITY))
    const wanted = tracks
      .find(({ kind }) => kind === 'video')
      ?.packets.map(({ key, pts }) => (key ? pts - start : Number.POSITIVE_INFINITY))
      .findLast((time) => time <= 20_500)
    // Says where it is at its first picture, which it stays at, and goes.
    const script = scratch.file('where.lua')
    await writeFile(
      script,
      `mp.register_event('playback-restart', function()
        print('at ' .. mp.get_property('time-pos'))
        mp.command('quit')
      end)`,
    )
    const program = new RunningProgram(
      'mpv',
      'mpv',
      args`--no-config --quiet --vo=null --ao=null --no-audio --hr-seek=no --pause --script=${script} --start=20.5 ${`${url}/${name}`}`,
      { limitMs: 40_000 },
    )
    const { stdout } = await program.ended
    const [, first] = /at ([\d.]+)/.exec(stdout) ?? []
    expect(Math.abs(Number(first) * 1000 - (wanted ?? 0))).toBeLessThanOrEqual(1)
  })
})

describeWith([], 'our player plays recordings', () => {
  test.for(['movie', 'film'])(
    '%s from a start, and wherever it seeks, from the key frame before it',
    async (name, context) => {
      const { url, scratch } = await stage(context)
      const recorded = (await readTracks(scratch.file('movie.flv'))).find(({ kind }) => kind === 'video')
      const keyBefore = (ms: number) => recorded?.packets.findLast(({ key, dts }) => key && dts <= ms)
      const player = play(`${url}/${name}`, { start: 10_500 })
      const packets = player[Symbol.asyncIterator]()
      /** The next picture, and whether its codec was told before. */
      const picture = async () => {
        let hasHeader = false
        for (;;) {
          const { done, value: packet } = await packets.next()
          if (done === true) throw new Error('it is over')
          hasHeader ||= packet.isVideo && packet.isHeader
          const [frame] = packet.isVideo && packet.isCoded ? packet.frames() : []
          if (frame !== undefined)
            return { hasHeader, time: packet.timestamp, key: frame.keyFrame, hash: crcOf(frame.payload) }
        }
      }
      // From a start on, times are counted from 0.
      expect(await picture()).toEqual({ hasHeader: true, time: 0, key: true, hash: keyBefore(10_500)?.hash })
      for (const ms of [25_300, 3100, 3000, 30_900, 0]) {
        await player.seek(ms)
        const { dts, hash } = keyBefore(ms) ?? {}
        expect(await picture()).toEqual({ hasHeader: true, time: dts, key: true, hash })
        // And it goes on from there.
        expect((await picture()).time).toBeGreaterThan(dts ?? 0)
      }
      expect(player.isRecorded).toBe(true)
      await player.close()
    },
  )
})

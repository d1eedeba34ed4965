// MP4 as FFmpeg writes it, read as recordings: every packet of every track, and from a key frame on; and played by a server in whose folder it
// was put. What FFmpeg says of the file is what is right.
import { crc32 } from 'node:zlib'
import type { MediaFrame } from '@rtmp/e-rtmp'
import { nodeFiles, openRecording } from '@rtmp/recorder'
import { createServer } from '@rtmp/server'
import { expect, test } from 'vitest'
import { truncate, stat } from 'node:fs/promises'
import { args } from '../src/args.ts'
import { type Ffmpeg, ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { LOOPBACK } from '../src/loopback.ts'
import { mediaFile } from '../src/media.ts'
import { SHOW_TRACKS, type Track, tracksShown } from '../src/packets.ts'
import { Scratch } from '../src/scratch.ts'
import { packetOf } from '../src/source-packets.ts'
import { describeWith } from './support/describe-with.ts'

const WAYS: Readonly<Record<string, readonly string[]>> = {
  'with its moov at the end': [],
  faststart: ['-movflags', 'faststart'],
  'in fragments': ['-movflags', 'frag_keyframe+empty_moov+delay_moov'],
}

describeWith([ffmpeg], "other people's MP4 as a recording", () => {
  test.each(Object.entries(WAYS))('%s: every packet, and a seek', async (_, way) => {
    const scratch = await Scratch.make()
    const file = scratch.file('film.mp4')
    const { status } = await ffmpeg.run(args`-i ${mediaFile('h264-aac.flv')} -c copy ${way} ${file}`, 60_000)
      .ended
    expect(status).toBe(0)
    const { stdout } = await ffmpeg.probe([...SHOW_TRACKS, file], 60_000)
    const shown = tracksShown(stdout)
    const reader = await openRecording(nodeFiles, file)
    const frames: MediaFrame[] = []
    for (let more = await reader.next(); more !== undefined; more = await reader.next())
      frames.push(...more.flatMap((message) => (message.isCoded ? message.frames() : [])))
    expect(shown.length).toBe(2)
    for (const { kind, packets } of shown) {
      const read = frames.filter((frame) => frame.kind === kind).map(packetOf)
      expect(read.map(({ hash, key }) => [hash, key])).toEqual(packets.map(({ hash, key }) => [hash, key]))
    }
    // Sound and picture lie as far apart as FFmpeg, which goes by the edit lists, has them.
    const apart = ['video', 'audio'].map((kind) => {
      const read = frames.find((frame) => frame.kind === kind)?.pts ?? 0
      return read - (shown.find((track) => track.kind === kind)?.packets[0]?.pts ?? 0)
    })
    expect(Math.abs((apart[0] ?? 0) - (apart[1] ?? 0))).toBeLessThanOrEqual(1)
    const starts = await reader.starts()
    const last = starts.at(-1)?.time ?? 0
    expect(await reader.seek(last + 10)).toBe(last)
    const [first] = (await reader.next())?.filter(({ isVideo, isCoded }) => isVideo && isCoded) ?? []
    const keys = frames.filter(({ kind, keyFrame }) => kind === 'video' && keyFrame)
    expect(first?.frames().map(({ payload }) => crc32(payload))).toEqual([crc32(keys.at(-1)?.payload ?? '')])
    await reader.close()
    await scratch.remove()
  })

  test('whose end is missing is refused in words', async () => {
    const scratch = await Scratch.make()
    const file = scratch.file('film.mp4')
    await ffmpeg.run(args`-i ${mediaFile('h264-aac.flv')} -c copy ${file}`, 60_000).ended
    await truncate(file, (await stat(file)).size >> 1)
    await expect(openRecording(nodeFiles, file)).rejects.toThrow('it has no moov box')
    await scratch.remove()
  })
})

/** The same packets in the same order, as far apart but for a millisecond of rounding, whatever a container makes of where they begin. */
const expectSame = (found: readonly Track[], wanted: readonly Track[]): void => {
  for (const kind of ['video', 'audio']) {
    const [ours = [], theirs = []] = [found, wanted].map(
      (tracks) => tracks.find((one) => one.kind === kind)?.packets,
    )
    expect(ours.map(({ hash, key }) => [hash, key])).toEqual(theirs.map(({ hash, key }) => [hash, key]))
    const apart = ours.map(({ dts }, i) => {
      const since = theirs[i]?.dts ?? Number.NaN
      return dts - (ours[0]?.dts ?? 0) - (since - (theirs[0]?.dts ?? 0))
    })
    expect(apart.filter((ms) => !(Math.abs(ms) <= 1))).toEqual([])
  }
}

const shownBy = async (reader: Ffmpeg, input: string): Promise<readonly Track[]> => {
  const { status, stdout } = await reader.probe([...SHOW_TRACKS, input], 60_000)
  expect(status).toBe(0)
  return tracksShown(stdout)
}

for (const reader of [ffmpeg, newerFfmpeg])
  describeWith([ffmpeg, reader], `${reader.name} plays other people's MP4 from a server`, () => {
    test.each(Object.entries(WAYS))('%s: over RTMP and as HLS, every packet', async (_, way) => {
      const scratch = await Scratch.make()
      const file = scratch.file('film.mp4')
      await ffmpeg.run(args`-i ${mediaFile('h264-aac.flv')} -c copy ${way} ${file}`, 60_000).ended
      const server = createServer({
        rtmp: { port: 0, host: LOOPBACK },
        http: { port: 0, host: LOOPBACK },
        recordings: [{ file: `${scratch.path}/{streamName}.{ext}`, on: 'request' }],
      })
      await server.listen()
      const wanted = await shownBy(reader, file)
      expect(wanted.length).toBe(2)
      const output = scratch.file('played.flv')
      const url = `rtmp://${LOOPBACK}:${server.address('rtmp')?.port}/vod/film`
      const words = args`-y -rtmp_buffer 60000 -i ${url} -map 0 -c copy -f flv ${output}`
      expect((await reader.run(words, 60_000).ended).status).toBe(0)
      expectSame(await shownBy(reader, output), wanted)
      const playlist = `http://${LOOPBACK}:${server.address('http')?.port}/vod/film.m3u8`
      expectSame(await shownBy(reader, playlist), wanted)
      await server.close({ drainMs: 1000 })
      await scratch.remove()
    })
  })

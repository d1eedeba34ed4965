// Recordings as HLS, FLV and fragmented MP4 of ours, judged by FFmpeg: packets, times and hashes of the source.
import { RecordedHls } from '@rtmp/hls'
import { nodeFiles, openRecording, record, type RecordOptions } from '@rtmp/recorder'
import { expect, test } from 'vitest'
import { args } from '../src/args.ts'
import { ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { mediaFile } from '../src/media.ts'
import { SHOW_TRACKS, tracksShown } from '../src/packets.ts'
import { Scratch } from '../src/scratch.ts'
import { packetOf, tracksOf } from '../src/source-packets.ts'
import { describeWith } from './support/describe-with.ts'
import { messagesIn, serveHls } from './support/hls-origin.ts'

const recorded = async (
  name: string,
  folder: string,
  format: RecordOptions['format'] & {},
): Promise<string> => {
  const messages = await messagesIn(mediaFile(`${name}.flv`))
  async function* source(): AsyncGenerator<(typeof messages)[number]> {
    yield* messages
  }
  let made = ''
  await record(source(), {
    file: `${folder}/{index}.{ext}`,
    path: 'live/show',
    format,
    onEvent: (event) => {
      if (event.kind === 'fileCompleted') made = event.file
    },
  }).ended
  return made
}

const SAMPLES = ['h264-aac', 'hevc-aac', 'av1-opus', 'multitrack-h264x2-aacx2', 'aac-only'] as const

for (const [reader, names] of [
  [ffmpeg, ['h264-aac', 'aac-only']],
  [newerFfmpeg, SAMPLES],
] as const) {
  describeWith([reader], `${reader.name} reads recordings as HLS`, () => {
    test.each(names.flatMap((name) => [[name, 'flv'] as const, [name, 'fmp4'] as const]))(
      '%s of %s: every packet of every track, at its time',
      async (name, format) => {
        const scratch = await Scratch.make()
        const opened = await openRecording(nodeFiles, await recorded(name, scratch.path, format))
        const hls = await RecordedHls.open(opened, { segmentMs: 1000, maxBytes: 0 })
        await using origin = await serveHls(hls)
        const { status, stdout, stderr } = await reader.probe([...SHOW_TRACKS, origin.url], 40_000)
        expect([status, stderr.replaceAll(/.*Found duplicated MOOV Atom\. Skipped it\n/g, '')]).toEqual([
          0,
          '',
        ])
        const sources = tracksOf((await messagesIn(mediaFile(`${name}.flv`))).flatMap((one) => one.frames()))
        const found = tracksShown(stdout)
        expect(found.length).toBe(sources.length)
        for (const source of sources) {
          const packets = source.map(packetOf)
          const same = found.find(
            ({ packets: [first] }) => first?.hash === packets[0]?.hash && first?.bytes === packets[0]?.bytes,
          )
          expect(same?.packets).toEqual(packets)
        }
        expect(origin.asked.filter((each) => !each.startsWith('200'))).toEqual([])
        await opened.close()
        await scratch.remove()
      },
    )

    // FFmpeg 5 cannot seek in segments of MP4, in its own neither.
    test.skipIf(reader === ffmpeg)('a seek lands on the right picture', async () => {
      const scratch = await Scratch.make()
      const opened = await openRecording(nodeFiles, await recorded('h264-aac', scratch.path, 'flv'))
      await using origin = await serveHls(await RecordedHls.open(opened, { segmentMs: 1000 }))
      const words = args`-v info -ss 2.5 -i ${origin.url} -map 0:v -frames:v 1 -vf showinfo -f null -`
      const { status, stderr } = await reader.run(words, 30_000).ended
      expect(status).toBe(0)
      expect(/pts_time:([\d.]+)/.exec(stderr)?.[1]).toMatch(/^0(?:\.0\d*)?$/)
      await opened.close()
      await scratch.remove()
    })
  })
}

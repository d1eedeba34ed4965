// FLV over HTTP as FFmpeg serves it, played by the library: the packets of the file.
import { playFlv, saveFlv } from '@rtmp/client'
import { expect, test } from 'vitest'
import { args } from '../src/args.ts'
import { ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { freePort } from '../src/loopback.ts'
import { mediaFile } from '../src/media.ts'
import { readTracks } from '../src/packets.ts'
import { Scratch } from '../src/scratch.ts'
import { describeWith } from './support/describe-with.ts'

for (const [server, names] of [
  [ffmpeg, ['h264-aac', 'h264-aac-ts-rollover']],
  [newerFfmpeg, ['h264-aac', 'hevc-aac', 'av1-opus', 'multitrack-h264-hevc-aac-opus']],
] as const) {
  describeWith([server], `${server.name} serves FLV over HTTP`, () => {
    test.each(names)('%s comes as it is', async (name) => {
      const scratch = await Scratch.make()
      const port = await freePort()
      const url = `http://127.0.0.1:${port}/live/show.flv`
      const input = mediaFile(`${name}.flv`)
      const serving = server.run(
        args`-copyts -i ${input} -map 0:v? -map 0:a? -c copy -f flv -listen 1 ${url}`,
        30_000,
      )
      // It listens when it does: until then nobody is there, and the player tries again.
      const player = playFlv(url, {
        reconnect: { fromStart: true, initialMs: 50, maximumMs: 50, tries: 200 },
      })
      const output = scratch.file('out.flv')
      await saveFlv(player, output, { fromZero: false })
      await serving.ended
      const media = async (file: string) =>
        (await readTracks(file)).map(({ kind, codec, packets }) => ({ kind, codec, packets }))
      expect(await media(output)).toEqual(await media(input))
      await scratch.remove()
    })
  })
}

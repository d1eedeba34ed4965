import { expect, test, type TestContext } from 'vitest'

import { type NginxServer, nginxRtmp } from '../src/clients/nginx-rtmp.ts'
import { compareFromJoin } from '../src/comparison.ts'
import { freePort, LOOPBACK } from '../src/loopback.ts'
import { mediaFile } from '../src/media.ts'
import { readTracks } from '../src/packets.ts'
import { Tap } from '../src/tap.ts'
import { describeWith } from './support/describe-with.ts'
import { asked, bestFfmpeg, Stage, startPlayer } from './support/stage.ts'

const INPUT = mediaFile('h264-aac.flv')

/** nginx, and a tap to it. */
const openNginx = async ({ onTestFinished }: TestContext): Promise<{ nginx: NginxServer; tap: Tap }> => {
  const nginx = await nginxRtmp.serve({ port: await freePort() })
  onTestFinished(async () => {
    await nginx.stop()
  })
  const tap = await Tap.open(nginx.port)
  onTestFinished(async () => tap.close())
  return { nginx, tap }
}

/** The recording is the source, packet by packet, from its first on. */
const expectWhole = async (recording: string): Promise<void> => {
  const { problems, tracks } = compareFromJoin(await readTracks(INPUT), await readTracks(recording))
  expect(problems).toEqual([])
  expect(tracks.map(({ kind, joinedAt }) => `${kind} ${joinedAt}`).toSorted()).toEqual(['audio 0', 'video 0'])
}

describeWith([bestFfmpeg, nginxRtmp], 'relays and nginx-rtmp', () => {
  test('what FFmpeg publishes to nginx is pulled and played unchanged', async (context) => {
    const { nginx, tap } = await openNginx(context)
    const stage = await Stage.open(context, {
      graceMs: 300,
      relays: [{ pull: tap.url('live/{streamName}'), stream: 'edge/*', lingerMs: 100 }],
    })
    const player = await startPlayer(stage, { path: 'edge/stream', file: 'pulled.flv' })
    await asked(await tap.first(), 'play')
    const publisher = stage.keep(bestFfmpeg.publish({ input: INPUT, url: nginx.url('live', 'stream') }))
    expect(await publisher.ended).toMatchObject({ status: 0, stderr: '' })
    expect(await player.program.ended).toMatchObject({ status: 0 })
    await expectWhole(player.output)
    await stage.server.untilNoStreams()
  })

  test('what FFmpeg publishes here is pushed to nginx and played there unchanged', async (context) => {
    const { nginx, tap } = await openNginx(context)
    const stage = await Stage.open(context, {
      graceMs: 300,
      relays: [{ push: nginx.url('live', 'copy-of-{streamName}') }],
    })
    const output = stage.scratch.file('pushed.flv')
    const player = stage.keep(bestFfmpeg.play({ url: tap.url('live/copy-of-stream'), output }))
    await asked(await tap.first(), 'play')
    const url = `rtmp://${LOOPBACK}:${stage.server.port}/live/stream`
    const publisher = stage.keep(bestFfmpeg.publish({ input: INPUT, url }))
    expect(await publisher.ended).toMatchObject({ status: 0, stderr: '' })
    expect(await player.ended).toMatchObject({ status: 0 })
    await expectWhole(output)
  })
})

// One rendition of several for who takes one: by the query of a player, for the target of a push, by the command.
import { expect, test } from 'vitest'
import { ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { nginxRtmp } from '../src/clients/nginx-rtmp.ts'
import { rtmpCommand } from '../src/clients/rtmp-command.ts'
import { compareFromJoin } from '../src/comparison.ts'
import { freePort } from '../src/loopback.ts'
import { mediaFile } from '../src/media.ts'
import { readTracks, type Track } from '../src/packets.ts'
import type { RunningProgram } from '../src/running-program.ts'
import { Tap } from '../src/tap.ts'
import { describeWith } from './support/describe-with.ts'
import { asked, Stage, startPlayer } from './support/stage.ts'

const INPUT = mediaFile('multitrack-h264x2-aacx2.flv')

/** The tracks of one number. */
const tracksOf = async (file: string, trackId: number): Promise<Track[]> => {
  const tracks = await readTracks(file)
  return (['video', 'audio'] as const).flatMap(
    (kind) => tracks.filter((track) => track.kind === kind)[trackId] ?? [],
  )
}

// FFmpeg 5 and nginx-rtmp know classic RTMP with one track of each kind.
describeWith([ffmpeg, newerFfmpeg, nginxRtmp], 'of a stream with two renditions', () => {
  test('the second one goes to an old FFmpeg by ?track=1, to nginx by a push, and by rtmp relay --track', async (context) => {
    const nginx = await nginxRtmp.serve({ port: await freePort() })
    context.onTestFinished(async () => {
      await nginx.stop()
    })
    const stage = await Stage.open(context, {
      graceMs: 300,
      relays: [
        { push: [nginx.url('live', 'first'), { url: nginx.url('live', 'second'), video: 1, audio: 1 }] },
      ],
    })
    const atNginx: { output: string; program: RunningProgram }[] = []
    for (const name of ['second', 'relayed']) {
      const tap = await Tap.open(nginx.port)
      stage.atEnd(async () => tap.close())
      const output = stage.scratch.file(`${name}.flv`)
      atNginx.push({ output, program: stage.keep(ffmpeg.play({ url: tap.url(`live/${name}`), output })) })
      await asked(await tap.first(), 'play')
    }
    const player = await startPlayer(stage, {
      path: 'live/show?track=1&audioTrack=1',
      file: 'chosen.flv',
      ffmpeg,
    })
    const mixed = await startPlayer(stage, { path: 'live/show?video=1', file: 'mixed.flv', ffmpeg })
    const relay = stage.keep(
      rtmpCommand.run([
        'relay',
        `rtmp://127.0.0.1:${stage.server.port}/live/show`,
        nginx.url('live', 'relayed'),
        '--track',
        '1',
        '--audio-track',
        '1',
      ]),
    )
    await stage.server.untilPlayers(3)
    const url = `rtmp://127.0.0.1:${stage.server.port}/live/show`
    const publisher = stage.keep(newerFfmpeg.publish({ input: INPUT, url }))
    expect(await publisher.ended).toMatchObject({ status: 0, stderr: '' })
    expect((await player.program.ended).stderr).toBe('')
    await mixed.program.ended
    await Promise.all(atNginx.map(({ program }) => program.ended))
    expect((await relay.ended).status).toBe(0)

    const [first, second] = [await tracksOf(INPUT, 0), await tracksOf(INPUT, 1)]
    const expectOnly = async (file: string, expected: readonly Track[]): Promise<void> => {
      const { problems, tracks } = compareFromJoin(expected, await readTracks(file))
      expect([file, problems]).toEqual([file, []])
      expect(tracks.map(({ kind, joinedAt }) => `${kind} ${joinedAt}`).toSorted()).toEqual([
        'audio 0',
        'video 0',
      ])
    }
    await expectOnly(player.output, second)
    await expectOnly(
      mixed.output,
      [second[0], first[1]].filter((track) => track !== undefined),
    )
    for (const { output } of atNginx) await expectOnly(output, second)
  })
})

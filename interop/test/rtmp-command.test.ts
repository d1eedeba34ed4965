import { expect, test, type TestContext, vi } from 'vitest'

import { compareFromJoin } from '../src/comparison.ts'
import { ffmpeg } from '../src/clients/ffmpeg.ts'
import { type NginxServer, nginxRtmp } from '../src/clients/nginx-rtmp.ts'
import { rtmpCommand } from '../src/clients/rtmp-command.ts'
import { freePort, LOOPBACK } from '../src/loopback.ts'
import { mediaFile } from '../src/media.ts'
import { readTracks } from '../src/packets.ts'
import { type ProgramEnd, RunningProgram } from '../src/running-program.ts'
import { describeWith } from './support/describe-with.ts'
import { bestFfmpeg, Stage } from './support/stage.ts'

const INPUT = mediaFile('h264-aac.flv')

const openNginx = async (stage: Stage): Promise<NginxServer> => {
  const nginx = await nginxRtmp.serve({ port: await freePort() })
  stage.atEnd(async () => nginx.stop())
  return nginx
}

/** Starts `rtmp` and waits until it is where it has to be. */
const begin = async (stage: Stage, pattern: RegExp, ...words: string[]): Promise<RunningProgram> => {
  const program = stage.keep(rtmpCommand.run(words))
  await rtmpCommand.printed(program, pattern)
  return program
}

const done = async (program: RunningProgram): Promise<ProgramEnd> => {
  const end = await program.ended
  expect({ status: end.status, timedOut: end.timedOut, stderr: end.stderr }).toEqual({
    status: 0,
    timedOut: false,
    stderr: end.stderr,
  })
  return end
}

/** The recording is the source, packet by packet, from its first on. */
const expectWhole = async (recording: string, source = INPUT): Promise<void> => {
  const { problems, tracks } = compareFromJoin(await readTracks(source), await readTracks(recording))
  expect(problems).toEqual([])
  for (const { joinedAt } of tracks) expect(joinedAt).toBe(0)
}

const ourUrl = (stage: Stage, name = 'stream'): string =>
  `rtmp://${LOOPBACK}:${stage.server.port}/live/${name}`

const open = (context: TestContext): Promise<Stage> => Stage.open(context, { graceMs: 300 })

describeWith([ffmpeg, nginxRtmp], 'the rtmp command and nginx-rtmp', () => {
  test('publishes a file that nginx records unchanged', async (context) => {
    const stage = await open(context)
    const nginx = await openNginx(stage)
    const { stdout } = await done(stage.keep(rtmpCommand.run(['publish', INPUT, nginx.url('rec', 'stream')])))
    expect(JSON.parse(stdout)).toMatchObject({
      tags: 293,
      targets: [{ state: 'ended', dropped: { video: 0 } }],
    })
    // The publisher can be gone before nginx has written the end.
    await vi.waitFor(() => expectWhole(nginx.recording('stream')), { timeout: 5000, interval: 250 })
  })

  test('plays what FFmpeg publishes there into a file', async (context) => {
    const stage = await open(context)
    const nginx = await openNginx(stage)
    const recording = stage.scratch.file('played.flv')
    const player = await begin(stage, /Playing from/, 'play', nginx.url('live', 'stream'), '-o', recording)
    stage.keep(ffmpeg.publish({ input: INPUT, url: nginx.url('live', 'stream') }))
    await done(player)
    await expectWhole(recording)
  })

  test('relays from our server to nginx and back to ours', async (context) => {
    const stage = await open(context)
    const nginx = await openNginx(stage)
    const recording = stage.scratch.file('relayed.flv')
    const last = await begin(stage, /Playing from/, 'play', ourUrl(stage, 'back'), '-o', recording)
    const words = ['relay', ourUrl(stage), nginx.url('live', 'stream'), ourUrl(stage, 'back')]
    const relay = await begin(stage, /(target \d: Publishing[^]*){2}/, ...words)
    await done(stage.keep(rtmpCommand.run(['publish', INPUT, ourUrl(stage)])))
    const { stdout } = await done(relay)
    expect(JSON.parse(stdout)).toMatchObject({ targets: [{ state: 'ended' }, { state: 'ended' }] })
    await done(last)
    await expectWhole(recording)
  })
})

describeWith([bestFfmpeg], 'the rtmp command and our server', () => {
  for (const name of [
    'h264-aac.flv',
    'hevc-aac.flv',
    'multitrack-h264-hevc-aac-opus.flv',
    'h264-aac-ts-rollover.flv',
  ]) {
    test(`publishes and plays ${name} unchanged`, async (context) => {
      const stage = await open(context)
      const recording = stage.scratch.file(name)
      const words = ['play', ourUrl(stage), '-o', recording, '--keep-time']
      const player = await begin(stage, /Playing from/, ...words)
      await done(stage.keep(rtmpCommand.run(['publish', mediaFile(name), ourUrl(stage)])))
      await done(player)
      await expectWhole(recording, mediaFile(name))
    })
  }

  test('publishes from a pipe and plays into one', async (context) => {
    const stage = await open(context)
    const recording = stage.scratch.file('piped.flv')
    const sh = (line: string, ...words: string[]): RunningProgram =>
      stage.keep(new RunningProgram('sh', 'sh', ['-c', line, 'sh', ...words], { limitMs: 25_000 }))
    const player = sh(
      `"$@" | ffmpeg -v error -y -copyts -i - -c copy -f flv '${recording}'`,
      ...rtmpCommand.commandLine(['play', ourUrl(stage)]),
    )
    await rtmpCommand.printed(player, /Playing from/)
    const publisher = sh(
      `ffmpeg -v error -re -copyts -i '${INPUT}' -c copy -f flv - | "$@"`,
      ...rtmpCommand.commandLine(['publish', '-', ourUrl(stage)]),
    )
    await done(publisher)
    await done(player)
    await expectWhole(recording)
  })

  test('probe tells what is published, and how it comes', async (context) => {
    const stage = await open(context)
    const publisher = await begin(
      stage,
      /Publishing to/,
      'publish',
      INPUT,
      ourUrl(stage),
      '--loop',
      '--clock',
    )
    const { stdout } = await done(
      stage.keep(rtmpCommand.run(['probe', ourUrl(stage), '-d', '3', '--ping', '500ms'])),
    )
    await publisher.stop('SIGINT')
    expect(JSON.parse(stdout)).toMatchObject({
      tracks: [
        { codec: 'h264', width: 320, height: 180, frameRate: 25, reordered: true },
        { codec: 'aac', sampleRate: 48_000 },
      ],
      live: { rttMs: expect.any(Number), latencyMs: { mean: expect.any(Number) } },
      problems: [],
    })
  })

  test('inspect stands between FFmpeg and the server, and changes nothing', async (context) => {
    const stage = await open(context)
    const recording = stage.scratch.file('inspected.flv')
    const player = await begin(stage, /Playing from/, 'play', ourUrl(stage), '-o', recording)
    const words = ['inspect', '--listen', '0', ourUrl(stage), '--connections', '1']
    const proxy = await begin(stage, /Listening/, ...words)
    const port = /rtmp:\/\/127\.0\.0\.1:(\d+)\//.exec(proxy.stderr)?.[1] ?? ''
    const url = `rtmp://${LOOPBACK}:${port}/live/stream`
    const sent = await stage.keep(bestFfmpeg.publish({ input: INPUT, url })).ended
    expect(sent).toMatchObject({ status: 0, stderr: '' })
    const { stdout } = await done(proxy)
    await done(player)
    await expectWhole(recording)

    const records = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown> & { frames?: { type: string }[] })
    expect(records.filter(({ problem }) => problem !== undefined)).toEqual([])
    const coded = (kind: string): number =>
      records.filter((record) => record['kind'] === kind && record.frames?.[0]?.type === 'coded').length
    expect({ video: coded('video'), audio: coded('audio') }).toEqual({ video: 100, audio: 189 })
    const commands = records
      .filter(({ kind }) => kind === 'command')
      .map(({ from, name }) => `${String(from)} ${String(name)}`)
    expect(commands).toEqual(
      expect.arrayContaining(['client connect', 'server _result', 'client publish', 'server onStatus']),
    )
    expect(records.at(-1)).toMatchObject({ kind: 'connection', state: 'closed', text: 'by the client' })
  })
})

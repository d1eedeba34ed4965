// A publisher's network is gone for 20 s: what players record is one file that goes on.
import { readFile } from 'node:fs/promises'

import { publish, publishFlv } from '@rtmp/client'
import { expect, test, type TestContext } from 'vitest'

import { BadLine } from '../src/bad-line.ts'
import { ffmpeg } from '../src/clients/ffmpeg.ts'
import { rtmpdump } from '../src/clients/rtmpdump.ts'
import { mediaFile } from '../src/media.ts'
import { type Packet, readTracks } from '../src/packets.ts'
import type { RunningProgram } from '../src/running-program.ts'
import { describeWith } from './support/describe-with.ts'
import { bestFfmpeg, Stage } from './support/stage.ts'

/** Four seconds, a key frame in each. */
const INPUT = mediaFile('h264-aac.flv')
const PATH = 'live/stream'
const OUTAGE_MS = 20_000
/** So often it is filmed: once before, and once behind. */
const ROUNDS = 7
const LIMIT_MS = 50_000

interface Recording {
  readonly name: string
  readonly output: string
  readonly program: RunningProgram
}

/** A server that waits for its publishers, a line to it that can fail, and two who record. */
const open = async (
  context: TestContext,
): Promise<{ stage: Stage; line: BadLine; recordings: readonly Recording[] }> => {
  const stage = await Stage.open(context, { graceMs: 30_000, silenceMs: 5000 })
  const line = await BadLine.open(stage.server.port)
  stage.atEnd(async () => line.down())
  const url = `rtmp://127.0.0.1:${stage.server.port}/${PATH}`
  const [one, other] = [stage.scratch.file('ffmpeg.flv'), stage.scratch.file('rtmpdump.flv')]
  const recordings = [
    { name: 'FFmpeg', output: one, program: bestFfmpeg.play({ url, output: one, limitMs: LIMIT_MS }) },
    { name: 'rtmpdump', output: other, program: rtmpdump.record({ url, output: other, limitMs: LIMIT_MS }) },
  ]
  for (const { program } of recordings) stage.keep(program)
  await stage.server.untilPlayers(2)
  return { stage, line, recordings }
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const times = (packets: readonly Packet[]): number[] => packets.map(({ dts }) => dts)

/** The recording has everything of the source before and after, in time, and one hole at most. */
const expectContinuous = async ({ output, program, name }: Recording, least: number): Promise<void> => {
  const { timedOut } = await program.ended
  expect({ name, timedOut }).toEqual({ name, timedOut: false })
  const source = await readTracks(INPUT)
  const tracks = await readTracks(output)
  expect(tracks.map(({ codec }) => codec)).toEqual(source.map(({ codec }) => codec))
  for (const [at, { kind, packets, configuration }] of tracks.entries()) {
    expect(configuration).toBe(source[at]?.configuration)
    const recorded = times(packets)
    expect(recorded, `${name}: ${kind} goes on`).toEqual(recorded.toSorted((a, b) => a - b))
    expect(new Set(recorded).size, `${name}: no ${kind} twice`).toBe(recorded.length)
    const known = new Set(source[at]?.packets.map(({ hash }) => hash))
    expect(packets.every(({ hash }) => known.has(hash))).toBe(true)
    const holes = packets.filter(({ dts }, i) => dts - (packets[i - 1]?.dts ?? dts) > 1000)
    expect(holes.length, `${name}: holes in ${kind}`).toBeLessThanOrEqual(1)
    if (kind !== 'video') continue
    expect(packets.length).toBeGreaterThan(least)
    expect(packets[0]?.key).toBe(true)
    expect(holes.every(({ key }) => key)).toBe(true)
  }
}

describeWith([ffmpeg, rtmpdump], 'a publisher whose network is gone for 20 s', () => {
  test('our client: it comes back by itself', async (context) => {
    const { line, recordings } = await open(context)
    const publisher = await publish(line.url(PATH), {
      reconnect: { initialMs: 200, maximumMs: 500 },
      queue: { overflow: 'drop', maxBytes: 300_000 },
    })
    const data = await readFile(INPUT)
    const filming = publishFlv(publisher, () => [data], { loop: ROUNDS })
    await wait(4000)
    await line.down()
    await wait(OUTAGE_MS)
    expect(publisher.state).toBe('reconnecting')
    await line.up()
    await filming
    await publisher.end()
    expect(publisher.stats.reconnects).toBe(1)
    for (const recording of recordings) await expectContinuous(recording, 180)
  })

  test('FFmpeg: it is started again, and its time begins anew', async (context) => {
    const { stage, line, recordings } = await open(context)
    const film = (): RunningProgram => stage.keep(bestFfmpeg.publish({ input: INPUT, url: line.url(PATH) }))
    const first = film()
    await wait(3000)
    await line.down()
    expect((await first.ended).status).not.toBe(0)
    await wait(OUTAGE_MS)
    await line.up()
    expect((await film().ended).status).toBe(0)
    for (const recording of recordings) await expectContinuous(recording, 150)
  })
})

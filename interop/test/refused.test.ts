// What encoders do and print when they are told that they may not publish.
import { expect, test, type TestContext } from 'vitest'

import type { RealClient } from '../src/availability.ts'
import { ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { gstreamer } from '../src/clients/gstreamer.ts'
import { obs } from '../src/clients/obs.ts'
import { mediaFile } from '../src/media.ts'
import type { RunningProgram } from '../src/running-program.ts'
import type { Tap } from '../src/tap.ts'
import { describeWith } from './support/describe-with.ts'
import { Stage } from './support/stage.ts'

const INPUT = mediaFile('h264-aac-nobframes.flv')
const WORDS = 'the key is not known'
/** What a publisher has sent when it certainly publishes. */
const SOME_MEDIA = 8000

/** How a publisher comes to be refused. */
interface Refusal {
  readonly name: string
  readonly status: string
  readonly words: string
  open(context: TestContext): Promise<Stage>
}

const refusals: readonly Refusal[] = [
  {
    name: 'by the application',
    status: 'NetStream.Publish.Denied',
    words: WORDS,
    open: async (context) =>
      Stage.open(context, { handler: { publish: () => ({ kind: 'reject', description: WORDS }) } }),
  },
  {
    name: 'because somebody else publishes that name',
    status: 'NetStream.Publish.BadName',
    words: 'published by someone else',
    open: async (context) => {
      const stage = await Stage.open(context, { graceMs: 300 })
      const tap = await stage.tap()
      stage.keep(ffmpeg.publish({ input: INPUT, url: tap.url('live/key'), loop: true }))
      await (await tap.first()).until(({ clientToServer }) => clientToServer.length > SOME_MEDIA)
      return stage
    },
  },
]

interface Encoder {
  readonly name: string
  readonly client: RealClient
  publish(tap: Tap, stage: Stage): Promise<RunningProgram>
  /** What it prints of a refusal. */
  prints(refusal: Refusal): string
}

const encoders: readonly Encoder[] = [
  ...[ffmpeg, newerFfmpeg].map((program) => ({
    name: program.name,
    client: program,
    publish: async (tap: Tap) => program.publish({ input: INPUT, url: tap.url('live/key') }),
    prints: ({ words }: Refusal) => words,
  })),
  {
    name: 'OBS Studio',
    client: obs,
    publish: async (tap, stage) =>
      obs.publish({
        server: tap.url('live'),
        key: 'key',
        home: await stage.scratch.folder('obs'),
        seconds: 7,
        reconnect: true,
      }),
    prints: ({ status }) => status,
  },
  {
    name: 'GStreamer rtmp2sink',
    client: gstreamer,
    publish: async (tap) =>
      gstreamer.publishFile({ input: INPUT, url: tap.url('live/key'), sink: 'rtmp2sink' }),
    prints: ({ status }) => status,
  },
  {
    // It keeps to itself what librtmp was told.
    name: 'GStreamer rtmpsink (librtmp)',
    client: gstreamer,
    publish: async (tap) =>
      gstreamer.publishFile({ input: INPUT, url: tap.url('live/key'), sink: 'rtmpsink' }),
    prints: () => 'Could not connect to RTMP stream',
  },
]

for (const { name, client, publish, prints } of encoders) {
  describeWith([ffmpeg, client], `${name} is refused`, () => {
    for (const refusal of refusals) {
      test(`${refusal.name}: it is told the status and why, leaves, and does not come again`, async (context) => {
        const stage = await refusal.open(context)
        const tap = await stage.tap()
        const { timedOut, stderr, stdout } = await stage.keep(await publish(tap, stage)).ended
        expect(timedOut).toBe(false)
        expect(tap.connections).toHaveLength(1)
        const told = tap.connections[0]?.serverToClient
        expect(told?.includes(refusal.status)).toBe(true)
        expect(told?.includes(refusal.words)).toBe(true)
        expect(stderr + stdout).toContain(prints(refusal))
      })
    }
  })
}

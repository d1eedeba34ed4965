// HLS as @rtmp/hls makes it, judged by FFmpeg and GStreamer: packets, times and hashes of the source. In Chromium with hls.js:
// packages/hls/test/hls-js.browser.test.ts.
import type { MediaFrame, MediaMessage } from '@rtmp/e-rtmp'
import { HlsStream } from '@rtmp/hls'
import { expect, test } from 'vitest'
import { args } from '../src/args.ts'
import { ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { gstreamer, newerGstreamer } from '../src/clients/gstreamer.ts'
import { mediaFile } from '../src/media.ts'
import { SHOW_TRACKS, tracksShown } from '../src/packets.ts'
import { MODERN_SAMPLES, packetOf, tracksOf } from '../src/source-packets.ts'
import { describeWith } from './support/describe-with.ts'
import { messagesIn, pushLive, serveHls } from './support/hls-origin.ts'
import { complaintsIn, readByGstreamer } from './support/read-hls.ts'
import { expectFrames } from './support/frames-read.ts'

const framesOf = (messages: readonly MediaMessage[]): MediaFrame[] =>
  messages.flatMap((message) => message.frames())

/** 2 where there are pictures and sound. */
const kindsOf = (messages: readonly MediaMessage[]): number =>
  new Set(framesOf(messages).map(({ kind }) => kind)).size

const FORMS = [
  ['HLS', 0],
  ['LL-HLS', 200],
] as const

/** A sample three times in a row, without its metadata, its headers once. */
const threeTimes = (messages: readonly MediaMessage[]): MediaMessage[] => {
  const holds = (type: string) => (message: MediaMessage) =>
    message.kind !== 'data' && message.frames().some((frame) => frame.type === type)
  const coded = messages.filter(holds('coded'))
  const others = messages.filter((each) => !coded.includes(each) && !holds('sequenceEnd')(each))
  const lengthMs = ((coded.at(-1)?.timestamp ?? 0) - (coded[0]?.timestamp ?? 0) + 40) | 0
  return [
    ...others.filter(({ kind }) => kind !== 'data'),
    ...[0, 1, 2].flatMap((round) => coded.map((each) => each.at((each.timestamp + round * lengthMs) >>> 0))),
  ]
}

/** A whole sample as HLS that has ended. */
const hlsOf = (messages: readonly MediaMessage[], partMs: number): HlsStream => {
  const hls = new HlsStream({ windowMs: 600_000, partMs, segmentMs: 1000 })
  const first = messages.find(({ kind }) => kind !== 'data')?.timestamp ?? 0
  const now = Date.now()
  for (const message of messages) hls.push(message, now + ((message.timestamp - first) | 0))
  hls.end(now)
  return hls
}

for (const reader of [ffmpeg, newerFfmpeg]) {
  describeWith([reader], `${reader.name} reads HLS`, () => {
    test.each(MODERN_SAMPLES.flatMap((name) => FORMS.map((form) => [name, ...form] as const)))(
      '%s as %s: every packet of every track, at its time',
      async (name, _, partMs) => {
        const messages = await messagesIn(mediaFile(`${name}.flv`))
        await using origin = await serveHls(hlsOf(messages, partMs))
        const { status, stdout, stderr } = await reader.probe([...SHOW_TRACKS, origin.url], 40_000)
        expect([status, complaintsIn(stderr)]).toEqual([0, []])
        const found = tracksShown(stdout)
        const sources = tracksOf(framesOf(messages))
        expect(found.length).toBe(sources.length)
        for (const source of sources) {
          const packets = source.map(packetOf)
          const same = found.find(
            ({ kind, packets: [first] }) =>
              source[0]?.kind === kind &&
              first?.hash === packets[0]?.hash &&
              first?.bytes === packets[0]?.bytes,
          )
          expect(same?.packets).toEqual(packets)
        }
        expect(origin.asked.filter((each) => !each.startsWith('200'))).toEqual([])
      },
    )

    test('a stream with B-frames is decoded without a complaint', async () => {
      await using origin = await serveHls(hlsOf(await messagesIn(mediaFile('h264-aac.flv')), 200))
      const { status, stderr } = await reader.run(args`-i ${origin.url} -map 0 -f null -`, 60_000).ended
      expect([status, stderr]).toEqual([0, ''])
    })
  })
}

for (const reader of [gstreamer, newerGstreamer]) {
  describeWith([reader], `hlsdemux2 of ${reader.name} reads HLS`, () => {
    test.each(MODERN_SAMPLES.flatMap((name) => FORMS.map((form) => [name, ...form] as const)))(
      '%s as %s: every frame',
      async (name, _, partMs) => {
        const sample = await messagesIn(mediaFile(`${name}.flv`))
        // Its output begins when there is enough without what is held. Of AV1 it leaves out the last picture before a further round.
        const holds = !name.startsWith('av1')
        const messages = holds ? threeTimes(sample) : sample
        await using origin = await serveHls(hlsOf(messages, partMs), holds)
        expectFrames(await readByGstreamer(reader, origin, kindsOf(messages)), framesOf(messages))
        expect(origin.asked.filter((each) => !each.startsWith('200'))).toEqual([])
      },
    )
  })
}

// GStreamer 1.22 knows no parts, and 1.28 ends by an assertion of its own, now and then, where two tracks are read so.
describeWith([newerGstreamer], `hlsdemux2 of ${newerGstreamer.name} reads LL-HLS while it is live`, () => {
  test.each([
    ['video', 'h264-aac'],
    ['video', 'hevc-aac'],
    ['video', 'vp9-opus'],
    ['audio', 'aac-only'],
    ['audio', 'h264-opus'],
    ['audio', 'h264-flac'],
    ['audio', 'h264-ac3'],
    ['audio', 'h264-mp3'],
  ] as const)(
    'the %s of %s: part by part, every frame from where it joins to the last parts',
    async (kind, name) => {
      const hls = new HlsStream({ windowMs: 600_000, segmentMs: 1000 })
      const sample = await messagesIn(mediaFile(`${name}.flv`))
      const messages = threeTimes(sample.filter((message) => message.kind === kind))
      await using origin = await serveHls(hls)
      const [hashes] = await Promise.all([
        readByGstreamer(newerGstreamer, origin, 1),
        pushLive(hls, messages),
      ])
      expectFrames(hashes, framesOf(messages), { startMs: 6000, endMs: 1500 })
      const parts = origin.asked.filter((each) => /-\d+\.\d+\.m4s$/.test(each))
      expect(parts.length).toBeGreaterThan(20)
      const updates = origin.asked.filter((each) => /_HLS_part=\d+&_HLS_skip=YES/.test(each))
      expect(updates.length).toBeGreaterThan(20)
      expect(origin.asked.filter((each) => !each.startsWith('200'))).toEqual([])
    },
  )
})

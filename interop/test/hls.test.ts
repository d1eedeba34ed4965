// HLS as @rtmp/hls makes it, judged by FFmpeg and GStreamer: packets, times and hashes of the source. In Chromium with hls.js:
// packages/hls/test/hls-js.browser.test.ts.
import { createHash } from 'node:crypto'
import type { MediaMessage } from '@rtmp/e-rtmp'
import { HlsStream } from '@rtmp/hls'
import { expect, test } from 'vitest'
import { args } from '../src/args.ts'
import { ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { gstreamer } from '../src/clients/gstreamer.ts'
import { mediaFile } from '../src/media.ts'
import { SHOW_TRACKS, tracksShown } from '../src/packets.ts'
import { MODERN_SAMPLES, packetOf, tracksOf } from '../src/source-packets.ts'
import { describeWith } from './support/describe-with.ts'
import { messagesIn, serveHls } from './support/hls-origin.ts'

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
    test.each(MODERN_SAMPLES)('%s: every packet of every track, at its time', async (name) => {
      const messages = await messagesIn(mediaFile(`${name}.flv`))
      const hls = hlsOf(messages, name.includes('aac') ? 200 : 0)
      await using origin = await serveHls(hls)
      const { status, stdout, stderr } = await reader.probe([...SHOW_TRACKS, origin.url], 40_000)
      expect(stderr.replaceAll(/.*Found duplicated MOOV Atom\. Skipped it\n/g, '')).toBe('')
      expect(status).toBe(0)
      const found = tracksShown(stdout)
      const sources = tracksOf(messages.flatMap((message) => message.frames()))
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
    })

    test('a stream with B-frames is decoded without a complaint', async () => {
      await using origin = await serveHls(hlsOf(await messagesIn(mediaFile('h264-aac.flv')), 200))
      const { status, stderr } = await reader.run(args`-i ${origin.url} -map 0 -f null -`, 60_000).ended
      expect([status, stderr]).toEqual([0, ''])
    })
  })
}

describeWith([gstreamer], 'GStreamer’s hlsdemux2 reads HLS', () => {
  test.each(['h264-aac', 'hevc-aac', 'multitrack-h264x2-aacx2', 'aac-only'])('%s', async (name) => {
    const messages = await messagesIn(mediaFile(`${name}.flv`))
    await using origin = await serveHls(hlsOf(messages, 200))
    const { stdout, stderr, status } = await gstreamer.run(
      args`urisourcebin uri=${origin.url} parse-streams=true name=s s. ! checksumsink hash=md5 sync=false`,
      40_000,
    ).ended
    expect([status, stderr]).toEqual([0, ''])
    const hashes = [...stdout.matchAll(/ ([0-9a-f]{32})$/gm)].map(([, md5]) => md5)
    const sources = tracksOf(messages.flatMap((message) => message.frames())).map((track) =>
      track.map(({ payload }) => createHash('md5').update(payload).digest('hex')),
    )
    expect(sources).toContainEqual(hashes)
  })
})

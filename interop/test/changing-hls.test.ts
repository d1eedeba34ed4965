// Streams that change while they are live, as HLS and LL-HLS of the server: read by FFmpeg 5 and 9, and by hls.js in Chromium.
import { expect, test } from 'vitest'
import { ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { chromiumBrowser, videoOf } from './support/browser.ts'
import { describeWith } from './support/describe-with.ts'
import { HlsJsPage, PATIENT } from './support/hls-js.ts'
import { later, LiveHls, repeated, tagsOf, withTrack } from './support/live-hls.ts'
import { readByFfmpeg } from './support/read-hls.ts'
import { expectSame, expectStretches } from './support/same-frames.ts'

/** A sample's pictures and sound go on without a hole when it is sent again after so long. */
const ROUND_MS = 4032
/** The same of what OBS sent. */
const OBS_ROUND_MS = 5013
/** FFmpeg keeps the codec that a stream began with: by this it gives out every packet, and does not look for H.264 in AV1. */
const UNPARSED = ['-fflags', 'noparse']
/** How long a publisher is away: less than the three target durations after which who waits is refused, on a busy machine too. */
const AWAY_MS = 500

const FORMS = [
  ['HLS', 0],
  ['LL-HLS', 200],
] as const

for (const [form, partMs] of FORMS) {
  describeWith([ffmpeg, newerFfmpeg, chromiumBrowser], `streams that change, as ${form}`, () => {
    test('another size in mid-stream', PATIENT, async () => {
      await using live = await LiveHls.start(partMs)
      await using player = await HlsJsPage.start(live.url('live/size'))
      const sample = await tagsOf('multitrack-h264x2-aacx2')
      const tags = [
        ...repeated(withTrack(sample, 0), 2, ROUND_MS),
        ...later(repeated(withTrack(sample, 1), 2, ROUND_MS), 2 * ROUND_MS),
      ]
      const [old, newer] = await Promise.all([
        readByFfmpeg(ffmpeg, live.url('live/size')),
        readByFfmpeg(newerFfmpeg, live.url('live/size')),
        live.publish('live/size', tags),
      ])
      for (const tracks of [old, newer]) expectSame(tracks, tags)
      await player.ended()
      await player.holdsTheEndOf(tags)
      expect((await videoOf(player.page)).width).toBe(160)
    })

    test('another codec in mid-stream', PATIENT, async () => {
      await using live = await LiveHls.start(partMs)
      await using player = await HlsJsPage.start(live.url('live/codec'))
      const h264 = await tagsOf('obs/obs32-multitrack-h264x3-aac')
      const av1 = await tagsOf('obs/obs32-multitrack-av1x2-aac')
      const tags = [
        ...repeated(withTrack(h264, 0), 1, OBS_ROUND_MS),
        ...later(repeated(withTrack(av1, 0), 1, OBS_ROUND_MS), OBS_ROUND_MS),
      ]
      const [old, newer] = await Promise.all([
        readByFfmpeg(ffmpeg, live.url('live/codec'), UNPARSED),
        readByFfmpeg(newerFfmpeg, live.url('live/codec'), UNPARSED),
        live.publish('live/codec', tags),
      ])
      for (const tracks of [old, newer]) expectSame(tracks, tags)
      await player.ended()
      await player.holdsTheEndOf(tags)
      const { time, width } = await videoOf(player.page)
      expect(time).toBeGreaterThan((2 * OBS_ROUND_MS) / 1000 - 1.1)
      expect(width).toBe(320)
    })

    test('a publisher that is cut off, and comes back with its clock begun anew', async () => {
      await using live = await LiveHls.start(partMs)
      await using player = await HlsJsPage.start(live.url('live/back'))
      const sample = await tagsOf('h264-aac')
      const before = repeated(sample, 2, ROUND_MS)
      const behind = repeated(sample, 2, ROUND_MS)
      /** Says after how many milliseconds it came back. */
      const publishing = async (): Promise<number> => {
        const began = performance.now()
        await live.publishAndBreak('live/back', before)
        await new Promise((resolve) => setTimeout(resolve, AWAY_MS))
        const back = performance.now() - began
        await live.publish('live/back', behind)
        return back
      }
      const [old, newer, back] = await Promise.all([
        readByFfmpeg(ffmpeg, live.url('live/back')),
        readByFfmpeg(newerFfmpeg, live.url('live/back')),
        publishing(),
      ])
      for (const tracks of [old, newer]) {
        const [, moved] = expectStretches(tracks, [before, behind])
        expect(moved).toBeGreaterThan(2 * ROUND_MS + AWAY_MS - 100)
        expect(moved).toBeLessThan(back + 5000)
      }
      // Who waits for longer than three target durations is told so, and asks again.
      await player.ended('levelLoadError', 'audioTrackLoadError')
      expect((await videoOf(player.page)).time).toBeGreaterThan((3 * ROUND_MS) / 1000)
    }, 120_000)
  })
}

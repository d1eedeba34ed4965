// What happens to streams in their life, as HLS of the server while it happens: read by FFmpeg 5 and 9, and by hls.js in Chromium.
import type { FlvTagInit } from '@rtmp/flv'
import { expect, test } from 'vitest'
import { ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { chromiumBrowser, videoOf } from './support/browser.ts'
import { describeWith } from './support/describe-with.ts'
import { HlsJsPage, PATIENT } from './support/hls-js.ts'
import { framesOf, later, LiveHls, repeated, tagsOf } from './support/live-hls.ts'
import { readByFfmpeg } from './support/read-hls.ts'
import { expectSame } from './support/same-frames.ts'

/** A sample's pictures and sound go on without a hole when it is sent again after so long. */
const ROUND_MS = 4032

const only = (tags: readonly FlvTagInit[], kind: 'audio' | 'video'): FlvTagInit[] =>
  tags.filter((tag) => framesOf(tag).every((frame) => frame.kind === kind))

const without = (
  tags: readonly FlvTagInit[],
  kind: 'audio' | 'video',
  from: number,
  to: number,
): FlvTagInit[] =>
  tags.filter(
    (tag) =>
      tag.timestamp < from || tag.timestamp >= to || framesOf(tag).every((frame) => frame.kind !== kind),
  )

for (const partMs of [0, 200]) {
  const form = partMs === 0 ? 'HLS' : 'LL-HLS'

  describeWith([ffmpeg, newerFfmpeg], `${form} of clocks that have run for long`, () => {
    test.each([
      ['4 h 39 min, where timestamps need more than 24 bits', 2 ** 24],
      ['49.7 days, where timestamps begin anew', 2 ** 32],
    ])(
      '%s: every packet, its time running on',
      async (_, turn) => {
        await using live = await LiveHls.start(partMs)
        const from = turn - 1.5 * ROUND_MS
        const tags = later(repeated(await tagsOf('h264-aac'), 3, ROUND_MS), from)
        const [old, newer] = await Promise.all([
          readByFfmpeg(ffmpeg, live.url('live/long')),
          readByFfmpeg(newerFfmpeg, live.url('live/long')),
          live.publish('live/long', tags),
        ])
        for (const tracks of [old, newer]) {
          expectSame(tracks, tags)
          for (const { packets } of tracks) {
            expect(packets[0]?.dts).toBeLessThan(turn)
            expect(packets.at(-1)?.dts).toBeGreaterThan(turn)
          }
        }
      },
      120_000,
    )
  })
}

describeWith([ffmpeg, newerFfmpeg, chromiumBrowser], 'streams in their life, as LL-HLS', () => {
  test.each(['video', 'audio'] as const)('%s alone', PATIENT, async (kind) => {
    const path = `live/${kind}`
    await using live = await LiveHls.start()
    await using player = await HlsJsPage.start(live.url(path))
    const tags = only(repeated(await tagsOf('h264-aac'), 2, ROUND_MS), kind)
    const [old, newer] = await Promise.all([
      readByFfmpeg(ffmpeg, live.url(path)),
      readByFfmpeg(newerFfmpeg, live.url(path)),
      live.publish(path, tags),
    ])
    expectSame(old, tags)
    expectSame(newer, tags)
    await player.ended()
    await player.holdsTheEndOf(tags)
    const { time, frames } = await videoOf(player.page)
    expect(time).toBeGreaterThan(6)
    expect(frames).toBeGreaterThan(kind === 'video' ? 100 : -1)
  })

  test.each(['video', 'audio'] as const)(
    '%s that stops for four seconds, and comes back',
    PATIENT,
    async (kind) => {
      const path = `live/no-${kind}`
      await using live = await LiveHls.start()
      await using player = await HlsJsPage.start(live.url(path))
      const tags = without(
        repeated(await tagsOf('h264-aac-nobframes'), 5, ROUND_MS),
        kind,
        ROUND_MS,
        2 * ROUND_MS,
      )
      const [old, newer] = await Promise.all([
        readByFfmpeg(ffmpeg, live.url(path)),
        readByFfmpeg(newerFfmpeg, live.url(path)),
        live.publish(path, tags),
      ])
      for (const tracks of [old, newer]) expectSame(tracks, tags)
      await player.ended('fragGap')
      await player.holdsTheEndOf(tags)
    },
  )
})

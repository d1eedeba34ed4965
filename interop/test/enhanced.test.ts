import { expect, test } from 'vitest'

import { newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { newerGstreamer } from '../src/clients/gstreamer.ts'
import { compareFromJoin, type ComparisonOptions } from '../src/comparison.ts'
import { mediaFile } from '../src/media.ts'
import { mediaMessages, mediaProblems } from '../src/media-messages.ts'
import { readTracks } from '../src/packets.ts'
import { describeWith } from './support/describe-with.ts'
import { played, readyPlayer, Stage, startPlayer } from './support/stage.ts'

const FOUR_SECONDS = [
  'hevc-aac.flv',
  'hevc-hdr10-aac.flv',
  'av1-opus.flv',
  'vp9-opus.flv',
  'h264-opus.flv',
  'h264-flac.flv',
  'h264-ac3.flv',
  'h264-eac3.flv',
  'multitrack-h264x2-aacx2.flv',
  'multitrack-h264-hevc-aac-opus.flv',
  'audio-opus51-flac-aac.flv',
] as const

const TWO_SECONDS = ['gst-multitrack0-hevc-aac.flv', 'gst-multitrack-h264-hevc-aacx2.flv'] as const

/** Each file, and when the second player joins, in milliseconds: in a later GOP of the long ones. */
const FILES = [
  ...FOUR_SECONDS.map((file) => [file, 1700] as const),
  ...TWO_SECONDS.map((file) => [file, 100] as const),
]

/** FFmpeg itself changes these on the way through its own muxer, also without a server: they are left out. */
const REWRITTEN: Readonly<Record<string, ComparisonOptions>> = {
  'vp9-opus.flv': { configurations: false },
}

const EVERY_FOURCC = ['hvc1', 'av01', 'vp09', 'Opus', 'fLaC', 'ac-3', 'ec-3']

describeWith([newerFfmpeg], 'FFmpeg publishes and plays Enhanced RTMP', () => {
  test.for(FILES)('%s reaches a player and a late joiner unchanged', async ([file, joinMs], context) => {
    const stage = await Stage.open(context)
    const input = mediaFile(file)
    const early = await startPlayer(stage, { path: 'live/enhanced', file: 'early.flv' })
    const join = await readyPlayer(stage, { path: 'live/enhanced', file: 'late.flv' })
    const tap = await stage.tap()
    const publisher = stage.keep(
      newerFfmpeg.publish({ input, url: tap.url('live/enhanced'), announce: EVERY_FOURCC }),
    )
    await played(early.connection, joinMs)
    const late = await join()
    const ends = await Promise.all([publisher.ended, early.program.ended, late.program.ended])
    expect(ends.map(({ timedOut }) => timedOut)).toEqual([false, false, false])

    const sent = mediaMessages((await tap.first()).clientToServer)
    expect(mediaProblems(sent, mediaMessages(early.connection.serverToClient))).toEqual([])
    const source = await readTracks(input)
    const whole = compareFromJoin(source, await readTracks(early.output), REWRITTEN[file])
    expect(whole.problems).toEqual([])
    expect(whole.tracks.map(({ joinedAt }) => joinedAt)).toEqual(source.map(() => 0))
    const part = compareFromJoin(source, await readTracks(late.output), REWRITTEN[file])
    expect(part.problems).toEqual([])
    for (const track of part.tracks) {
      expect(track).toMatchObject({ joinedAtKey: true })
      expect(track.joinedAt).toBeGreaterThanOrEqual(joinMs > 1000 ? 1 : 0)
    }
  })
})

describeWith([newerFfmpeg, newerGstreamer], 'GStreamer publishes each track in a multitrack wrapper', () => {
  test('a player and a late joiner get the same', async (context) => {
    const stage = await Stage.open(context)
    const early = await startPlayer(stage, { path: 'live/wrapped', file: 'early.flv' })
    const join = await readyPlayer(stage, { path: 'live/wrapped', file: 'late.flv' })
    const tap = await stage.tap()
    const input = mediaFile('h264-aac-nobframes.flv')
    stage.keep(
      newerGstreamer.publishEnhancedFile({ mode: 'multitrack', input, url: tap.url('live/wrapped') }),
    )
    await played(early.connection, 1700)
    const late = await join()
    const ends = await Promise.all([early.program.ended, late.program.ended])
    expect(ends.map(({ timedOut }) => timedOut)).toEqual([false, false])
    const sent = mediaMessages((await tap.first()).clientToServer)
    expect(mediaProblems(sent, mediaMessages(early.connection.serverToClient))).toEqual([])
    const whole = await readTracks(early.output)
    expect(whole.map(({ codec, packets }) => [codec, packets.length])).toEqual([
      ['h264', 100],
      ['aac', 189],
    ])
    const part = compareFromJoin(whole, await readTracks(late.output))
    expect(part.problems).toEqual([])
    expect(part.tracks).toMatchObject([{ joinedAtKey: true }, { joinedAtKey: true }])
    expect(part.tracks[0]?.joinedAt).toBeGreaterThanOrEqual(25)
  })
})

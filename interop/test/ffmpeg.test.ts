import { expect, test } from 'vitest'

import { ffmpeg } from '../src/clients/ffmpeg.ts'
import { compareFromJoin } from '../src/comparison.ts'
import { mediaFile } from '../src/media.ts'
import { mediaMessages, mediaProblems } from '../src/media-messages.ts'
import { readTracks } from '../src/packets.ts'
import { describeWith } from './support/describe-with.ts'
import { asked, played, readyPlayer, Stage, startPlayer } from './support/stage.ts'

describeWith([ffmpeg], 'FFmpeg publishes H.264 and AAC in real time', () => {
  test('a player from the start and one that joins in the middle get every packet from their join on', async (context) => {
    const stage = await Stage.open(context)
    const input = mediaFile('h264-aac.flv')
    const path = 'some/deeper/key-1'
    const early = await startPlayer(stage, { path, file: 'early.flv', ffmpeg })
    const join = await readyPlayer(stage, { path, file: 'late.flv', ffmpeg })
    const publisherTap = await stage.tap()
    const publisher = stage.keep(ffmpeg.publish({ input, url: publisherTap.url(path) }))
    await played(early.connection, 2100)
    const late = await join()
    const ends = await Promise.all([publisher.ended, early.program.ended, late.program.ended])
    expect(ends.map(({ status, timedOut, stderr }) => ({ status, timedOut, stderr }))).toEqual([
      { status: 0, timedOut: false, stderr: '' },
      { status: 0, timedOut: false, stderr: '' },
      { status: 0, timedOut: false, stderr: '' },
    ])

    const sent = mediaMessages((await publisherTap.first()).clientToServer)
    expect(mediaProblems(sent, mediaMessages(early.connection.serverToClient))).toEqual([])
    const source = await readTracks(input)
    const whole = compareFromJoin(source, await readTracks(early.output))
    expect(whole.problems).toEqual([])
    expect(whole.tracks).toMatchObject([
      { codec: 'h264', joinedAt: 0, received: 100 },
      { codec: 'aac', joinedAt: 0, received: 189 },
    ])
    const part = compareFromJoin(source, await readTracks(late.output))
    expect(part.problems).toEqual([])
    expect(part.tracks).toMatchObject([
      { codec: 'h264', joinedAtKey: true },
      { codec: 'aac', joinedAtKey: true },
    ])
    const [video] = part.tracks
    expect(video?.joinedAt).toBeGreaterThanOrEqual(25)
    expect(video?.received).toBeGreaterThanOrEqual(25)
    expect(late.connection.serverToClient.includes('onMetaData')).toBe(true)
  })

  test('timestamps cross 16,777,215 ms unharmed', async (context) => {
    const stage = await Stage.open(context)
    const input = mediaFile('h264-aac-ts-rollover.flv')
    const early = await startPlayer(stage, { path: 'live/rollover', file: 'early.flv', ffmpeg })
    const tap = await stage.tap()
    stage.keep(ffmpeg.publish({ input, url: tap.url('live/rollover') }))
    await asked(await tap.first(), 'publish')
    await early.program.ended
    const sent = mediaMessages((await tap.first()).clientToServer)
    expect(sent.video.length).toBeGreaterThan(100)
    expect(mediaProblems(sent, mediaMessages(early.connection.serverToClient))).toEqual([])
    const { problems } = compareFromJoin(await readTracks(input), await readTracks(early.output))
    expect(problems).toEqual([])
  })
})

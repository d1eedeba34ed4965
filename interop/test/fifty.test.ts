import { expect, test } from 'vitest'

import { ffmpeg } from '../src/clients/ffmpeg.ts'
import { LightPlayer } from '../src/light-player.ts'
import { mediaFile } from '../src/media.ts'
import { mediaMessages } from '../src/media-messages.ts'
import { describeWith } from './support/describe-with.ts'
import { Stage } from './support/stage.ts'

const PLAYERS = 50

describeWith([ffmpeg], 'fifty players at once', () => {
  test('all of them receive every message', async (context) => {
    const stage = await Stage.open(context)
    const players = Array.from({ length: PLAYERS }, () => new LightPlayer(stage.server.port, 'live', 'fifty'))
    for (const player of players) stage.atEnd(async () => player.close())
    await Promise.all(players.map(async ({ playing }) => playing))
    const tap = await stage.tap()
    const publisher = stage.keep(
      ffmpeg.publish({ input: mediaFile('h264-aac-nobframes.flv'), url: tap.url('live/fifty') }),
    )
    await publisher.ended
    await Promise.all(players.map(async ({ over }) => over))
    const sent = mediaMessages((await tap.first()).clientToServer)
    expect(sent.video.length).toBeGreaterThan(100)
    for (const { media } of players) {
      for (const [typeId, messages] of [[8, sent.audio] as const, [9, sent.video] as const]) {
        const received = media.filter((message) => message.typeId === typeId)
        expect(received.map(({ timestamp }) => timestamp)).toEqual(messages.map(({ timestamp }) => timestamp))
        const different = received.filter(
          ({ payload }, index) => !(messages[index]?.body.equals(payload) ?? false),
        )
        expect(different).toEqual([])
      }
    }
  })
})

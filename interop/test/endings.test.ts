import { expect, test, type TestContext } from 'vitest'

import { ffmpeg } from '../src/clients/ffmpeg.ts'
import { mediaFile } from '../src/media.ts'
import { mediaMessages, mediaProblems } from '../src/media-messages.ts'
import type { RunningProgram } from '../src/running-program.ts'
import type { TappedConnection } from '../src/tapped-connection.ts'
import { describeWith } from './support/describe-with.ts'
import type { ServerSettings } from './support/server-under-test.ts'
import { played, Stage, startPlayer, type TappedPlayer } from './support/stage.ts'

const INPUT = mediaFile('h264-aac.flv')
const PATH = 'live/ends'
const TOLD = 'NetStream.Play.UnpublishNotify'

interface Publisher {
  readonly program: RunningProgram
  readonly connection: TappedConnection
}

async function publish(stage: Stage): Promise<Publisher> {
  const tap = await stage.tap()
  const program = stage.keep(
    ffmpeg.publish({ input: INPUT, url: tap.url(PATH), loop: true, limitMs: 30_000 }),
  )
  return { program, connection: await tap.first() }
}

/** A stream that plays, its publisher to be ended by the test. */
async function playing(
  context: TestContext,
  settings: ServerSettings,
): Promise<{ stage: Stage; player: TappedPlayer; publisher: Publisher }> {
  const stage = await Stage.open(context, settings)
  const player = await startPlayer(stage, { path: PATH, file: 'first.flv' })
  const publisher = await publish(stage)
  await played(player.connection, 500)
  return { stage, player, publisher }
}

/** The player has been told of the end, has ended by itself, and has been sent what the publisher sent, as far as that came. */
async function toldOfTheEnd(player: TappedPlayer, publisher: Publisher): Promise<void> {
  const { timedOut } = await player.program.ended
  expect(timedOut).toBe(false)
  expect(player.connection.serverToClient.includes(TOLD)).toBe(true)
  const sent = mediaMessages(publisher.connection.clientToServer)
  expect(mediaProblems(sent, mediaMessages(player.connection.serverToClient), { cut: true })).toEqual([])
}

/** The name can be published and played again, and when that has ended too the server holds nothing any more. */
async function nameIsFreeAgain(stage: Stage): Promise<void> {
  await stage.server.untilNoStreams()
  const player = await startPlayer(stage, { path: PATH, file: 'second.flv' })
  const publisher = await publish(stage)
  await played(player.connection, 500)
  await publisher.program.stop('SIGINT')
  await toldOfTheEnd(player, publisher)
  await stage.server.untilNoStreams()
  await stage.server.untilNoConnections()
}

const videoOf = (said: Buffer): string[] => mediaMessages(said).video.map(({ body }) => body.toString('hex'))

describeWith([ffmpeg], 'a publisher ends', () => {
  test('one that unpublishes: the players are told at once', async (context) => {
    const { stage, player, publisher } = await playing(context, { graceMs: 30_000 })
    await publisher.program.stop('SIGINT')
    expect(publisher.connection.clientToServer.includes('FCUnpublish')).toBe(true)
    await toldOfTheEnd(player, publisher)
    await nameIsFreeAgain(stage)
  })

  test('one that is killed: the players are told after the grace period', async (context) => {
    const { stage, player, publisher } = await playing(context, { graceMs: 700 })
    await publisher.program.kill()
    expect(player.connection.serverToClient.includes(TOLD)).toBe(false)
    await toldOfTheEnd(player, publisher)
    await nameIsFreeAgain(stage)
  })

  test('one whose connection is reset: the players are told after the grace period', async (context) => {
    const { stage, player, publisher } = await playing(context, { graceMs: 300 })
    publisher.connection.cut()
    await toldOfTheEnd(player, publisher)
    await nameIsFreeAgain(stage)
  })

  test('one that is cut from the network: the server notices the silence', async (context) => {
    const { stage, player, publisher } = await playing(context, { graceMs: 300, silenceMs: 1000 })
    publisher.connection.silence()
    await toldOfTheEnd(player, publisher)
    await nameIsFreeAgain(stage)
  })

  test('one that comes back within the grace period: the players stay and go on', async (context) => {
    const { stage, player, publisher } = await playing(context, { graceMs: 20_000 })
    await publisher.program.kill()
    const first = videoOf(publisher.connection.clientToServer)
    const second = await publish(stage)
    await player.connection.until(
      ({ serverToClient }) => mediaMessages(serverToClient).video.length > first.length + 20,
    )
    expect(player.connection.serverToClient.includes(TOLD)).toBe(false)

    const { video } = mediaMessages(player.connection.serverToClient)
    const received = video.map(({ body }) => body.toString('hex'))
    let fromFirst = 0
    while (received[fromFirst] === first[fromFirst]) fromFirst += 1
    const rest = received.slice(fromFirst)
    const again = videoOf(second.connection.clientToServer)
    const start = again.indexOf(rest[0] ?? '')
    expect(start, 'goes on with the sequence header or, where that has not changed, the key frame').toBeOneOf(
      [0, 1],
    )
    expect(rest).toEqual(again.slice(start, start + rest.length))
    const times = video.map(({ timestamp }) => timestamp)
    expect(times).toEqual(times.toSorted((a, b) => a - b))

    await second.program.stop('SIGINT')
    const { timedOut } = await player.program.ended
    expect(timedOut).toBe(false)
    await stage.server.untilNoStreams()
  })
})

import { describe as group, expect, test } from 'vitest'
import {
  audioFrame,
  audioHeader,
  describe,
  interFrame,
  keyFrame,
  metadata,
  videoHeader,
} from '../../../live/test/arrange.ts'
import { eventually, nextEvent, startServer } from './arrange.ts'
import type { LightClient } from './light-client.ts'

/** What a client has received, as texts. */
const texts = (client: LightClient): string[] => client.media.map(({ message }) => describe(message))

/** Sends a second of 25 frames and 50 audio messages; returns what was sent. */
const sendSecond = (client: LightClient, id: number, from: number, size = 200): string[] => {
  const sent: string[] = []
  for (let ms = 0; ms < 1000; ms += 20) {
    const time = (from + ms) >>> 0
    const number = Math.floor(ms / 20) + 1
    if (ms % 40 === 0) {
      client.send(id, 9, time, ms === 0 ? keyFrame(number, size) : interFrame(number, size))
      sent.push(`${ms === 0 ? 'K' : 'P'}${number}@${time}`)
    }
    client.send(id, 8, time, audioFrame(number, size))
    sent.push(`a${number}@${time}`)
  }
  return sent
}

const start = async (client: LightClient, name = 'key'): Promise<number> => {
  await client.open()
  const id = await client.publish(name)
  client.session.sendData(id, 0, '@setDataFrame', 'onMetaData', { width: 640 })
  client.send(id, 9, 0, videoHeader(0))
  client.send(id, 8, 0, audioHeader(0))
  return id
}

group('publishing and playing over sockets', () => {
  test('fifty players receive everything, whenever they joined', async () => {
    const { server, client } = await startServer()
    const publisher = client()
    const early = await Promise.all(
      Array.from({ length: 25 }, async () => {
        const player = await client().open()
        await player.play('key')
        return player
      }),
    )
    const id = await start(publisher)
    const sent = ['H0@0', 'h0@0', ...sendSecond(publisher, id, 0)]
    await early[0]?.until('the first second', () => texts(early[0] as LightClient).length === sent.length)
    const late = await Promise.all(
      Array.from({ length: 25 }, async () => {
        const player = await client().open()
        await player.play('key')
        return player
      }),
    )
    sent.push(...sendSecond(publisher, id, 1000))
    for (const player of early) {
      await player.until('everything', () => texts(player).length >= sent.length)
      expect(texts(player)).toEqual(sent)
      expect(player.data.map(({ name }) => name)).toEqual(['|RtmpSampleAccess', 'onMetaData'])
    }
    for (const player of late) {
      await player.until('everything', () => texts(player).length >= sent.length)
      expect(texts(player)).toEqual(sent)
    }
    expect(server.streams).toMatchObject([{ app: 'live', streamName: 'key', state: 'live', players: 50 }])
    expect(server.registry.find('live', 'key')?.counters.stalled).toBe(0)
  })

  test('timestamps across 0xFFFFFF and 2^32 reach players as they are', async () => {
    const { client } = await startServer()
    for (const from of [0xff_ff_ff - 500, 0xffff_ffff - 500]) {
      const publisher = client()
      const player = await client().open()
      await player.play(`at${from}`)
      await publisher.open()
      const id = await publisher.publish(`at${from}`)
      const sent = sendSecond(publisher, id, from)
      await player.until('everything', () => texts(player).length >= sent.length)
      expect(texts(player)).toEqual(sent)
    }
  })

  test('an unpublish ends the play with all it takes, and the name is free at once', async () => {
    const { server, client } = await startServer()
    const publisher = client()
    const id = await start(publisher)
    const player = await client().open()
    await player.play('key')
    publisher.session.deleteStream(id)
    publisher.settle()
    await player.status('NetStream.Play.Stop')
    expect(player.events.map(({ kind }) => kind)).toContain('streamEof')
    expect(player.codes.slice(-2)).toEqual(['NetStream.Play.UnpublishNotify', 'NetStream.Play.Stop'])
    expect(server.streams).toEqual([])
    await publisher.publish('key', await publisher.createStream())
    expect(publisher.codes.at(-1)).toBe('NetStream.Publish.Start')
  })

  test('a publisher that closes its socket or is killed is waited for; then its players are told', async () => {
    const { server, client } = await startServer({ streams: { graceMs: 150 } })
    for (const how of ['end', 'kill'] as const) {
      const publisher = client()
      await start(publisher, how)
      const player = await client().open()
      await player.play(how)
      const lost = nextEvent(server, 'publisherLost')
      if (how === 'end') await publisher.end()
      else publisher.kill()
      await lost
      expect(server.streams).toMatchObject([{ streamName: how, state: 'grace', players: 1 }])
      await player.status('NetStream.Play.Stop')
      expect(server.streams).toEqual([])
      player.kill()
    }
    await eventually('all gone', () => server.connections.size === 0)
  })

  test('a killed publisher may take its name again at once; players notice nothing but a pause', async () => {
    const { server, client } = await startServer()
    const first = client()
    const firstId = await start(first)
    const player = await client().open()
    await player.play('key')
    sendSecond(first, firstId, 0)
    await player.until('the first second', () => texts(player).at(-1) === 'a50@980')
    const lost = nextEvent(server, 'publisherLost')
    first.kill()
    await lost
    const second = client()
    const secondId = await start(second)
    sendSecond(second, secondId, 0)
    await player.until(
      'the second publisher',
      () => texts(player).filter((text) => text.startsWith('a50')).length === 2,
    )
    const times = player.media.map(({ timestamp }) => timestamp)
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(player.events.some(({ kind }) => kind === 'playEnded' || kind === 'closed')).toBe(false)
  })

  test('a second publisher is told that the name is taken, and goes; the first one goes on', async () => {
    const { client } = await startServer()
    const first = client()
    const id = await start(first)
    const second = await client().open()
    await second.publish('key')
    expect(second.codes.at(-1)).toBe('NetStream.Publish.BadName')
    await second.until('close', () => second.closed)
    const player = await client().open()
    await player.play('key')
    const sent = sendSecond(first, id, 40)
    await player.until('media', () => texts(player).at(-1) === sent.at(-1))
  })

  test('with the policy replace, the first publisher is told and goes', async () => {
    const { client } = await startServer({ streams: { secondPublisher: 'replace' } })
    const first = client()
    await start(first)
    const second = await client().open()
    await second.publish('key')
    expect(second.codes.at(-1)).toBe('NetStream.Publish.Start')
    await first.until('close', () => first.closed)
    expect(first.codes.at(-1)).toBe('NetStream.Unpublish.Success')
  })

  test('a player of an absent stream is refused where that is the policy, and may ask again', async () => {
    const { client } = await startServer({ streams: { absentStream: 'reject' } })
    const player = await client().open()
    const id = await player.play('key')
    expect(player.codes.at(-1)).toBe('NetStream.Play.StreamNotFound')
    await start(client())
    player.session.play(id, { streamName: 'key' })
    player.settle()
    await player.status('NetStream.Play.Start')
    await player.until('headers', () => texts(player).length === 2)
  })

  test('a player that waits in vain is told, and keeps its connection', async () => {
    const { server, client } = await startServer({ streams: { waitMs: 100 } })
    const player = await client().open()
    await player.play('key')
    await player.status('NetStream.Play.StreamNotFound')
    expect(player.closed).toBe(false)
    expect(server.streams).toEqual([])
  })

  test('several publishes and plays on one connection do not get into each other', async () => {
    const { server, client } = await startServer()
    const both = client()
    const one = await start(both, 'one')
    const two = await both.publish('two', await both.createStream())
    const playOne = await both.play('one', await both.createStream())
    const playTwo = await both.play('two', await both.createStream())
    both.send(one, 9, 10, keyFrame(1))
    both.send(two, 9, 20, keyFrame(2))
    const of = (id: number): string[] =>
      both.media
        .filter(({ messageStreamId }) => messageStreamId === id)
        .map(({ message }) => describe(message))
    await both.until('both', () => of(playOne).length === 3 && of(playTwo).length === 1)
    both.session.deleteStream(one)
    both.settle()
    await both.status('NetStream.Play.Stop')
    both.send(two, 9, 60, interFrame(3))
    await both.until('the other', () => of(playTwo).length === 2)
    expect(of(playOne)).toEqual(['H0@0', 'h0@0', 'K1@10'])
    expect(of(playTwo)).toEqual(['K2@20', 'P3@60'])
    expect(server.streams.map(({ streamName }) => streamName)).toEqual(['two'])
  })

  test('pause, unpause and receiveVideo are obeyed', async () => {
    const { client } = await startServer()
    const publisher = client()
    const id = await start(publisher)
    publisher.send(id, 9, 0, keyFrame(1))
    const player = await client().open()
    const play = await player.play('key')
    await player.until('the catch-up', () => texts(player).length === 3)
    player.session.pause(play, true, 0)
    player.settle()
    await player.status('NetStream.Pause.Notify')
    publisher.send(id, 9, 40, interFrame(2))
    player.session.pause(play, false, 0)
    player.settle()
    await player.status('NetStream.Unpause.Notify')
    publisher.send(id, 9, 80, interFrame(3))
    publisher.send(id, 9, 120, keyFrame(4))
    await player.until('the key frame', () => texts(player).at(-1) === 'K4@120')
    expect(texts(player).filter((text) => text.startsWith('P'))).toEqual([])
    player.session.receiveVideo(play, false)
    player.session.setBufferLength(play, 100)
    player.session.call('anything')
    player.settle()
    await player.event('callAnswered')
    publisher.send(id, 9, 160, interFrame(5))
    publisher.send(id, 8, 160, audioFrame(6))
    await player.until('the sound', () => texts(player).at(-1) === 'a6@160')
    expect(texts(player)).not.toContain('P5@160')
  })

  test('metadata that is cleared is not given to those who join', async () => {
    const { server, client } = await startServer()
    const publisher = client()
    const id = await start(publisher)
    await eventually('metadata', () => server.registry.find('live', 'key')?.cache.headers.length === 3)
    publisher.session.sendData(id, 0, '@clearDataFrame', 'onMetaData')
    publisher.settle()
    await eventually('no metadata', () => server.registry.find('live', 'key')?.cache.headers.length === 2)
    expect(metadata(1).length).toBeGreaterThan(0)
  })
})

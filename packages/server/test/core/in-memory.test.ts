import { describe as group, expect, test } from 'vitest'
import { audioFrame, audioHeader, interFrame, keyFrame, videoHeader } from '../../../live/test/arrange.ts'
import { begin, crypto } from './peer.ts'

group('a server without sockets', () => {
  test('relays, and leaves nothing behind when everybody has gone', () => {
    const { core, clock, peer } = begin()
    const publisher = peer().publish()
    const player = peer().play()
    publisher.video(0, keyFrame(1))
    publisher.video(40, interFrame(2))
    player.pump()
    expect(player.texts).toEqual(['K1@0', 'P2@40'])
    for (const one of [publisher, player]) one.connection.transportClosed(undefined, clock.now())
    expect([core.connections.size, core.registry.size, core.wheel.size]).toEqual([0, 0, 0])
  })

  test('a player that wanted no sound before it played gets none, from the first byte on', () => {
    const { peer } = begin()
    const publisher = peer().publish()
    publisher.audio(0, audioHeader(1))
    publisher.audio(0, audioFrame(1))
    publisher.video(0, keyFrame(1))
    const player = peer().open()
    player.session.receiveAudio(1, false)
    player.pump().session.play(1, { streamName: 'key' })
    player.pump()
    publisher.audio(40, audioFrame(2))
    publisher.video(40, interFrame(2))
    player.pump()
    expect(player.texts).toEqual(['K1@0', 'P2@40'])
    player.session.receiveAudio(1, true)
    player.pump()
    publisher.audio(80, audioFrame(3))
    publisher.video(80, interFrame(3))
    player.pump()
    expect(player.texts.slice(2)).toEqual(['h1@40', 'a3@80', 'P3@80'])
  })

  test.each([
    ['no sound', false, true, ['H1@0', 'K2@0', 'P5@40']],
    ['no pictures', true, false, ['h1@0', 'a3@10', 'a4@30']],
    ['neither', false, false, []],
    ['both after all', true, true, ['H1@0', 'h1@0', 'K2@0', 'a3@10', 'a4@30', 'P5@40']],
  ])(
    'players choose sound and pictures before they play, each for itself: %s, beside one that wants all',
    (_what, sound, pictures, expected) => {
      const { peer } = begin()
      const publisher = peer().publish()
      publisher.video(0, videoHeader(1))
      publisher.audio(0, audioHeader(1))
      publisher.video(0, keyFrame(2))
      publisher.audio(10, audioFrame(3))
      const all = peer().open()
      const player = peer().open()
      player.session.receiveAudio(1, false)
      player.session.receiveVideo(1, false)
      player.session.receiveAudio(1, sound)
      player.session.receiveVideo(1, pictures)
      for (const one of [player, all]) {
        one.session.play(1, { streamName: 'key' })
        one.pump()
      }
      publisher.audio(30, audioFrame(4))
      publisher.video(40, interFrame(5))
      for (const one of [player, all]) one.pump()
      const behindTheJoin = (text: string): string => text.replace(/^([Hh]\d+)@.*/, '$1@0')
      expect(player.texts.map(behindTheJoin)).toEqual(expected)
      expect(all.texts).toHaveLength(6)
    },
  )

  test('a client that announces Enhanced RTMP is told what we can do, in both objects; others are not', () => {
    const { peer } = begin()
    const answers = [{ app: 'live' }, { app: 'live', fourCcList: ['hvc1'] }].map((properties) => {
      const client = peer()
      client.session.connect(properties)
      client.reads = false
      client.pump()
      const events: unknown[] = []
      const connected = client.session
      client.reads = true
      const note = connected.nextEvent.bind(connected)
      connected.nextEvent = () => {
        const event = note()
        if (event?.kind === 'connected')
          events.push(event.properties['capsEx'], event.status.information['capsEx'])
        return event
      }
      client.pump()
      return events
    })
    expect(answers).toEqual([
      [undefined, undefined],
      [15, 15],
    ])
  })

  test('a player that takes nothing is cut off after 30 s of standing still, though little waits', () => {
    const { core, advance, closed, peer } = begin()
    const reasons: string[] = []
    core.events.on('playEnded', ({ reason }) => reasons.push(reason))
    const publisher = peer().publish()
    const player = peer().play()
    player.reads = false
    for (let i = 0; i < 4; i++) publisher.video(i * 40, keyFrame(i))
    for (let second = 0; second < 32; second++) {
      advance(1000)
      publisher.video(1000 + second, interFrame(second))
    }
    expect(closed).toEqual(['2 timeout: the client does not take what it is sent'])
    expect(reasons).toEqual(['stalled'])
  })

  test('so is a client that only never reads the answers it asks for', () => {
    const { advance, closed, peer } = begin({ session: { crypto, ping: { interval: 0, timeout: 0 } } })
    const client = peer().play()
    client.reads = false
    for (let second = 0; second < 32 && closed.length === 0; second++) {
      client.session.call('anything')
      client.pump()
      advance(1000)
    }
    expect(closed).toEqual(['1 timeout: the client does not take what it is sent'])
  })

  test('the end of a connection: what was said is sent, our side ends, and the peer has 2 s for its own', () => {
    const { core, clock, advance, peer } = begin()
    const player = peer().play()
    player.connection.close('kicked', 'enough', clock.now())
    expect(player.finished).toBe(true)
    player.pump()
    expect(player.codes.at(-1)).toBe('NetStream.Play.Stop')
    advance(1900)
    expect(player.destroyed).toBe(false)
    advance(200)
    expect(player.destroyed).toBe(true)
    player.connection.transportClosed(undefined, clock.now())
    expect([core.connections.size, core.wheel.size]).toEqual([0, 0])
  })

  test('what cannot be sent at the end is not waited for longer than 5 s', () => {
    const { clock, advance, peer } = begin()
    const publisher = peer().publish()
    const player = peer().play()
    player.reads = false
    for (let i = 0; i < 10; i++) publisher.video(i, keyFrame(i, 100_000))
    player.connection.close('kicked', 'enough', clock.now())
    expect(player.finished).toBe(false)
    advance(4900)
    expect(player.destroyed).toBe(false)
    advance(200)
    expect(player.destroyed).toBe(true)
  })

  test('bytes of batches count as sent, whoever wrote them', () => {
    const { peer } = begin()
    const publisher = peer().publish()
    const player = peer().play()
    const before = player.connection.stats.bytesSent
    publisher.video(0, keyFrame(1, 10_000))
    expect(player.connection.stats.bytesSent - before).toBeGreaterThan(10_000)
    expect(player.connection.stats.bytesSent - before).toBeLessThan(10_100)
  })

  test('closing the server tells everybody and waits until they have gone', async () => {
    const { core, clock, peer } = begin()
    const publisher = peer().publish()
    const player = peer().play()
    let gone = false
    const closing = core.close().then(() => {
      gone = true
    })
    player.pump()
    publisher.pump()
    expect(player.codes.slice(-2)).toEqual(['NetStream.Play.UnpublishNotify', 'NetStream.Play.Stop'])
    expect(publisher.codes.at(-1)).toBe('NetStream.Unpublish.Success')
    expect(gone).toBe(false)
    for (const one of [publisher, player]) one.connection.transportClosed(undefined, clock.now())
    await closing
    expect(core.wheel.size).toBe(0)
  })
})

import type { MediaMessage } from '@rtmp/e-rtmp'
import { describe as group, expect, test } from 'vitest'
import { audioFrame, describe, interFrame, keyFrame, videoHeader } from '../../../live/test/arrange.ts'
import { begin } from './peer.ts'

group('publishing from inside the process', () => {
  test('reaches players, and the name is taken as by any publisher', () => {
    const { core, peer } = begin()
    const started: string[] = []
    core.events.on('streamStarted', ({ stream }) => started.push(stream.name))
    const publisher = core.inject('live', 'key')
    const player = peer().play()
    publisher?.write({ kind: 'video', timestamp: 0, payload: keyFrame(1) })
    publisher?.write({ kind: 'audio', timestamp: 5, payload: audioFrame(2) })
    publisher?.write({ kind: 'video', timestamp: 40, payload: interFrame(3) })
    expect(player.pump().texts).toEqual(['K1@0', 'a2@5', 'P3@40'])
    expect(core.inject('live', 'key')).toBeUndefined()
    expect(peer().publish().codes.at(-1)).toBe('NetStream.Publish.BadName')
    publisher?.end()
    expect(player.pump().codes.at(-1)).toBe('NetStream.Play.Stop')
    expect(publisher?.ended).toBe(true)
    expect(started).toEqual(['key'])
  })

  test('may be lost and come back, and may be taken over', () => {
    const { core, peer } = begin({ streams: { secondPublisher: 'replace' } })
    let replaced = 0
    const player = peer().play()
    core.inject('live', 'key')?.end(true)
    expect(player.pump().codes.at(-1)).toBe('NetStream.Play.Start')
    const second = core.inject('live', 'key', () => {
      replaced += 1
    })
    peer().publish()
    expect([replaced, second?.ended]).toEqual([1, true])
    second?.write({ kind: 'video', timestamp: 0, payload: keyFrame(1) })
    expect(player.pump().texts).toEqual([])
  })

  test('can begin with the first player and end with the last', () => {
    const { core, peer } = begin({ streams: { graceMs: 0 } })
    const log: string[] = []
    core.events.on('firstPlayer', ({ stream }) => {
      log.push(`first ${stream.name}`)
      core.inject(stream.app, stream.name)?.write({ kind: 'video', timestamp: 0, payload: keyFrame(1) })
    })
    core.events.on('lastPlayer', ({ stream }) => log.push(`last ${stream.name}`))
    const first = peer().play()
    const second = peer().play()
    expect(first.pump().texts).toEqual(['K1@0'])
    expect(second.pump().texts).toEqual(['K1@0'])
    first.leave()
    second.leave()
    expect(log).toEqual(['first key', 'last key'])
  })
})

group('listening inside the process', () => {
  test('gives what is kept first, then everything, over any number of publishers', () => {
    const { core, peer } = begin({ streams: { graceMs: 0 } })
    const seen: string[] = []
    const early: MediaMessage[] = []
    const offEarly = core.tap('live', 'key', (message) => early.push(message))
    const publisher = peer().publish()
    publisher.video(0, videoHeader(1))
    publisher.video(0, keyFrame(2))
    const off = core.tap('live', 'key', (message) => seen.push(describe(message)))
    publisher.video(40, interFrame(3))
    publisher.leave()
    peer().publish().video(0, keyFrame(4))
    expect(seen).toEqual(['H1@0', 'K2@0', 'P3@40', 'K4@0'])
    expect(early.map(describe)).toEqual(['H1@0', 'K2@0', 'P3@40', 'K4@0'])
    off()
    offEarly()
    peer().play()
    expect(core.registry.find('live', 'key')?.taps).toBeUndefined()
  })

  test('harms nobody when it throws', () => {
    const { core, peer, errors } = begin({ expectsErrors: true })
    core.tap('live', 'key', () => {
      throw new Error('no')
    })
    const publisher = peer().publish()
    const player = peer().play()
    publisher.video(0, keyFrame(1))
    expect(player.pump().texts).toEqual(['K1@0'])
    expect(errors).toEqual(['the tap on live/key: Error: no'])
  })
})

group('several things on one connection', () => {
  test('publishes and plays each have their stream; the end of one leaves the others', () => {
    const { peer, core } = begin({ streams: { graceMs: 0 } })
    const one = peer().publish('a').publish('b', 2).play('a', 3).play('b', 4)
    one.video(0, keyFrame(1))
    one.video(0, keyFrame(2), 2)
    expect(one.pump().texts.toSorted((x, y) => x.localeCompare(y))).toEqual(['K1@0', 'K2@0'])
    const media = one.events.flatMap((event) => (event.kind === 'media' ? [event.messageStreamId] : []))
    expect(media).toEqual([3, 4])
    one.session.deleteStream(1)
    one.pump()
    expect([...core.streams()].map(({ name }) => name)).toEqual(['b'])
    one.session.closeStream(4)
    one.pump().video(40, keyFrame(3), 2)
    expect(one.connection.isOpen).toBe(true)
    expect(one.connection.publishings.map(({ streamName }) => streamName)).toEqual(['b'])
    expect(one.connection.playings).toEqual([])
    one.leave()
    expect([core.registry.size, core.wheel.size]).toEqual([0, 0])
  })

  test('receiveAudio, receiveVideo and pause hold for one play', () => {
    const { peer } = begin()
    const publisher = peer().publish()
    const player = peer().play('key').play('key', 2)
    player.session.receiveVideo(1, false)
    player.session.receiveAudio(2, false)
    player.pump()
    publisher.video(0, videoHeader(1))
    publisher.video(0, keyFrame(2))
    publisher.audio(5, audioFrame(3))
    publisher.video(40, interFrame(4))
    player.pump()
    const texts = (id: number): string[] =>
      player.events.flatMap((event) =>
        event.kind === 'media' && event.messageStreamId === id ? [describe(event.message)] : [],
      )
    expect(texts(1)).toEqual(['a3@5'])
    expect(texts(2)).toEqual(['H1@0', 'K2@0', 'P4@40'])
    player.session.pause(2, true, 0)
    player.pump()
    publisher.video(80, interFrame(5))
    player.pump().session.pause(2, false, 0)
    player.pump()
    publisher.video(120, interFrame(6))
    publisher.video(160, keyFrame(7))
    player.pump()
    expect(texts(2).slice(3)).toEqual([expect.stringMatching(/^H1@/), 'K7@160'])
  })
})

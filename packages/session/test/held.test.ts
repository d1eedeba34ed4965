import { ecmaArray } from '@rtmp/amf0'
import { buildAggregate, encodeData, setDataFrame } from '@rtmp/message'
import { describe, expect, it } from 'vitest'
import { RawClient } from './raw-peer.ts'
import { drain, kinds, only } from './support.ts'

const audio = (value: number, size = 1): { typeId: 8; csid: 4; messageStreamId: 1; payload: Uint8Array } => ({
  typeId: 8,
  csid: 4,
  messageStreamId: 1,
  payload: new Uint8Array(size).fill(value),
})

describe('media that comes before the decision', () => {
  it('waits, and comes out in order after accept, before what is new', () => {
    const peer = RawClient.ready().command(1, 'publish', 3, 'key').send(audio(1))
    peer.send({
      typeId: 18,
      csid: 4,
      messageStreamId: 1,
      payload: encodeData(setDataFrame('onMetaData', ecmaArray({ width: 1 }))),
    })
    peer.send(audio(2))
    expect(peer.server.stats.heldBytes).toBeGreaterThan(0)
    expect(only(peer.events, 'media')).toEqual([])
    peer.server.accept(peer.request)
    peer.send(audio(3))
    const events = peer.events.filter(({ kind }) => kind === 'media' || kind === 'data')
    expect(events.map((event) => (event.kind === 'media' ? event.payload[0] : event.kind))).toEqual([
      1,
      'data',
      2,
      3,
    ])
    expect(peer.server.stats.heldBytes).toBe(0)
  })

  it('counts once, when it is handled', () => {
    const peer = RawClient.ready()
    const { commandsReceived } = peer.server.stats
    peer.command(1, 'play', 3, 'key').command(1, 'pause', 4, null, true, 0).command(1, 'seek', 5, null, 0)
    expect(peer.server.stats.commandsReceived).toBe(commandsReceived + 1)
    peer.accept()
    expect(peer.server.stats.commandsReceived).toBe(commandsReceived + 3)

    const publisher = RawClient.ready().command(1, 'publish', 3, 'key').send(audio(1)).send(audio(2))
    expect(publisher.server.stats.audioMessagesReceived).toBe(0)
    publisher.server.accept(publisher.request)
    publisher.send(audio(3))
    expect(publisher.server.stats.audioMessagesReceived).toBe(3)
  })

  it('is dropped after reject', () => {
    const peer = RawClient.ready().command(1, 'publish', 3, 'key').send(audio(1))
    peer.server.reject(peer.request, { close: false })
    peer.send(audio(2))
    expect(only(peer.events, 'media')).toEqual([])
    expect(peer.server.stats.heldBytes).toBe(0)
  })

  it('of two streams waits apart', () => {
    const peer = RawClient.ready().command(0, 'createStream', 4)
    peer.command(1, 'publish', 5, 'one')
    const first = peer.request
    peer
      .command(2, 'publish', 6, 'two')
      .send(audio(1))
      .send({ ...audio(2), messageStreamId: 2 })
    peer.accept()
    expect(only(peer.events, 'media').map(({ messageStreamId }) => messageStreamId)).toEqual([2])
    peer.server.accept(first)
    expect(drain(peer.server)).toMatchObject([{ kind: 'media', messageStreamId: 1 }])
  })

  it('is bounded in bytes, with a sign to stop reading before', () => {
    const peer = RawClient.ready({ limits: { maxHeldBytes: 1000 } }).command(1, 'publish', 3, 'key')
    peer.send(audio(1, 400))
    expect(peer.server.shouldPauseReading).toBe(false)
    peer.send(audio(1, 400))
    expect(peer.server.shouldPauseReading).toBe(true)
    peer.send(audio(1, 400))
    expect(peer.events.at(-1)).toMatchObject({
      reason: 'protocolError',
      error: { code: 'SESSION_HELD_TOO_MUCH' },
    })
  })

  it('is bounded in number', () => {
    const peer = RawClient.ready({ limits: { maxHeldMessages: 10 } }).command(1, 'publish', 3, 'key')
    for (let sent = 0; sent < 11; sent++) peer.send(audio(1, 0))
    expect(peer.events.at(-1)).toMatchObject({ error: { code: 'SESSION_HELD_TOO_MUCH' } })
  })

  it('does not hold up the commands that end it', () => {
    const peer = RawClient.ready()
      .command(1, 'publish', 3, 'key')
      .send(audio(1))
      .command(0, 'deleteStream', 0, 1)
    expect(kinds(peer.events).slice(-2)).toEqual(['requestWithdrawn', 'streamDeleted'])
    expect(peer.server.stats.heldBytes).toBe(0)
  })
})

describe('commands that come before connect is decided', () => {
  it('wait, and are carried out in order', () => {
    const peer = new RawClient()
      .connect()
      .command(0, 'createStream', 2)
      .command(1, 'publish', 3, 'key')
      .send(audio(1))
    expect(kinds(peer.events)).toEqual(['handshakeComplete', 'connectRequested'])
    peer.accept().accept()
    expect(kinds(peer.events).slice(2)).toEqual(['streamCreated', 'publishRequested', 'media'])
  })
})

describe('playback commands before play is decided', () => {
  it('wait for it', () => {
    const peer = RawClient.ready().command(1, 'play', 3, 'key').command(1, 'pause', 0, true, 0)
    expect(only(peer.events, 'pause')).toEqual([])
    peer.accept()
    expect(only(peer.events, 'pause')).toHaveLength(1)
  })
})

describe('aggregates', () => {
  const parts = [5000, 5040].map((timestamp, at) => ({ ...audio(at), typeId: 8 + at, timestamp }))

  it('come apart into what is in them', () => {
    const peer = RawClient.publishing().send({ ...buildAggregate(parts), timestamp: 7000 })
    expect(
      only(peer.events, 'media').map(({ typeId, timestamp, messageStreamId }) => [
        typeId,
        timestamp,
        messageStreamId,
      ]),
    ).toEqual([
      [8, 7000, 1],
      [9, 7040, 1],
    ])
  })

  it('wait whole for a decision', () => {
    const peer = RawClient.ready().command(1, 'publish', 3, 'key').send(buildAggregate(parts)).send(audio(9))
    peer.accept()
    expect(only(peer.events, 'media').map(({ payload }) => payload[0])).toEqual([0, 1, 9])
  })
})

import { describe, expect, it } from 'vitest'
import { RawClient } from './raw-peer.ts'
import { drain, kinds, only } from './support.ts'

/** What ends a publish on stream 1, and the reason the host is told. */
const ENDS: readonly (readonly [
  how: string,
  end: (peer: RawClient) => unknown,
  reason: string,
  connection: string,
])[] = [
  ['closeStream', (peer) => peer.command(1, 'closeStream', 0), 'closeStream', 'connected'],
  ['deleteStream', (peer) => peer.command(0, 'deleteStream', 0, 1), 'deleteStream', 'connected'],
  [
    'deleteStream with its name',
    (peer) => peer.command(0, 'deleteStream', 0, 'key'),
    'deleteStream',
    'connected',
  ],
  ['deleteStream with nothing', (peer) => peer.command(0, 'deleteStream', 0), 'deleteStream', 'connected'],
  ['FCUnpublish', (peer) => peer.command(0, 'FCUnpublish', 5, 'key'), 'fcUnpublish', 'connected'],
  ['publish(false)', (peer) => peer.command(1, 'publish', 5, false), 'publishFalse', 'connected'],
  ['our kick', (peer) => peer.server.endPublish(1), 'kicked', 'connected'],
  ['our shutdown', (peer) => peer.server.close('shutdown'), 'shutdown', 'closed'],
  ['the socket', (peer) => peer.server.transportClosed('transportClosed', 0), 'transportClosed', 'closed'],
  ['a reset', (peer) => peer.server.transportClosed('transportError', 0), 'transportError', 'closed'],
  ['nonsense', (peer) => peer.bytes(new Uint8Array(64).fill(0xff)), 'protocolError', 'closed'],
  [
    'silence',
    (peer) => {
      peer.server.handleTimeout(0)
      peer.server.handleTimeout(30_000)
    },
    'timeout',
    'closed',
  ],
]

describe('every end of a publish', () => {
  it.each(ENDS)('by %s is reported once, with its reason', (_how, end, reason, connection) => {
    const peer = RawClient.publishing()
    end(peer)
    // Whatever comes behind changes nothing.
    if (connection === 'connected') {
      peer.command(0, 'FCUnpublish', 6, 'key').command(1, 'closeStream', 0).command(0, 'deleteStream', 0, 1)
    }
    peer.server.close()
    peer.server.transportClosed('transportClosed', 1)
    const events = [...peer.events, ...drain(peer.server)]
    expect(only(events, 'publishEnded')).toEqual([
      { kind: 'publishEnded', messageStreamId: 1, streamName: 'key', reason },
    ])
    expect(only(events, 'closed')).toHaveLength(1)
    expect(events.at(-1)?.kind).toBe('closed')
  })
})

describe('every end of a play', () => {
  it.each([
    ['closeStream', (peer: RawClient) => peer.command(1, 'closeStream', 0), 'closeStream'],
    ['deleteStream', (peer: RawClient) => peer.command(0, 'deleteStream', 0, 1), 'deleteStream'],
    ['play(false)', (peer: RawClient) => peer.command(1, 'play', 0, false), 'closeStream'],
    ['another play', (peer: RawClient) => peer.command(1, 'play', 0, 'other'), 'replaced'],
    ['us', (peer: RawClient) => peer.server.endPlay(1), 'completed'],
    ['the socket', (peer: RawClient) => peer.server.transportClosed('transportClosed', 0), 'transportClosed'],
  ])('by %s is reported once, with its reason', (_how, end, reason) => {
    const peer = RawClient.playing()
    end(peer)
    peer.server.transportClosed('transportClosed', 1)
    const events = [...peer.events, ...drain(peer.server)]
    expect(only(events, 'playEnded')).toEqual([
      { kind: 'playEnded', messageStreamId: 1, streamName: 'key', reason },
    ])
  })

  it('by us tells the player: StreamEOF and a status', () => {
    const peer = RawClient.playing()
    peer.server.endPlay(1, 'completed', { code: 'NetStream.Play.Complete' })
    peer.collect()
    expect(Array.from(peer.received[0]?.payload ?? [])).toEqual([0, 1, 0, 0, 0, 1])
    expect(peer.spoken()).toEqual(['onStatus 0 NetStream.Play.Complete'])
    expect(peer.server.endPlay(1)).toBe(false)
  })
})

describe('several message streams', () => {
  it('live and end apart', () => {
    const peer = RawClient.publishing().command(0, 'createStream', 4).command(2, 'publish', 5, 'two').accept()
    peer.command(0, 'createStream', 6).command(3, 'play', 7, 'three').accept()
    const media = (messageStreamId: number): RawClient =>
      peer.send({ typeId: 9, csid: 6, messageStreamId, payload: Uint8Array.of(messageStreamId) }) as RawClient
    media(1)
    media(2)
    peer.command(0, 'deleteStream', 0, 1)
    media(1)
    media(2)
    expect(
      only(peer.events, 'media').map(({ messageStreamId, payload }) => [messageStreamId, payload[0]]),
    ).toEqual([
      [1, 1],
      [2, 2],
      [2, 2],
    ])
    expect([1, 2, 3].map((id) => peer.server.streamState(id))).toEqual(['deleted', 'publishing', 'playing'])
    expect(peer.server.stats.messagesIgnored).toBe(1)
    // The number of the deleted stream is given again.
    expect(peer.command(0, 'createStream', 8).spoken().at(-1)).toBe('_result 8 1')
  })

  it('are bounded', () => {
    const peer = RawClient.ready({ limits: { maxMessageStreams: 3 } })
    for (let transaction = 5; transaction < 9; transaction++) peer.command(0, 'createStream', transaction)
    expect(peer.spoken()).toEqual([
      '_result 5 2',
      '_result 6 3',
      '_error 7 NetConnection.Call.Failed',
      '_error 8 NetConnection.Call.Failed',
    ])
  })
})

describe('requests that are taken back', () => {
  it.each([
    ['closeStream', (peer: RawClient) => peer.command(1, 'closeStream', 0), 'closeStream'],
    ['deleteStream', (peer: RawClient) => peer.command(0, 'deleteStream', 0, 1), 'deleteStream'],
    ['FCUnpublish', (peer: RawClient) => peer.command(0, 'FCUnpublish', 0, 'key'), 'fcUnpublish'],
    ['publish(false)', (peer: RawClient) => peer.command(1, 'publish', 0, false), 'publishFalse'],
    ['the socket', (peer: RawClient) => peer.server.transportClosed('transportClosed', 0), 'transportClosed'],
  ])('by %s: a late decision does nothing', (_how, end, reason) => {
    const peer = RawClient.ready().command(1, 'publish', 3, 'key')
    const requestId = peer.request
    end(peer)
    peer.events.push(...drain(peer.server))
    peer.spoken()
    expect(only(peer.events, 'requestWithdrawn')).toEqual([
      { kind: 'requestWithdrawn', requestId, request: 'publish', reason },
    ])
    expect(peer.server.accept(requestId)).toBe(false)
    expect(peer.server.reject(requestId)).toBe(false)
    expect(peer.spoken()).toEqual([])
    expect(only(peer.events, 'publishEnded')).toEqual([])
  })

  it('seek and play2 go with the play they are about', () => {
    const peer = RawClient.playing().command(1, 'seek', 0, 5).command(1, 'play2', 0, {})
    peer.command(1, 'closeStream', 0)
    expect(only(peer.events, 'requestWithdrawn').map(({ request }) => request)).toEqual(['seek', 'play2'])
    expect(peer.server.stats.pendingRequests).toBe(0)
  })

  it.each([
    ['closeStream', (peer: RawClient) => peer.command(2, 'closeStream', 0)],
    ['deleteStream', (peer: RawClient) => peer.command(0, 'deleteStream', 0, 2)],
    ['another play on its stream', (peer: RawClient) => peer.command(2, 'play', 0, 'other')],
    [
      'the host',
      (peer: RawClient) => {
        peer.server.endPlay(2)
        peer.events.push(...drain(peer.server))
      },
    ],
  ])('and not with another one, which goes on and is answered: %s', (_by, end) => {
    const peer = RawClient.playing().command(0, 'createStream', 3).command(2, 'play', 4, 'other').accept()
    peer
      .command(1, 'seek', 0, 5)
      .command(2, 'seek', 0, 6)
      .command(1, 'play2', 0, {})
      .command(2, 'play2', 0, {})
    const asked = peer.events.flatMap((event) =>
      event.kind === 'seekRequested' || event.kind === 'play2Requested' ? [event] : [],
    )
    end(peer)
    peer.spoken()
    const idsOf = (messageStreamId: number): number[] =>
      asked.filter((event) => event.messageStreamId === messageStreamId).map(({ requestId }) => requestId)
    expect(only(peer.events, 'requestWithdrawn').map(({ requestId }) => requestId)).toEqual(idsOf(2))
    expect(idsOf(2).map((id) => peer.server.accept(id))).toEqual([false, false])
    expect(peer.spoken()).toEqual([])
    expect(idsOf(1).map((id) => peer.server.accept(id))).toEqual([true, true])
    expect(peer.spoken()).toEqual([
      'onStatus 0 NetStream.Seek.Notify',
      'onStatus 0 NetStream.Play.Transition',
    ])
  })
})

describe('commands at the wrong time', () => {
  it('before connect: refused, and the end', () => {
    const peer = new RawClient().command(0, 'createStream', 2)
    expect(peer.spoken()).toEqual(['_error 2 NetConnection.Call.Failed'])
    expect(peer.events.at(-1)).toMatchObject({ kind: 'closed', error: { code: 'SESSION_NOT_CONNECTED' } })
  })

  it('a second connect: refused, the first stays', () => {
    const peer = RawClient.ready().connect({ app: 'other' })
    expect(peer.spoken()).toEqual(['_error 1 NetConnection.Call.Failed'])
    expect([peer.server.app, peer.server.state]).toEqual(['live', 'connected'])
  })

  it('publish on a stream that publishes: refused, the publish goes on', () => {
    const peer = RawClient.publishing().command(1, 'publish', 4, 'other')
    expect(peer.spoken()).toEqual(['onStatus 0 NetStream.Publish.BadName'])
    expect(peer.server.streamState(1)).toBe('publishing')
  })

  it('publish and play on streams that do not exist: refused', () => {
    const peer = RawClient.ready()
      .command(77, 'publish', 4, 'a')
      .command(78, 'play', 5, 'b')
      .command(79, 'seek', 6, 1)
    expect(peer.spoken()).toEqual(['onStatus 0 NetStream.Failed', 'onStatus 0 NetStream.Failed'])
    expect(kinds(peer.events).slice(-3)).toEqual([
      'warning STREAM_UNKNOWN',
      'warning STREAM_UNKNOWN',
      'warning STREAM_UNKNOWN',
    ])
  })

  it('publish on message stream 0 with one stream: taken for it, data and media too', () => {
    const peer = RawClient.ready().command(0, 'publish', 4, 'key').accept()
    peer.send({ typeId: 8, csid: 4, messageStreamId: 0, payload: Uint8Array.of(1) })
    expect(only(peer.events, 'media')[0]).toMatchObject({ messageStreamId: 1 })
    expect(peer.server.streamState(1)).toBe('publishing')
  })

  it('media nobody asked for is counted and dropped', () => {
    const peer = new RawClient()
    const media = { typeId: 9, csid: 6, messageStreamId: 1, payload: Uint8Array.of(1) }
    peer.send(media).connect().accept().send(media).command(0, 'createStream', 2).send(media)
    peer.command(1, 'play', 3, 'key').accept().send(media)
    expect(only(peer.events, 'media')).toEqual([])
    expect(peer.server.stats.messagesIgnored).toBe(4)
    expect(kinds(peer.events).filter((kind) => kind === 'warning MEDIA_UNEXPECTED')).toHaveLength(1)
  })
})

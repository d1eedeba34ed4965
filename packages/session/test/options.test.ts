import { describe, expect, it } from 'vitest'
import { ServerSession, type TraceEntry } from '../src/index.ts'
import { RawClient } from './raw-peer.ts'
import { crypto, Pair } from './support.ts'

describe('strict mode', () => {
  const strict = { strict: true } as const

  it('takes a session of our own client', () => {
    const pair = new Pair(strict, strict).acceptAll().connect()
    const id = pair.createStream()
    pair.client.publish(id, { streamName: 'key' })
    pair.settle()
    pair.client.deleteStream(id)
    pair.settle()
    expect([pair.client.state, pair.server.state]).toEqual(['connected', 'connected'])
  })

  it.each([
    [
      'a broken command',
      (peer: RawClient) => peer.send({ typeId: 20, payload: Uint8Array.of(5) }),
      'SESSION_STRICT',
    ],
    [
      'an argument of another type',
      (peer: RawClient) => peer.command(0, 'deleteStream', 0, 'key'),
      'COMMAND_ARGUMENT',
    ],
    [
      'a user control message cut short',
      (peer: RawClient) => peer.send({ typeId: 4, csid: 2, payload: Uint8Array.of(0) }),
      'SESSION_STRICT',
    ],
  ])('ends at %s', (_what, say, code) => {
    const peer = RawClient.ready(strict)
    say(peer)
    expect(peer.events.at(-1)).toMatchObject({ kind: 'closed', reason: 'protocolError', error: { code } })
  })

  it('does not take message stream 0 for another', () => {
    const peer = RawClient.ready(strict).command(0, 'publish', 5, 'key', 'live')
    expect(peer.spoken()).toEqual(['onStatus 0 NetStream.Failed'])
  })
})

describe('leniencies', () => {
  it('can be switched off one by one', () => {
    const peer = RawClient.publishing({
      leniency: { deleteByName: false, publishFalse: false, streamZero: false },
    })
    peer.command(0, 'deleteStream', 0, 'key').command(1, 'publish', 0, false).command(0, 'closeStream', 0)
    expect(peer.server.streamState(1)).toBe('publishing')
  })
})

describe('the trace hook', () => {
  it('sees every message and every change of state', () => {
    const trace: TraceEntry[] = []
    const peer = RawClient.publishing({ trace: (entry) => trace.push(entry) })
    peer.send({ typeId: 8, csid: 4, messageStreamId: 1, payload: Uint8Array.of(1) })
    peer.server.close()
    const lines = trace.map((entry) => {
      if (entry.kind === 'connection') return `connection ${entry.from} ${entry.input} ${entry.to}`
      if (entry.kind === 'stream')
        return `stream ${entry.messageStreamId} ${entry.from} ${entry.input} ${entry.to}`
      return `${entry.kind} ${entry.message.typeId}`
    })
    expect(lines).toEqual([
      'connection handshaking handshakeComplete awaitingConnect',
      'received 20',
      'connection awaitingConnect connect connectRequested',
      'connection connectRequested accept connected',
      'sent 5',
      'sent 6',
      'sent 1',
      'sent 4',
      'sent 20',
      'received 20',
      'sent 20',
      'received 20',
      'stream 1 idle publish publishRequested',
      'sent 4',
      'sent 20',
      'stream 1 publishRequested accept publishing',
      'received 8',
      'connection connected close closed',
      'stream 1 publishing disconnect deleted',
    ])
  })
})

describe('options', () => {
  it('are what the answer to connect announces', () => {
    const peer = new RawClient({ windowAckSize: 1000, peerBandwidth: 2000, chunkSize: 128, fmsVer: 'mine' })
      .connect()
      .accept()
    peer.collect()
    expect(peer.received.slice(0, 2).map(({ payload }) => [...payload])).toEqual([
      [0, 0, 3, 0xe8],
      [0, 0, 7, 0xd0, 2],
    ])
    expect(peer.commands()[0]?.commandObject).toMatchObject({ fmsVer: 'mine' })
    expect(peer.server.stats.sendChunkSize).toBe(128)
  })

  it('shared by sessions of both roles keep to each role’s defaults', () => {
    const shared = { crypto }
    const pair = new Pair(shared, shared)
    expect(pair.server.nextTimeout()).toBe(0)
    expect(new ServerSession(shared).stats.receiveWindowAckSize).toBe(2_500_000)
    expect(pair.client.stats.receiveWindowAckSize).toBe(0)
  })
})

describe('misuse', () => {
  it('is a UsageError, before anything is sent', () => {
    const { server } = RawClient.playing()
    const message = { csid: 2, typeId: 1, messageStreamId: 0, timestamp: 0, payload: new Uint8Array(4) }
    expect(() => server.sendMessage(message)).toThrow(/SESSION_MESSAGE_TYPE/)
    expect(() => server.setChunkSize(0)).toThrow()
    expect(() => new RawClient().server.onStatus(1, 'x')).toThrow(/SESSION_NOT_CONNECTED/)
    expect(server.hasOutput).toBe(false)
  })

  it('after the end everything is quiet', () => {
    const { server } = RawClient.playing()
    server.close()
    server.sendData(1, 0, 'x')
    server.onStatus(1, 'x')
    server.userControl({ kind: 'streamEof', messageStreamId: 1 })
    server.handleTimeout(1e9)
    server.close()
    expect([server.call('x'), server.endPlay(1), server.accept(1), server.hasOutput]).toEqual([
      0,
      false,
      false,
      false,
    ])
  })
})

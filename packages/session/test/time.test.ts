import { describe, expect, it } from 'vitest'
import { ClientSession, ServerSession, type ServerSessionOptions } from '../src/index.ts'
import { RawClient } from './raw-peer.ts'
import { crypto, drain, kinds, only, Pair } from './support.ts'

/** Lets the time of a session pass up to `until`, with nobody on the other end. */
const wait = (session: ServerSession | ClientSession, until: number): void => {
  for (let due = session.nextTimeout(); due !== undefined && due <= until; due = session.nextTimeout()) {
    session.handleTimeout(due)
  }
  session.handleTimeout(until)
}

const connected = (options: Partial<ServerSessionOptions> = {}): RawClient =>
  new RawClient(options).connect().accept()

describe('deadlines of a server', () => {
  it.each([
    [
      'a silent socket',
      (): ServerSession => new ServerSession({ crypto }),
      10_000,
      'SESSION_HANDSHAKE_TIMEOUT',
    ],
    [
      'a handshake without connect',
      (): ServerSession => new RawClient().server,
      10_000,
      'SESSION_CONNECT_TIMEOUT',
    ],
    [
      'a connection without publish or play',
      (): ServerSession => connected().server,
      30_000,
      'SESSION_COMMAND_TIMEOUT',
    ],
  ])('%s is ended in time, not before', (_name, make, deadline, code) => {
    const session = make()
    session.handleTimeout(0)
    wait(session, deadline - 1)
    expect(session.state).not.toBe('closed')
    wait(session, deadline)
    expect(drain(session).at(-1)).toMatchObject({ kind: 'closed', reason: 'timeout', error: { code } })
    expect(session.nextTimeout()).toBeUndefined()
  })

  it('one deadline covers the whole handshake, however many bytes trickle in', () => {
    const session = new ServerSession({ crypto })
    session.handleTimeout(0)
    for (let now = 0; now < 10_000; now += 100) session.receive(Uint8Array.of(3), now)
    wait(session, 10_000)
    expect(drain(session).at(-1)).toMatchObject({ error: { code: 'SESSION_HANDSHAKE_TIMEOUT' } })
  })

  it('a publisher that sends nothing is ended; one that sends anything is not', () => {
    const peer = connected()
    peer.command(0, 'createStream', 2).command(1, 'publish', 3, 'key')
    peer.accept()
    for (let now = 0; now <= 100_000; now += 20_000) {
      wait(peer.server, now)
      peer.now = now
      peer.send({ typeId: 8, messageStreamId: 1, csid: 4, payload: Uint8Array.of(0xaf, 1) })
    }
    expect(peer.server.state).toBe('connected')
    wait(peer.server, 130_000)
    const events = drain(peer.server)
    expect(kinds(events)).toEqual(['publishEnded', 'closed'])
    expect(events[0]).toMatchObject({ reason: 'timeout' })
    expect(events[1]).toMatchObject({ error: { code: 'SESSION_PUBLISHER_IDLE' } })
  })

  it('starts again to wait for a use of the connection when the last one has ended', () => {
    const peer = connected({ ping: { interval: 0 } })
    peer.command(0, 'createStream', 2).command(1, 'play', 3, 'key')
    peer.accept()
    wait(peer.server, 1_000_000)
    expect(peer.server.state).toBe('connected')
    peer.now = 1_000_000
    peer.command(1, 'closeStream', 0)
    wait(peer.server, 1_029_999)
    expect(peer.server.state).toBe('connected')
    wait(peer.server, 1_030_000)
    expect(drain(peer.server).at(-1)).toMatchObject({ error: { code: 'SESSION_COMMAND_TIMEOUT' } })
  })

  it('refuses for a host that does not decide', () => {
    const peer = connected()
    peer.command(0, 'createStream', 2).command(1, 'play', 3, 'key').spoken()
    wait(peer.server, 30_000)
    expect(peer.spoken()).toEqual(['onStatus 0 NetStream.Play.StreamNotFound'])
    const events = drain(peer.server)
    expect(kinds(events)).toEqual(['warning REQUEST_EXPIRED', 'requestWithdrawn'])
    expect(peer.server.accept(peer.request)).toBe(false)
  })

  it('counts from when the time is told, after decisions made in between', () => {
    const peer = new RawClient({ deadlines: { decision: 0 }, ping: { interval: 0 } }).connect()
    const { server } = peer
    expect(server.nextTimeout()).toBeUndefined()
    peer.accept()
    expect(server.nextTimeout()).toBe(0)
    server.handleTimeout(500_000)
    expect(server.nextTimeout()).toBe(530_000)
  })

  it('0 switches every deadline off', () => {
    const off = { handshake: 0, connect: 0, command: 0, publisherIdle: 0, decision: 0, call: 0 }
    const peer = connected({ deadlines: off, ping: { interval: 0 } })
    peer.command(0, 'createStream', 2).command(1, 'publish', 3, 'key')
    peer.accept()
    peer.server.call('question')
    expect(peer.server.nextTimeout()).toBeUndefined()
  })
})

describe('pings', () => {
  it('measure the round trip', () => {
    const pair = new Pair({ ping: { interval: 5000, timeout: 2000 } }).acceptAll().connect()
    pair.server.handleTimeout(0)
    pair.now = 5000
    pair.server.handleTimeout(5000)
    pair.serverToClient()
    pair.now = 5080
    pair.clientToServer()
    expect(only(pair.serverEvents, 'pong')).toEqual([{ kind: 'pong', rtt: 80 }])
    expect(pair.server.stats.rtt).toBe(80)
  })

  it('end a connection that is silent after one, but not one that sends anything at all', () => {
    const peer = connected({ ping: { interval: 5000, timeout: 2000 }, deadlines: { command: 0 } })
    wait(peer.server, 5000)
    expect(peer.server.nextTimeout()).toBe(7000)
    peer.now = 6999
    peer.send({ typeId: 3, csid: 2, payload: new Uint8Array(4) })
    wait(peer.server, 11_999)
    expect(peer.server.state).toBe('connected')
    wait(peer.server, 12_000)
    expect(drain(peer.server).at(-1)).toMatchObject({
      reason: 'timeout',
      error: { code: 'SESSION_PING_TIMEOUT' },
    })
  })

  it('go out on time with answers to nothing ignored, and a time beyond 2³²', () => {
    const peer = connected({ ping: { interval: 5000, timeout: 0 }, deadlines: { command: 0 } })
    peer.collect().received.length = 0
    peer.server.handleTimeout(0)
    peer.server.handleTimeout(2 ** 32 + 4999)
    peer.collect()
    expect(Array.from(peer.received[0]?.payload ?? [])).toEqual([0, 6, 0, 0, 0x13, 0x87])
    peer.send({ typeId: 4, csid: 2, payload: Uint8Array.of(0, 7, 1, 2, 3, 4) })
    expect(only(peer.events, 'pong')).toEqual([])
  })
})

describe('deadlines of a client', () => {
  it('a silent server', () => {
    const client = new ClientSession({ crypto })
    client.connect({ app: 'live' })
    client.handleTimeout(100)
    wait(client, 10_100)
    expect(kinds(drain(client))).toEqual(['requestWithdrawn', 'closed'])
  })

  it('a server that does not answer connect', () => {
    const pair = new Pair({ deadlines: { decision: 0, connect: 0 } }).connect()
    pair.advance(10_000)
    expect(kinds(pair.clientEvents)).toEqual(['handshakeComplete', 'requestTimedOut', 'closed'])
    expect(pair.clientEvents.at(-1)).toMatchObject({ error: { code: 'SESSION_CONNECT_TIMEOUT' } })
  })

  it('publish unanswered: the stream goes, so that a late answer cannot be mistaken', () => {
    const pair = new Pair({ deadlines: { decision: 0 } })
    pair.onServer = (event) => {
      if (event.kind === 'connectRequested') pair.server.accept(event.requestId)
    }
    pair.connect()
    const id = pair.createStream()
    const requestId = pair.client.publish(id, { streamName: 'key' })
    pair.settle()
    pair.advance(30_000)
    expect(pair.clientEvents.slice(-2)).toEqual([
      { kind: 'requestTimedOut', requestId, name: 'publish' },
      { kind: 'streamDeleted', messageStreamId: id },
    ])
    expect(kinds(pair.serverEvents).slice(-2)).toEqual(['requestWithdrawn', 'streamDeleted'])
    expect([pair.client.streamState(id), pair.server.streamState(id)]).toEqual(['deleted', 'deleted'])
  })
})

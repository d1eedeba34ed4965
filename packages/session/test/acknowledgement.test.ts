import { decodeAcknowledgement, encodeAcknowledgement, encodeWindowAckSize } from '@rtmp/chunk'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ReceiveWindow, SendWindow } from '../src/acknowledgement.ts'
import { RawClient, RawServer } from './raw-peer.ts'
import { kinds, only, Pair } from './support.ts'

/** Sequence numbers that a session has sent since the last call. */
const acknowledged = (peer: RawClient | RawServer): number[] => {
  peer.collect()
  return peer.received
    .splice(0)
    .flatMap(({ typeId, payload }) => (typeId === 3 ? [decodeAcknowledgement(payload)] : []))
}

describe('what we receive', () => {
  it('is acknowledged by bytes on the wire, headers included, from the end of the handshake', () => {
    const peer = RawClient.publishing({ initialWindowAckSize: 0 })
    peer.send({ typeId: 5, csid: 2, payload: encodeWindowAckSize(10_000) })
    const sent = peer.server.stats.bytesReceived
    let numbers: number[] = []
    for (let message = 0; message < 20; message++) {
      peer.send({ typeId: 9, csid: 6, messageStreamId: 1, payload: new Uint8Array(1000) })
      numbers.push(...acknowledged(peer))
    }
    expect(numbers.length).toBeGreaterThanOrEqual(3)
    numbers = [sent, ...numbers]
    for (let at = 1; at < numbers.length; at++) {
      expect((numbers[at] ?? 0) - (numbers[at - 1] ?? 0)).toBeLessThanOrEqual(10_000)
    }
    expect(peer.server.stats.bytesReceived - (numbers.at(-1) ?? 0)).toBeLessThan(10_000)
  })

  it('is not acknowledged before a window is known, unless asked for', () => {
    const server = RawServer.ready()
    server.command(1, 'note', 0, 'x'.repeat(60_000)).command(1, 'note', 0, 'x'.repeat(60_000))
    expect(acknowledged(server)).toEqual([])
    const client = RawClient.publishing({ initialWindowAckSize: 50_000 })
    client.command(1, 'note', 0, 'x'.repeat(60_000))
    expect(acknowledged(client)).toHaveLength(1)
  })

  it('with a window of 0: nothing changes; of 1: one acknowledgement a slice at most', () => {
    const peer = RawClient.publishing()
    peer.send({ typeId: 5, csid: 2, payload: encodeWindowAckSize(0) })
    expect(peer.server.stats.receiveWindowAckSize).toBe(2_500_000)
    peer.send({ typeId: 5, csid: 2, payload: encodeWindowAckSize(1) })
    acknowledged(peer)
    peer.send({ typeId: 9, csid: 6, messageStreamId: 1, payload: new Uint8Array(100_000) })
    expect(acknowledged(peer)).toHaveLength(1)
  })

  it('tiny windows on both sides do not ping-pong', () => {
    const pair = new Pair({ windowAckSize: 1 }, { windowAckSize: 1 }).acceptAll().connect()
    pair.client.call('anything')
    pair.settle()
    expect(pair.client.stats.acknowledgementsReceived).toBeLessThan(10)
  })
})

describe('counters', () => {
  it('wrap at 2³² and stay unsigned above 2³¹', () => {
    const window = new ReceiveWindow(1000)
    const seen: (number | undefined)[] = []
    for (const total of [2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1000, 2 ** 32 - 1, 2 ** 32 + 5, 2 ** 33 + 7]) {
      window.received = total
      seen.push(window.take())
    }
    expect(seen).toEqual([2 ** 31 - 1, undefined, 2 ** 31 + 1000, 2 ** 32 - 1, undefined, 7])
  })

  it('of what is under way are right across the wrap', () => {
    const window = new SendWindow()
    window.sent = 2 ** 32 + 100
    window.acknowledge(2 ** 32 - 50)
    expect(window.unacknowledged).toBe(150)
    window.acknowledge(90)
    expect(window.unacknowledged).toBe(10)
  })

  it('ignore numbers that cannot be: ahead of what was sent, backwards by half the circle', () => {
    const window = new SendWindow()
    window.sent = 5000
    window.acknowledge(4000)
    for (const nonsense of [5001, 0xffff_ffff, 8073]) {
      window.acknowledge(nonsense)
      expect(window.unacknowledged).toBe(1000)
    }
    expect(window.received).toBe(4)
  })

  it.each([2 ** 31, 2 ** 32])('go on past %d bytes, in both directions', (edge) => {
    const take = vi.spyOn(ReceiveWindow.prototype, 'take')
    onTestFinished(() => take.mockRestore())
    const peer = RawClient.playing({ initialWindowAckSize: 4000 }).command(0, 'createStream', 5)
    peer.command(2, 'publish', 6, 'key').accept()
    const start = edge - 20_000
    // Only the counters are moved: 4 GiB through a test take a minute.
    for (const window of new Set(take.mock.contexts as ReceiveWindow[])) window.received = start
    peer.server.noteBytesSent(start)
    acknowledged(peer)
    const numbers: number[] = []
    for (let message = 0; message < 40; message++) {
      peer.send({ typeId: 9, csid: 6, messageStreamId: 2, payload: new Uint8Array(1000) })
      numbers.push(...acknowledged(peer))
      peer.server.sendMessage({
        csid: 6,
        typeId: 9,
        messageStreamId: 1,
        timestamp: 0,
        payload: new Uint8Array(1000),
      })
      peer.send({ typeId: 3, csid: 2, payload: encodeAcknowledgement(peer.server.stats.bytesSent - 10) })
      expect(peer.server.stats.bytesUnacknowledged).toBe(10)
    }
    expect(peer.server.stats.bytesReceived).toBeGreaterThan(edge + 10_000)
    expect(numbers.length).toBeGreaterThanOrEqual(10)
    expect(numbers.every((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32)).toBe(true)
    const steps = numbers.slice(1).map((value, at) => (value - (numbers[at] ?? 0)) >>> 0)
    expect(Math.max(...steps)).toBeLessThanOrEqual(4000)
  })
})

describe('what we send', () => {
  it('is known to be under way until it is acknowledged, shared batches included', () => {
    const peer = RawClient.playing()
    peer.send({ typeId: 3, csid: 2, payload: encodeAcknowledgement(peer.server.stats.bytesSent) })
    expect(peer.server.stats.bytesUnacknowledged).toBe(0)
    peer.server.noteBytesSent(1_000_000)
    expect(peer.server.stats.bytesUnacknowledged).toBe(1_000_000)
    peer.send({ typeId: 3, csid: 2, payload: encodeAcknowledgement(peer.server.stats.bytesSent - 1000) })
    expect(only(peer.events, 'acknowledged').at(-1)?.unacknowledged).toBe(1000)
  })

  it('nonsense acknowledgements in any number do no harm', () => {
    const peer = RawClient.playing()
    for (const value of [0, 0xffff_ffff, 0, 0xf000_0000, 1]) {
      for (let again = 0; again < 1000; again++)
        peer.send({ typeId: 3, csid: 2, payload: encodeAcknowledgement(value) })
    }
    expect(peer.server.state).toBe('connected')
    expect(peer.collect().received).toEqual([])
  })
})

describe('Set Peer Bandwidth', () => {
  it('is answered by Window Acknowledgement Size, once per value', () => {
    const server = RawServer.connected()
    const ask = (limitType: number): void => {
      server.send({ typeId: 6, csid: 2, payload: Uint8Array.of(0, 0x26, 0x25, 0xa0, limitType) })
    }
    ask(0)
    ask(0)
    ask(2)
    server.collect()
    expect(server.received.filter(({ typeId }) => typeId === 5).map(({ payload }) => [...payload])).toEqual([
      [0, 0x26, 0x25, 0xa0],
    ])
    expect(server.client.stats.peerBandwidthLimit).toBe(2_500_000)
  })

  it('with four bytes or an unknown type: stays up', () => {
    const server = RawServer.connected()
    server.send({ typeId: 6, csid: 2, payload: Uint8Array.of(0, 0, 1, 0) })
    server.send({ typeId: 6, csid: 2, payload: Uint8Array.of(0, 0, 1, 0, 9) })
    expect(server.client.state).toBe('connected')
    expect(kinds(server.events)).not.toContain('closed')
  })
})

import { command, encodeCommand } from '@rtmp/message'
import { fromHex, mutate, readRepoFile, SeededRandom } from '@rtmp/testkit'
import { describe, expect, it } from 'vitest'
import { ServerSession } from '../src/index.ts'
import { RawClient } from './raw-peer.ts'
import { crypto, drain, isRequest, kinds, only } from './support.ts'

describe('what is not RTMP', () => {
  it.each([
    ['HTTP', new TextEncoder().encode('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['TLS', fromHex('16030100c8010000c40303')],
    ['noise', new Uint8Array(4000).fill(0x55)],
  ])('%s ends at once, with a reason', (_name, bytes) => {
    const session = new ServerSession({ crypto })
    session.receive(bytes, 0)
    const [last] = drain(session)
    expect(last).toMatchObject({ kind: 'closed', reason: 'protocolError', error: { phase: 'handshake' } })
    expect(session.hasOutput).toBe(false)
  })

  it('garbage behind the handshake ends in one closed event', () => {
    const peer = RawClient.publishing().bytes(new Uint8Array(5000).fill(0xff))
    expect(kinds(peer.events).filter((kind) => kind === 'closed')).toHaveLength(1)
    expect(peer.events.at(-1)).toMatchObject({ reason: 'protocolError', error: { phase: 'chunk' } })
    expect(peer.bytes(new Uint8Array(10)).events.at(-1)?.kind).toBe('closed')
  })
})

describe('floods', () => {
  it('ping requests: answered, a few per slice', () => {
    const peer = RawClient.ready()
    const one = peer.writer.encode({
      csid: 2,
      typeId: 4,
      messageStreamId: 0,
      timestamp: 0,
      payload: fromHex('0006deadbeef'),
    })
    peer.bytes(one)
    peer.collect()
    expect([...(peer.received[0]?.payload ?? [])]).toEqual([0, 7, 0xde, 0xad, 0xbe, 0xef])
    const flood = new Uint8Array(one.length * 1000)
    for (let at = 0; at < 1000; at++) flood.set(one, at * one.length)
    peer.bytes(flood)
    peer.received.length = 0
    peer.collect()
    expect(peer.received).toHaveLength(16)
    expect(peer.server.state).toBe('connected')
  })

  it('unknown calls: a bounded number waits, the others are refused', () => {
    const peer = RawClient.ready({ limits: { maxCommandsPerSecond: 0 } })
    for (let transaction = 10; transaction < 1010; transaction++) peer.command(0, 'mystery', transaction)
    expect(peer.server.stats.pendingRequests).toBe(64)
    expect(peer.spoken()).toHaveLength(1000 - 64)
    expect(only(peer.events, 'warning').length).toBeLessThanOrEqual(100)
    expect(peer.server.stats.warnings).toBe(1000 - 64)
  })

  it('createStream and deleteStream without end', () => {
    const peer = RawClient.ready({ limits: { maxCommandsPerSecond: 0 } })
    for (let round = 0; round < 1000; round++)
      peer.command(0, 'createStream', 5).command(0, 'deleteStream', 0, 2)
    expect(peer.server.stats.messageStreams).toBe(1)
  })

  it('publish and play asked for again and again: one request at a time', () => {
    const peer = RawClient.ready({ limits: { maxCommandsPerSecond: 0 } })
    for (let round = 0; round < 500; round++) peer.command(1, 'play', 0, `key${round}`)
    expect(peer.server.stats.pendingRequests).toBe(1)
    expect(only(peer.events, 'requestWithdrawn')).toHaveLength(499)
  })
})

describe('broken messages', () => {
  it.each([
    ['empty', ''],
    ['null for a name', '05'],
    ['a number for a name', '004000000000000000'],
    ['a name cut short', '02000a6162'],
    ['a broken argument', '0200036162630040000000000000000e'],
  ])('a command that is %s is ignored; after a few the connection ends', (_name, hex) => {
    const peer = RawClient.ready()
    const send = (): RawClient => peer.send({ typeId: 20, payload: fromHex(hex) }) as RawClient
    send()
    send()
    send()
    expect(peer.server.state).toBe('connected')
    send()
    expect(peer.events.at(-1)).toMatchObject({ error: { code: 'SESSION_BROKEN_COMMANDS' } })
  })

  it('user control cut short, data without a name, unknown types and shared objects: stays up', () => {
    const peer = RawClient.publishing()
    for (const hex of [
      '',
      '00',
      '0006',
      '000600',
      '0003000000010000',
      '7fff01020304',
      '001a',
      '001f00000001',
    ]) {
      peer.send({ typeId: 4, csid: 2, payload: fromHex(hex) })
    }
    for (const typeId of [0, 7, 10, 14, 21, 23, 255, 19, 16]) {
      peer.send({ typeId, csid: 9, messageStreamId: 1, payload: new Uint8Array(10) })
    }
    peer.send({ typeId: 18, messageStreamId: 1, payload: fromHex('00000000') })
    peer.send({ typeId: 15, messageStreamId: 1, payload: fromHex('') })
    expect(peer.server.state).toBe('connected')
    expect(only(peer.events, 'otherMessage').map(({ message }) => message.typeId)).toEqual([
      10, 14, 21, 23, 255, 19, 16,
    ])
    expect(kinds(peer.events).slice(-2)).toEqual(['warning DATA_BROKEN', 'warning DATA_BROKEN'])
  })

  it.each([
    ['Set Chunk Size', 1],
    ['Acknowledgement', 3],
    ['Window Acknowledgement Size', 5],
    ['Set Peer Bandwidth', 6],
  ])('%s cut short ends the connection', (_name, typeId) => {
    const peer = RawClient.ready().send({ typeId, csid: 2, payload: new Uint8Array(3) })
    expect(peer.events.at(-1)).toMatchObject({ kind: 'closed', reason: 'protocolError' })
  })

  it('aggregates: what is sound comes out, nothing inside is obeyed', () => {
    const peer = RawClient.publishing()
    const part = (typeId: number, body: string): string =>
      `${typeId.toString(16).padStart(2, '0')}${(body.length / 2).toString(16).padStart(6, '0')}00000000000000${body}${(11 + body.length / 2).toString(16).padStart(8, '0')}`
    const hex = part(8, 'af01') + part(1, '00000001') + part(22, part(8, 'aa')) + part(9, '2701') + '09ffffff'
    peer.send({ typeId: 22, csid: 6, messageStreamId: 1, payload: fromHex(hex) })
    expect(only(peer.events, 'media').map(({ payload }) => [...payload])).toEqual([
      [0xaf, 1],
      [0x27, 1],
    ])
    expect(peer.server.stats.receiveChunkSize).toBe(128)
  })

  it('connect without anything in it', () => {
    for (const hex of ['', '05', '03000009', '080000000000000900']) {
      const peer = new RawClient()
      peer.send({
        typeId: 20,
        payload: Uint8Array.from([...encodeCommand(command('connect', 1)).subarray(0, -1), ...fromHex(hex)]),
      })
      expect(['awaitingConnect', 'connectRequested', 'closed']).toContain(peer.server.state)
    }
  })
})

describe('recorded clients, damaged', () => {
  it('end in events, never in anything thrown', async () => {
    const seed = await readRepoFile('vectors/streams/ffmpeg-5.1-publish.c2s.bin')
    const start = seed.subarray(0, 6000)
    for (let run = 0; run < 400; run++) {
      const random = new SeededRandom(run)
      const damaged = mutate(start.subarray(3073), random)
      const session = new ServerSession({ crypto })
      const take = (): void => {
        for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) {
          if (isRequest(event) && random.chance(0.9)) session.accept(event.requestId)
        }
      }
      session.receive(start.slice(0, 3073), 0)
      take()
      for (let at = 0; at < damaged.length; ) {
        const size = 1 + random.below(500)
        session.receive(damaged.slice(at, at + size), at)
        take()
        at += size
      }
      session.transportClosed('transportClosed', 1)
      take()
      expect(session.state).toBe('closed')
    }
  })
})

import { MessageTypeId } from '@rtmp/chunk'
import { command, encodeCommand } from '@rtmp/message'
import { fromHex, toHex } from '@rtmp/testkit'
import { describe, expect, it } from 'vitest'
import { RawClient } from './raw-peer.ts'
import { only, output } from './support.ts'

const connected = (accept = true): RawClient => {
  const peer = new RawClient().connect()
  return accept ? peer.accept() : peer
}

describe('the answer to connect', () => {
  it('is one array: Window Ack Size, Set Peer Bandwidth, Set Chunk Size, StreamBegin 0, _result', () => {
    const peer = connected()
    const pieces = peer.server.takeOutput()
    expect(pieces).toHaveLength(1)
    const [bytes = new Uint8Array(0)] = pieces
    expect(toHex(bytes.subarray(0, 55))).toBe(
      toHex(
        fromHex(
          `02 000000 000004 05 00000000 002625a0
           42 000000 000005 06 002625a0 02
           42 000000 000004 01 0000ea60
           42 000000 000006 04 0000 00000000`,
        ),
      ),
    )
  })

  it('is sent only after the decision, and so is what follows', () => {
    const peer = connected(false)
    peer.command(0, 'createStream', 2)
    expect(peer.server.hasOutput).toBe(false)
    peer.accept()
    expect(peer.spoken()).toEqual(['_result 1 NetConnection.Connect.Success', '_result 2 1'])
  })

  it('carries what the host adds', () => {
    const peer = connected(false)
    peer.server.accept(peer.request, { properties: { capsEx: 2 }, information: { capsEx: 2 } })
    const [answer] = peer.commands()
    expect(answer?.commandObject).toEqual({ fmsVer: 'FMS/3,0,1,123', capabilities: 31, capsEx: 2 })
    expect(answer?.args[0]).toMatchObject({ level: 'status', objectEncoding: 0, capsEx: 2 })
  })

  it('refused is _error, with a redirect when there is one, and ends the session once it is out', () => {
    const peer = connected(false)
    peer.server.reject(peer.request, { description: 'go away', redirect: 'rtmp://b/live' })
    const [answer] = peer.commands()
    expect(answer).toMatchObject({
      name: '_error',
      transactionId: 1,
      args: [
        {
          level: 'error',
          code: 'NetConnection.Connect.Rejected',
          description: 'go away',
          ex: { code: 302, redirect: 'rtmp://b/live' },
        },
      ],
    })
    expect(peer.server.nextEvent()).toMatchObject({ kind: 'closed', reason: 'refused' })
    expect(peer.server.nextEvent()).toBeUndefined()
  })

  it('stays undecided when the details cannot be encoded', () => {
    const peer = connected(false)
    expect(() => peer.server.accept(peer.request, { properties: { bad: () => 0 } })).toThrow()
    expect(peer.server.hasOutput).toBe(false)
    expect(peer.server.accept(peer.request)).toBe(true)
  })
})

describe('other answers', () => {
  it('createStream is byte-exact, as FFmpeg reads it', () => {
    const peer = connected().collect()
    output(peer.server)
    peer.command(0, 'createStream', 4)
    peer.collect()
    const message = peer.received.at(-1)
    expect(toHex(message?.payload ?? new Uint8Array(0))).toBe(
      `0200075f726573756c74${'00'}4010000000000000${'05'}${'00'}3ff0000000000000`,
    )
  })

  it('keeps odd transaction ids, and does not answer 0', () => {
    const peer = connected()
    peer.spoken()
    peer
      .command(0, 'createStream', 17.5)
      .command(0, 'createStream', 2 ** 53)
      .command(0, 'createStream', 0)
    expect(peer.commands().map(({ transactionId, args }) => [transactionId, args[0]])).toEqual([
      [17.5, 1],
      [2 ** 53, 2],
    ])
  })

  it('announcements are answered with their own id, and by onFCPublish', () => {
    const peer = connected()
    peer.spoken()
    peer.command(0, 'releaseStream', 2, 'k').command(0, 'FCPublish', 3, 'k').command(0, 'FCUnpublish', 4, 'k')
    peer.command(0, 'FCSubscribe', 5, 'k').command(0, '_checkbw', 6).command(0, 'getStreamLength', 7, 'k')
    peer.command(0, 'releaseStream', 0, 'k').command(0, '_onbwdone', 8)
    expect(peer.spoken()).toEqual([
      '_result 2 undefined',
      '_result 3 undefined',
      'onFCPublish 3 NetStream.Publish.Start',
      '_result 4 undefined',
      'onFCUnpublish 4 NetStream.Unpublish.Success',
      '_result 5 undefined',
      'onFCSubscribe 5 NetStream.Play.Start',
      '_result 6 undefined',
      '_result 7 0',
    ])
  })

  it('publish: StreamBegin and Publish.Start on its stream; refused: the status, then the end', () => {
    const peer = connected()
    peer.command(0, 'createStream', 2).command(1, 'publish', 3, 'key', 'live').collect()
    peer.received.length = 0
    peer.server.accept(peer.request)
    peer.collect()
    expect(peer.received.map(({ typeId, messageStreamId }) => [typeId, messageStreamId])).toEqual([
      [MessageTypeId.userControl, 0],
      [MessageTypeId.commandAmf0, 1],
    ])
    expect(peer.spoken()).toEqual(['onStatus 0 NetStream.Publish.Start'])
    peer.command(0, 'createStream', 4).command(2, 'publish', 5, 'other', 'live').spoken()
    peer.server.reject(peer.request, { code: 'NetStream.Publish.BadName', redirect: 'rtmp://c/d' })
    expect(peer.commands()[0]?.args[0]).toMatchObject({
      level: 'error',
      code: 'NetStream.Publish.BadName',
      ex: { code: 302, redirect: 'rtmp://c/d' },
    })
    expect(peer.server.state).toBe('closed')
  })

  it('play: StreamIsRecorded, StreamBegin, Reset, Start, sample access; refused: the connection stays', () => {
    const peer = connected()
    peer.command(0, 'createStream', 2).command(1, 'play', 3, 'key').collect()
    peer.received.length = 0
    peer.server.accept(peer.request, { recorded: true })
    peer.collect()
    expect(peer.received.map(({ typeId, payload }) => [typeId, typeId === 4 ? toHex(payload) : ''])).toEqual([
      [4, '000400000001'],
      [4, '000000000001'],
      [20, ''],
      [20, ''],
      [18, ''],
    ])
    expect(peer.spoken()).toEqual(['onStatus 0 NetStream.Play.Reset', 'onStatus 0 NetStream.Play.Start'])
    peer.command(1, 'play', 4, 'gone', -2, -1, false).spoken()
    peer.server.reject(peer.request)
    expect(peer.spoken()).toEqual(['onStatus 0 NetStream.Play.StreamNotFound'])
    expect([peer.server.state, peer.server.streamState(1)]).toEqual(['connected', 'idle'])
  })

  it('playback commands: pause at once, seek and play2 by decision, receiveVideo with the two statuses', () => {
    const peer = connected()
    peer.command(0, 'createStream', 2).command(1, 'play', 3, 'key')
    peer.server.accept(peer.request)
    peer.spoken()
    peer.command(1, 'pause', 0, true, 5000).command(1, 'pause', 0, false, 5000)
    expect(peer.spoken()).toEqual([
      'onStatus 0 NetStream.Pause.Notify',
      'onStatus 0 NetStream.Unpause.Notify',
    ])
    expect(only(peer.events, 'pause').map(({ paused, position }) => [paused, position])).toEqual([
      [true, 5000],
      [false, 5000],
    ])
    peer.command(1, 'seek', 0, 7000)
    expect(peer.spoken()).toEqual([])
    peer.server.accept(peer.request)
    peer.command(1, 'seek', 0, 8000)
    peer.server.reject(peer.request)
    peer.command(1, 'play2', 0, { streamName: 'small' })
    peer.server.reject(peer.request)
    peer.command(1, 'receiveVideo', 0, false).command(1, 'receiveVideo', 0, true)
    expect(peer.spoken()).toEqual([
      'onStatus 0 NetStream.Seek.Notify',
      'onStatus 0 NetStream.Seek.Failed',
      'onStatus 0 NetStream.Play.Failed',
      'onStatus 0 NetStream.Seek.Notify',
      'onStatus 0 NetStream.Play.Start',
    ])
    expect(peer.server.streamState(1)).toBe('playing')
  })

  it('unknown commands are the host’s to answer, unless they want no answer', () => {
    const peer = connected()
    peer.spoken()
    peer.command(0, 'add', 33, 1, 2).command(0, 'note', 0, 'x')
    const [add, note] = only(peer.events, 'commandReceived')
    expect(add).toMatchObject({ name: 'add', values: [1, 2], transactionId: 33 })
    expect(note).toMatchObject({ name: 'note', requestId: undefined })
    peer.server.accept(add?.requestId ?? 0, { values: [3] })
    peer.command(0, 'sub', 34)
    peer.server.reject(peer.request)
    expect(peer.spoken()).toEqual(['_result 33 3', '_error 34 NetConnection.Call.Failed'])
  })
})

describe('names', () => {
  const ask = (app: string, tcUrl: string, streamName: string): object => {
    const peer = new RawClient().connect({ app, tcUrl }).accept()
    peer.command(0, 'createStream', 2).command(1, 'publish', 3, streamName)
    const event = only(peer.events, 'publishRequested')[0]
    return { app: event?.app, streamName: event?.streamName, query: { ...event?.query } }
  }

  it.each([
    ['live', '', 'key', 'live', 'key', {}],
    ['/live/', '', '/key/', 'live', 'key', {}],
    ['live/_definst_', '', 'mp4:a/b', 'live', 'mp4:a/b', {}],
    [
      'live/inst?t=app&u=1',
      'rtmp://h/live/inst?t=url&v=2',
      'key?t=name&w=a=b',
      'live/inst',
      'key',
      { t: 'name', u: '1', v: '2', w: 'a=b' },
    ],
    ['live?__proto__=1', '', 'k?toString=2', 'live', 'k', { ['__proto__']: '1', toString: '2' }],
    ['live', '', '', 'live', '', {}],
  ])('%s %s %s', (app, tcUrl, raw, wantedApp, streamName, query) => {
    expect(ask(app, tcUrl, raw)).toEqual({ app: wantedApp, streamName, query: { ...query } })
  })

  it('too long or with control characters: refused with a status', () => {
    const peer = new RawClient().connect({ app: 'a'.repeat(5000) })
    expect(peer.spoken()).toEqual(['_error 1 NetConnection.Connect.InvalidApp'])
    const other = connected()
    other.command(0, 'createStream', 2).spoken()
    other.command(1, 'publish', 3, 'a\u0000b').command(1, 'play', 4, 'ä'.repeat(2049))
    expect(other.spoken()).toEqual([
      'onStatus 0 NetStream.Publish.BadName',
      'onStatus 0 NetStream.Play.Failed',
    ])
    expect(other.server.state).toBe('connected')
  })
})

describe('AMF3 commands (type 17)', () => {
  it.each([
    ['with the format byte', [0]],
    ['without it', []],
  ])('%s', (_name, head) => {
    const peer = connected()
    peer.spoken()
    const body = encodeCommand(command('createStream', 9))
    peer.send({ typeId: MessageTypeId.commandAmf3, payload: Uint8Array.from([...head, ...body]) })
    expect(peer.spoken()).toEqual(['_result 9 1'])
  })
})

import { MessageTypeId } from '@rtmp/chunk'
import { command, decodeData, encodeCommand } from '@rtmp/message'
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

  it('FCPublish: the result at once, onFCPublish with the decision', () => {
    const peer = connected()
    peer.spoken()
    peer.command(0, 'FCPublish', 3, 'k?t=1')
    expect(peer.spoken()).toEqual(['_result 3 null'])
    expect(only(peer.events, 'fcPublishRequested')[0]).toMatchObject({ streamName: 'k?t=1' })
    peer.server.accept(peer.request)
    expect(peer.spoken()).toEqual(['onFCPublish 3 NetStream.Publish.Start'])
    expect(peer.server.accept(peer.request)).toBe(false)

    peer.command(0, 'FCPublish', 4, 'k')
    peer.server.reject(peer.request, { description: 'no', close: false })
    const [, told, status] = peer.commands()
    expect(told).toMatchObject({ name: 'onFCPublish', transactionId: 4 })
    expect(status).toMatchObject({ name: 'onStatus', transactionId: 0 })
    expect(status?.args).toEqual(told?.args)
    expect(told?.args[0]).toMatchObject({
      level: 'error',
      code: 'NetStream.Publish.Denied',
      description: 'no',
    })
    expect(peer.server.state).toBe('connected')

    peer.command(0, 'FCPublish', 5, 'k')
    peer.server.reject(peer.request)
    expect(peer.server.state).toBe('closed')
  })

  it('FCPublish beyond the bound of undecided requests is refused', () => {
    const peer = new RawClient({ limits: { maxPendingRequests: 1 } }).connect().accept()
    peer.spoken()
    peer.command(0, 'FCPublish', 3, 'a').command(0, 'FCPublish', 4, 'b')
    expect(peer.spoken()).toEqual(['_result 3 null', '_error 4 NetConnection.Call.Failed'])
  })

  it('other announcements are answered with their own id, and by onFC…', () => {
    const peer = connected()
    peer.spoken()
    peer.command(0, 'releaseStream', 2, 'k').command(0, 'FCUnpublish', 4, 'k')
    peer.command(0, 'FCSubscribe', 5, 'k').command(0, '_checkbw', 6).command(0, 'getStreamLength', 7, 'k')
    peer.command(0, 'releaseStream', 0, 'k').command(0, '_onbwdone', 8)
    expect(peer.spoken()).toEqual([
      '_result 2 null',
      '_result 4 null',
      'onFCUnpublish 4 NetStream.Unpublish.Success',
      '_result 5 null',
      'onFCSubscribe 5 NetStream.Play.Start',
      '_result 6 null',
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

  it('a publish that we end: StreamEOF and Unpublish.Success', () => {
    const peer = RawClient.publishing()
    peer.server.endPublish(1)
    peer.collect()
    expect(peer.received.map(({ typeId, payload }) => (typeId === 4 ? toHex(payload) : typeId))).toEqual([
      '000100000001',
      20,
    ])
    expect(peer.spoken()).toEqual(['onStatus 0 NetStream.Unpublish.Success'])
  })

  it('pause and its end are told by StreamDry and StreamBegin as well', () => {
    const peer = RawClient.playing()
    peer.command(1, 'pause', 0, true, 0).command(1, 'pause', 0, false, 0).collect()
    expect(peer.received.map(({ typeId, payload }) => (typeId === 4 ? toHex(payload) : typeId))).toEqual([
      20,
      '000200000001',
      '000000000001',
      20,
    ])
  })

  it('receiveAudio and receiveVideo are remembered: before the play, while it is undecided, for the next', () => {
    const peer = RawClient.ready()
    expect(peer.server.receives(1)).toEqual({ audio: true, video: true })
    peer.command(1, 'receiveAudio', 0, false).command(1, 'play', 3, 'key')
    peer.command(1, 'receiveVideo', 0, false)
    expect(peer.server.receives(1)).toEqual({ audio: false, video: false })
    peer.accept().command(1, 'receiveVideo', 0, true).command(1, 'play', 4, 'other').accept()
    expect(peer.server.receives(1)).toEqual({ audio: false, video: true })
    expect(peer.server.receives(2)).toEqual({ audio: true, video: true })
  })

  it('pings of the host are told of by their timestamp', () => {
    const peer = RawClient.ready()
    peer.server.userControl({ kind: 'pingRequest', timestamp: 77 })
    peer.collect()
    expect(peer.received.map(({ payload }) => toHex(payload))).toEqual(['00060000004d'])
    peer.send({ csid: 2, typeId: 4, payload: fromHex('0007 0000004d') })
    expect(only(peer.events, 'pingAnswered')).toEqual([{ kind: 'pingAnswered', timestamp: 77 }])
    expect(only(peer.events, 'pong')).toEqual([])
  })

  it('media on streams that take none is told of, once for each stream and eight times at most', () => {
    const peer = RawClient.publishing()
    const media = (messageStreamId: number): RawClient => {
      peer.send({ csid: 6, typeId: 9, messageStreamId, payload: Uint8Array.of(0x27, 1) })
      return peer
    }
    media(7)
    media(7)
    expect(only(peer.events, 'warning').map(({ code, message }) => `${code}: ${message}`)).toEqual([
      'MEDIA_UNEXPECTED: message type 9 on message stream 7, which does not exist',
    ])
    for (let id = 8; id < 30; id++) media(id)
    expect(only(peer.events, 'warning')).toHaveLength(8)
    expect(peer.server.stats.messagesIgnored).toBe(24)
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

  it.each([
    ['both, unless told otherwise', undefined, [[true, true]]],
    ['sound only', { audio: true, video: false }, [[true, false]]],
    ['pictures only', { audio: false, video: true }, [[false, true]]],
    ['neither', { audio: false, video: false }, [[false, false]]],
    ['nothing is said', false, []],
  ] as const)('|RtmpSampleAccess grants %s', (_what, sampleAccess, expected) => {
    const peer = RawClient.ready().command(1, 'play', 3, 'key')
    peer.accept(sampleAccess === undefined ? {} : { sampleAccess }).collect()
    const granted = peer.received
      .filter(({ typeId }) => typeId === MessageTypeId.dataAmf0)
      .map((message) => decodeData(message))
    expect(granted.map(({ name }) => name)).toEqual(expected.map(() => '|RtmpSampleAccess'))
    expect(granted.map(({ args }) => args)).toEqual(expected)
    expect(peer.received.at(-1)?.messageStreamId).toBe(1)
  })

  const HARMFUL = '\u001b[2J\u009b\u202e\n'
  const SHOWN = '\\x1b[2J\\x9b\\u202e\\x0a'

  it.each([
    ['connect accepted', (peer: RawClient, description: string) => peer.accept({ description })],
    [
      'connect refused',
      (peer: RawClient, description: string) => peer.server.reject(peer.request, { description }),
    ],
    [
      'publish refused',
      (peer: RawClient, description: string) => {
        peer.accept().command(0, 'createStream', 2).command(1, 'publish', 3, 'key')
        peer.server.reject(peer.request, { description })
      },
    ],
    [
      'a play that is ended',
      (peer: RawClient, description: string) => {
        peer.accept().command(0, 'createStream', 2).command(1, 'play', 3, 'key').accept()
        peer.server.endPlay(1, 'kicked', { description })
      },
    ],
    [
      'any status',
      (peer: RawClient, description: string) => peer.accept().server.onStatus(0, 'X', { description }),
    ],
    [
      'FCPublish refused',
      (peer: RawClient, description: string) => {
        peer.accept().command(0, 'FCPublish', 3, 'key')
        peer.server.reject(peer.request, { description })
      },
    ],
    [
      'a name that is echoed',
      (peer: RawClient, name: string) => peer.accept().command(0, 'FCSubscribe', 5, name),
    ],
  ])('descriptions are fit to be shown, and cut: at the limit, and one beyond: %s', (_what, act) => {
    const said = (description: string): unknown => {
      const peer = connected(false)
      act(peer, description)
      return (peer.commands().at(-1)?.args.at(-1) as { description?: unknown } | undefined)?.description
    }
    expect(said(HARMFUL)).toBe(SHOWN)
    expect(said('a'.repeat(1000))).toBe('a'.repeat(1000))
    expect(said('a'.repeat(1001))).toBe(`${'a'.repeat(1000)}… (1 more characters)`)
  })

  it('what a status says to programs is left as it is', () => {
    const peer = connected()
      .command(0, 'createStream', 2)
      .command(1, 'play', 3, `k\u202e${'y'.repeat(2000)}`)
      .accept()
    const redirect = `rtmp://h/${'a'.repeat(2000)}`
    peer.command(1, 'seek', 0, 1)
    peer.server.reject(peer.request, { redirect, information: { more: HARMFUL } })
    const args = peer.commands().flatMap((one) => (one.name === 'onStatus' ? (one.args as object[]) : []))
    expect(args[1]).toMatchObject({ code: 'NetStream.Play.Start', details: `k\u202e${'y'.repeat(2000)}` })
    expect(args[2]).toMatchObject({
      code: 'NetStream.Seek.Failed',
      ex: { code: 302, redirect },
      more: HARMFUL,
    })
  })

  it('what two plays at once are granted does not mix', () => {
    const peer = RawClient.ready().command(0, 'createStream', 3)
    peer.command(1, 'play', 0, 'a').accept({ sampleAccess: { audio: true, video: false } })
    peer.command(2, 'play', 0, 'b').accept({ sampleAccess: false })
    peer.command(1, 'play', 0, 'c').accept().collect()
    const granted = peer.received.filter(({ typeId }) => typeId === MessageTypeId.dataAmf0)
    expect(granted.map((message) => [message.messageStreamId, decodeData(message).args])).toEqual([
      [1, [true, false]],
      [1, [true, true]],
    ])
  })

  it('seek and play2 beyond the bound of undecided requests are refused, and say so: at the bound, and one beyond', () => {
    const peer = RawClient.playing({ limits: { maxPendingRequests: 2 } })
    peer.command(0, 'createStream', 3).command(2, 'play', 4, 'other').accept().spoken()
    peer.command(1, 'seek', 0, 1).command(2, 'seek', 0, 2)
    expect(only(peer.events, 'seekRequested').map(({ position }) => position)).toEqual([1, 2])
    expect(peer.spoken()).toEqual([])
    peer.command(1, 'seek', 0, 3).command(2, 'play2', 0, {}).command(1, 'seek', 9, 4)
    expect(only(peer.events, 'seekRequested')).toHaveLength(2)
    expect(only(peer.events, 'play2Requested')).toEqual([])
    expect(only(peer.events, 'warning').map(({ message }) => message)).toEqual([
      'a seek beyond 2 undecided requests was refused',
      'a play2 beyond 2 undecided requests was refused',
      'a seek beyond 2 undecided requests was refused',
    ])
    expect(peer.server.stats.pendingRequests).toBe(2)
    expect(peer.spoken()).toEqual([
      'onStatus 0 NetStream.Seek.Failed',
      'onStatus 0 NetStream.Play.Failed',
      'onStatus 0 NetStream.Seek.Failed',
    ])
    peer.server.reject(peer.request)
    peer.command(1, 'seek', 0, 5)
    expect(only(peer.events, 'seekRequested').map(({ position }) => position)).toEqual([1, 2, 5])
    expect([peer.server.streamState(1), peer.server.streamState(2)]).toEqual(['playing', 'playing'])
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
    ['live/_definst_', '', 'mp4:a/b', 'live/mp4:a', 'b', {}],
    ['', '', 'live/key', 'live', 'key', {}],
    ['live2?backup=1', '', 'key', 'live2', 'key', { backup: '1' }],
    ['live/key?p=a%26b%2Fc+d%', '', '', 'live', 'key', { p: 'a&b/c+d%' }],
    [
      'live/inst?t=app&u=1',
      'rtmp://h/live/inst?t=url&v=2',
      'key?t=name&w=a=b',
      'live/inst',
      'key',
      { t: 'name', u: '1', v: '2', w: 'a=b' },
    ],
    ['live?__proto__=1', '', 'k?toString=2', 'live', 'k', { ['__proto__']: '1', toString: '2' }],
    ['live', '', '', '', 'live', {}],
  ])(
    'of app %s, tcUrl %s and name %s are cut at the last slash',
    (app, tcUrl, raw, wantedApp, streamName, query) => {
      expect(ask(app, tcUrl, raw)).toEqual({ app: wantedApp, streamName, query: { ...query } })
    },
  )

  it('too long or with control characters: refused with a status', () => {
    const peer = new RawClient().connect({ app: 'a'.repeat(5000) })
    expect(peer.spoken()).toEqual(['_error 1 NetConnection.Connect.InvalidApp'])
    const above = new RawClient().connect({ app: 'live/../admin' })
    expect(above.spoken()).toEqual(['_error 1 NetConnection.Connect.InvalidApp'])
    const other = connected()
    other.command(0, 'createStream', 2).spoken()
    other.command(1, 'publish', 3, 'a\u0000b').command(1, 'play', 4, 'ä'.repeat(2049))
    other.command(1, 'publish', 5, 'a/../b').command(1, 'play', 6, 'a//b')
    expect(other.spoken()).toEqual([
      'onStatus 0 NetStream.Publish.BadName',
      'onStatus 0 NetStream.Play.Failed',
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

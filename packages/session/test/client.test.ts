import { command, error, result } from '@rtmp/message'
import { describe, expect, it } from 'vitest'
import { ClientSession } from '../src/index.ts'
import { RawServer } from './raw-peer.ts'
import { crypto, drain, kinds, only, Pair } from './support.ts'

const success = { level: 'status', code: 'NetConnection.Connect.Success', description: 'ok' }

describe('connect', () => {
  it('announces the chunk size before, in one write, with transaction id 1', () => {
    const server = new RawServer()
    server.client.connect({ app: 'live', tcUrl: 'rtmp://h/live' }, 'user argument')
    expect(server.client.takeOutput()).toHaveLength(1)
    const again = new RawServer()
    again.client.connect({ app: 'live', tcUrl: 'rtmp://h/live' }, 'user argument')
    again.collect()
    expect(again.received.map(({ typeId, csid }) => [typeId, csid])).toEqual([
      [1, 2],
      [20, 3],
    ])
    expect(again.commands()[0]).toMatchObject({
      name: 'connect',
      transactionId: 1,
      commandObject: { app: 'live', tcUrl: 'rtmp://h/live' },
      args: ['user argument'],
    })
  })

  it('may be asked for before the handshake, once', () => {
    const client = new ClientSession({ crypto })
    const requestId = client.connect({ app: 'live' })
    expect(() => client.connect({ app: 'live' })).toThrow(/SESSION_STATE/)
    client.transportClosed('transportError', 0, 'no route')
    expect(drain(client)).toEqual([
      { kind: 'requestWithdrawn', requestId, request: 'connect', reason: 'transportError' },
      { kind: 'closed', reason: 'transportError', description: 'no route' },
    ])
    expect(client.connect({ app: 'live' })).toBe(0)
  })

  it('gives both objects of the answer, control messages coming in any order or not at all', () => {
    const server = new RawServer()
    const requestId = server.client.connect({ app: 'live' })
    server.say(0, result(1, { fmsVer: 'x', capsEx: 1 }, { ...success, capsEx: 2 }))
    expect(server.events.at(-1)).toEqual({
      kind: 'connected',
      requestId,
      properties: { fmsVer: 'x', capsEx: 1 },
      status: { ...success, information: { ...success, capsEx: 2 } },
    })
  })

  it('refused: code, description and redirect', () => {
    const server = new RawServer()
    const requestId = server.client.connect({ app: 'live' })
    const information = {
      level: 'error',
      code: 'NetConnection.Connect.Rejected',
      description: '[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ',
      ex: { code: 302, redirect: 'rtmp://other/live' },
    }
    server.say(0, error(1, null, information))
    expect(server.events.at(-1)).toMatchObject({
      kind: 'connectRejected',
      requestId,
      redirect: 'rtmp://other/live',
      status: { level: 'error', code: information.code, description: information.description },
    })
  })

  it('is needed before anything else', () => {
    const { client } = new RawServer()
    for (const ask of [
      () => client.createStream(),
      () => client.call('x'),
      () => client.publish(1, { streamName: 'x' }),
    ]) {
      expect(ask).toThrow(/SESSION_NOT_CONNECTED/)
    }
  })
})

describe('createStream', () => {
  it.each([0, -1, Number.NaN, 2 ** 32, 1.5, 'one', null, undefined])(
    'answered with %s has failed',
    (value) => {
      const server = RawServer.connected()
      const requestId = server.client.createStream()
      server.command(0, '_result', 2, value)
      expect(server.events.at(-1)).toMatchObject({ kind: 'createStreamFailed', requestId })
    },
  )

  it('answered with the number as a text has made that stream', () => {
    const server = RawServer.connected()
    const requestId = server.client.createStream()
    server.command(0, '_result', 2, '7')
    expect(server.events.at(-1)).toEqual({ kind: 'streamCreated', requestId, messageStreamId: 7 })
    for (const text of ['', ' 7', '7x', '0', '99999999999']) {
      const other = RawServer.connected()
      other.client.createStream()
      other.command(0, '_result', 2, text)
      expect(other.events.at(-1)).toMatchObject({ kind: 'createStreamFailed' })
    }
  })

  it('answered without transaction id is matched by order, as nginx-rtmp and SRS need', () => {
    const server = RawServer.connected()
    const requestId = server.client.createStream()
    server.command(0, '_result', 0, 7)
    expect(server.events.at(-1)).toEqual({ kind: 'streamCreated', requestId, messageStreamId: 7 })
    expect(kinds(server.events)).toContain('warning ANSWER_UNNUMBERED')
  })

  it('answered too late: the stream is deleted again', () => {
    const server = RawServer.connected()
    server.client.createStream()
    server.client.handleTimeout(0)
    server.client.handleTimeout(30_000)
    server.spoken()
    server.command(0, '_result', 2, 5)
    expect(server.commands()).toMatchObject([{ name: 'deleteStream', args: [5] }])
    expect(server.client.stats.messageStreams).toBe(0)
  })

  it('answers in any order find their request; ones that answer nothing are noted', () => {
    const server = RawServer.connected()
    const [first, second] = [server.client.createStream(), server.client.createStream()]
    server
      .command(0, '_result', 3, 2)
      .command(0, '_result', 2, 1)
      .command(0, '_result', 2, 9)
      .command(0, '_result', 99, 9)
    expect(
      only(server.events, 'streamCreated').map(({ requestId, messageStreamId }) => [
        requestId,
        messageStreamId,
      ]),
    ).toEqual([
      [second, 2],
      [first, 1],
    ])
    expect(kinds(server.events).at(-1)).toBe('warning ANSWER_UNKNOWN')
  })
})

describe('publish', () => {
  it('starts with Publish.Start, a _result before it or not', () => {
    const server = RawServer.ready()
    const requestId = server.client.publish(1, { streamName: 'key' })
    expect(server.commands()).toMatchObject([{ name: 'publish', args: ['key', 'live'] }])
    expect(server.client.sendMedia(1, { typeId: 9, timestamp: 0, payload: Uint8Array.of(1) })).toBe(false)
    server.command(0, '_result', 3, null).status(1, 'NetStream.Publish.Start')
    expect(server.events.at(-1)).toMatchObject({
      kind: 'publishStarted',
      requestId,
      messageStreamId: 1,
      streamName: 'key',
    })
    expect(server.client.sendMedia(1, { typeId: 9, timestamp: 40, payload: Uint8Array.of(1) })).toBe(true)
    server.collect()
    expect(server.received.at(-1)).toMatchObject({ csid: 6, typeId: 9, messageStreamId: 1, timestamp: 40 })
    expect(server.client.stats.pendingCalls).toBe(0)
  })

  it.each([
    ['onStatus', (server: RawServer) => server.status(1, 'NetStream.Publish.BadName', { level: 'error' })],
    [
      'onStatus without a level',
      (server: RawServer) => server.status(1, 'NetStream.Publish.BadName', { level: null }),
    ],
    [
      'onStatus on stream 0',
      (server: RawServer) => server.status(0, 'NetStream.Publish.Denied', { level: 'error' }),
    ],
    [
      '_error',
      (server: RawServer) =>
        server.say(0, error(3, null, { level: 'error', code: 'NetStream.Publish.BadName' })),
    ],
  ])('refused by %s', (_how, refuse) => {
    const server = RawServer.ready()
    const requestId = server.client.publish(1, { streamName: 'key' })
    refuse(server)
    expect(server.events.at(-1)).toMatchObject({
      kind: 'publishRejected',
      requestId,
      status: { level: 'error' },
    })
    expect(server.client.streamState(1)).toBe('idle')
    expect(server.client.stats.pendingCalls).toBe(0)
  })

  it('ended by the server: with the status that says so; a status of level status alone is no failure', () => {
    const server = RawServer.ready()
    server.client.publish(1, { streamName: 'key' })
    server.status(1, 'NetStream.Publish.Start').status(1, 'NetStream.Record.Failed', { level: 'error' })
    expect(server.events.at(-1)).toMatchObject({ kind: 'status', messageStreamId: 1 })
    server.status(1, 'NetStream.Unpublish.Success')
    expect(server.events.at(-1)).toMatchObject({
      kind: 'publishEnded',
      reason: 'status',
      status: { level: 'status' },
    })
  })

  it('needs a stream of ours that is free', () => {
    const { client } = RawServer.ready()
    expect(() => client.publish(9, { streamName: 'key' })).toThrow(/SESSION_STREAM_STATE/)
    client.publish(1, { streamName: 'key' })
    expect(() => client.publish(1, { streamName: 'key' })).toThrow(/SESSION_STREAM_STATE/)
    expect(() => client.play(1, { streamName: 'key' })).toThrow(/SESSION_STREAM_STATE/)
  })

  it('announcements go out without waiting, and may be refused', () => {
    const server = RawServer.connected()
    server.client.announce('releaseStream', 'key')
    server.client.announce('FCPublish', 'key')
    server.client.createStream()
    expect(server.commands().map(({ name, transactionId }) => `${name} ${transactionId}`)).toEqual([
      'releaseStream 2',
      'FCPublish 3',
      'createStream 4',
    ])
    server
      .say(0, error(2, null, {}))
      .say(0, error(3, null, {}))
      .command(0, 'onFCPublish', 0, {})
      .command(0, '_result', 4, 1)
    expect(kinds(server.events).slice(-2)).toEqual(['status', 'streamCreated'])
  })
})

describe('play', () => {
  it('starts with Play.Start alone, and gives what came before it afterwards', () => {
    const server = RawServer.ready()
    const requestId = server.client.play(1, { streamName: 'key', start: -1000 })
    server.send({ typeId: 9, csid: 6, messageStreamId: 1, payload: Uint8Array.of(1) })
    expect(only(server.events, 'media')).toEqual([])
    server.status(1, 'NetStream.Play.Reset').status(1, 'NetStream.Play.Start')
    server.send({ typeId: 9, csid: 6, messageStreamId: 1, payload: Uint8Array.of(2) })
    expect(
      server.events.slice(-4).map((event) => (event.kind === 'media' ? event.payload[0] : event.kind)),
    ).toEqual(['status', 'playStarted', 1, 2])
    expect(only(server.events, 'playStarted')[0]).toMatchObject({ requestId, streamName: 'key' })
  })

  it.each([
    ['NetStream.Play.Stop', 'status', true],
    ['NetStream.Play.Complete', 'status', true],
    ['NetStream.Play.StreamNotFound', 'error', true],
    ['NetStream.Failed', 'error', true],
    ['NetStream.Play.UnpublishNotify', 'status', false],
    ['NetStream.Play.InsufficientBW', 'warning', false],
    ['NetStream.Seek.Failed', 'error', false],
    ['NetStream.Pause.Notify', 'status', false],
  ])('%s (%s) ends it: %s', (code, level, ends) => {
    const server = RawServer.ready()
    server.client.play(1, { streamName: 'key' })
    server.status(1, 'NetStream.Play.Start').status(1, code, { level })
    expect(server.events.at(-1)).toMatchObject(
      ends ? { kind: 'playEnded', reason: 'status', status: { code } } : { kind: 'status' },
    )
  })

  it('goes on when a switch by play2 is refused', () => {
    const server = RawServer.ready()
    server.client.play(1, { streamName: 'key' })
    server.status(1, 'NetStream.Play.Start')
    server.client.play2(1, { streamName: 'other' })
    server.status(1, 'NetStream.Play.Failed', { level: 'error' })
    expect(server.client.streamState(1)).toBe('playing')
    server.status(1, 'NetStream.Play.Failed', { level: 'error' })
    expect(server.client.streamState(1)).toBe('idle')
  })

  it('hears of user control events, and sends them', () => {
    const server = RawServer.ready()
    for (const type of [0, 1, 2, 4, 31, 32])
      server.send({ typeId: 4, csid: 2, payload: Uint8Array.of(0, type, 0, 0, 0, 1) })
    expect(kinds(server.events).slice(-6)).toEqual([
      'streamBegin',
      'streamEof',
      'streamDry',
      'streamIsRecorded',
      'bufferEmpty',
      'bufferReady',
    ])
    server.client.setBufferLength(1, 3000)
    server.collect()
    expect([...(server.received.at(-1)?.payload ?? [])]).toEqual([0, 3, 0, 0, 0, 1, 0, 0, 0x0b, 0xb8])
  })
})

describe('calls', () => {
  it('are answered, refused, late or void, each once', () => {
    const pair = new Pair().acceptAll().connect()
    pair.onServer = (event) => {
      if (event.kind !== 'commandReceived' || event.requestId === undefined) return
      if (event.name === 'yes') pair.server.accept(event.requestId, { values: ['done', 1] })
      if (event.name === 'no') pair.server.reject(event.requestId)
    }
    const ids = ['yes', 'no', 'wait'].map((name) => pair.client.call(name, 1, { two: 2 }))
    pair.settle()
    pair.client.close()
    pair.settle()
    const ends = pair.clientEvents.filter(
      (event) => event.kind === 'callAnswered' || event.kind === 'requestWithdrawn',
    )
    expect(ends).toMatchObject([
      { kind: 'callAnswered', requestId: ids[0], name: 'yes', ok: true, values: ['done', 1] },
      { kind: 'callAnswered', requestId: ids[1], name: 'no', ok: false },
      { kind: 'requestWithdrawn', requestId: ids[2], request: 'call', reason: 'closed' },
    ])
  })

  it('go both ways', () => {
    const pair = new Pair().acceptAll().connect()
    pair.onClient = (event) => {
      if (event.kind === 'commandReceived' && event.requestId !== undefined)
        pair.client.accept(event.requestId, { values: [42] })
    }
    const requestId = pair.server.call('answer')
    pair.server.notify(0, 'note', 'x')
    pair.settle()
    expect(only(pair.serverEvents, 'callAnswered')).toMatchObject([{ requestId, ok: true, values: [42] }])
    expect(
      only(pair.clientEvents, 'commandReceived').map(({ name, requestId: id }) => [name, id === undefined]),
    ).toEqual([
      ['answer', false],
      ['note', true],
    ])
  })

  it('are bounded', () => {
    const { client } = RawServer.connected({ limits: { maxPendingCalls: 3 } })
    for (let call = 0; call < 3; call++) client.call('x')
    expect(() => client.call('x')).toThrow(/SESSION_TOO_MANY_CALLS/)
  })
})

describe('what servers send on their own', () => {
  it('onBWDone: one _checkbw, however often it comes', () => {
    const server = RawServer.connected()
    for (let again = 0; again < 10; again++) server.command(0, 'onBWDone', 0, 8192)
    server.command(0, '_onbwcheck', 12).command(0, '_onbwdone', 0)
    expect(server.spoken()).toEqual(['_checkbw 2 undefined', '_result 12 null'])
  })

  it('a reconnect request, but only with level status', () => {
    const server = RawServer.connected()
    const code = 'NetConnection.Connect.ReconnectRequest'
    server
      .status(0, code, { tcUrl: '/elsewhere', description: 'maintenance' })
      .status(0, code)
      .status(0, code, { level: 'error' })
    expect(server.events.slice(-3)).toMatchObject([
      { kind: 'reconnectRequested', tcUrl: '/elsewhere', description: 'maintenance' },
      { kind: 'reconnectRequested', tcUrl: undefined },
      { kind: 'status', status: { level: 'error' } },
    ])
    expect(server.client.state).toBe('connected')
  })

  it('close: the end', () => {
    const server = RawServer.connected().say(0, command('close', 0)) as RawServer
    expect(server.events.at(-1)).toMatchObject({ kind: 'closed', reason: 'peerClosed' })
  })

  it('data messages of all kinds', () => {
    const server = RawServer.ready()
    server.client.play(1, { streamName: 'key' })
    server.status(1, 'NetStream.Play.Start')
    const pair = new Pair().acceptAll().connect()
    const id = pair.createStream()
    pair.client.play(id, { streamName: 'key' })
    pair.settle()
    pair.server.sendData(id, 5, 'onMetaData', { width: 640 })
    pair.server.sendData(id, 6, 'onTextData', 'hello')
    pair.settle()
    expect(
      only(pair.clientEvents, 'data').map(({ name, isMetadata, timestamp, values }) => [
        name,
        isMetadata,
        timestamp,
        values,
      ]),
    ).toEqual([
      ['|RtmpSampleAccess', false, 0, [true, true]],
      ['onMetaData', true, 5, [{ width: 640 }]],
      ['onTextData', false, 6, ['hello']],
    ])
  })
})

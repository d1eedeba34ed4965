import { CapsEx } from '@rtmp/e-rtmp'
import { type Message, MessageTypeId } from '@rtmp/chunk'
import { decodeSharedObject, encodeSharedObject, type SharedObjectEvent } from '@rtmp/message'
import { describe, expect, it } from 'vitest'
import {
  type RemoteSharedObject,
  RtmpPublisher,
  type RtmpPublisherOptions,
  type ServerCall,
} from '../src/index.ts'
import { type LivePublisher, livePublisher, PUBLISH_URL } from './support/live-publisher.ts'
import { MemoryNetwork } from './support/memory-network.ts'
import { type Peer, TestServer } from './support/test-server.ts'

/** What the server has been told of a kind. */
const told = (peer: Peer, kind: string): readonly unknown[] =>
  peer.events.filter((event) => event.kind === kind)

describe('what a server says of itself', () => {
  it('is there with each connection: software, capabilities, kind of handshake', async () => {
    const properties = { capsEx: CapsEx.reconnect | CapsEx.multitrack, fourCcList: ['av01'] }
    const network = new MemoryNetwork()
    const server = network.serve('server:1935', new TestServer({ properties }))
    const publisher = new RtmpPublisher(network, PUBLISH_URL, { handshake: 'digest', reconnect: true })
    const connected: string[] = []
    publisher.on('connected', ({ version, handshake }) => connected.push(`${version} ${handshake.kind}`))
    expect(publisher.server.info).toBeUndefined()
    await network.until(publisher.started)
    expect(publisher.server.info).toMatchObject({
      remote: 'server:1935',
      version: 'FMS/3,0,1,123',
      capabilities: { capsEx: 3, fourCcList: ['av01'] },
      handshake: { kind: 'digest' },
      properties: { capabilities: 31 },
      information: { code: 'NetConnection.Connect.Success' },
    })
    network.line.cut()
    expect(publisher.server.info).toBeUndefined()
    await network.pass(2000)
    expect(server.peers).toHaveLength(2)
    expect(connected).toEqual(['FMS/3,0,1,123 digest', 'FMS/3,0,1,123 digest'])
  })
})

describe('calls of the client', () => {
  it('are answered, refused, or late', async () => {
    const { network, server, publisher } = await livePublisher({ deadlines: { request: 500 } })
    const answered = publisher.server.call('sum', 1, 2)
    const refused = publisher.server.call('forbidden')
    const late = publisher.server.call('slow')
    late.catch(() => {})
    publisher.server.notify('hello', { from: 'us' })
    await network.pass(20)
    const { last } = server
    expect(told(last, 'commandReceived')).toMatchObject([
      { name: 'sum', values: [1, 2] },
      { name: 'forbidden', values: [] },
      { name: 'slow' },
      { name: 'hello', requestId: undefined, values: [{ from: 'us' }] },
    ])
    const [sum, forbidden] = told(last, 'commandReceived') as { requestId: number }[]
    last.session.accept(sum?.requestId ?? 0, { values: [3] })
    last.session.reject(forbidden?.requestId ?? 0, { description: 'not you' })
    last.settle()
    expect(await network.until(answered)).toEqual({ ok: true, values: [3], commandObject: null })
    expect(await network.until(refused)).toMatchObject({
      ok: false,
      values: [{ code: 'NetConnection.Call.Failed', description: 'not you' }],
    })
    await expect(network.until(late)).rejects.toMatchObject({ code: 'TIMEOUT' })
  })

  it('are told when the connection ends first, and when there is none', async () => {
    const { network, publisher } = await livePublisher({ reconnect: true })
    const broken = publisher.server.call('anything')
    network.line.cut()
    await expect(network.until(broken)).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
    await expect(publisher.server.call('anything')).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
    await expect(publisher.server.ping()).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
    expect(() => publisher.server.notify('anything')).toThrow('there is no connection')
  })

  it('with values that AMF0 cannot hold are mistakes of the caller', async () => {
    const { publisher } = await livePublisher()
    await expect(publisher.server.call('x', 1n)).rejects.toMatchObject({ name: 'UsageError' })
  })
})

describe('calls of the server', () => {
  const ask = async (
    { network, server }: LivePublisher,
    name: string,
    ...values: readonly unknown[]
  ): Promise<unknown> => {
    const { last } = server
    const requestId = last.session.call(name, ...values)
    last.settle()
    await network.pass(20)
    return last.events.find((event) => event.kind === 'callAnswered' && event.requestId === requestId)
  }

  it('are answered by the application, at once or later, by one value or several', async () => {
    const calls: ServerCall[] = []
    const scene = await livePublisher({
      onCall: (call) => {
        calls.push(call)
        if (call.name === 'now') return 7
        if (call.name === 'later') return Promise.resolve(['a', 'b'])
        if (call.name === 'broken') throw new Error('no idea')
        if (call.name === 'odd') return { value: 1n }
        return undefined
      },
    })
    expect(await ask(scene, 'now', 1, 'two')).toMatchObject({ ok: true, values: [7] })
    expect(await ask(scene, 'later')).toMatchObject({ ok: true, values: ['a', 'b'] })
    expect(await ask(scene, 'unknown')).toMatchObject({ ok: false })
    for (const name of ['broken', 'odd']) {
      expect(await ask(scene, name)).toMatchObject({
        ok: false,
        values: [{ code: 'NetConnection.Call.Failed', description: 'the client could not answer' }],
      })
    }
    expect(scene.log.filter(({ event }) => event === 'callFailed')).toHaveLength(2)
    scene.server.last.session.notify(0, 'tell', 'it')
    scene.server.last.settle()
    await scene.network.pass(20)
    expect(calls[0]).toMatchObject({ name: 'now', values: [1, 'two'], wantsAnswer: true, messageStreamId: 0 })
    expect(calls.at(-1)).toMatchObject({ name: 'tell', values: ['it'], wantsAnswer: false })
    expect(scene.publisher.state).toBe('live')
  })

  it('are refused at once where nobody answers them; bandwidth checks are answered all the same', async () => {
    const scene = await livePublisher()
    expect(await ask(scene, 'anything')).toMatchObject({
      ok: false,
      values: [{ code: 'NetConnection.Call.Failed' }],
    })
    expect(await ask(scene, '_onbwcheck')).toMatchObject({ ok: true })
  })
})

describe('pings of the application', () => {
  it('tell the way there and back, several at once too', async () => {
    const { network, publisher } = await livePublisher()
    const [one, two] = [publisher.server.ping(), publisher.server.ping()]
    expect(await network.until(Promise.all([one, two]))).toEqual([10, 10])
  })

  it('end with the connection', async () => {
    const { network, publisher } = await livePublisher()
    const ping = publisher.server.ping()
    network.line.cut()
    await expect(network.until(ping)).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
  })
})

describe('control events of the stream', () => {
  it('are told as they come', async () => {
    const { network, server, publisher } = await livePublisher()
    const heard: string[] = []
    publisher.on('streamControl', ({ kind, messageStreamId }) => heard.push(`${kind} ${messageStreamId}`))
    for (const kind of ['streamDry', 'streamIsRecorded', 'streamEof'] as const) {
      server.last.session.userControl({ kind, messageStreamId: 1 })
    }
    server.last.settle()
    await network.pass(20)
    expect(heard).toEqual(['streamDry 1', 'streamIsRecorded 1', 'streamEof 1'])
  })
})

describe('shared objects', () => {
  interface Board extends LivePublisher {
    readonly object: RemoteSharedObject
    readonly heard: unknown[]
    /** Lets the server say something of an object. */
    say(events: readonly SharedObjectEvent[], version?: number): Promise<void>
    /** What the client has said of its objects, since the last look. */
    said(): Promise<readonly string[]>
  }

  const board = async (options: RtmpPublisherOptions = {}): Promise<Board> => {
    const scene = await livePublisher(options)
    const { network, server, publisher } = scene
    const object = publisher.server.sharedObject('board', { persistent: true })
    const heard: unknown[] = []
    for (const name of ['change', 'remove', 'clear', 'message', 'status'] as const) {
      object.on(name, (value) => heard.push([name, value]))
    }
    let seen = 0
    const passed = (): Message[] =>
      server.peers
        .flatMap(({ events }) => events)
        .flatMap((event) => (event.kind === 'otherMessage' ? [event.message] : []))
    return {
      ...scene,
      object,
      heard,
      async say(events, version = 1) {
        const { last } = server
        const payload = encodeSharedObject({
          kind: 'sharedObject',
          encoding: 'amf0',
          name: 'board',
          version,
          persistence: 2,
          reserved: 0,
          events,
        })
        last.session.sendMessage({ csid: 3, typeId: 19, messageStreamId: 0, timestamp: 0, payload })
        last.settle()
        await network.pass(20)
      },
      async said() {
        await network.pass(20)
        const all = passed()
        const fresh = all.slice(seen)
        seen = all.length
        return fresh.flatMap((message) => {
          const { name, persistence, events } = decodeSharedObject(message)
          return events.map(({ kind, ...rest }) => `${name}/${persistence} ${kind} ${JSON.stringify(rest)}`)
        })
      },
    }
  }

  it('are used, changed, asked, and left', async () => {
    const { network, object, heard, say, said, publisher } = await board()
    expect(publisher.server.sharedObject('board')).toBe(object)
    expect(await said()).toEqual(['board/2 use {}'])
    await say([
      { kind: 'useSuccess' },
      { kind: 'clear' },
      {
        kind: 'change',
        changes: [
          { property: 'a', value: 1 },
          { property: 'b', value: { x: true } },
        ],
      },
    ])
    await network.until(object.used)
    expect([object.properties, object.get('b'), object.version]).toEqual([['a', 'b'], { x: true }, 1])

    object.set('mine', 'first')
    object.set('mine too', 2)
    object.remove('a')
    object.send('greet', 'you', 3)
    expect(await said()).toEqual([
      'board/2 requestChange {"property":"mine","value":"first"}',
      'board/2 requestChange {"property":"mine too","value":2}',
      'board/2 requestRemove {"property":"a"}',
      'board/2 sendMessage {"handler":"greet","args":["you",3]}',
    ])
    await say(
      [
        { kind: 'success', property: undefined },
        { kind: 'success', property: 'mine too' },
        { kind: 'remove', property: 'a' },
        { kind: 'sendMessage', handler: 'greet', args: ['you', 3] },
        { kind: 'status', code: 'SharedObject.NoWriteAccess', level: 'error' },
      ],
      5,
    )
    expect(heard).toEqual([
      ['clear', undefined],
      ['change', { property: 'a', value: 1, isOwn: false }],
      ['change', { property: 'b', value: { x: true }, isOwn: false }],
      ['change', { property: 'mine', value: 'first', isOwn: true }],
      ['change', { property: 'mine too', value: 2, isOwn: true }],
      ['remove', { property: 'a' }],
      ['message', { handler: 'greet', values: ['you', 3] }],
      ['status', { code: 'SharedObject.NoWriteAccess', level: 'error' }],
    ])
    expect([object.properties, object.version]).toEqual([['b', 'mine', 'mine too'], 5])

    object.close()
    object.close()
    expect(await said()).toEqual(['board/2 release {}'])
    await say([{ kind: 'clear' }])
    expect(object.properties).toHaveLength(3)
    expect(() => object.set('x', 1)).toThrow('has been closed')
    expect(publisher.server.sharedObject('board')).not.toBe(object)
  })

  it('are used again on each connection, and end with the publisher', async () => {
    const { network, server, publisher, object, said } = await board({ reconnect: true })
    await said()
    network.line.cut()
    expect(() => object.set('x', 1)).toThrow('there is no connection')
    await network.pass(2000)
    expect(server.peers).toHaveLength(2)
    expect(await said()).toEqual(['board/2 use {}'])
    await network.until(publisher.end())
    await expect(object.used).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(publisher.server.sharedObject('other').used).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('that cannot be read, or outgrow what is kept, harm nobody', async () => {
    const { network, server, publisher, object, log, say, said } = await board()
    await said()
    const { last } = server
    for (const payload of [Uint8Array.of(0), Uint8Array.of(0, 3, 65, 66)]) {
      last.session.sendMessage({
        csid: 3,
        typeId: MessageTypeId.sharedObjectAmf0,
        messageStreamId: 0,
        timestamp: 0,
        payload,
      })
    }
    last.settle()
    await network.pass(20)
    expect(log.filter(({ event }) => event === 'sharedObject')).toHaveLength(2)
    const large = 'x'.repeat(1_000_000)
    const properties = Array.from({ length: 17 }, (_, at) => `p${at}`)
    for (const property of properties) {
      await say([{ kind: 'change', changes: [{ property, value: large }] }])
    }
    await expect(object.used).rejects.toMatchObject({ code: 'PROTOCOL' })
    expect(await said()).toEqual(['board/2 release {}'])
    expect(object.properties).toEqual(properties.slice(0, 16))
    expect(publisher.state).toBe('live')
  })

  it('have a name of at most 65 535 bytes', async () => {
    const { publisher } = await livePublisher()
    expect(() => publisher.server.sharedObject('ä'.repeat(32_768))).toThrow('65536 bytes, 65535 at most')
    expect(publisher.server.sharedObject('x'.repeat(65_535)).name).toHaveLength(65_535)
  })
})

import { describe, expect, it } from 'vitest'
import { isRtmpClientError, type LogEntry, Publisher, type PublisherOptions } from '../src/index.ts'
import { MemoryNetwork } from './support/memory-network.ts'
import { TestServer } from './support/test-server.ts'

const URL = 'rtmp://server:1935/live/key'

const attempt = async (
  network: MemoryNetwork,
  options: PublisherOptions = {},
  url = URL,
): Promise<{ readonly publisher: Publisher; readonly error: unknown }> => {
  const publisher = new Publisher(network, url, options)
  const error = await network.until(
    publisher.started.then(
      () => undefined,
      (failure: unknown) => failure,
    ),
  )
  return { publisher, error }
}

const served = (server = new TestServer()): { network: MemoryNetwork; server: TestServer } => {
  const network = new MemoryNetwork()
  network.serve('server:1935', server)
  return { network, server }
}

describe('connecting to publish', () => {
  it('says what servers expect, in their order', async () => {
    const { network, server } = served()
    const { publisher, error } = await attempt(network)
    expect(error).toBeUndefined()
    expect(publisher.state).toBe('live')
    expect(server.last.kinds).toEqual([
      'handshakeComplete',
      'chunkSizeChanged',
      'connectRequested',
      'releaseStream',
      'fcPublish',
      'streamCreated',
      'publishRequested',
    ])
    expect(server.last.connect?.connect.properties).toEqual({
      app: 'live',
      type: 'nonprivate',
      flashVer: 'FMLE/3.0 (compatible; rtmp-client)',
      tcUrl: 'rtmp://server/live',
      fourCcList: ['*'],
      videoFourCcInfoMap: { '*': 4 },
      audioFourCcInfoMap: { '*': 4 },
      capsEx: 15,
    })
    await network.until(publisher.end())
    expect(server.last.kinds.slice(7)).toEqual(['publishEnded', 'fcUnpublish', 'streamDeleted', 'closed'])
    expect(publisher.state).toBe('ended')
    expect(network.line.isOver).toBe(true)
  })

  it('takes app, name, tcUrl and what else from the options', async () => {
    const { network, server } = served()
    await attempt(network, {
      app: 'a/b',
      streamName: 'c/d?token=1',
      tcUrl: 'rtmp://other/a/b',
      flashVer: 'X',
      swfUrl: 'http://s',
      pageUrl: 'http://p',
      capabilities: false,
      announce: false,
      connectProperties: { more: true },
    })
    expect(server.last.connect?.connect.properties).toEqual({
      app: 'a/b',
      type: 'nonprivate',
      flashVer: 'X',
      swfUrl: 'http://s',
      tcUrl: 'rtmp://other/a/b',
      pageUrl: 'http://p',
      more: true,
    })
    expect(server.last.kinds).not.toContain('releaseStream')
    expect(server.last.events.find(({ kind }) => kind === 'publishRequested')).toMatchObject({
      rawStreamName: 'c/d?token=1',
    })
  })

  it('puts user and password into the query where asked to', async () => {
    const { network, server } = served()
    await attempt(network, { authentication: 'query' }, 'rtmp://me:a%26b@server:1935/live/key?x=1')
    expect(server.last.events.find(({ kind }) => kind === 'publishRequested')).toMatchObject({
      rawStreamName: 'key?x=1&user=me&pass=a%26b',
    })
  })

  it('refuses URLs without a stream name', () => {
    expect(() => new Publisher(new MemoryNetwork(), 'rtmp://server/')).toThrow(/stream name is missing/)
    expect(() => new Publisher(new MemoryNetwork(), 'http://server/live/x')).toThrow(/rtmp or rtmps/)
  })
})

describe('a refusal', () => {
  it.each([
    ['NetStream.Publish.BadName', 'BadName', true],
    ['NetStream.Publish.Denied', 'Denied', false],
    ['NetStream.Publish.Unauthorized', 'Unauthorized', false],
  ])('of publish by %s is told as such', async (code, reason, canRetry) => {
    const { network } = served(new TestServer({ publish: () => ({ code, description: 'because' }) }))
    const { publisher, error } = await attempt(network)
    expect(error).toMatchObject({
      name: 'PublishRejected',
      code: 'PUBLISH_REJECTED',
      reason,
      canRetry,
      stage: 'publish',
      status: { code, description: 'because' },
    })
    expect(publisher.state).toBe('failed')
    await expect(publisher.finished).rejects.toBe(error)
    await network.pass(5000)
    expect(network.line.isOver).toBe(true)
    await expect(publisher.write({ typeId: 8, timestamp: 0, payload: new Uint8Array(2) })).rejects.toBe(error)
  })

  it('of connect is told as such', async () => {
    const { network } = served(new TestServer({ connect: () => ({ description: 'no such app' }) }))
    const { error } = await attempt(network)
    expect(error).toMatchObject({
      name: 'ConnectRejected',
      code: 'CONNECT_REJECTED',
      reason: 'Rejected',
      stage: 'connect',
    })
    expect(String(error)).toContain('no such app')
  })
})

describe('a stage that takes too long', () => {
  it.each([
    ['connect', 'connect', 'TIMEOUT', { connect: 700 }],
    ['publish', 'publish', 'TIMEOUT', { request: 700 }],
  ] as const)('%s', async (silent, stage, code, deadlines) => {
    const { network } = served(new TestServer({ silent }))
    const began = network.now()
    const { error } = await attempt(network, { deadlines })
    expect(error).toMatchObject({ code, stage })
    expect(network.now() - began).toBeGreaterThanOrEqual(700)
    expect(network.now() - began).toBeLessThan(900)
    await network.pass(5000)
    expect(network.line.isOver).toBe(true)
  })

  it('dialling, and the handshake', async () => {
    const { network } = served()
    network.refusal = 'never'
    const { error } = await attempt(network, { deadlines: { dial: 300 } })
    expect(error).toMatchObject({ code: 'TIMEOUT', stage: 'dial' })
    expect(network.dialled[0]?.signal.aborted).toBe(true)

    const mute = served()
    const dialled = attempt(mute.network, { deadlines: { handshake: 300 } })
    mute.network.line.silence()
    expect((await dialled).error).toMatchObject({ code: 'TIMEOUT', stage: 'handshake' })
  })
})

describe('an aborted signal', () => {
  it.each(['connect', 'publish'] as const)('ends it while %s waits', async (silent) => {
    const { network } = served(new TestServer({ silent }))
    const controller = new AbortController()
    const publisher = new Publisher(network, URL, { signal: controller.signal })
    await network.pass(100)
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(publisher.started).rejects.toBe(reason)
    await expect(publisher.finished).rejects.toBe(reason)
    await network.pass(3000)
    expect(network.line.isOver).toBe(true)
    expect(network.clock.nextAt()).toBeUndefined()
  })

  it('ends it before it has begun', async () => {
    const { network } = served()
    const { error } = await attempt(network, { signal: AbortSignal.abort(new Error('never')) })
    expect(String(error)).toBe('Error: never')
    await network.pass(3000)
    expect(network.lines.every(({ isOver }) => isOver)).toBe(true)
  })

  it('unpublishes a stream that is live', async () => {
    const { network, server } = served()
    const controller = new AbortController()
    const { publisher } = await attempt(network, { signal: controller.signal })
    controller.abort()
    await expect(publisher.finished).rejects.toBe(controller.signal.reason)
    await network.pass(100)
    expect(server.last.kinds).toContain('publishEnded')
    expect(network.line.isOver).toBe(true)
  })
})

describe('redirects', () => {
  it('are followed, from connect and from publish, with the stream name kept', async () => {
    const network = new MemoryNetwork()
    network.serve(
      'server:1935',
      new TestServer({ connect: () => ({ redirect: 'rtmp://second:1936/other' }) }),
    )
    network.serve('second:1936', new TestServer({ publish: () => ({ redirect: 'rtmp://third/third/key' }) }))
    const third = network.serve('third:1935')
    const log: LogEntry[] = []
    const { publisher, error } = await attempt(
      network,
      { onLog: (entry) => log.push(entry) },
      'rtmp://server/live/key?secret=1',
    )
    expect(error).toBeUndefined()
    expect(third.last.connect).toMatchObject({ app: 'third', tcUrl: 'rtmp://third/third' })
    expect(third.last.events.find(({ kind }) => kind === 'publishRequested')).toMatchObject({
      rawStreamName: 'key?secret=1',
    })
    await network.pass(5000)
    expect(network.lines.map(({ isOver }) => isOver)).toEqual([true, true, false])
    expect(log.map(({ text }) => text).join('\n')).not.toContain('secret')
    await network.until(publisher.end())
  })

  it('end where they go round in circles', async () => {
    const network = new MemoryNetwork()
    network.serve('server:1935', new TestServer({ connect: () => ({ redirect: 'rtmp://second/live' }) }))
    network.serve('second:1935', new TestServer({ connect: () => ({ redirect: 'rtmp://server/live' }) }))
    const { error } = await attempt(network, { maxRedirects: 4, reconnect: { fromStart: true } })
    expect(error).toMatchObject({ code: 'REDIRECT_LIMIT', canRetry: false })
    expect(network.dialled).toHaveLength(5)
    await network.pass(5000)
    expect(network.lines.every(({ isOver }) => isOver)).toBe(true)
  })

  it.each(['http://server/live', 'not a url at all:', 'rtmp://'])(
    'to %s are not followed',
    async (redirect) => {
      const { network } = served(new TestServer({ connect: () => ({ redirect }) }))
      const { error } = await attempt(network)
      expect(error).toMatchObject({ code: 'REDIRECT_INVALID' })
    },
  )

  it('never leave TLS', async () => {
    const network = new MemoryNetwork()
    network.serve('server:443', new TestServer({ connect: () => ({ redirect: 'rtmp://server/live' }) }))
    const { error } = await attempt(network, {}, 'rtmps://server/live/key')
    expect(error).toMatchObject({ code: 'REDIRECT_INVALID' })
    expect(network.dialled[0]?.secure).toBe(true)
  })
})

describe('errors', () => {
  it('are known by a guard, and keep their cause', async () => {
    const { network } = served()
    const cause = new Error('no route')
    network.refusal = () => cause
    const { error } = await attempt(network)
    expect(isRtmpClientError(error)).toBe(false)
    expect(error).toBe(cause)
  })
})

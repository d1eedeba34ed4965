import { redirected } from '../src/core/redirect.ts'
import { targetOf } from '../src/core/session-options.ts'
import { AUDIO_FOUR_CCS, VIDEO_FOUR_CCS } from '@rtmp/e-rtmp'
import { describe, expect, it } from 'vitest'
import { isRtmpClientError, type LogEntry, RtmpPublisher, type RtmpPublisherOptions } from '../src/index.ts'
import { MemoryNetwork } from './support/memory-network.ts'
import { TestServer } from './support/test-server.ts'

const URL = 'rtmp://server:1935/live/key'

const attempt = async (
  network: MemoryNetwork,
  options: RtmpPublisherOptions = {},
  url = URL,
): Promise<{ readonly publisher: RtmpPublisher; readonly error: unknown }> => {
  const publisher = new RtmpPublisher(network, url, options)
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
      'fcPublishRequested',
      'streamCreated',
      'publishRequested',
    ])
    expect(server.last.connect?.connect.properties).toEqual({
      app: 'live',
      type: 'nonprivate',
      flashVer: 'FMLE/3.0 (compatible; rtmp-client)',
      tcUrl: 'rtmp://server/live',
      fourCcList: ['*', ...VIDEO_FOUR_CCS, ...AUDIO_FOUR_CCS],
      videoFourCcInfoMap: Object.fromEntries(['*', ...VIDEO_FOUR_CCS].map((name) => [name, 4])),
      audioFourCcInfoMap: Object.fromEntries(['*', ...AUDIO_FOUR_CCS].map((name) => [name, 4])),
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
    expect(() => new RtmpPublisher(new MemoryNetwork(), 'rtmp://server/')).toThrow(/stream name is missing/)
    expect(() => new RtmpPublisher(new MemoryNetwork(), 'http://server/live/x')).toThrow(/rtmp or rtmps/)
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

describe('a server that cannot read the connect of Enhanced RTMP', () => {
  /** Hangs up without an answer, as a reader does that knows no strict array. */
  const simple = (): TestServer =>
    new TestServer({
      connect: ({ connect }, peer) => {
        if (Object.values(connect.properties).some(Array.isArray)) peer.close()
        return undefined
      },
    })

  it('is asked once more in the classic form', async () => {
    const { network, server } = served(simple())
    const log: LogEntry[] = []
    const { publisher, error } = await attempt(network, { onLog: (entry) => log.push(entry) })
    expect(error).toBeUndefined()
    expect(network.dialled).toHaveLength(2)
    expect(server.last.connect?.connect.properties).not.toHaveProperty('capsEx')
    expect(log).toContainEqual(expect.objectContaining({ level: 'info', event: 'classic' }))
    await network.until(publisher.end())
  })

  it('is not, where the caller has said what to announce, nor where the classic form fails too', async () => {
    const asked = served(simple())
    const { error } = await attempt(asked.network, { capabilities: { fourCcList: ['hvc1'] } })
    expect(error).toMatchObject({ code: 'CONNECTION_LOST', stage: 'connect' })
    expect(asked.network.dialled).toHaveLength(1)

    const closing = served(
      new TestServer({
        connect: (_, peer) => {
          peer.close()
          return undefined
        },
      }),
    )
    const failed = await attempt(closing.network)
    expect(failed.error).toMatchObject({ code: 'CONNECTION_LOST', stage: 'connect' })
    expect(closing.network.dialled).toHaveLength(2)
    await closing.network.pass(5000)
    expect(closing.network.clock.nextAt()).toBeUndefined()
  })

  it('and says nothing at all is asked once more too, and from then on in the classic form at once', async () => {
    const server = new TestServer({
      unreadable: ({ connect }) => Object.values(connect.properties).some(Array.isArray),
    })
    const { network } = served(server)
    const { publisher, error } = await attempt(network, { deadlines: { connect: 500 }, reconnect: true })
    expect(error).toBeUndefined()
    expect(network.dialled).toHaveLength(2)
    server.last.close()
    await network.pass(5000)
    expect(publisher.state).toBe('live')
    expect(network.dialled).toHaveLength(3)
    await network.until(publisher.end())
  })

  it('and is silent whatever it is asked takes two deadlines, and is told as such', async () => {
    const { network } = served(new TestServer({ silent: 'connect' }))
    const { error } = await attempt(network, { deadlines: { connect: 500 } })
    expect(error).toMatchObject({ code: 'TIMEOUT', stage: 'connect' })
    expect(network.dialled).toHaveLength(2)
  })
})

describe('pings to the server', () => {
  it.each([
    [undefined, 0],
    [false, 0],
    [true, 6],
    [{ interval: 5000 }, 12],
  ] as const)('with liveness %j: %i in a minute', async (liveness, count) => {
    const { network } = served()
    let pings = 0
    const { publisher, error } = await attempt(network, {
      ...(liveness === undefined ? {} : { liveness }),
      trace: (entry) => {
        if (entry.kind === 'sent' && entry.message.typeId === 4) pings += 1
      },
    })
    expect(error).toBeUndefined()
    const before = pings
    await network.pass(60_500)
    expect(pings - before).toBe(count)
    await network.until(publisher.end())
  })
})

describe('a stage that takes too long', () => {
  it.each([
    ['connect', 'connect', 'TIMEOUT', { connect: 700 }],
    ['publish', 'publish', 'TIMEOUT', { request: 700 }],
  ] as const)('%s', async (silent, stage, code, deadlines) => {
    const { network } = served(new TestServer({ silent }))
    const began = network.now()
    const { error } = await attempt(network, { deadlines, capabilities: false })
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
    const publisher = new RtmpPublisher(network, URL, { signal: controller.signal })
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
  it('are followed where they are trusted, from connect and from publish, with the stream name kept', async () => {
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
      { onLog: (entry) => log.push(entry), trustRedirects: ['second', 'THIRD'] },
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

  it('take no key to another host without being told to, and say how', async () => {
    for (const stage of ['connect', 'publish'] as const) {
      const network = new MemoryNetwork()
      network.serve('server:1935', new TestServer({ [stage]: () => ({ redirect: 'rtmp://second/live' }) }))
      network.serve('second:1935')
      const { error } = await attempt(network, {}, 'rtmp://anna:hunter2@server/live/KEY?token=1')
      expect(error).toMatchObject({ code: 'REDIRECT_UNTRUSTED', stage, canRetry: false })
      expect(String(error)).toMatch(/second:1935.*trustRedirects.*--trust-redirects/)
      expect(String(error)).not.toMatch(/KEY|hunter2|token/)
      expect(network.dialled.map(({ host }) => host)).toEqual(['server'])
      await network.pass(5000)
    }
  })

  it.each(['challenge', 'query'] as const)(
    'to another host that names the stream leave login and query behind, and say so (%s)',
    async (authentication) => {
      const network = new MemoryNetwork()
      network.serve(
        'server:1935',
        new TestServer({ connect: () => ({ redirect: 'rtmp://second/other/KEY?given=1' }) }),
      )
      const second = network.serve('second:1935')
      const log: LogEntry[] = []
      const { publisher, error } = await attempt(
        network,
        { authentication, onLog: (entry) => log.push(entry) },
        'rtmp://anna:hunter2@server/live/KEY?token=1',
      )
      expect(error).toBeUndefined()
      expect(second.last.connect).toMatchObject({ app: 'other', tcUrl: 'rtmp://second/other' })
      expect(second.last.events.find(({ kind }) => kind === 'publishRequested')).toMatchObject({
        rawStreamName: 'KEY?given=1',
      })
      expect(JSON.stringify([second.last.connect, log])).not.toMatch(/hunter2|token/)
      await network.until(publisher.end())
    },
  )

  it('as a move of what is published keep the name as the user gave it, without the login', () => {
    const from = targetOf('rtmp://anna:hunter2@old/live/KEY?token=1', { authentication: 'query' })
    expect(from.streamName).toBe('KEY?token=1&user=anna&pass=hunter2')
    expect(redirected(from, 'rtmp://new/live', 'running', { role: 'publish' })).toMatchObject({
      host: 'new',
      streamName: 'KEY?token=1',
    })
    expect(redirected(from, 'rtmp://new/live', 'play', { role: 'play' }).streamName).toBe('KEY')
    const trusting = { role: 'publish', trustRedirects: ['NEW'] } as const
    expect(redirected(from, 'rtmp://new/live', 'connect', trusting).streamName).toBe(from.streamName)
  })

  it('on the same host take all of it along', async () => {
    const network = new MemoryNetwork()
    network.serve('server:1935', new TestServer({ connect: () => ({ redirect: 'rtmp://SERVER:1936/live' }) }))
    const moved = network.serve('SERVER:1936')
    const { publisher, error } = await attempt(network, {}, 'rtmp://server/live/KEY?token=1')
    expect(error).toBeUndefined()
    expect(moved.last.events.find(({ kind }) => kind === 'publishRequested')).toMatchObject({
      rawStreamName: 'KEY?token=1',
    })
    await network.until(publisher.end())
  })

  it('end where they go round in circles', async () => {
    const network = new MemoryNetwork()
    network.serve('server:1935', new TestServer({ connect: () => ({ redirect: 'rtmp://second/live' }) }))
    network.serve('second:1935', new TestServer({ connect: () => ({ redirect: 'rtmp://server/live' }) }))
    const { error } = await attempt(network, {
      maxRedirects: 4,
      reconnect: { fromStart: true },
      trustRedirects: true,
    })
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

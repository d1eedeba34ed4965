import { isUsageError } from '@rtmp/bytes'
import { describe as group, expect, test } from 'vitest'
import { accept, type Decision, reject } from '../../src/contract/decision.ts'
import type { RegistrationTable } from '../../src/registrations/registrations.ts'
import type {
  PublisherRegistrationOptions,
  WatcherRegistrationOptions,
} from '../../src/registrations/registration.ts'
import { audioFrame, interFrame, keyFrame } from '../../../live/test/arrange.ts'
import { begin, type Peer } from './peer.ts'

const tls = { certificates: [] }

/** Ports that are opened and closed in name only. 1935 is the server's own, 9 cannot be had. */
const withPorts = (registrations: RegistrationTable): string[] => {
  const log: string[] = []
  let free = 50_000
  registrations.openPortsWith({
    own: (port) => (port === 1935 ? { secure: false } : undefined),
    open: async (wanted, with_) => {
      await Promise.resolve()
      if (wanted === 9) throw new Error('EACCES')
      const port = wanted === 0 ? ++free : wanted
      log.push(`open ${port}${with_ === undefined ? '' : ' tls'}`)
      return { port, close: () => log.push(`close ${port}`) }
    },
  })
  return log
}

const codeOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'fine',
    (error: unknown) => (isUsageError(error) ? error.code : String(error)),
  )

const settled = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}

const register = async (
  kind: 'publisher' | 'watcher',
  registrations: RegistrationTable,
  names: readonly (string | undefined)[],
) => {
  const codes: string[] = []
  for (const streamName of names) {
    const options = { port: 4000, app: 'live', ...(streamName === undefined ? {} : { streamName }) }
    codes.push(
      await codeOf(
        kind === 'publisher'
          ? registrations.listenForPublishers(options)
          : registrations.listenForWatchers(options),
      ),
    )
  }
  return codes
}

group('ports of registrations', () => {
  test('are opened for the first, shared, and closed after the last', async () => {
    const { registrations } = begin()
    const log = withPorts(registrations)
    const [a, b, c] = await Promise.all([
      registrations.listenForPublishers({ port: 4000, app: 'a' }),
      registrations.listenForPublishers({ port: 4000, app: 'b' }),
      registrations.listenForWatchers({ port: 4000, app: 'a' }),
    ])
    const free = await registrations.listenForWatchers({ port: 0, app: 'a' })
    expect(free.port).toBe(50_001)
    a.remove()
    b.remove()
    expect(log).toEqual(['open 4000', 'open 50001'])
    c.remove()
    c.remove()
    free.remove()
    await settled()
    expect(log.slice(2).toSorted((x, y) => x.localeCompare(y))).toEqual(['close 4000', 'close 50001'])
    expect(registrations.all).toEqual([])
  })

  test('that cannot be had fail every registration that waits for them, and can be tried again', async () => {
    const { registrations } = begin()
    withPorts(registrations)
    const codes = await Promise.all([
      codeOf(registrations.listenForPublishers({ port: 9, app: 'a' })),
      codeOf(registrations.listenForWatchers({ port: 9, app: 'a' })),
    ])
    expect(codes).toEqual(['REGISTRATION_PORT', 'REGISTRATION_PORT'])
    expect(registrations.all).toEqual([])
    expect(await codeOf(registrations.listenForPublishers({ port: 9, app: 'a' }))).toBe('REGISTRATION_PORT')
  })

  test('that the server listens on anyway are used and never closed', async () => {
    const { registrations } = begin()
    const log = withPorts(registrations)
    const own = await registrations.listenForPublishers({ port: 1935, app: 'a' })
    own.remove()
    await settled()
    expect(log).toEqual([])
  })

  test('speak TLS for all or for none', async () => {
    const { registrations } = begin()
    const log = withPorts(registrations)
    await registrations.listenForPublishers({ port: 4000, app: 'a', tls })
    expect(await codeOf(registrations.listenForWatchers({ port: 4000, app: 'a' }))).toBe('REGISTRATION_TLS')
    expect(await codeOf(registrations.listenForWatchers({ port: 1935, app: 'a', tls }))).toBe(
      'REGISTRATION_TLS',
    )
    expect(await codeOf(registrations.listenForWatchers({ port: 4000, app: 'a', tls }))).toBe('fine')
    expect(log).toEqual(['open 4000 tls'])
  })
})

group('conflicts', () => {
  const CASES: readonly (readonly [string, readonly (string | undefined)[], readonly string[]])[] = [
    ['any after any', [undefined, undefined], ['fine', 'REGISTRATION_CONFLICT']],
    ['exact after any', [undefined, 'x'], ['fine', 'REGISTRATION_CONFLICT']],
    ['any after exact', ['x', undefined], ['fine', 'REGISTRATION_CONFLICT']],
    ['the same exact', ['x', 'x'], ['fine', 'REGISTRATION_CONFLICT']],
    ['different exact ones', ['x', 'y'], ['fine', 'fine']],
  ]
  test.each(CASES)('%s, for publishers and for watchers', async (_what, names, codes) => {
    const { registrations } = begin()
    withPorts(registrations)
    expect(await register('publisher', registrations, names)).toEqual(codes)
    expect(await register('watcher', registrations, names)).toEqual(codes)
  })

  test('after a removal the place is free', async () => {
    const { registrations } = begin()
    withPorts(registrations)
    const first = await registrations.listenForPublishers({ port: 4000, app: 'live' })
    first.remove()
    expect(await register('publisher', registrations, [undefined])).toEqual(['fine'])
  })
})

group('who may come', () => {
  const open = async (
    publishers: Partial<PublisherRegistrationOptions> | undefined,
    watchers: Partial<WatcherRegistrationOptions> | undefined,
    more: Parameters<typeof begin>[0] = {},
  ) => {
    const server = begin(more)
    withPorts(server.registrations)
    const { registrations } = server
    const base = { port: 4000, app: 'live' }
    const publisher = publishers && (await registrations.listenForPublishers({ ...base, ...publishers }))
    const watcher = watchers && (await registrations.listenForWatchers({ ...base, ...watchers }))
    return {
      ...server,
      publisher,
      watcher,
      peer: (remoteAddress = '192.0.2.7', localPort = 4000, app = 'live') =>
        server.peer({ remoteAddress, localPort, app }),
    }
  }
  const last = (peer: Peer): string | undefined => peer.pump().codes.at(-1)

  test('only what somebody registered for, on ports that are for registrations', async () => {
    const { peer } = await open({ streamName: 'x' }, undefined)
    expect(last(peer().publish('x'))).toBe('NetStream.Publish.Start')
    expect(last(peer().publish('y'))).toBe('NetStream.Publish.Denied')
    expect(last(peer().play('x'))).toBe('NetStream.Play.StreamNotFound')
    expect(last(peer('192.0.2.7', 4000, 'other').connect())).toBe('NetConnection.Connect.InvalidApp')
  })

  test('on the own port, registrations rule their kind and leave the other to the handler', async () => {
    const { peer } = await open({ port: 1935, streamName: 'x' }, undefined)
    expect(last(peer('192.0.2.7', 1935).publish('y'))).toBe('NetStream.Publish.Denied')
    expect(last(peer('192.0.2.7', 1935).publish('x'))).toBe('NetStream.Publish.Start')
    expect(last(peer('192.0.2.7', 1935).play('anything'))).toBe('NetStream.Play.Start')
    expect(last(peer('192.0.2.7', 1936).publish('z'))).toBe('NetStream.Publish.Start')
  })

  test('the handler is asked after the registration', async () => {
    const asked: string[] = []
    const { peer } = await open({ streamName: 'x' }, undefined, {
      handler: {
        publish: ({ streamName }) => {
          asked.push(streamName)
          return reject('no')
        },
      },
    })
    expect(last(peer().publish('y'))).toBe('NetStream.Publish.Denied')
    expect(asked).toEqual([])
    expect(last(peer().publish('x'))).toBe('NetStream.Publish.Denied')
    expect(asked).toEqual(['x'])
  })

  test('by address: allowed and denied networks, IPv4 and IPv6', async () => {
    const allowing = await open({ addresses: { allow: ['10.0.0.0/8', '2001:db8::/32'] } }, undefined)
    expect(last(allowing.peer('10.1.2.3').publish('a'))).toBe('NetStream.Publish.Start')
    expect(last(allowing.peer('2001:db8::7').publish('b'))).toBe('NetStream.Publish.Start')
    expect(last(allowing.peer('192.0.2.7').publish('c'))).toBe('NetStream.Publish.Denied')
    expect(last(allowing.peer('2001:db9::7').publish('d'))).toBe('NetStream.Publish.Denied')
    const denying = await open(undefined, { addresses: { deny: ['10.0.0.0/8', '::1'] } })
    expect(last(denying.peer('10.1.2.3').play('a'))).toBe('NetStream.Play.StreamNotFound')
    expect(last(denying.peer('::1').play('a'))).toBe('NetStream.Play.StreamNotFound')
    expect(last(denying.peer('192.0.2.7').play('a'))).toBe('NetStream.Play.Start')
    expect(await codeOf(open({ addresses: { allow: ['10.0.0.0/99'] } }, undefined))).toBe('ADDRESS_INVALID')
  })

  test('both lists of addresses, or neither, is an error that says what to write, and leaves no port open', async () => {
    const { registrations } = begin()
    const ports = withPorts(registrations)
    const both = { allow: ['10.0.0.1'], deny: ['10.0.0.2'] }
    for (const addresses of [both, {}]) {
      const options = { port: 0, app: 'live', addresses } as unknown as PublisherRegistrationOptions
      await expect(registrations.listenForPublishers(options)).rejects.toMatchObject({
        code: 'REGISTRATION_ADDRESSES',
        path: 'addresses',
        message: expect.stringContaining('allow') as string,
      })
    }
    expect(ports).toEqual(['open 50001', 'close 50001', 'open 50002', 'close 50002'])
    expect(registrations.all).toEqual([])
  })

  test('only live publishing', async () => {
    const { peer } = await open({}, undefined)
    const recorder = peer().open()
    recorder.session.publish(1, { streamName: 'x', publishType: 'record' })
    expect(last(recorder)).toBe('NetStream.Publish.Denied')
  })

  test('a name that is published already is refused before anybody is asked', async () => {
    const asked: string[] = []
    const { peer } = await open({ approve: ({ streamName }) => void asked.push(streamName) }, undefined)
    peer().publish('x')
    expect(last(peer().publish('x'))).toBe('NetStream.Publish.BadName')
    expect(asked).toEqual(['x'])
  })

  test('approval is waited for, and the world looked at again after it', async () => {
    const answers: ((decision: Decision) => void)[] = []
    const approve = () =>
      new Promise<Decision>((resolve) => {
        answers.push(resolve)
      })
    const { peer, publisher } = await open({ approve }, { approve })
    const [first, second, third, watcher] = [peer(), peer(), peer(), peer()]
    first.publish('x')
    second.publish('x')
    watcher.play('x')
    expect(first.codes.at(-1)).toBe('NetConnection.Connect.Success')
    for (const answer of answers.splice(0)) answer(undefined)
    await settled()
    expect([last(first), last(second), last(watcher)]).toEqual([
      'NetStream.Publish.Start',
      'NetStream.Publish.BadName',
      'NetStream.Play.Start',
    ])
    third.publish('y')
    publisher?.remove()
    answers.pop()?.(accept())
    await settled()
    expect(last(third)).toBe('NetStream.Publish.Denied')
    peer().play('x')
    answers.pop()?.(reject('no', { code: 'NetStream.Play.Failed' }))
    await settled()
  })

  test('an approval can go on deciding', async () => {
    const { peer, advance, closed } = await open(
      { approve: () => accept({ recheck: { everyMs: 1000, check: () => reject('expired') } }) },
      {},
    )
    const publisher = peer().publish('x')
    const player = peer().play('x')
    advance(1100)
    expect(last(publisher)).toBe('NetStream.Publish.Rejected')
    expect(last(player)).toBe('NetStream.Play.Stop')
    expect(closed).toEqual(['1 kicked: expired'])
  })
})

group('what registrations are told', () => {
  test('publishers come, send metadata and media, and stop; ids are given or made', async () => {
    const { registrations, peer } = begin()
    withPorts(registrations)
    const told: string[] = []
    const ids = new Set<string>()
    const telling = (streamName: string, more: Partial<PublisherRegistrationOptions>) =>
      registrations.listenForPublishers({
        port: 4000,
        app: 'live',
        streamName,
        connected: ({ context, streamId }) => {
          ids.add(streamId)
          told.push(`connected ${context.streamName}`)
        },
        stopped: ({ context }) => told.push(`stopped ${context.streamName}`),
        metadata: (_publisher, { width }) => told.push(`metadata ${String(width)}`),
        message: (_publisher, { timestamp, keyFrame }) => told.push(`message@${timestamp} ${keyFrame}`),
        frame: (_publisher, { codec, type, payload }) => told.push(`${codec} ${type} ${payload.length}`),
        ...more,
      })
    await telling('x', { streamId: 'mine' })
    await telling('y', {})
    const publisher = peer({ localPort: 4000 }).publish('x')
    publisher.session.sendData(1, 0, '@setDataFrame', 'onMetaData', { width: 1280 })
    publisher.pump()
    publisher.video(0, keyFrame(1))
    publisher.audio(5, audioFrame(1))
    publisher.session.closeStream(1)
    publisher.pump().session.publish(1, { streamName: 'x' })
    publisher.pump().leave()
    const other = peer({ localPort: 4000 }).publish('y')
    expect(told).toEqual([
      'connected x',
      'message@0 false',
      'metadata 1280',
      'message@0 true',
      'h264 coded 15',
      'message@5 false',
      'aac coded 18',
      'stopped x',
      'connected x',
      'stopped x',
      'connected y',
    ])
    const [mine, made] = ids
    expect(mine).toBe('mine')
    expect(made).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    other.leave()
  })

  test('the first and the last watcher of each name, and media brought to them', async () => {
    const { registrations, peer } = begin({ streams: { graceMs: 0 } })
    withPorts(registrations)
    const told: string[] = []
    const watchers = await registrations.listenForWatchers({
      port: 4000,
      app: 'live',
      active: (streamName) => told.push(`active ${streamName}`),
      inactive: (streamName) => told.push(`inactive ${streamName}`),
      connected: ({ connection }) => told.push(`connected ${connection.id}`),
      stopped: ({ connection }) => told.push(`stopped ${connection.id}`),
    })
    const first = peer({ localPort: 4000 }).play('x')
    const second = peer({ localPort: 4000 }).play('x')
    const feed = watchers.inject('x')
    feed?.write({ kind: 'video', timestamp: 0, payload: keyFrame(1) })
    feed?.data('set', 0, 'onMetaData', { width: 1 })
    feed?.write({ kind: 'video', timestamp: 40, payload: interFrame(2) })
    const late = peer({ localPort: 4000 }).play('x')
    expect(first.pump().texts).toEqual(['K1@0', 'P2@40'])
    expect(late.pump().texts).toEqual(['K1@0', 'P2@40'])
    first.session.closeStream(1)
    first.pump()
    second.leave()
    expect(told).toEqual(['connected 1', 'active x', 'connected 2', 'connected 3', 'stopped 1', 'stopped 2'])
    late.leave()
    expect(told.slice(6)).toEqual(['stopped 3', 'inactive x'])
    expect(first.finished).toBe(false)
    feed?.end()
  })

  test('injected names are those of the registration', async () => {
    const { registrations } = begin()
    withPorts(registrations)
    const watchers = await registrations.listenForWatchers({ port: 4000, app: 'live', streamName: 'x' })
    expect(() => watchers.inject('y')).toThrow(expect.objectContaining({ code: 'REGISTRATION_NAME' }))
    expect(watchers.inject('x')?.ended).toBe(false)
    expect(watchers.inject('x')).toBeUndefined()
  })
})

group('a namespace of its own', () => {
  test('keeps ports apart: what comes by one goes out by another under the same path only through the application', async () => {
    const { registrations, peer, core } = begin({ streams: { graceMs: 0 } })
    withPorts(registrations)
    const told: string[] = []
    await registrations.listenForPublishers({
      port: 4000,
      app: 'live',
      namespace: 'port',
      approve: ({ path }) => void told.push(`approve ${path}`),
      connected: ({ context }) => told.push(`publishes ${context.path}, sent ${context.sent.app}`),
    })
    const out = await registrations.listenForWatchers({
      port: 4001,
      app: 'live',
      namespace: 'port',
      connected: ({ path }) => told.push(`plays ${path}`),
    })
    const camera = peer({ localPort: 4000 }).publish('key')
    const viewer = peer({ localPort: 4001 }).play('key')
    camera.video(0, keyFrame(1))
    expect(viewer.pump().texts).toEqual([])
    const processed = out.inject('key')
    processed?.write({ kind: 'video', timestamp: 0, payload: keyFrame(9) })
    expect(viewer.pump().texts).toEqual(['K9@0'])
    expect(told).toEqual([
      'approve live/key',
      'publishes port:4000/live/key, sent live',
      'plays port:4001/live/key',
    ])
    expect([...core.registry.streams()].map(({ path }) => path)).toEqual([
      'port:4000/live/key',
      'port:4001/live/key',
    ])
    expect(registrations.all.map(({ app, port }) => `${port} ${app}`)).toEqual(['4000 live', '4001 live'])
  })

  test('lets one name be published on several ports, once on each', async () => {
    const { registrations, peer } = begin()
    withPorts(registrations)
    for (const port of [4000, 4001]) {
      await registrations.listenForPublishers({ port, app: 'live', namespace: 'port' })
    }
    const codes = [4000, 4001, 4000].map((localPort) =>
      peer({ localPort }).publish('key').pump().codes.at(-1),
    )
    expect(codes).toEqual(['NetStream.Publish.Start', 'NetStream.Publish.Start', 'NetStream.Publish.BadName'])
  })

  test('cannot be entered from elsewhere, however the path is cut', async () => {
    const { registrations, peer } = begin()
    withPorts(registrations)
    await registrations.listenForPublishers({ port: 4000, app: 'live', namespace: 'port' })
    peer({ localPort: 4000 }).publish('key')
    const names = [
      ['port:4000/live', 'key'],
      ['port:4000', 'live/key'],
      ['', 'port:4000/live/key'],
      ['port:4000', 'other'],
    ] as const
    for (const [app, name] of names) {
      expect(peer({ app }).play(name).pump().codes.at(-1)).toBe('NetStream.Play.StreamNotFound')
      expect(peer({ app }).publish(name).pump().codes.at(-1)).toBe('NetStream.Publish.Denied')
    }
    expect(peer({ app: 'port:x' }).publish('key').pump().codes.at(-1)).toBe('NetStream.Publish.Start')
  })
})

group('the end of a registration', () => {
  test('ends what it has injected', async () => {
    const { registrations, peer, core } = begin({ streams: { graceMs: 0 } })
    withPorts(registrations)
    const watchers = await registrations.listenForWatchers({ port: 4000, app: 'live' })
    peer({ localPort: 4000 }).play('x')
    const [x, y] = [watchers.inject('x'), watchers.inject('y')]
    y?.end()
    expect(x?.ended).toBe(false)
    watchers.remove()
    expect([x?.ended, y?.ended]).toEqual([true, true])
    expect(core.registry.find('live', 'x')).toBeUndefined()
    expect(watchers.inject('x')).toBeUndefined()
  })

  test('disconnects whoever came under it, and nobody else', async () => {
    const { registrations, peer, closed } = begin()
    withPorts(registrations)
    const stop = new AbortController()
    const stopped: string[] = []
    await registrations.listenForPublishers({
      port: 4000,
      app: 'live',
      streamName: 'x',
      signal: stop.signal,
      stopped: ({ context }) => stopped.push(context.streamName),
    })
    await registrations.listenForPublishers({ port: 4000, app: 'live', streamName: 'y' })
    const watchers = await registrations.listenForWatchers({ port: 4000, app: 'live' })
    peer({ localPort: 4000 }).publish('x')
    const other = peer({ localPort: 4000 }).publish('y')
    const player = peer({ localPort: 4000 }).play('y')
    stop.abort()
    expect(stopped).toEqual(['x'])
    expect(closed).toEqual(['1 kicked: the registration was removed'])
    watchers.remove()
    expect(closed).toEqual([
      '1 kicked: the registration was removed',
      '3 kicked: the registration was removed',
    ])
    expect(player.pump().codes.at(-1)).toBe('NetStream.Play.Stop')
    expect(other.connection.isOpen).toBe(true)
  })

  test('reaches those who are on their way as well', async () => {
    let answer: () => void = () => {}
    const { core, registrations, peer, closed } = begin({
      handler: {
        publish: () =>
          new Promise<void>((resolve) => {
            answer = resolve
          }),
      },
    })
    withPorts(registrations)
    const registration = await registrations.listenForPublishers({ port: 4000, app: 'live' })
    peer({ localPort: 4000 }).publish('x')
    registration.remove()
    await registrations.listenForPublishers({ port: 4000, app: 'other' })
    answer()
    await settled()
    expect(closed).toEqual(['1 kicked: the registration was removed'])
    expect(core.registry.size).toBe(0)
  })
})

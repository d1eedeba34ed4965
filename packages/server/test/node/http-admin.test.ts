import { request as httpRequest } from 'node:http'
import { describe, expect, test } from 'vitest'
import type { Configuration } from '../../src/config/configuration.ts'
import { loadConfiguration } from '../../src/config/load.ts'
import { serverOptionsOf } from '../../src/node/server-options.ts'
import type { ServerEvents } from '../../src/contract/events.ts'
import type { Ban, HttpOptions, ServerOptions } from '../../src/index.ts'
import { liveConfiguration } from '../../src/node/live.ts'
import { Log } from '../../src/node/log.ts'
import { eventually, nextEvent, startServer } from './arrange.ts'

const HTTP: HttpOptions = { port: 0, host: '127.0.0.1', adminFrom: ['127.0.0.1'], token: 't0ken' }
const KEY_FRAME = Uint8Array.of(0x17, 1, 0, 0, 0, 1, 2, 3)
const KNOWS = { capsEx: 1 }

const start = async (options: ServerOptions = {}) => {
  const started = await startServer({ http: HTTP, ...options })
  const { server } = started
  const changes: ServerEvents['administration'][] = []
  server.on('administration', (event) => changes.push(event))
  const port = server.address('http')?.port ?? 0
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; json: Record<string, unknown> }> => {
    const response = await fetch(`http://127.0.0.1:${port}/_/api${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: response.status, json: (await response.json()) as Record<string, unknown> }
  }
  /** A publisher of `live/show` with a picture, and a player that has it. */
  const scene = async (properties: Readonly<Record<string, unknown>> = {}) => {
    const publisher = await started.client().open('live', properties)
    const publishes = await publisher.publish('show')
    publisher.send(publishes, 9, 0, KEY_FRAME)
    const player = await started.client().open()
    const plays = await player.play('show')
    await player.until('media', () => player.media.length > 0)
    return { publisher, publishes, player, plays }
  }
  return { ...started, httpPort: port, call, scene, changes }
}

/** What a client was told with a status. */
const told = (client: { readonly events: readonly object[] }, code: string): string[] =>
  client.events.flatMap((event) => {
    const status = 'status' in event ? (event.status as { code: string; description: string }) : undefined
    return status?.code === code ? [status.description] : []
  })

describe('ending what goes on', () => {
  test('a connection is kicked with a reason, its player gets the end of the stream; once', async () => {
    const { server, call, scene, changes } = await start()
    const { publisher, player } = await scene()
    const closed = nextEvent(server, 'connectionClosed')
    expect(await call('DELETE', '/connections/1?reason=not%20here')).toEqual({
      status: 200,
      json: { ended: true },
    })
    expect((await closed).closed).toMatchObject({ reason: 'kicked', description: 'not here' })
    expect(told(publisher, 'NetStream.Unpublish.Success')).toEqual(['not here'])
    await player.status('NetStream.Play.UnpublishNotify')
    expect(await call('DELETE', '/connections/1')).toMatchObject({ status: 404, json: { field: 'id' } })
    expect(await call('DELETE', '/connections/99')).toMatchObject({ status: 404 })
    expect(await call('DELETE', '/connections/x')).toMatchObject({ status: 400, json: { field: 'id' } })
    expect(await call('DELETE', `/connections/2?reason=${'x'.repeat(201)}`)).toMatchObject({
      status: 400,
      json: { field: 'reason', error: 'give a text of 1 to 200 characters.' },
    })
    expect(changes).toEqual([
      {
        action: 'kick',
        by: '127.0.0.1',
        forwardedFor: undefined,
        text: 'connection 1 from 127.0.0.1 was ended',
      },
    ])
    expect(server.kick(2)).toBe(true)
    expect(server.kick(77)).toBe(false)
  })

  test('a stream ends with a status for its publisher and the end for its players, also one that is only waited for', async () => {
    const { server, call, scene, client } = await start()
    const { publisher, player } = await scene()
    const ended = nextEvent(server, 'publishEnded')
    expect((await call('DELETE', '/streams/live/show?reason=over')).json).toEqual({ ended: true })
    expect((await ended).reason).toBe('kicked')
    await publisher.until('close', () => publisher.closed)
    expect(told(publisher, 'NetStream.Publish.Rejected')).toEqual(['over'])
    await player.status('NetStream.Play.UnpublishNotify')
    expect((await call('DELETE', '/streams/live/show')).status).toBe(404)

    const waiting = await client().open()
    await waiting.play('later')
    expect((await call('DELETE', '/streams/live/later')).status).toBe(200)
    await waiting.status('NetStream.Play.UnpublishNotify')

    let replaced = 0
    const local = server.inject('live/inner', 'own', () => (replaced += 1))
    expect((await call('DELETE', '/streams/live/inner/own')).status).toBe(200)
    expect([local?.ended, replaced, server.streams]).toEqual([true, 1, []])
  })

  test('one play, and one publish, of a connection that goes on', async () => {
    const { call, scene } = await start()
    const { publisher, publishes, player, plays } = await scene()
    expect((await call('DELETE', `/connections/2/plays/${plays}?reason=enough`)).status).toBe(200)
    await player.event('playEnded')
    expect(told(player, 'NetStream.Play.Stop')).toEqual(['enough'])
    expect(player.closed).toBe(false)
    expect(await call('DELETE', `/connections/2/plays/${plays}`)).toMatchObject({
      status: 404,
      json: { field: 'stream' },
    })
    expect((await call('DELETE', `/connections/1/publishes/${publishes + 7}`)).status).toBe(404)
    await publisher.play('other')
    expect((await call('DELETE', `/connections/1/publishes/${publishes}`)).status).toBe(200)
    await publisher.status('NetStream.Publish.Rejected')
    expect(publisher.closed).toBe(false)
  })
})

describe('bans', () => {
  test('an address: who is there is ended, who comes is refused with a status, until it is lifted', async () => {
    const { call, scene, client, changes } = await start()
    const { publisher } = await scene()
    const made = await call('POST', '/bans', { address: '127.0.0.0/8', reason: 'too loud', seconds: 60 })
    expect(made).toMatchObject({
      status: 201,
      json: { id: 1, address: '127.0.0.0/8', reason: 'too loud', secondsLeft: 60 },
    })
    await publisher.until('close', () => publisher.closed)
    expect(told(publisher, 'NetStream.Unpublish.Success')).toEqual(['too loud'])
    const late = client()
    await late.askToConnect('live')
    await late.event('connectRejected')
    expect(told(late, 'NetConnection.Connect.Rejected')).toEqual(['too loud'])
    expect((await call('GET', '/bans')).json).toMatchObject({ bans: [{ id: 1 }] })
    expect((await call('DELETE', '/bans/1')).json).toEqual({ removed: true })
    expect((await call('DELETE', '/bans/1')).status).toBe(404)
    await client().open()
    expect(changes.map(({ text }) => text)).toEqual([
      '127.0.0.0/8 was banned for 60 s (ban 1)',
      'ban 1 was lifted',
    ])
  })

  test('a name, for what it says: the play goes on where only publishing is banned', async () => {
    const { call, scene, client } = await start({ streams: { absentStream: 'wait' } })
    const { publisher, player } = await scene()
    await call('POST', '/bans', { stream: 'live/sh*', actions: ['publish'] })
    await publisher.status('NetStream.Publish.Rejected')
    await player.status('NetStream.Play.UnpublishNotify')
    const again = await client().open()
    await again.publish('show')
    expect(told(again, 'NetStream.Publish.Denied')).toEqual(['banned'])
    const fresh = await client().open()
    await fresh.play('show')
    expect(fresh.events.some(({ kind }) => kind === 'playStarted')).toBe(true)
    await call('POST', '/bans', { stream: 'live/show', actions: ['play'], reason: 'not for you' })
    await fresh.event('playEnded')
    expect(told(fresh, 'NetStream.Play.Stop')).toEqual(['not for you'])
    await fresh.play('show')
    expect(fresh.events.some(({ kind }) => kind === 'playRejected')).toBe(true)
    const other = await client().open()
    await other.publish('other')
    expect(other.codes).toContain('NetStream.Publish.Start')
  })

  test('a name counts as it was asked for, and as it was granted', async () => {
    const { server, client } = await start({
      handler: { publish: ({ streamName }) => ({ kind: 'accept', streamName: `public-${streamName}` }) },
    })
    for (const stream of ['live/public-a', 'live/b']) server.bans.add({ stream })
    for (const name of ['a', 'b', 'c']) {
      const publisher = await client().open()
      await publisher.publish(name)
      expect(publisher.codes.at(-1)).toBe(`NetStream.Publish.${name === 'c' ? 'Start' : 'Denied'}`)
    }
  })

  test('by call they expire, are counted, bounded and checked', async () => {
    const { server, client } = await start()
    const short = server.bans.add({ address: '127.0.0.1', seconds: 1 })
    expect(short).toEqual({
      id: 1,
      address: '127.0.0.1',
      stream: undefined,
      actions: undefined,
      reason: 'banned',
      secondsLeft: 1,
    } satisfies Ban)
    await eventually('the end of the ban', () => server.bans.list().length === 0)
    await client().open()
    expect(server.bans.remove(1)).toBe(false)
    const wrong = [
      [{}, 'address'],
      [{ address: '300.1.1.1' }, 'address'],
      [{ stream: '' }, 'stream'],
      [{ stream: 'a/b', actions: [] }, 'actions'],
      [{ stream: 'a/b', seconds: 0 }, 'seconds'],
    ] as const
    for (const [options, path] of wrong) {
      expect(() => server.bans.add(options)).toThrow(expect.objectContaining({ path }))
    }
    for (let i = 0; i < 1000; i++) server.bans.add({ stream: `live/${i}` })
    expect(() => server.bans.add({ stream: 'live/last' })).toThrow(/1000 bans already/)
  })

  test('what cannot be used is refused with a field and a sentence', async () => {
    const { call, changes } = await start()
    const cases: [unknown, number, string | undefined, RegExp][] = [
      ['{"address": ', 400, undefined, /not JSON/],
      [{}, 400, 'address', /an address, a stream, or both/],
      [{ address: 'nowhere' }, 400, 'address', /'nowhere' is not an IP address/],
      [{ stream: 'a/b', seconds: 'long' }, 400, 'seconds', /whole number from 1/],
      [{ stream: 'a/b', actions: ['watch'] }, 400, 'actions[0]', /'publish', 'play'/],
      [{ stream: 'a/b', who: 'me' }, 400, 'who', /no field who/],
      [[1], 400, undefined, /send an object/],
      [{ stream: 'x'.repeat(70_000) }, 413, undefined, /more than 65536 bytes/],
    ]
    for (const [body, status, field, error] of cases) {
      const answer = await call('POST', '/bans', body)
      expect(answer.status).toBe(status)
      expect(answer.json['field']).toBe(field)
      expect(answer.json['error']).toMatch(error)
    }
    expect((await call('POST', '/bans', '{"stream":"a/b"}', { 'content-type': 'text/plain' })).status).toBe(
      415,
    )
    expect(changes).toEqual([])
    expect((await call('GET', '/bans')).json).toEqual({ bans: [] })
  })
})

describe('drains', () => {
  test('one stream: who can is asked to reconnect and sent on, the others stay with it and get its end', async () => {
    const { call, scene, client, server } = await start()
    const { publisher, player } = await scene(KNOWS)
    const bystander = await client().open('live', KNOWS)
    await bystander.publish('other')
    const tcUrl = 'rtmp://media2.example/live'
    const drain = await call('POST', '/streams/live/show/drain', { tcUrl, deadlineMs: 60_000 })
    expect(drain).toEqual({ status: 202, json: { asked: [1], deadlineMs: 60_000 } })
    expect(await publisher.event('reconnectRequested')).toMatchObject({ tcUrl })
    expect(player.codes).not.toContain('NetStream.Play.UnpublishNotify')
    expect((await call('POST', '/streams/live/show/drain', {})).status).toBe(409)
    const late = await client().open()
    await late.publish('show')
    expect(late.events.find(({ kind }) => kind === 'publishRejected')).toMatchObject({ redirect: tcUrl })
    publisher.socket.end()
    await player.status('NetStream.Play.UnpublishNotify')
    expect(bystander.events.some(({ kind }) => kind === 'reconnectRequested')).toBe(false)
    expect(server.streams.map(({ streamName }) => streamName)).toEqual(['other'])
    expect((await call('POST', '/streams/live/nothing/drain')).status).toBe(404)
    expect((await call('POST', '/streams/live/other')).status).toBe(404)
    expect((await call('POST', '/streams/live/other/drain', { tcUrl: 'http://x' })).json).toMatchObject({
      field: 'tcUrl',
    })
  })

  test('one stream by call: a publisher that cannot be asked is ended at once, a stubborn one at the deadline; then the name is free', async () => {
    const { scene, client, server } = await start()
    const { publisher } = await scene()
    const drain = server.drainStream('live', 'show', { deadlineMs: 300 })
    await drain?.done
    await publisher.status('NetStream.Publish.Rejected')
    await eventually('the deadline', () => server.drainStream('live', 'show') === undefined)

    const stubborn = await client().open('live', KNOWS)
    await stubborn.publish('show')
    const second = server.drainStream('live', 'show', { deadlineMs: 300 })
    expect(second?.asked.size).toBe(1)
    expect(server.drainStream('live', 'show')).toBe(second)
    await second?.done
    await stubborn.status('NetStream.Publish.Rejected')
    const next = await client().open()
    await next.publish('show')
    expect(next.codes).toContain('NetStream.Publish.Start')
  })

  test('the server: as by a signal', async () => {
    const { call, scene, server } = await start()
    const { publisher, player } = await scene()
    expect(await call('POST', '/drain', { deadlineMs: 5000 })).toMatchObject({ status: 202 })
    await publisher.status('NetStream.Unpublish.Success')
    await player.status('NetStream.Play.UnpublishNotify')
    await eventually('everything closed', () => server.address('http') === undefined)
  })
})

describe('the configuration', () => {
  const serve = async (file: Record<string, unknown> = {}) => {
    const loaded = loadConfiguration({ file: { name: 'rtmp.yaml', value: file } })
    if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
    const { access, limits, drain } = serverOptionsOf(loaded.configuration)
    const started = await start({
      ...(access && { access }),
      ...(limits && { limits }),
      ...(drain && { drain }),
    })
    const log = new Log('warn')
    const live = liveConfiguration(loaded.configuration, started.server, log)
    return { ...started, log, live, configuration: loaded.configuration }
  }

  test('is shown with its secrets masked', async () => {
    const { call } = await serve({ access: { users: { anna: 'hidden!' } }, limits: { connections: 7 } })
    const { json } = await call('GET', '/config')
    expect(json).toMatchObject({ access: { users: { anna: '***' } }, limits: { connections: 7 } })
    expect(JSON.stringify(json)).not.toContain('hidden!')
  })

  test('limits, access and the level of the log change at once, the rest stays', async () => {
    const { call, client, log, changes, server } = await serve()
    await client().open()
    const rules = [{ stream: 'live/open', publish: true }]
    const patch = { limits: { connections: 1 }, access: { table: { rules } }, log: { level: 'debug' } }
    const { status, json } = await call('PATCH', '/config', patch)
    expect([status, json['changed']]).toEqual([
      200,
      ['limits.connections', 'access.table.rules', 'log.level'],
    ])
    expect(json['configuration']).toMatchObject({ limits: { connections: 1, memoryBytes: 'auto' } })
    expect(log.writes('debug')).toBe(true)
    const turnedAway = nextEvent(server, 'turnedAway')
    client()
    expect((await turnedAway).description).toBe('there are 1 connections already')
    await call('PATCH', '/config', { limits: { connections: 0 } })
    for (const [name, code] of [
      ['open', 'Start'],
      ['shut', 'Denied'],
    ] as const) {
      const publisher = await client().open()
      await publisher.publish(name)
      expect(publisher.codes.at(-1)).toBe(`NetStream.Publish.${code}`)
    }
    await call('PATCH', '/config', { access: { table: { rules: [] } } })
    const publisher = await client().open()
    await publisher.publish('shut')
    expect(publisher.codes.at(-1)).toBe('NetStream.Publish.Start')
    expect(changes[0]).toMatchObject({
      action: 'configure',
      by: '127.0.0.1',
      text: 'the configuration was changed: limits.connections, access.table.rules, log.level',
    })
  })

  test('rules that change are asked about what goes on, where it is asked about again', async () => {
    const rules = (publish: boolean) => ({ table: { rules: [{ stream: 'live/*', publish, play: true }] } })
    const { call, scene } = await serve({ access: { ...rules(true), recheckSeconds: 1 } })
    const { publisher, player } = await scene()
    expect((await call('PATCH', '/config', { access: rules(false) })).status).toBe(200)
    await publisher.status('NetStream.Publish.Rejected')
    expect(told(publisher, 'NetStream.Publish.Rejected')).toEqual(['nobody may publish live/show'])
    await player.status('NetStream.Play.UnpublishNotify')
  })

  test('a change that cannot be made changes nothing, and says which field and why', async () => {
    const { call, configuration, live } = await serve({ access: { users: { anna: 'secret' } } })
    const before = live.shown()
    const cases: [unknown, string, RegExp][] = [
      [
        { limits: { connections: -1 } },
        'limits.connections',
        /-1 will not do; give a whole number from 0 on/,
      ],
      [{ limits: { conections: 1 } }, 'limits.conections', /did you mean limits\.connections\?/],
      [{ rtmp: { port: 1936 } }, 'rtmp.port', /cannot change while the server runs.*restart/],
      [{ limits: 3 }, 'limits', /will not do; give a section/],
      [{ log: { level: null } }, 'log.level', /null will not do/],
      [{ access: { users: { bert: '***' } } }, 'access.users', /stands for what is not shown/],
      [
        { log: { level: 'debug' }, access: { addresses: { play: { deny: ['1.2.3.400'] } } } },
        'access.addresses.play.deny[0]',
        /'1\.2\.3\.400' is not an IP address or a network/,
      ],
      [[], '', /give an object/],
    ]
    for (const [patch, field, error] of cases) {
      const answer = await call('PATCH', '/config', patch)
      expect(answer).toMatchObject({ status: 400, json: { field } })
      expect(answer.json['error']).toMatch(error)
    }
    expect(live.shown()).toEqual(before)
    const echoed = await call('PATCH', '/config', before)
    expect(echoed.json['changed']).toEqual([])
    const read: Configuration = {
      ...configuration,
      statsIntervalMs: 1,
      log: { level: 'error', format: 'json' },
    }
    expect(await live.adopt(read)).toEqual({
      changed: ['log.level'],
      restart: ['statsIntervalMs', 'log.format'],
    })
    expect(live.shown()).toMatchObject({ log: { level: 'error', format: 'auto' }, statsIntervalMs: 5000 })
  })

  test('of an application that runs the server itself is its own', async () => {
    const { call } = await start()
    expect(await call('GET', '/config')).toMatchObject({ status: 404 })
    expect(await call('PATCH', '/config', {})).toMatchObject({ status: 404 })
  })
})

describe('who may change anything', () => {
  const CHANGES = [
    ['DELETE', '/connections/1'],
    ['DELETE', '/connections/1/plays/1'],
    ['DELETE', '/streams/live/show'],
    ['POST', '/streams/live/show/drain'],
    ['POST', '/drain'],
    ['POST', '/bans'],
    ['DELETE', '/bans/1'],
    ['PATCH', '/config'],
  ] as const

  /** As `fetch` does not let a test: with headers that only browsers may set. */
  const asBrowser = (port: number, method: string, path: string, headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      const request = httpRequest(
        { port, host: '127.0.0.1', method, path: `/_/api${path}`, headers },
        (response) => {
          response.resume()
          resolve(response.statusCode ?? 0)
        },
      )
      request.on('error', reject)
      request.end()
    })

  test('nobody but administrators', async () => {
    const { call, scene, changes } = await start({
      http: { ...HTTP, adminFrom: ['192.0.2.0/24'], token: 't0ken' },
    })
    const { publisher } = await scene()
    for (const [method, path] of CHANGES) {
      expect((await call(method, path)).status).toBe(401)
      expect((await call(method, path, undefined, { authorization: 'Bearer wrong' })).status).toBe(401)
    }
    expect(changes).toEqual([])
    const headers = { authorization: 'Bearer t0ken', 'x-forwarded-for': '198.51.100.7' }
    expect((await call('DELETE', '/connections/1', undefined, headers)).status).toBe(200)
    await publisher.until('close', () => publisher.closed)
    expect(changes).toMatchObject([{ by: '127.0.0.1', forwardedFor: '198.51.100.7' }])
  })

  test('no web page that a browser on the same machine shows', async () => {
    const { httpPort, scene, changes } = await start({ http: { ...HTTP, token: 't0ken' } })
    await scene()
    const token = { authorization: 'Bearer t0ken' }
    const own = `127.0.0.1:${httpPort}`
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'https://evil.example', ...token },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', ...token },
      // The stranger's name points at this machine: the page's own origin, and not enough.
      { origin: 'http://evil.example:8000', host: 'evil.example:8000' },
      { origin: `http://${own}`, 'sec-fetch-site': 'same-origin' },
    ]
    for (const headers of foreign) {
      for (const [method, path] of CHANGES) {
        expect(await asBrowser(httpPort, method, path, headers)).toBe(403)
      }
    }
    expect(changes).toEqual([])
    const preflight = await asBrowser(httpPort, 'OPTIONS', '/connections/1', {
      origin: 'https://evil.example',
      'access-control-request-method': 'DELETE',
    })
    expect(preflight).toBe(403)
    expect(await asBrowser(httpPort, 'GET', '/bans', { origin: 'https://evil.example' })).toBe(200)
    const page = { origin: `http://${own}`, 'sec-fetch-site': 'same-origin', ...token }
    expect(await asBrowser(httpPort, 'DELETE', '/connections/1', page)).toBe(200)
  })
})

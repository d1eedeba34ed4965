import { once } from 'node:events'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { HttpOptions, ServerOptions } from '../../src/index.ts'
import { CONNECTION_LOGS } from '../../src/node/http/connection-logs.ts'
import { History, HISTORY } from '../../src/node/http/history.ts'
import { begin } from '../core/peer.ts'
import { eventually, nextEvent, startServer } from './arrange.ts'

const HTTP: HttpOptions = { port: 0, host: '127.0.0.1', token: 't0ken' }
const AUTHORIZED = { authorization: 'Bearer t0ken' }

const start = async (options: ServerOptions = {}) => {
  const started = await startServer({ http: HTTP, ...options })
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${started.server.address('http')?.port}/_/api${path}`, {
      headers: AUTHORIZED,
      ...init,
    })
  return { ...started, ask }
}

test('the last hour is kept in samples, and no more', () => {
  const { core, advance } = begin()
  const history = new History(core)
  onTestFinished(() => history.stop())
  history.take()
  expect(history.samples).toEqual([])
  for (let i = 1; i <= HISTORY.keptMs / HISTORY.everyMs + 3; i++) {
    advance(HISTORY.everyMs)
    history.take()
  }
  expect(history.samples).toHaveLength(720)
  expect(history.samples.at(-1)).toMatchObject({ players: 0, connections: 0, bitsPerSecondIn: 0 })
  for (const value of Object.values(history.samples[0] ?? {})) expect(Number.isFinite(value)).toBe(true)
})

test('a system that does not tell how much memory the process has leaves only that out', () => {
  const { core, advance } = begin()
  const history = new History(core)
  onTestFinished(() => history.stop())
  const memoryUsage = vi.spyOn(process, 'memoryUsage').mockImplementation(() => {
    throw new Error('ENOENT: no such file or directory, uv_resident_set_memory')
  })
  onTestFinished(() => memoryUsage.mockRestore())
  advance(HISTORY.everyMs)
  history.take()
  expect(history.samples).toMatchObject([{ memoryBytes: 0, players: 0 }])
  expect(history.samples[0]?.heapBytes).toBeGreaterThan(0)
})

test('history over HTTP', async () => {
  const { ask } = await start()
  expect(await (await ask('/history')).json()).toEqual({ everyMs: 5000, samples: [] })
  expect((await ask('/history', { headers: {} })).status).toBe(401)
})

test('what happens comes as Server-Sent Events, with names that cannot break out of them', async () => {
  const { ask, client } = await start()
  const abort = new AbortController()
  const response = await ask('/events', { signal: abort.signal })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  let text = ''
  const reading = (async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString()
  })()
  await eventually('it begins', () => text.startsWith('retry: '))
  const publisher = await client().open('live')
  await publisher.publish('show\u202e')
  await eventually('it is told', () => text.includes('event: publishStarted'))
  const [, , data = ''] = /id: (\d+)\nevent: publishStarted\ndata: (.*)\n\n/.exec(text) ?? []
  expect(JSON.parse(data)).toMatchObject({ level: 'info', connection: 1, app: 'live' })
  expect(text).not.toContain('\u202e')
  const [, id = ''] = /id: (\d+)\nevent: publishStarted/.exec(text) ?? []
  const again = await ask('/events', {
    headers: { ...AUTHORIZED, 'last-event-id': String(Number(id) - 1) },
    signal: abort.signal,
  })
  const reader = again.body?.getReader()
  let missed = ''
  while (!missed.includes('publishStarted'))
    missed += Buffer.from((await reader?.read())?.value ?? []).toString()
  expect(missed).toContain(`id: ${id}\n`)
  abort.abort()
  await reading.catch(() => {})
})

test('no more than 32 listen, and the feed ends with the server', async () => {
  const { ask, server } = await start()
  const open = await Promise.all(Array.from({ length: 32 }, () => ask('/events')))
  expect((await ask('/events')).status).toBe(503)
  const ended = Promise.all(open.map((response) => response.text()))
  await server.close()
  expect((await ended).every((text) => text.startsWith('retry: '))).toBe(true)
})

test('a page changes the token for a cookie: it reads with it, and changes with a header that only it can send', async () => {
  const { ask } = await start()
  expect((await ask('/session', { method: 'POST', headers: {} })).status).toBe(401)
  const response = await ask('/session', { method: 'POST' })
  const set = response.headers.get('set-cookie') ?? ''
  expect(set).toMatch(/^rtmp-admin=[\d]+\.[\w-]+; Max-Age=43200; Path=\/_\/; HttpOnly; SameSite=Strict$/)
  const cookie = set.split(';', 1)[0] ?? ''
  expect(cookie).not.toContain('t0ken')
  expect((await ask('/server', { headers: { cookie } })).status).toBe(200)
  const ban = { method: 'POST', body: '{"stream":"a/b"}' }
  const json = { 'content-type': 'application/json', cookie }
  expect((await ask('/bans', { ...ban, headers: json })).status).toBe(403)
  const page = { ...json, 'x-rtmp-console': '1', 'sec-fetch-site': 'same-origin' }
  expect((await ask('/bans', { ...ban, headers: page })).status).toBe(201)
  expect((await ask('/bans', { ...ban, headers: { ...page, 'sec-fetch-site': 'cross-site' } })).status).toBe(
    403,
  )
  const [expires = '', seal = ''] = cookie.split('=')[1]?.split('.') ?? []
  for (const forged of [`${Number(expires) + 1}.${seal}`, `1.${seal}`, `${expires}.`, 'x.y', '']) {
    expect((await ask('/server', { headers: { cookie: `rtmp-admin=${forged}` } })).status).toBe(401)
  }
  const out = await ask('/session', { method: 'DELETE', headers: { cookie, 'x-rtmp-console': '1' } })
  expect(out.headers.get('set-cookie')).toContain('Max-Age=0')
})

test('relays are begun and ended', async () => {
  const target = await startServer()
  const { ask, client, server } = await start()
  const publisher = await client().open('live')
  const id = await publisher.publish('show')
  publisher.send(id, 9, 0, Uint8Array.of(0x17, 1, 0, 0, 0, 1, 2, 3))
  const add = (rule: object): Promise<Response> =>
    ask('/relays', {
      method: 'POST',
      body: JSON.stringify(rule),
      headers: { ...AUTHORIZED, 'content-type': 'application/json' },
    })
  const arrived = nextEvent(target.server, 'publishStarted')
  const added = await add({ push: `rtmp://127.0.0.1:${target.port}/copy/{streamName}` })
  expect([added.status, await added.json()]).toEqual([201, { id: 1 }])
  expect((await arrived).path).toBe('copy/show')
  expect(await (await ask('/relays')).json()).toMatchObject({
    relays: [{ kind: 'push', rule: 1, streamName: 'show' }],
  })
  const pull = await (
    await add({
      pull: `rtmp://127.0.0.1:${target.port}/{app}/{streamName}`,
      stream: 'copy/show',
      onDemand: false,
    })
  ).json()
  expect(pull).toEqual({ id: 2 })
  await eventually('it is pulled', () => server.streams.some(({ path }) => path === 'copy/show'))
  expect(server.relays.map(({ kind, rule }) => [kind, rule])).toEqual([
    ['pull', 2],
    ['push', 1],
  ])
  for (const wrong of [{}, { push: 'http://x/y' }, { push: [] }, { pull: 'rtmp://h/a/b', onDemand: false }]) {
    expect([wrong, (await add(wrong)).status]).toEqual([wrong, 400])
  }
  expect((await ask('/relays/2', { method: 'DELETE' })).status).toBe(200)
  expect((await ask('/relays/1', { method: 'DELETE' })).status).toBe(200)
  expect((await ask('/relays/1', { method: 'DELETE' })).status).toBe(404)
  await eventually('they have ended', () => server.relays.length === 0)
})

test('each connection has its log: the latest lines, for a while when it has gone, counted', async () => {
  const { server, client, ask } = await start()
  const log = async (id: number): Promise<{ event: string; level: string; text: string }[]> => {
    const answer = await ask(`/connections/${id}/log`)
    return ((await answer.json()) as { lines?: [] }).lines ?? []
  }
  const publisher = await client().open('live')
  await publisher.publish('show')
  const events = async (id: number): Promise<string[]> => (await log(id)).map(({ event }) => event)
  expect(await events(1)).toEqual(['connectionOpened', 'connected', 'publishStarted'])
  expect(await log(2)).toEqual([])
  publisher.socket.destroy()
  await eventually('it has gone', () => server.connections.size === 0)
  expect(await events(1)).toEqual([
    'connectionOpened',
    'connected',
    'publishStarted',
    'publishEnded',
    'connectionClosed',
  ])
  // Remembered are the last ones only, and what they cost does not grow.
  const counted: number[] = []
  for (let i = 0; i < 2 * CONNECTION_LOGS.mostGone + 1; i++) {
    const { socket } = client()
    await once(socket, 'connect')
    socket.destroy()
    if (i % CONNECTION_LOGS.mostGone === 0) {
      await eventually('they have gone', () => server.connections.size === 0)
      counted.push(server.stats().memory.countedBytes)
    }
  }
  await eventually('the last has gone', () => server.connections.size === 0)
  expect(await log(1)).toEqual([])
  const [first = 0, second = 0, third = 0] = counted
  expect(second).toBeGreaterThan(first)
  expect(third - second).toBeLessThan(1000)
})

// Every operation is called, and what it answers is what the document says: status, media type, and JSON without a field more or less.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfiguration } from '../../src/config/load.ts'
import { liveConfiguration } from '../../src/node/live.ts'
import { Log } from '../../src/node/log.ts'
import { API_OPERATIONS } from '../../src/node/http/api/operations.ts'
import { OTHER_OPERATIONS } from '../../src/node/http/api/others.ts'
import { httpOutputs } from '../../src/node/http/http-outputs.ts'
import type { HttpSubject } from '../../src/node/http/http-subject.ts'
import { EventCounters } from '../../src/stats/event-counters.ts'
import { begin } from '../core/peer.ts'
import { eventually, startServer } from './arrange.ts'

const TOKEN = 't0ken'
const KEY = Uint8Array.of(0x17, 1, 0, 0, 0, 1, 2, 3)

interface Described {
  readonly responses: Readonly<
    Record<
      string,
      { readonly $ref?: string; readonly content?: Readonly<Record<string, { schema: unknown }>> }
    >
  >
}

type Document = { readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>> }

/** Schemas that let nothing through that they do not name. */
const closed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(closed)
  if (typeof value !== 'object' || value === null) return value
  const all = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, closed(one)]))
  const isObject = all['type'] === 'object' && 'properties' in all && !('additionalProperties' in all)
  return isObject ? { ...all, additionalProperties: false } : all
}

const start = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openapi-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const started = await startServer({
    http: { port: 0, host: '127.0.0.1', token: TOKEN },
    recordings: [{ file: join(folder, '{path}.{ext}'), on: 'request' }],
    relays: [{ push: 'rtmp://127.0.0.1:1/live/{streamName}' }],
  })
  const { server } = started
  const loaded = loadConfiguration({ file: { name: 'rtmp.yaml', value: {} } })
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  liveConfiguration(loaded.configuration, server, new Log('silent'))
  const base = `http://127.0.0.1:${server.address('http')?.port}`
  const ask = (
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = { authorization: `Bearer ${TOKEN}` },
  ): Promise<Response> =>
    fetch(`${base}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const document = (await (await ask('GET', '/_/api/openapi.json')).json()) as Document
  const ajv = new Ajv2020({ strict: false })
  ajv.addSchema(closed({ ...document, $id: 'document' }) as object)

  /** Asks, and compares what is answered with the document. */
  const conforms = async (
    template: string,
    method: string,
    path: string,
    status: number,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Record<string, unknown>> => {
    const response = await ask(method, path, body, headers)
    const what = `${method} ${path}`
    expect([what, response.status]).toEqual([what, status])
    const at = `/paths/${template.replaceAll('~', '~0').replaceAll('/', '~1')}/${method.toLowerCase()}`
    const described = document.paths[template]?.[method.toLowerCase()]?.responses[String(status)]
    expect([what, status, described === undefined]).toEqual([what, status, false])
    const [type = ''] = (response.headers.get('content-type') ?? '').split(';')
    if (type !== 'application/json') {
      expect([what, Object.keys(described?.content ?? {})]).toEqual([what, [type]])
      await response.body?.cancel()
      return {}
    }
    const json = (await response.json()) as Record<string, unknown>
    const place = described?.$ref?.slice(1) ?? `${at}/responses/${status}`
    const validate = ajv.getSchema(encodeURI(`document#${place}/content/application~1json/schema`))
    void validate?.(json)
    expect([what, validate?.errors]).toEqual([what, null])
    return json
  }
  return { ...started, ask, conforms, document }
}

test('every operation answers what the document says', async () => {
  const { server, client, conforms } = await start()
  const publisher = await client().open('live')
  const publishes = await publisher.publish('show')
  publisher.send(publishes, 9, 0, KEY)
  const player = await client().open()
  const plays = await player.play('show')
  await player.until('media', () => player.media.length > 0)
  server.inject('live', 'other')?.write({ kind: 'video', timestamp: 0, payload: KEY })
  const asked = new Set<string>()
  const api = async (
    method: string,
    template: string,
    path: string,
    status: number,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Record<string, unknown>> => {
    asked.add(`${method} ${template}`)
    return conforms(`/_/api${template}`, method, `/_/api${path}`, status, body, headers)
  }
  const get = (template: string, path = template, status = 200) => api('GET', template, path, status)
  const remove = (template: string, path: string, status = 200) => api('DELETE', template, path, status)

  for (const one of ['/openapi.json', '/server', '/history', '/events', '/streams', '/connections'])
    await get(one)
  for (const one of ['/relays', '/bans', '/config']) await get(one)
  await get('/nodes', '/nodes', 404)
  await get('/recordings')
  await get('/streams/{path}', '/streams/live%2Fshow')
  await get('/streams/{path}', '/streams/live/show')
  await get('/streams/{path}', '/streams/live/none', 404)
  await api('GET', '/server', '/server', 401, undefined, {})
  await api(
    'POST',
    '/bans',
    '/bans',
    403,
    { stream: 'a/b' },
    { origin: 'https://x.example', authorization: `Bearer ${TOKEN}` },
  )

  await api('POST', '/session', '/session', 200)
  await remove('/session', '/session')
  await api('POST', '/bans', '/bans', 201, { address: '192.0.2.1', stream: 'live/*', seconds: 60 })
  await get('/bans')
  await api('POST', '/bans', '/bans', 400, { seconds: 0, who: 1 })
  await remove('/bans/{id}', '/bans/1')
  await remove('/bans/{id}', '/bans/1', 404)
  await remove('/bans/{id}', '/bans/x', 400)
  const { id } = await api('POST', '/relays', '/relays', 201, {
    pull: 'rtmp://127.0.0.1:1/live/{streamName}',
    stream: 'far/*',
  })
  await remove('/relays/{id}', `/relays/${String(id)}`)
  await remove('/relays/{id}', '/relays/99', 404)
  await api('PATCH', '/config', '/config', 200, { limits: { connections: 4000 } })
  await api('PATCH', '/config', '/config', 400, { limits: { connections: -1 } })

  await api('POST', '/recordings', '/recordings', 404, { stream: 'live/none' })
  const { recordings } = await api('POST', '/recordings', '/recordings', 201, { stream: 'live/show' })
  await api('POST', '/recordings', '/recordings', 409, { stream: 'live/show' })
  publisher.send(publishes, 9, 40, KEY)
  await get('/recordings')
  const { recording } = (recordings as readonly { readonly recording: number }[])[0] ?? { recording: 0 }
  await remove('/recordings/{id}', `/recordings/${recording}`)
  await get('/recordings')
  await remove('/recordings/{id}', '/recordings/99', 404)
  await remove('/recordings/files/{name}', '/recordings/files/live%2Fshow.flv')
  await remove('/recordings/files/{name}', '/recordings/files/live/show.flv', 404)

  await remove('/connections/{id}/plays/{stream}', `/connections/2/plays/${plays}?reason=enough`)
  await remove('/connections/{id}/plays/{stream}', `/connections/2/plays/${plays}`, 404)
  await publisher.play('waited-for')
  await remove('/connections/{id}/publishes/{stream}', `/connections/1/publishes/${publishes}`)
  await get('/connections/{id}/log', '/connections/1/log')
  await get('/connections/{id}/log', '/connections/99/log', 404)
  await remove('/connections/{id}', '/connections/1')
  await remove('/connections/{id}', '/connections/1', 404)
  await remove('/connections/{id}', `/connections/2?reason=${'x'.repeat(201)}`, 400)
  await api('POST', '/streams/{path}/drain', '/streams/live%2Fother/drain', 202, { deadlineMs: 1 })
  await api('POST', '/streams/{path}/drain', '/streams/live/none/drain', 404)
  const later = await client().open()
  await later.publish('later')
  await remove('/streams/{path}', '/streams/live/later')
  await remove('/streams/{path}', '/streams/live/later', 404)
  await api('POST', '/drain', '/drain', 202, { deadlineMs: 1 })
  await eventually('everything closed', () => server.address('http') === undefined)
  expect([...asked].toSorted()).toEqual(
    API_OPERATIONS.map(({ method, path }) => `${method} ${path}`).toSorted(),
  )
})

test('what is served beside the API answers what the document says', async () => {
  const { server, conforms } = await start()
  const local = server.inject('live', 'show')
  local?.write({ kind: 'video', timestamp: 0, payload: KEY })
  await conforms('/health', 'GET', '/health', 200)
  await conforms('/ready', 'GET', '/ready', 200)
  await conforms('/metrics', 'GET', '/metrics', 200)
  await conforms('/metrics', 'GET', '/metrics', 401, undefined, {})
  await conforms('/{path}.flv', 'GET', '/live/show.flv', 200)
  await conforms('/{path}.flv', 'GET', '/live/none.flv', 404)
  await conforms('/{path}.flv', 'GET', '/live/show.flv?track=x', 400)
  await conforms('/{path}.flv', 'POST', '/live/other.flv', 415, {})
  await conforms('/{path}.m3u8', 'GET', '/live/none.m3u8', 404)
  await conforms('/{path}.mp4', 'GET', '/vod/none.mp4', 404)
  await conforms('/_/hls/{name}', 'GET', '/_/hls/none', 404)
  await conforms('/_/recordings/{name}', 'GET', '/_/recordings/none', 404)
  await conforms('/_/obs/multitrack', 'POST', '/_/obs/multitrack', 400, {})
})

test('whatever is served is in the document', () => {
  const { core } = begin()
  const subject: HttpSubject = {
    core,
    counters: new EventCounters(core.events),
    isReady: () => true,
    drain: async () => Promise.resolve(),
    drainDefaults: {},
    configuration: () => undefined,
    recordings: () => undefined,
    relays: { add: () => 0, remove: () => false },
  }
  const served = httpOutputs(subject, { port: 0 }).flatMap(({ endings = {}, places = {}, page }) => [
    ...Object.entries(endings).map(([ending, { answers }]) => [`/{path}${ending}`, answers] as const),
    ...Object.entries(places).map(
      ([place, { answers }]) => [place.endsWith('/') ? `${place}{name}` : place, answers] as const,
    ),
    ...(page === undefined ? [] : [['/{path}', page.answers] as const]),
  ])
  const routes = served.flatMap(([path, answers]) =>
    Object.keys(answers).map((method) => `${method} ${path}`),
  )
  const described = OTHER_OPERATIONS.filter(({ tag }) => tag !== 'health' && tag !== 'pages')
  // Pages are served where they have been built.
  const pages = OTHER_OPERATIONS.filter(({ tag }) => tag === 'pages').map(
    ({ method, path }) => `${method} ${path}`,
  )
  expect(routes.filter((route) => !pages.includes(route)).toSorted()).toEqual(
    described.map(({ method, path }) => `${method} ${path}`).toSorted(),
  )
})

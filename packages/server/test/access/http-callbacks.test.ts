import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { ClosedEvent } from '@rtmp/session'
import { expect, onTestFinished, test, vi } from 'vitest'
import { decisionOf } from '../../src/access/callback-answer.ts'
import { callbackAccess } from '../../src/access.ts'
import { ask, connectionFrom } from './arrange.ts'

interface Call {
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: Record<string, unknown>
}

const endpoint = async (answer: (response: ServerResponse, call: Call, count: number) => void) => {
  const calls: Call[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (part) => (text += String(part)))
    request.on('end', () => {
      const body = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {}
      const call = { headers: request.headers, text, body }
      calls.push(call)
      answer(response, call, calls.length)
    })
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return { url: `http://127.0.0.1:${port}/hook`, calls }
}

test('asks with a signed body and does as it is told', async () => {
  const answers: Record<string, (response: ServerResponse) => void> = {
    yes: (response) => response.end(),
    text: (response) => response.end('fine'),
    renamed: (response) => response.end(JSON.stringify({ streamName: 'public' })),
    moved: (response) => response.end(JSON.stringify({ redirect: 'rtmp://other/live' })),
    found: (response) => response.writeHead(302, { location: 'rtmp://other/live/x' }).end(),
    web: (response) => response.writeHead(302, { location: 'http://other/' }).end(),
    no: (response) => response.writeHead(403).end(),
    reason: (response) =>
      response
        .writeHead(401)
        .end(JSON.stringify({ description: 'pay first', code: 'NetStream.Publish.BadName' })),
  }
  const { url, calls } = await endpoint((response, { body }) =>
    answers[String(body['streamName'])]?.(response),
  )
  const handler = ask(
    callbackAccess({ publish: url, secret: 's3cret', headers: { authorization: 'Bearer x' } }),
  )
  const said = async (streamName: string): Promise<string> =>
    handler.publish({ streamName, query: { a: 'b' } })
  expect(await said('yes')).toBe('yes')
  expect(await said('text')).toBe('yes')
  expect(await said('renamed')).toBe('as public')
  expect(await said('moved')).toBe('to rtmp://other/live')
  expect(await said('found')).toBe('to rtmp://other/live/x')
  expect(await said('web')).toBe('not allowed')
  expect(await said('no')).toBe('not allowed')
  expect(await said('reason')).toBe('NetStream.Publish.BadName: pay first')
  expect(calls).toHaveLength(8)
  const [{ headers, text, body } = { headers: {}, text: '', body: {} }] = calls
  expect(body).toMatchObject({
    event: 'publish',
    app: 'live',
    streamName: 'yes',
    query: { a: 'b' },
    address: '192.0.2.7',
  })
  const [, seconds, signature] = /^t=(\d+),v1=([\da-f]{64})$/.exec(String(headers['x-rtmp-signature'])) ?? []
  expect(signature).toBe(createHmac('sha256', 's3cret').update(`${seconds}.${text}`).digest('hex'))
  expect(headers.authorization).toBe('Bearer x')
  expect(await handler.play()).toBe('yes')
})

test('asks again when there is no answer, and fails closed', async () => {
  const flaky = await endpoint((response, _call, count) => response.writeHead(count < 3 ? 503 : 200).end())
  const options = { retryDelayMs: 1, timeoutMs: 100 }
  expect(await ask(callbackAccess({ play: flaky.url, ...options })).play()).toBe('yes')
  expect(flaky.calls).toHaveLength(3)

  const silent = await endpoint(() => {})
  const asking = ask(callbackAccess({ connect: silent.url, ...options, retries: 1 })).connect()
  await expect(asking).rejects.toThrow(/no answer from 127\.0\.0\.1:\d+ after 2 tries/)
  expect(silent.calls).toHaveLength(2)

  const endless = await endpoint((response) => response.end(new Uint8Array(70_000)))
  await expect(
    ask(callbackAccess({ publish: endless.url, ...options, retries: 0 })).publish(),
  ).rejects.toThrow('65536')

  const nobody = callbackAccess({ publish: 'http://127.0.0.1:9/', ...options, retries: 0 })
  await expect(ask(nobody).publish()).rejects.toThrow('no answer')
})

test('tells of ends', async () => {
  const { url, calls } = await endpoint((response) => response.end())
  const handler = callbackAccess({ ended: url })
  const closed: ClosedEvent = { kind: 'closed', reason: 'kicked', description: 'go' }
  await handler.disconnect?.(connectionFrom(), closed)
  expect(calls[0]?.body).toMatchObject({
    event: 'disconnect',
    reason: 'kicked',
    description: 'go',
    app: 'live',
  })
  expect(handler.publish).toBeUndefined()
})

test('tells the ends of one connection in the order in which they happened, and those of others meanwhile', async () => {
  const waiting: ServerResponse[] = []
  const { url, calls } = await endpoint((response) => waiting.push(response))
  const handler = callbackAccess({ ended: url, retries: 0 })
  const connection = connectionFrom()
  const names = { app: 'live', streamName: 'show' }
  const context = { connection, messageStreamId: 1, ...names, path: 'live/show', sent: names, query: {} }
  const closed: ClosedEvent = { kind: 'closed', reason: 'transportClosed', description: 'gone' }
  const unpublished = handler.unpublish?.({ ...context, publishType: 'live' }, 'transportClosed')
  const disconnected = handler.disconnect?.(connection, closed)
  const other = handler.disconnect?.(connectionFrom('192.0.2.8'), closed)
  await vi.waitFor(() => expect(calls).toHaveLength(2))
  expect(calls.map(({ body }) => [body['event'], body['address']])).toEqual([
    ['unpublish', '192.0.2.7'],
    ['disconnect', '192.0.2.8'],
  ])
  waiting[0]?.destroy()
  waiting[1]?.end()
  await expect(unpublished).rejects.toThrow('no answer')
  await other
  await vi.waitFor(() => expect(calls).toHaveLength(3))
  expect(calls[2]?.body).toMatchObject({ event: 'disconnect', address: '192.0.2.7' })
  waiting[2]?.end()
  await disconnected
})

test('a URL that is none says where it stands', () => {
  for (const url of ['nonsense', 'ftp://host/', 'rtmp://host/'])
    expect(() => callbackAccess({ play: url })).toThrow(
      expect.objectContaining({ code: 'ACCESS_URL_INVALID', path: 'play' }),
    )
})

const answerOf = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

test.each([
  ['', true],
  ['ok', true],
  ['<html>ok</html>', true],
  ['0', true],
  ['1', false],
  ['false', false],
  ['true', true],
  ['null', true],
  ['[]', true],
  ['{}', true],
  ['{"code":0}', true],
  ['{"code":"0"}', true],
  ['{"code":0,"msg":"success"}', true],
  ['{"code":1}', false],
  ['{"code":-1,"msg":"no"}', false],
  ['{"code":"7"}', false],
  ['{"code":"NetStream.Publish.Denied"}', false],
  ['{"allow":false}', false],
  ['{"allowed":false,"code":0}', false],
  ['{"ok":false}', false],
  ['{"success":false}', false],
  ['{"success":true}', true],
])('a body that says no is a no: 200 %s', (text, granted) => {
  for (const status of [200, 201, 204]) {
    const decision = decisionOf({ status, location: '', answer: answerOf(text) })
    expect(decision?.kind).toBe(granted ? 'accept' : 'reject')
  }
  expect(decisionOf({ status: 403, location: '', answer: answerOf(text) })?.kind).toBe('reject')
})

test.each([
  ['public', { kind: 'accept', streamName: 'public' }],
  ['/live/public', { kind: 'accept', streamName: 'public' }],
  ['rtmp://other/live/x', { kind: 'redirect', url: 'rtmp://other/live/x' }],
  ['RTMPS://other/live/x', { kind: 'redirect', url: 'RTMPS://other/live/x' }],
  ['/login', { kind: 'reject' }],
  ['/elsewhere/public', { kind: 'reject' }],
  ['https://other/login', { kind: 'reject' }],
  ['//other', { kind: 'reject' }],
  ['a/b', { kind: 'reject' }],
  ['login?next=/', { kind: 'reject' }],
  ['', { kind: 'reject' }],
])('3xx renames and redirects as nginx-rtmp does: %s', (location, decision) => {
  for (const status of [301, 302, 307]) {
    expect(decisionOf({ status, location, answer: undefined }, { app: 'live' })).toMatchObject(decision)
  }
  // There is nothing to rename in a connection.
  if (decision.kind === 'accept') {
    expect(decisionOf({ status: 302, location, answer: undefined })).toMatchObject({ kind: 'reject' })
  }
})

test('a refusal says why, and takes only codes of RTMP for codes', () => {
  const refusal = (answer: unknown) => decisionOf({ status: 200, location: '', answer })
  expect(refusal({ code: 1, msg: 'no such key' })).toEqual({ kind: 'reject', description: 'no such key' })
  expect(refusal({ code: 'NetStream.Publish.BadName', description: 'taken' })).toEqual({
    kind: 'reject',
    code: 'NetStream.Publish.BadName',
    description: 'taken',
  })
})

test('asks in the forms of nginx-rtmp and SRS', async () => {
  const texts: [string | undefined, string][] = []
  const { url } = await endpoint((response, { headers, text }) => {
    texts.push([headers['content-type'], text])
    response.end('0')
  })
  const query = { token: 'a b', name: 'forged', call: 'connect', flag: '' }
  const endpoints = { connect: url, publish: url, play: url }
  const nginx = ask(callbackAccess({ ...endpoints, form: 'nginx' }))
  expect(await nginx.publish({ query })).toBe('yes')
  expect(await nginx.play()).toBe('yes')
  expect(await nginx.connect({ app: 'club', query: { k: 'v' } })).toBe('yes')
  expect(texts.map(([type]) => type)).toEqual(Array(3).fill('application/x-www-form-urlencoded'))
  const common = { flashver: '', swfurl: '', tcurl: '', pageurl: '', addr: '192.0.2.7', clientid: '1' }
  expect(texts.map(([, text]) => Object.fromEntries(new URLSearchParams(text)))).toEqual([
    { ...common, call: 'publish', app: 'live', name: 'show', type: 'live', token: 'a b', flag: '' },
    { ...common, call: 'play', app: 'live', name: 'show', start: '-2', duration: '-1', reset: '1' },
    { ...common, call: 'connect', app: 'club', k: 'v' },
  ])
  const [, first] = texts[0] ?? []
  expect(first?.match(/name=/g)).toHaveLength(1)

  texts.length = 0
  const srs = ask(callbackAccess({ ...endpoints, form: 'srs' }))
  await srs.publish({ query: { token: '1', flag: '' } })
  await srs.play()
  await srs.connect({ app: 'club' })
  const who = { client_id: '1', ip: '192.0.2.7', vhost: '__defaultVhost__', pageUrl: '' }
  const stream = { stream: 'show', stream_url: '/live/show' }
  expect(texts.map(([, text]) => JSON.parse(text) as unknown)).toEqual([
    { ...who, action: 'on_publish', app: 'live', ...stream, param: '?token=1&flag' },
    { ...who, action: 'on_play', app: 'live', ...stream, param: '' },
    { ...who, action: 'on_connect', app: 'club' },
  ])
})

test('tells ends in those forms too', async () => {
  const calls: string[] = []
  const { url } = await endpoint((response, { text }) => {
    calls.push(text)
    response.end()
  })
  const connection = connectionFrom()
  const names = { app: 'live', streamName: 'show' }
  const context = { connection, messageStreamId: 1, ...names, path: 'live/show', sent: names, query: {} }
  for (const form of ['nginx', 'srs'] as const) {
    const handler = callbackAccess({ ended: url, form })
    await handler.unpublish?.({ ...context, publishType: 'live' }, 'transportClosed')
    await handler.disconnect?.(connection, { kind: 'closed', reason: 'kicked', description: 'go' })
  }
  expect(calls.slice(0, 2).map((text) => new URLSearchParams(text).get('call'))).toEqual([
    'publish_done',
    'disconnect',
  ])
  expect(calls.slice(2).map((text) => (JSON.parse(text) as { action: string }).action)).toEqual([
    'on_unpublish',
    'on_close',
  ])
})

import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { ClosedEvent } from '@rtmp/session'
import { expect, onTestFinished, test, vi } from 'vitest'
import { callbackAccess } from '../../src/index.ts'
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
      const call = { headers: request.headers, text, body: JSON.parse(text) as Record<string, unknown> }
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
  const context = { connection, messageStreamId: 1, app: 'live', streamName: 'show', query: {} }
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

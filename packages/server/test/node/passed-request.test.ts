import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { NodeAgent } from '../../src/node/cluster/node-agent.ts'
import { type EndedRequest, passOn } from '../../src/node/cluster/passed-request.ts'
import { Crowded } from '../../src/node/crowded.ts'

/** A node that is asked, and answers as a test wants it to. */
const nodeThat = async (answers: (response: ServerResponse, path: string) => void) => {
  const folder = await mkdtemp(join(tmpdir(), 'rtmp-passed-'))
  const server = createServer((request, response) => answers(response, request.url ?? ''))
  server.listen(join(folder, 'http'))
  await once(server, 'listening')
  const agent = new NodeAgent({ id: 'here', machine: 'one', key: undefined })
  onTestFinished(async () => {
    agent.destroy()
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true, force: true })
  })
  const present = new Crowded<EndedRequest>(2)
  const pass = (path: string, address: string, headers: Record<string, string> = {}): Promise<Response> =>
    passOn(
      agent,
      present,
      { name: 'there', machine: 'one', folder },
      {
        method: 'GET',
        path,
        headers: new Headers(headers),
        address,
        origin: '{}',
        signal: new AbortController().signal,
      },
    )
  return { server, pass, present }
}

test('of too many that wait, whoever has most loses the oldest', async () => {
  const asked: string[] = []
  const { server, pass, present } = await nodeThat((response, path) => {
    asked.push(path)
    if (path === '/answered') response.end('yes')
  })
  const oldest = pass('/1', '192.0.2.1')
  const lost = expect(oldest).rejects.toThrow('it gives way to others')
  await once(server, 'request')
  pass('/2', '192.0.2.1').catch(() => {})
  await once(server, 'request')
  expect(await (await pass('/answered', '192.0.2.2')).text()).toBe('yes')
  await lost
  expect(asked).toEqual(['/1', '/2', '/answered'])
  expect(present.size).toBeLessThanOrEqual(2)
})

test('one that was answered is let go, and its connection used again', async () => {
  let connections = 0
  const { server, pass, present } = await nodeThat((response) => response.end('yes'))
  server.on('connection', () => (connections += 1))
  for (let i = 0; i < 5; i++) expect(await (await pass('/', '192.0.2.1')).text()).toBe('yes')
  expect(connections).toBe(1)
  expect(present.size).toBeLessThanOrEqual(1)
})

test('a connection that was ended while it waited is no failure', async () => {
  const { server, pass } = await nodeThat((response) => response.end('yes'))
  expect(await (await pass('/', '192.0.2.1')).text()).toBe('yes')
  // It is ended as the next request is written on it.
  server.once('request', ({ socket }) => socket.destroy())
  expect(await (await pass('/', '192.0.2.1')).text()).toBe('yes')
})

test('several that were ended while they waited are no failure either', async () => {
  const used = new Set<Socket>()
  const { pass } = await nodeThat((response) => {
    const { socket } = response.req
    // Each that waited is ended as it is used again.
    if (used.has(socket)) socket.destroy()
    else response.end('yes')
    used.add(socket)
  })
  const all = ['192.0.2.1', '192.0.2.2'].map(async (address) => (await pass('/', address)).text())
  expect(await Promise.all(all)).toEqual(['yes', 'yes'])
  expect(used.size).toBe(2)
  expect(await (await pass('/', '192.0.2.1')).text()).toBe('yes')
  expect(used.size).toBe(3)
})

test('what this node ends itself is not asked again, on a connection that was used before or not', async () => {
  const asked: string[] = []
  const { server, pass, present } = await nodeThat((response, path) => {
    asked.push(path)
    if (path === '/answered') response.end('yes')
  })
  expect(await (await pass('/answered', '192.0.2.1')).text()).toBe('yes')
  const lost = expect(pass('/waits', '192.0.2.1')).rejects.toThrow('it gives way to others')
  await once(server, 'request')
  present.close()
  await lost
  expect(asked).toEqual(['/answered', '/waits'])
})

test('what belongs to a connection stays there, and whoever says whose a request is is not believed', async () => {
  const seen: Record<string, unknown>[] = []
  const { server, pass } = await nodeThat((response) => {
    response.writeHead(206, { 'x-of-it': 'all', 'keep-alive': 'timeout=9', 'set-cookie': ['a=1', 'b=2'] })
    response.end('part')
  })
  server.on('request', ({ headers }) => seen.push(headers))
  const answer = await pass('/', '192.0.2.1', {
    range: 'bytes=0-3',
    'x-rtmp-origin': '{"remoteAddress":"127.0.0.1"}',
    'transfer-encoding': 'chunked',
  })
  expect(seen).toMatchObject([{ range: 'bytes=0-3', 'x-rtmp-origin': '{}', host: 'node' }])
  expect(seen[0]).not.toHaveProperty('transfer-encoding')
  expect(answer.status).toBe(206)
  expect(answer.headers.get('x-of-it')).toBe('all')
  expect(answer.headers.get('keep-alive')).toBeNull()
  expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  expect(await answer.text()).toBe('part')
})

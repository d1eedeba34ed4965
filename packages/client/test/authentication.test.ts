import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { RtmpPublisher } from '../src/index.ts'
import { MemoryNetwork } from './support/memory-network.ts'
import { TestServer } from './support/test-server.ts'

const md5 = (text: string): Buffer => createHash('md5').update(text).digest()

/** A server that asks by the adobe scheme, as docs/wire/rtmp.md §15.1 has it. */
const adobe = (user: string, password: string, opaque?: string): TestServer =>
  new TestServer({
    connect: ({ query, app, tcUrl }) => {
      expect(app).toBe('live')
      const head = '[ AccessManager.Reject ] : [ authmod=adobe ] : '
      if (query['authmod'] === undefined) {
        return { description: '[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ' }
      }
      expect(tcUrl).toContain('?authmod=adobe')
      if (query['user'] !== user) return { description: `${head}?reason=nosuchuser` }
      const { response, challenge } = query
      const more = opaque === undefined ? '' : `&opaque=${opaque}`
      if (response === undefined) {
        return { description: `${head}?reason=needauth&user=${user}&salt=ab12cd&challenge=srvch==${more}` }
      }
      const h1 = md5(`${user}ab12cd${password}`).toString('base64')
      const expected = md5(h1 + (opaque ?? 'srvch==') + challenge).toString('base64')
      return response === expected ? undefined : { description: `${head}?reason=authfailed` }
    },
  })

const limelight = (user: string, password: string): TestServer =>
  new TestServer({
    connect: ({ query }) => {
      const head = '[ AccessManager.Reject ] : [ authmod=llnw ] : '
      if (query['authmod'] === undefined) return { description: '[ code=403 need auth; authmod=llnw ]' }
      const { response, cnonce, nonce, nc } = query
      if (response === undefined) return { description: `${head}?reason=needauth&user=${user}&nonce=nonce1` }
      const ha1 = md5(`${user}:live:${password}`).toString('hex')
      const ha2 = md5('publish:/live/_definst_').toString('hex')
      const expected = md5(`${ha1}:${nonce}:${nc}:${cnonce}:auth:${ha2}`).toString('hex')
      return response === expected ? undefined : { description: `${head}?reason=authfailed` }
    },
  })

const outcome = async (
  server: TestServer,
  url: string,
): Promise<{ error: unknown; network: MemoryNetwork }> => {
  const network = new MemoryNetwork()
  network.serve('server:1935', server)
  const publisher = new RtmpPublisher(network, url)
  const error = await network.until(
    publisher.started.then(
      () => undefined,
      (failure: unknown) => failure,
    ),
  )
  await network.pass(5000)
  return { error, network }
}

describe('authentication by challenge', () => {
  it.each([
    ['adobe', adobe('me', 'secret')],
    ['adobe with opaque', adobe('me', 'secret', 'opq1')],
    ['llnw', limelight('me', 'secret')],
  ])('%s: three connections, the third is accepted', async (_, server) => {
    const { error, network } = await outcome(server, 'rtmp://me:secret@server/live/key')
    expect(error).toBeUndefined()
    expect(network.lines.map(({ isOver }) => isOver)).toEqual([true, true, false])
  })

  it.each([
    ['a wrong password', adobe('me', 'secret'), 'rtmp://me:wrong@server/live/key', 'AUTH_FAILED', 3],
    ['a wrong user', adobe('me', 'secret'), 'rtmp://you:secret@server/live/key', 'AUTH_FAILED', 2],
    ['no user', adobe('me', 'secret'), 'rtmp://server/live/key', 'AUTH_REQUIRED', 1],
    ['a wrong password', limelight('me', 'secret'), 'rtmp://me:wrong@server/live/key', 'AUTH_FAILED', 3],
  ])('ends with %s', async (_, server, url, code, connections) => {
    const { error, network } = await outcome(server, url)
    expect(error).toMatchObject({ code, stage: 'connect', canRetry: false })
    expect(network.lines.map(({ isOver }) => isOver)).toEqual(Array(connections).fill(true))
  })

  it('gives up on a server that never has enough', async () => {
    const server = new TestServer({
      connect: () => ({ description: '[ code=403 need auth; authmod=adobe ]' }),
    })
    const { error } = await outcome(server, 'rtmp://me:secret@server/live/key')
    expect(error).toMatchObject({ code: 'AUTH_FAILED' })
  })
})

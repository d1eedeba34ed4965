import { createHash } from 'node:crypto'
import { adobeResponse } from '@rtmp/client/auth'
import { describe, expect, test } from 'vitest'
import { type AccessOptions, signToken } from '../../src/access.ts'
import { createServer } from '../../src/index.ts'
import { nextEvent, startServer } from './arrange.ts'
import type { LightClient } from './light-client.ts'

const start = (access: AccessOptions) => startServer({ access })

const rejection = async (client: LightClient, kind: 'publishRejected' | 'playRejected') =>
  (await client.event(kind)).status

describe('access', () => {
  test('a table: who may publishes, who may not gets a status first', async () => {
    const { client, server } = await start({
      table: { rules: [{ stream: 'live/*', publish: ['anna'], play: true }], users: { anna: 'secret' } },
    })
    const publisher = await client().open()
    await publisher.publish('show?user=anna&pass=secret')
    expect(server.streams[0]?.streamName).toBe('show')
    const player = await client().open()
    await player.play('show')
    expect(player.codes).toContain('NetStream.Play.Start')
    const stranger = await client().open()
    await stranger.publish('other?user=anna&pass=wrong')
    expect(await rejection(stranger, 'publishRejected')).toMatchObject({
      level: 'error',
      code: 'NetStream.Publish.Denied',
      description: 'publish of live/other needs a user who may, and the right password',
    })
    await stranger.until('close', () => stranger.closed)
    await player.play('other', await player.createStream())
    const elsewhere = await client().open('elsewhere')
    await elsewhere.play('show')
    expect((await rejection(elsewhere, 'playRejected')).level).toBe('error')
    expect(elsewhere.closed).toBe(false)
  })

  test('addresses, before anything else', async () => {
    const { client } = await start({ addresses: { connect: { deny: ['127.0.0.0/8'] } } })
    const refused = client()
    await refused.askToConnect('live')
    expect((await refused.event('connectRejected')).status).toMatchObject({
      code: 'NetConnection.Connect.Rejected',
      description: '127.0.0.1 may not connect here',
    })
  })

  test('signed tokens on the name, and all that is given must grant; the application is asked last', async () => {
    const asked: string[] = []
    const { client } = await startServer({
      access: { tokens: { secrets: ['s'] }, addresses: { play: { deny: ['127.0.0.1'] } } },
      handler: {
        publish: ({ streamName }) => {
          asked.push(streamName)
        },
      },
    })
    const grant = { secret: 's', app: 'live', streamName: 'show', expires: Date.now() / 1000 + 60 }
    const publisher = await client().open()
    await publisher.publish(`show?${await signToken({ ...grant, action: 'publish' })}`)
    expect(publisher.codes).toContain('NetStream.Publish.Start')
    const without = await client().open()
    await without.publish('show')
    expect((await rejection(without, 'publishRejected')).description).toBe('publish needs a token')
    const player = await client().open()
    await player.play(`show?${await signToken({ ...grant, action: 'play' })}`)
    expect((await rejection(player, 'playRejected')).description).toBe('127.0.0.1 may not play here')
    expect(asked).toEqual(['show'])
  })

  test('authmod=adobe over three connections, and the user is known to the table', async () => {
    const users = { anna: 'secret', ben: 'other' }
    const { client } = await start({
      challenge: { users },
      table: { rules: [{ stream: '*', publish: ['anna'] }], users },
    })
    const refused = async (app: string): Promise<string> => {
      const one = client()
      await one.askToConnect(app)
      const { status } = await one.event('connectRejected')
      await one.until('close', () => one.closed)
      return status?.description ?? ''
    }
    const md5 = (text: string): Uint8Array => createHash('md5').update(text).digest()
    const connectAs = async (user: keyof typeof users): Promise<LightClient> => {
      const description = await refused(`live?authmod=adobe&user=${user}`)
      const part = (name: string): string => new RegExp(`${name}=(\\w+)`).exec(description)?.[1] ?? ''
      const challenge = { user, salt: part('salt'), challenge: part('challenge'), opaque: part('opaque') }
      const response = adobeResponse(md5, challenge, users[user], 'mine')
      const query = `authmod=adobe&user=${user}&challenge=mine&response=${response}&opaque=${challenge.opaque}`
      return client().open(`live?${query}`)
    }
    expect(await refused('live')).toContain('code=403 need auth; authmod=adobe')
    const anna = await connectAs('anna')
    await anna.publish('show')
    expect(anna.codes).toContain('NetStream.Publish.Start')
    const ben = await connectAs('ben')
    await ben.publish('other')
    expect((await rejection(ben, 'publishRejected')).description).toMatch('needs a user who may')
  })

  test('asked again: a refusal ends what goes on, no answer does not', async () => {
    let answer: () => Response | Promise<Response> = () => Response.json({ streamName: 'public' })
    const asked: unknown[] = []
    const { createServer: createHttp } = await import('node:http')
    const endpoint = createHttp((request, response) => {
      let text = ''
      request.on('data', (part) => (text += String(part)))
      request.on('end', () => {
        asked.push((JSON.parse(text) as { streamName: unknown }).streamName)
        void Promise.resolve(answer()).then(async (said) =>
          response.writeHead(said.status).end(await said.text()),
        )
      })
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => {
      endpoint.once('listening', resolve)
    })
    const { port } = endpoint.address() as { port: number }
    const url = `http://127.0.0.1:${port}/`
    const { client, server, errors } = await start({
      callbacks: { publish: url, play: url, retries: 0 },
      recheckSeconds: 0.05,
    })
    const publisher = await client().open()
    await publisher.publish('secret-key')
    expect(server.streams[0]?.streamName).toBe('public')
    const failed = nextEvent(server, 'error')
    answer = () => new Response('', { status: 500 })
    expect((await failed).where).toBe('asking again')
    expect(server.streams[0]?.publisher).toBeDefined()
    const ended = nextEvent(server, 'publishEnded')
    answer = () => Response.json({ description: 'the key was withdrawn' }, { status: 403 })
    expect((await ended).reason).toBe('kicked')
    await publisher.until('the reason', () =>
      publisher.events.some(
        (event) => 'status' in event && event.status?.description === 'the key was withdrawn',
      ),
    )
    expect(new Set(asked)).toEqual(new Set(['secret-key']))
    endpoint.closeAllConnections()
    endpoint.close()
    errors.length = 0
  })

  test('options that cannot be used keep the server from starting, and name themselves', async () => {
    const server = createServer({ rtmp: { port: 0 }, access: { addresses: { play: { allow: ['x'] } } } })
    await expect(server.listen()).rejects.toMatchObject({
      code: 'ADDRESS_INVALID',
      path: 'access.addresses.play.allow[0]',
    })
    expect(server.address()).toBeUndefined()
  })
})

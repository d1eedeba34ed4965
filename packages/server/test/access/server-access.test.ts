import { expect, test } from 'vitest'
import { accessHandler } from '../../src/access.ts'
import { grantIn } from '../../src/contract/decision.ts'
import { ServerAccess } from '../../src/node/access/server-access.ts'
import { signToken } from '../../src/access.ts'
import { ask, connectionFrom } from './arrange.ts'

const nobody = { rules: [], otherwise: 'deny' } as const
const everybody = { rules: [], otherwise: 'allow' } as const
const context = { connection: connectionFrom(), app: 'live', streamName: 'show', query: {} } as never

test('nothing given, nothing asked', () => {
  expect(accessHandler({})).toBeUndefined()
  expect(accessHandler({ recheckSeconds: 5 })).toBeUndefined()
})

test('all that is given must grant, and each says where it is wrong', async () => {
  const table = { rules: [{ stream: 'live/*', publish: true, play: true }] }
  const addresses = { publish: { deny: ['192.0.2.66'] } }
  const handler = ask(accessHandler({ addresses, table }) ?? {})
  expect(await handler.publish()).toBe('yes')
  expect(await handler.publish({ address: '192.0.2.66' })).toBe('192.0.2.66 may not publish here')
  expect(await handler.publish({ app: 'x' })).toBe('nobody may publish x/show')
  for (const [name, options] of [
    ['addresses', { connect: { deny: ['x'] } }],
    ['challenge', { users: {} }],
    ['tokens', { secrets: [] }],
    ['jwt', {}],
    ['table', { rules: [{ stream: '*', publish: ['anna'] }] }],
    ['callbacks', { publish: 'nonsense' }],
  ] as const) {
    const path = expect.stringMatching(new RegExp(`^access\\.${name}\\.`)) as string
    expect(() => accessHandler({ [name]: options })).toThrow(expect.objectContaining({ path }))
  }
})

test('a table judges the name that a token has in it', async () => {
  const tokens = { secrets: ['s'], now: () => 0 }
  const table = { rules: [{ stream: 'live/show', publish: true }] }
  const handler = ask(accessHandler({ tokens, table }) ?? {})
  const grant = { secret: 's', action: 'publish', app: 'live', streamName: 'show', expires: 60 } as const
  const { expires, token } = Object.fromEntries(new URLSearchParams(await signToken(grant)))
  expect(await handler.publish({ streamName: `show-${expires}-${token}` })).toBe('as show')
})

test('other options hold from the next request on; those that cannot be used change nothing', async () => {
  const access = new ServerAccess({}, () => {})
  const { handler } = access
  expect(await ask(handler).publish()).toBe('yes')
  expect(await ask(handler).connect()).toBe('yes')
  access.replace({ table: nobody, addresses: { connect: { deny: ['192.0.2.7'] } } })
  expect(await ask(handler).publish()).toMatch('nobody may publish')
  expect(await ask(handler).play()).toMatch('nobody may play')
  expect(await ask(handler).connect()).toBe('192.0.2.7 may not connect here')
  expect(() => access.replace({ tokens: { secrets: [] } })).toThrow(
    expect.objectContaining({ path: 'access.tokens.secrets' }),
  )
  expect(await ask(handler).publish()).toMatch('nobody may publish')
  access.replace({ jwt: { secret: 'x', parameter: 'auth' } })
  expect(access.credentialNames.tokens).toContain('auth')
  access.replace({})
  expect(access.credentialNames.tokens).not.toContain('auth')
  expect(await ask(handler).publish()).toBe('yes')
})

test('prepared, options that cannot be used are told at once', () => {
  const wrong = { tokens: { secrets: [] } }
  expect(() => new ServerAccess(wrong, () => {}).prepare()).toThrow(
    expect.objectContaining({ code: 'ACCESS_SECRET_MISSING' }),
  )
  expect(() => new ServerAccess(wrong, () => {})).not.toThrow()
})

test('what goes on is asked about again, by the options that hold then', async () => {
  const failures: unknown[] = []
  const access = new ServerAccess({ table: everybody, recheckSeconds: 5 }, (error) => failures.push(error))
  const { handler } = access
  for (const action of ['publish', 'play'] as const) {
    access.replace({ table: everybody, recheckSeconds: 5 })
    const { recheck } = grantIn(await handler[action]?.(context)) ?? {}
    expect(recheck?.everyMs).toBe(5000)
    expect(await recheck?.check()).toBeUndefined()
    access.replace({ table: nobody })
    expect(await recheck?.check()).toMatchObject({ kind: 'reject' })
    access.replace({})
    expect(await recheck?.check()).toBeUndefined()
    expect(grantIn(await handler[action]?.(context))?.recheck).toBeUndefined()
  }
  access.replace({ table: everybody, recheckSeconds: 0 })
  expect(grantIn(await handler.publish?.(context))?.recheck).toBeUndefined()
  expect(failures).toEqual([])
})

test('ends are told to what holds, as it was given them', async () => {
  const access = new ServerAccess({ callbacks: { ended: 'http://127.0.0.1:9/', retries: 0 } }, () => {})
  const { handler } = access
  await expect(handler.unpublish?.(context, 'transportClosed')).rejects.toThrow('no answer')
  await expect(handler.playStop?.(context, 'transportClosed')).rejects.toThrow('no answer')
  const closed = { kind: 'closed', reason: 'kicked', description: 'go' } as const
  await expect(handler.disconnect?.(connectionFrom(), closed)).rejects.toThrow('no answer')
  access.replace({ table: everybody })
  await handler.unpublish?.(context, 'transportClosed')
  await handler.playStop?.(context, 'transportClosed')
  await handler.disconnect?.(connectionFrom(), closed)
})

test('what nobody is asked about is granted, also where what is granted is asked about again', async () => {
  for (const recheckSeconds of [0, 5]) {
    const onlyPlays = new ServerAccess(
      { tokens: { secrets: ['s'], actions: ['play'] }, recheckSeconds },
      () => {},
    )
    expect(await ask(onlyPlays.handler).publish()).toBe('yes')
    expect(await ask(onlyPlays.handler).connect()).toBe('yes')
    expect(await ask(onlyPlays.handler).play()).toBe('play needs a token')
    const onlyPublishes = new ServerAccess(
      { tokens: { secrets: ['s'], actions: ['publish'] }, recheckSeconds },
      () => {},
    )
    expect(await ask(onlyPublishes.handler).play()).toBe('yes')
    expect(await ask(onlyPublishes.handler).publish()).toBe('publish needs a token')
    for (const { handler } of [onlyPlays, onlyPublishes, new ServerAccess({ recheckSeconds }, () => {})]) {
      await handler.unpublish?.(context, 'transportClosed')
      await handler.playStop?.(context, 'transportClosed')
      await handler.disconnect?.(connectionFrom(), { kind: 'closed', reason: 'kicked', description: 'go' })
    }
  }
})

test('where nothing is asked, nothing is asked about again', async () => {
  const { handler } = new ServerAccess({ recheckSeconds: 5 }, () => {})
  expect(await handler.publish?.(context)).toBeUndefined()
  expect(await handler.play?.(context)).toBeUndefined()
})

test('what asks is made once, when it is first needed, and again with other options', async () => {
  let made = 0
  const counted = {
    table: everybody,
    get recheckSeconds(): number {
      made += 1
      return 0
    },
  }
  const access = new ServerAccess(counted, () => {})
  expect(made).toBe(0)
  for (let i = 0; i < 3; i++) expect(await ask(access.handler).publish()).toBe('yes')
  access.prepare()
  expect(made).toBe(1)
  access.replace(counted)
  for (let i = 0; i < 3; i++) expect(await ask(access.handler).play()).toBe('yes')
  expect(made).toBe(2)
})

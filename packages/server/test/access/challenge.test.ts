import { createHash } from 'node:crypto'
import { adobeResponse, limelightResponse } from '@rtmp/client/auth'
import { describe, expect, test } from 'vitest'
import { challengeAccess, type ChallengeScheme, setUser, userOf } from '../../src/access.ts'
import { ask, connectionFrom } from './arrange.ts'

const md5 = (text: string): Uint8Array => createHash('md5').update(text).digest()
const parameters = (description: string): Record<string, string> =>
  Object.fromEntries(
    description
      .slice(description.indexOf('?') + 1)
      .split('&')
      .map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  )

const begin = (scheme: ChallengeScheme) => {
  let now = 1_767_225_600_000
  const handler = challengeAccess({
    users: { anna: 'secret' },
    scheme,
    apps: ['live', 'x/*'],
    now: () => now,
  })
  const answer = (
    challenge: Record<string, string>,
    user = 'anna',
    password = 'secret',
  ): Record<string, string> => {
    const { salt = '', challenge: text = '', opaque = '', nonce = '' } = challenge
    return scheme === 'adobe'
      ? {
          authmod: 'adobe',
          user,
          challenge: 'mine',
          opaque,
          response: adobeResponse(md5, { user, salt, challenge: text, opaque }, password, 'mine'),
        }
      : {
          authmod: 'llnw',
          user,
          nonce,
          cnonce: 'mine',
          nc: '00000001',
          response: limelightResponse(md5, { user, nonce, app: 'live' }, password, 'mine'),
        }
  }
  const asked = ask(handler)
  const challenge = async (user = 'anna'): Promise<Record<string, string>> =>
    parameters(await asked.connect({ query: { authmod: scheme, user } }))
  return { handler, ask: asked, challenge, answer, pass: (ms: number) => (now += ms) }
}

describe.each(['adobe', 'llnw'] as const)('authmod=%s', (scheme) => {
  test('the three steps', async () => {
    const { ask: handler, answer } = begin(scheme)
    const first = await handler.connect()
    expect(first).toBe(`[ AccessManager.Reject ] : [ code=403 need auth; authmod=${scheme} ] : `)
    const second = await handler.connect({ query: { authmod: scheme, user: 'anna' } })
    expect(second).toMatch(`[ authmod=${scheme} ] : ?reason=needauth&user=anna&`)
    const connection = connectionFrom()
    expect(await handler.connect({ connection, query: answer(parameters(second)) })).toBe('yes')
    expect(userOf(connection)).toBe('anna')
  })

  test('a challenge counts once, for a minute, for one user at one address', async () => {
    const { ask: handler, challenge, answer, pass } = begin(scheme)
    const failed = `[ AccessManager.Reject ] : [ authmod=${scheme} ] : ?reason=authfailed`
    const once = answer(await challenge())
    expect(await handler.connect({ query: once })).toBe('yes')
    expect(await handler.connect({ query: once })).toBe(failed)
    expect(await handler.connect({ query: answer(await challenge()), address: '192.0.2.8' })).toBe(failed)
    expect(await handler.connect({ query: answer(await challenge('eve')) })).toBe(failed)
    expect(await handler.connect({ query: answer(await challenge(), 'anna', 'wrong') })).toBe(failed)
    expect(await handler.connect({ query: answer(await challenge('eve'), 'eve', 'secret') })).toBe(failed)
    expect(await handler.connect({ query: answer(await challenge('eve'), 'eve', '') })).toBe(failed)
    const late = answer(await challenge())
    pass(60_001)
    expect(await handler.connect({ query: late })).toBe(failed)
    const forged = { challenge: '0'.repeat(60), opaque: '0'.repeat(60), nonce: '0'.repeat(60), salt: '' }
    expect(await handler.connect({ query: answer(forged) })).toBe(failed)
  })

  test('a challenge may be answered for 60,000 ms, and not before it was made', async () => {
    const { ask: handler, challenge, answer, pass } = begin(scheme)
    const failed = /\?reason=authfailed$/
    const atTheLimit = answer(await challenge())
    pass(60_000)
    expect(await handler.connect({ query: atTheLimit })).toBe('yes')
    const beyond = answer(await challenge())
    pass(60_001)
    expect(await handler.connect({ query: beyond })).toMatch(failed)
    const early = answer(await challenge())
    expect(await handler.connect({ query: answer(await challenge()) })).toBe('yes')
    pass(-1)
    expect(await handler.connect({ query: early })).toMatch(failed)
    pass(1)
    expect(await handler.connect({ query: early })).toBe('yes')
  })

  test('an answer counts no second time as long as it is young enough, whoever has answered since', async () => {
    const { ask: handler, challenge, answer, pass } = begin(scheme)
    const first = answer(await challenge())
    expect(await handler.connect({ query: first })).toBe('yes')
    for (const ms of [0, 30_000, 30_000]) {
      pass(ms)
      expect(await handler.connect({ query: answer(await challenge()) })).toBe('yes')
      expect(await handler.connect({ query: first })).toMatch(/\?reason=authfailed$/)
    }
  })

  test('who says neither how nor who is asked first, whatever else is said', async () => {
    const { ask: handler, challenge, answer } = begin(scheme)
    const { authmod: _how, ...noScheme } = answer(await challenge())
    const { user: _who, ...noUser } = answer(await challenge())
    for (const query of [noScheme, noUser, { ...noScheme, authmod: 'other' }])
      expect(await handler.connect({ query })).toMatch(/code=403 need auth/)
  })

  test.each(['response', 'opaque', 'nonce', 'challenge', 'cnonce', 'nc'])(
    'an answer with another %s is wrong, where the exchange has one',
    async (name) => {
      const { ask: handler, challenge, answer } = begin(scheme)
      const right = answer(await challenge())
      if (!(name in right)) return
      const { [name]: value = '', ...without } = right
      for (const other of [value.slice(1), `0${value}`, `${value}0`, 'x', ''])
        expect(await handler.connect({ query: { ...right, [name]: other } })).not.toBe('yes')
      if (name !== 'response') expect(await handler.connect({ query: without })).not.toBe('yes')
      expect(await handler.connect({ query: right })).toBe('yes')
    },
  )

  test('the app is the one that was asked for, without its parameters', async () => {
    const { ask: handler, challenge, answer } = begin(scheme)
    expect(await handler.connect({ rawApp: 'live?a=1', query: answer(await challenge()) })).toBe('yes')
  })

  test('a stream in such an app needs a user who was known at connect; others are open', async () => {
    const { handler, ask: asked } = begin(scheme)
    const stranger = connectionFrom()
    const anna = connectionFrom()
    setUser(anna, 'anna')
    for (const action of ['publish', 'play'] as const) {
      for (const app of ['live', 'x/y']) {
        expect(await asked[action]({ connection: stranger, app })).not.toBe('yes')
        expect(await asked[action]({ connection: anna, app })).toBe('yes')
      }
      expect(await asked[action]({ connection: stranger, app: 'open' })).toBe('yes')
    }
    expect(Object.keys(handler)).toEqual(['connect', 'publish', 'play'])
  })

  test('only apps that need it', async () => {
    const { ask: handler } = begin(scheme)
    expect(await handler.connect({ app: 'open' })).toBe('yes')
    expect(await handler.connect({ app: 'x/y' })).toMatch('need auth')
  })
})

test('hashed passwords cannot be used, nor none at all', () => {
  for (const hashed of ['pbkdf2:210000:00:00', 'pbkdf2:1:'])
    expect(() => challengeAccess({ users: { ben: 'other', anna: hashed } })).toThrow(
      expect.objectContaining({ code: 'ACCESS_PASSWORD_HASHED', path: 'users' }),
    )
  for (const plain of ['', 'xpbkdf2:1:', 'pbkdf2:', 'pbkdf2::', 'pbkdf2:x:', 'pbkdf2:1'])
    expect(() => challengeAccess({ users: { anna: plain } })).not.toThrow()
  expect(() => challengeAccess({ users: {} })).toThrow(
    expect.objectContaining({ code: 'ACCESS_USERS_MISSING', path: 'users' }),
  )
})

test("without options, the exchange is Adobe's, for every app, by the machine's clock", async () => {
  const handler = ask(challengeAccess({ users: { anna: 'secret' } }))
  for (const app of ['live', 'x/y', ''])
    expect(await handler.connect({ app })).toMatch(/code=403 need auth; authmod=adobe/)
  const { opaque = '' } = parameters(await handler.connect({ query: { authmod: 'adobe', user: 'anna' } }))
  const madeMs = Number.parseInt(opaque.slice(0, 12), 16)
  expect(Math.abs(Date.now() - madeMs)).toBeLessThan(60_000)
})

test('each challenge has a salt of its own, and a right answer says who it was', async () => {
  const { handler, challenge, answer } = begin('adobe')
  const [one, two] = [await challenge(), await challenge()]
  expect(one['salt']).toMatch(/^[\da-f]{12}$/)
  expect(two['salt']).not.toBe(one['salt'])
  const context = { connection: connectionFrom(), app: 'live', tcUrl: '', connect: { app: 'live' } }
  expect(await handler.connect?.({ ...context, query: answer(one) } as never)).toEqual({
    kind: 'accept',
    user: 'anna',
  })
})

test('10,000 answers are remembered; with one more the oldest is not', async () => {
  const { ask: handler, challenge, answer } = begin('adobe')
  const first = answer(await challenge())
  const others = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++)
      expect(await handler.connect({ query: answer(await challenge()) })).toBe('yes')
  }
  expect(await handler.connect({ query: first })).toBe('yes')
  await others(9999)
  expect(await handler.connect({ query: first })).toMatch(/\?reason=authfailed$/)
  await others(1)
  expect(await handler.connect({ query: first })).toBe('yes')
})

import { createHash } from 'node:crypto'
import { adobeResponse, limelightResponse } from '@rtmp/client/auth'
import { describe, expect, test } from 'vitest'
import { challengeAccess, type ChallengeScheme, userOf } from '../../src/access.ts'
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
  return { ask: ask(handler), answer, pass: (ms: number) => (now += ms) }
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
    const { ask: handler, answer, pass } = begin(scheme)
    const challenge = async (user = 'anna'): Promise<Record<string, string>> =>
      parameters(await handler.connect({ query: { authmod: scheme, user } }))
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

  test('only apps that need it', async () => {
    const { ask: handler } = begin(scheme)
    expect(await handler.connect({ app: 'open' })).toBe('yes')
    expect(await handler.connect({ app: 'x/y' })).toMatch('need auth')
  })
})

test('hashed passwords cannot be used', () => {
  const users = { anna: 'pbkdf2:210000:00:00' }
  expect(() => challengeAccess({ users })).toThrow(
    expect.objectContaining({ code: 'ACCESS_PASSWORD_HASHED' }),
  )
})

import { expect, test } from 'vitest'
import { credentialNames, withCredentials } from '../../src/node/access/credentials.ts'

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

test('names are those that the rules look for', () => {
  expect(credentialNames({})).toEqual({ tokens: ['token', 'jwt'], user: 'user', password: 'pass' })
  const table = { rules: [], userParameter: 'u', passwordParameter: 'p' }
  expect(credentialNames({ jwt: { secret: 'x', parameter: 'auth' }, table })).toEqual({
    tokens: ['token', 'jwt', 'auth'],
    user: 'u',
    password: 'p',
  })
  expect(credentialNames({ jwt: { secret: 'x' }, table: { rules: [] } })).toEqual(credentialNames({}))
})

test.each([
  ['nothing', null, {}],
  ['an empty text', '', {}],
  ['a scheme alone', 'Bearer', {}],
  ['a scheme and spaces', 'Bearer  ', {}],
  ['a token', 'Bearer abc', { token: 'abc', jwt: 'abc' }],
  ['a token, written otherwise', '  bEARER   abc  ', { token: 'abc', jwt: 'abc' }],
  ['more than a token', 'Bearer abc def', { token: 'abc', jwt: 'abc' }],
  ['another scheme', 'Digest abc', {}],
  ['another scheme that looks like the other', `Digest ${basic('anna:secret').slice(6)}`, {}],
  ['user and password', basic('anna:secret'), { user: 'anna', pass: 'secret' }],
  ['in other letters', basic('anna:secret').replace('Basic', 'bASIC'), { user: 'anna', pass: 'secret' }],
  ['a password with colons', basic('anna:a:b'), { user: 'anna', pass: 'a:b' }],
  ['no user', basic(':secret'), { user: '', pass: 'secret' }],
  ['no colon', basic('anna'), {}],
])('Authorization: %s', (_what, authorization, added) => {
  expect(withCredentials({ a: 'b' }, authorization)).toEqual({ a: 'b', ...added })
})

test('parameters count first; other names where rules look for others', () => {
  expect(withCredentials({ token: 'mine' }, 'Bearer abc')).toEqual({ token: 'mine', jwt: 'abc' })
  expect(withCredentials({ user: 'eve' }, basic('anna:secret'))).toEqual({ user: 'eve', pass: 'secret' })
  const names = { tokens: ['t'], user: 'u', password: 'p' }
  expect(withCredentials({}, 'Bearer abc', names)).toEqual({ t: 'abc' })
  expect(withCredentials({}, basic('anna:secret'), names)).toEqual({ u: 'anna', p: 'secret' })
})

import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { SignJWT } from 'jose'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { jwtAccess, type JwtOptions } from '../../src/access.ts'
import { ask } from './arrange.ts'

const NOW = 1_000_000
const claims = { publish: ['live/*'], play: ['live/*'] }
const invalid = 'the token is not valid'

const sign = (key: KeyObject | Uint8Array, alg: string, values: object = {}): Promise<string> =>
  new SignJWT({ ...claims, exp: 1060, ...values }).setProtectedHeader({ alg }).sign(key)

const pem = (key: KeyObject): string => {
  const type = key.type === 'private' ? 'pkcs8' : 'spki'
  return key.export({ type, format: 'pem' } as never).toString()
}

const said = async (options: JwtOptions, jwt: string, streamName = 'show'): Promise<string> =>
  ask(jwtAccess({ now: () => NOW, ...options })).publish({ query: { jwt }, streamName })

/** An issuer's set of keys, at the URL that is returned. */
const serveKeys = async (keys: readonly object[]): Promise<string> => {
  const issuer = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    issuer.close()
  })
  await once(issuer, 'listening')
  return `http://127.0.0.1:${(issuer.address() as { port: number }).port}/jwks.json`
}

afterEach(() => {
  vi.restoreAllMocks()
})

test('a secret is good for HS256, or for what is said, and for nothing else', async () => {
  const secret = 'a secret of at least sixty-four bytes, as HS512 wants it to be, and more'
  const key = new TextEncoder().encode(secret)
  expect(await said({ secret }, await sign(key, 'HS256'))).toBe('yes')
  expect(await said({ secret }, await sign(key, 'HS512'))).toBe(invalid)
  const algorithms = ['HS512']
  expect(await said({ secret, algorithms }, await sign(key, 'HS512'))).toBe('yes')
  expect(await said({ secret, algorithms }, await sign(key, 'HS256'))).toBe(invalid)
})

test('of the algorithms that fit a public key, those that are said', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const options = { publicKey: pem(publicKey), algorithms: ['PS256', 'ES256'] }
  expect(await said(options, await sign(privateKey, 'PS256'))).toBe('yes')
  expect(await said(options, await sign(privateKey, 'RS256'))).toBe(invalid)
})

test('a set of keys is good for what is said', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const jwksUrl = await serveKeys([publicKey.export({ format: 'jwk' })])
  const jwt = await sign(privateKey, 'ES384')
  expect(await said({ jwksUrl }, jwt)).toBe(invalid)
  expect(await said({ jwksUrl, algorithms: ['ES384'] }, jwt)).toBe('yes')
})

test('keys of every kind, with each algorithm of theirs', async () => {
  for (const [pair, algorithms] of [
    [
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
      ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
    ],
    [generateKeyPairSync('ec', { namedCurve: 'P-521' }), ['ES512']],
  ] as const) {
    for (const alg of algorithms)
      expect([alg, await said({ publicKey: pem(pair.publicKey) }, await sign(pair.privateKey, alg))]).toEqual(
        [alg, 'yes'],
      )
    const message = expect.stringContaining(`signs with ${algorithms.join(', ')}:`) as string
    expect(() => jwtAccess({ publicKey: pem(pair.publicKey), algorithms: ['ES256'] })).toThrow(
      expect.objectContaining({ code: 'ACCESS_KEY_INVALID', path: 'algorithms', message }),
    )
  }
})

test('keys that cannot be used', () => {
  for (const { publicKey } of [
    generateKeyPairSync('x25519'),
    generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
    generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
  ]) {
    const message = expect.stringContaining('signs no tokens') as string
    expect(() => jwtAccess({ publicKey: pem(publicKey) })).toThrow(
      expect.objectContaining({ code: 'ACCESS_KEY_INVALID', path: 'publicKey', message }),
    )
  }
  // A public key could be made of it, but whoever configures it has mistaken one for the other.
  const secret = pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
  expect(() => jwtAccess({ publicKey: secret })).toThrow(
    expect.objectContaining({ code: 'ACCESS_KEY_INVALID', path: 'publicKey' }),
  )
  for (const jwksUrl of ['nonsense', 'ftp://host/', 'xhttp://host/'])
    expect(() => jwtAccess({ jwksUrl })).toThrow(
      expect.objectContaining({ code: 'ACCESS_URL_INVALID', path: 'jwksUrl' }),
    )
  expect(() => jwtAccess({ jwksUrl: 'http://host/' })).not.toThrow()
})

test('the time for the keys is what is said', async () => {
  const timeouts = vi.spyOn(AbortSignal, 'timeout')
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwksUrl = await serveKeys([publicKey.export({ format: 'jwk' })])
  const jwt = await sign(privateKey, 'ES256')
  expect(await said({ jwksUrl, timeoutMs: 4321 }, jwt)).toBe('yes')
  expect(await said({ jwksUrl }, jwt)).toBe('yes')
  expect(timeouts.mock.calls).toEqual([[4321], [5000]])
})

test('sixteen keys are tried for a token that names none, and no more', async () => {
  const pairs = Array.from({ length: 17 }, () => generateKeyPairSync('ec', { namedCurve: 'P-256' }))
  const jwksUrl = await serveKeys(pairs.map(({ publicKey }) => publicKey.export({ format: 'jwk' })))
  const options = { jwksUrl }
  const by = async (i: number, values?: object): Promise<string> =>
    said(options, await sign((pairs[i] as (typeof pairs)[0]).privateKey, 'ES256', values))
  expect([await by(0), await by(15), await by(16)]).toEqual(['yes', 'yes', invalid])
  expect(await by(1, { exp: 1000 })).toBe('the token has expired')
  expect(await by(1, { nbf: 1001 })).toBe(invalid)
})

test('claims that are no texts, and one that fits among others', async () => {
  const secret = 'a secret of at least thirty-two bytes'
  const by = async (publish: unknown): Promise<string> =>
    said({ secret }, await sign(new TextEncoder().encode(secret), 'HS256', { publish }))
  expect(await by([5, null, {}])).toBe('the token is not for publish of live/show')
  expect(await by([5, 'x', 'live/show'])).toBe('yes')
})

test('what stands in a name is a token only as a whole', async () => {
  const secret = 'a secret of at least thirty-two bytes'
  const jwt = await sign(new TextEncoder().encode(secret), 'HS256')
  const handler = ask(jwtAccess({ secret, now: () => NOW }))
  expect(await handler.publish({ streamName: `show.${jwt}` })).toBe('as show')
  for (const streamName of [`show.${jwt}!`, `x\nshow.${jwt}`, `show${jwt}`])
    expect(await handler.publish({ streamName })).toBe('publish needs a token')
})

test('what needs no token is not asked for one', () => {
  const secret = 'a secret of at least thirty-two bytes'
  expect(Object.keys(jwtAccess({ secret }))).toEqual(['publish', 'play'])
  expect(Object.keys(jwtAccess({ secret, actions: ['publish'] }))).toEqual(['publish'])
  expect(Object.keys(jwtAccess({ secret, actions: ['play'] }))).toEqual(['play'])
  expect(() => jwtAccess({ secret: '' })).toThrow(expect.objectContaining({ code: 'ACCESS_KEY_MISSING' }))
})

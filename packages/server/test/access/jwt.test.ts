import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { jwtAccess } from '../../src/access.ts'
import { ask } from './arrange.ts'

const claims = { publish: ['live/*'], play: ['live/show', 'club/*'] }
const secret = 'a secret of at least thirty-two bytes'
const signed = (values: object = claims, expires = '1 minute'): Promise<string> =>
  new SignJWT({ ...values })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(secret))

test('claims say what a token is for', async () => {
  const handler = ask(jwtAccess({ secret }))
  const jwt = await signed()
  expect(await handler.publish({ query: { jwt } })).toBe('yes')
  expect(await handler.publish({ query: { jwt }, app: 'club' })).toBe(
    'the token is not for publish of club/show',
  )
  expect(await handler.play({ query: { jwt }, app: 'club' })).toBe('yes')
  expect(await handler.play({ query: { jwt }, streamName: 'other' })).toMatch('not for play')
  expect(await handler.play()).toBe('play needs a token')
  expect(await handler.play({ query: { jwt: await signed({ play: 'live/show' }) } })).toMatch('not for play')
})

test('a token in the name, for devices that can send no query, is taken out of it', async () => {
  const handler = ask(jwtAccess({ secret }))
  const jwt = await signed()
  expect(await handler.publish({ streamName: `my.show.${jwt}` })).toBe('as my.show')
  expect(await handler.play({ streamName: `show.${jwt}` })).toBe('as show')
  expect(await handler.play({ streamName: `other.${jwt}` })).toBe('the token is not for play of live/other')
  expect(await handler.play({ streamName: `show.${jwt}x` })).toBe('the token is not valid')
  for (const streamName of [jwt, `.${jwt}`, 'show.a.b.c', 'show']) {
    expect(await handler.play({ streamName })).toBe('play needs a token')
  }
  const context = { streamName: 'show', app: 'live', query: { jwt } }
  expect(await jwtAccess({ secret }).publish?.(context as never)).toBeUndefined()
  // One in the query counts first, and the name stays as it is.
  expect(await handler.publish({ streamName: `show.${jwt}`, query: { jwt } })).toBe('yes')
})

/** A token that is right for `{ issuer: 'us', audience: 'them' }` at the time 1000 s, but for what is said. */
const tokenWith = (changes: Readonly<Record<string, unknown>>, key = secret): Promise<string> => {
  const all = { ...claims, iss: 'us', aud: 'them', exp: 1060, ...changes }
  const left = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  return new SignJWT(left).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(key))
}

test.each([
  ['expired at this second', { exp: 1000 }, 'the token has expired'],
  ['good for another second', { exp: 1001 }, 'yes'],
  ['without an end', { exp: undefined }, 'the token is not valid'],
  ['an end that is a text', { exp: '9999999999' }, 'the token is not valid'],
  ['not good yet', { nbf: 1001 }, 'the token is not valid'],
  ['good from now on', { nbf: 1000 }, 'yes'],
  ['from another issuer', { iss: 'them' }, 'the token is not valid'],
  ['from no issuer', { iss: undefined }, 'the token is not valid'],
  ['for another audience', { aud: 'us' }, 'the token is not valid'],
  ['for no audience', { aud: undefined }, 'the token is not valid'],
  ['for several audiences', { aud: ['a', 'them'] }, 'yes'],
  ['a claim that is a text', { publish: '*' }, 'the token is not for publish of live/show'],
  ['no claim', { publish: undefined }, 'the token is not for publish of live/show'],
])('a token that is %s: nothing else is wrong with it', async (_what, changes, answer) => {
  const handler = ask(jwtAccess({ secret, issuer: 'us', audience: 'them', now: () => 1_000_000 }))
  expect(await handler.publish({ query: { jwt: await tokenWith(changes) } })).toBe(answer)
})

test('only what needs a token is asked for one, by the parameter that is said', async () => {
  const handler = jwtAccess({ secret, actions: ['play'], parameter: 'token' })
  expect(handler.publish).toBeUndefined()
  expect(await ask(handler).play({ query: { jwt: await signed() } })).toBe('play needs a token')
  expect(await ask(handler).play({ query: { token: '' } })).toBe('play needs a token')
  expect(await ask(handler).play({ query: { token: await signed() } })).toBe('yes')
})

test('tokens that are not valid', async () => {
  const handler = ask(jwtAccess({ secret, issuer: 'us', audience: 'them', now: () => 1_000_000 }))
  const good = await tokenWith({})
  expect(await handler.publish({ query: { jwt: good } })).toBe('yes')
  const none = `${btoa('{"alg":"none"}').replaceAll('=', '')}.${good.split('.')[1]}.`
  const other = await tokenWith({}, 'another secret, of thirty-two bytes too')
  for (const jwt of [
    'x',
    'a.b.c',
    'a.b.c.d.e',
    `${good.slice(0, -2)}xx`,
    `${good.slice(0, -5)}`,
    none,
    other,
  ])
    expect(await handler.publish({ query: { jwt } })).toBe('the token is not valid')
})

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const signedWith = (
  privateKey: KeyObject,
  header: { readonly alg: string; readonly kid?: string },
): Promise<string> =>
  new SignJWT(claims).setProtectedHeader(header).setExpirationTime('1 minute').sign(privateKey)

test.each([
  ['an RSA key', generateKeyPairSync('rsa', { modulusLength: 2048 }), ['RS256', 'RS512', 'PS256']],
  ['an EC key', generateKeyPairSync('ec', { namedCurve: 'P-256' }), ['ES256']],
  ['a larger EC key', generateKeyPairSync('ec', { namedCurve: 'P-384' }), ['ES384']],
  ['an Ed25519 key', generateKeyPairSync('ed25519'), ['EdDSA', 'Ed25519']],
])(
  'a token for another kind of key than %s is refused, like any other that is wrong',
  async (_kind, pair, own) => {
    const { publicKey, privateKey } = pair
    const handler = ask(
      jwtAccess({ publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() }),
    )
    for (const alg of own) {
      expect(await handler.publish({ query: { jwt: await signedWith(privateKey, { alg }) } })).toBe('yes')
    }
    const others = [
      'RS256',
      'PS256',
      'ES256',
      'ES384',
      'EdDSA',
      'HS256',
      'none',
      '__proto__',
      ['RS256'],
      5,
      undefined,
    ]
    for (const alg of others) {
      for (const signature of ['', 'AAAA', base64('x'.repeat(64))]) {
        const jwt = `${base64({ alg })}.${base64({ ...claims, exp: 4e9 })}.${signature}`
        expect(await handler.publish({ query: { jwt } })).toBe('the token is not valid')
      }
    }
    for (const header of [
      5,
      null,
      [],
      { alg: own[0], crit: ['x'], x: 1 },
      { alg: own[0], crit: ['b64'], b64: false },
    ]) {
      const jwt = `${base64(header)}.${base64(claims)}.AAAA`
      expect(await handler.publish({ query: { jwt } })).toBe('the token is not valid')
    }
  },
)

/** An issuer's set of keys, at the URL that is returned. */
const serveKeys = async (keys: readonly object[], asked = (): void => {}): Promise<string> => {
  const issuer = createServer((_request, response) => {
    asked()
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    issuer.close()
  })
  await once(issuer, 'listening')
  return `http://127.0.0.1:${(issuer.address() as { port: number }).port}/jwks.json`
}

test('keys from the issuer, fetched when they are needed; without them the hook fails', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const key = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
  let fetched = 0
  const jwksUrl = await serveKeys([key], () => void (fetched += 1))
  const sign = (kid: string): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid })
      .setExpirationTime('1 minute')
      .sign(privateKey)
  const handler = ask(jwtAccess({ jwksUrl }))
  const jwt = await sign('k1')
  expect(await handler.publish({ query: { jwt } })).toBe('yes')
  expect(await handler.publish({ query: { jwt } })).toBe('yes')
  expect(fetched).toBe(1)
  expect(await handler.publish({ query: { jwt: await sign('k2') } })).toBe('the token is not valid')
  // HS256 with the public key as the secret must not pass.
  const confused = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
    .setExpirationTime('1 minute')
    .sign(new TextEncoder().encode(JSON.stringify(key)))
  expect(await handler.publish({ query: { jwt: confused } })).toBe('the token is not valid')

  const byPem = ask(jwtAccess({ publicKey: await exportSPKI(publicKey) }))
  expect(await byPem.publish({ query: { jwt } })).toBe('yes')
  const unreachable = ask(jwtAccess({ jwksUrl: 'http://127.0.0.1:9/none', timeoutMs: 500 }))
  await expect(unreachable.publish({ query: { jwt } })).rejects.toBeInstanceOf(Error)
})

test('a token that names no key is tried with each that fits', async () => {
  const pairs = [1, 2, 3].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }))
  const keys = pairs.slice(0, 2).map(({ publicKey }, i) => ({
    ...publicKey.export({ format: 'jwk' }),
    kid: `k${i}`,
    alg: 'RS256',
  }))
  const url = await serveKeys([...keys, { kty: 'oct', k: base64(secret), kid: 'oct', alg: 'HS256' }])
  const handler = ask(jwtAccess({ jwksUrl: url }))
  const [first, second, stranger] = pairs.map(({ privateKey }) => privateKey) as [
    KeyObject,
    KeyObject,
    KeyObject,
  ]
  const said = async (key: KeyObject, kid?: string): Promise<string> =>
    handler.publish({ query: { jwt: await signedWith(key, { alg: 'RS256', ...(kid && { kid }) }) } })
  expect([await said(first), await said(second)]).toEqual(['yes', 'yes'])
  expect([await said(first, 'k0'), await said(second, 'k1')]).toEqual(['yes', 'yes'])
  const refused = 'the token is not valid'
  expect([await said(stranger), await said(first, 'k1'), await said(first, '__proto__')]).toEqual([
    refused,
    refused,
    refused,
  ])
  expect(await handler.publish({ query: { jwt: await tokenWith({ exp: 4e9 }) } })).toBe(refused)
})

test('exactly one kind of key', () => {
  for (const options of [{}, { secret, jwksUrl: 'https://issuer.test/jwks' }])
    expect(() => jwtAccess(options)).toThrow(expect.objectContaining({ code: 'ACCESS_KEY_MISSING' }))
  expect(() => jwtAccess({ jwksUrl: 'nonsense' })).toThrow(expect.objectContaining({ path: 'jwksUrl' }))
  expect(() => jwtAccess({ publicKey: 'nonsense' })).toThrow(expect.objectContaining({ path: 'publicKey' }))
  const unreadable = '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'
  const cause = expect.any(Error) as Error
  expect(() => jwtAccess({ publicKey: unreadable })).toThrow(
    expect.objectContaining({ code: 'ACCESS_KEY_INVALID', path: 'publicKey', cause }),
  )
  const agreement = generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'pem' }).toString()
  expect(() => jwtAccess({ publicKey: agreement })).toThrow(/a x25519 key signs no tokens/)
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
    type: 'spki',
    format: 'pem',
  })
  expect(() => jwtAccess({ publicKey: rsa.toString(), algorithms: ['ES256'] })).toThrow(
    expect.objectContaining({ path: 'algorithms', message: expect.stringContaining('RS256') as string }),
  )
})

import { createServer } from 'node:http'
import { once } from 'node:events'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { jwtAccess } from '../../src/index.ts'
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

test('tokens that are not valid', async () => {
  const handler = ask(jwtAccess({ secret, issuer: 'us', audience: 'them' }))
  const good = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1 minute')
    .setIssuer('us')
    .setAudience('them')
    .sign(new TextEncoder().encode(secret))
  expect(await handler.publish({ query: { jwt: good } })).toBe('yes')
  const none = `${btoa('{"alg":"none"}').replaceAll('=', '')}.${good.split('.')[1]}.`
  const eternal = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(secret))
  for (const jwt of ['x', 'a.b.c', `${good.slice(0, -2)}xx`, await signed(), none, eternal])
    expect(await handler.publish({ query: { jwt } })).toBe('the token is not valid')
  expect(await handler.publish({ query: { jwt: await signed(claims, '-1 s') } })).toMatch(/expired|not valid/)
})

test('keys from the issuer, fetched when they are needed; without them the hook fails', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const key = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
  let fetched = 0
  const issuer = createServer((_request, response) => {
    fetched += 1
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [key] }))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    issuer.close()
  })
  await once(issuer, 'listening')
  const { port } = issuer.address() as { port: number }
  const sign = (kid: string): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid })
      .setExpirationTime('1 minute')
      .sign(privateKey)
  const handler = ask(jwtAccess({ jwksUrl: `http://127.0.0.1:${port}/jwks.json` }))
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
  await expect(unreachable.publish({ query: { jwt } })).rejects.toThrow()
})

test('exactly one kind of key', () => {
  for (const options of [{}, { secret, jwksUrl: 'https://issuer.test/jwks' }])
    expect(() => jwtAccess(options)).toThrow(expect.objectContaining({ code: 'ACCESS_KEY_MISSING' }))
  expect(() => jwtAccess({ jwksUrl: 'nonsense' })).toThrow(expect.objectContaining({ path: 'jwksUrl' }))
  expect(() => jwtAccess({ publicKey: 'nonsense' })).toThrow(expect.objectContaining({ path: 'publicKey' }))
})

import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { adminOnly } from '../../src/node/http/administrators.ts'
import type { Environment } from '../../src/node/http/environment.ts'
import { TokenGuesses } from '../../src/node/http/token-guesses.ts'
import { eventually, startServer } from './arrange.ts'

/** Administration on its own: asked from any address, at any time. */
const begin = (adminFrom: readonly string[] = []) => {
  const clock = { now: 1000 }
  const blocked: string[] = []
  const guesses = {
    now: () => clock.now,
    guessed: (address: string) => {
      blocked.push(address)
    },
  }
  const app = new Hono<Environment>()
  app.use(adminOnly({ port: 0, token: 'right', adminFrom }, guesses))
  app.get('/', (c) => c.text('in'))
  const ask = async (
    remoteAddress: string,
    authorization?: string,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    app.request(
      '/',
      {
        headers: { host: '127.0.0.1', ...headers, ...(authorization === undefined ? {} : { authorization }) },
      },
      { origin: { remoteAddress, remotePort: 1, localPort: 2, secure: false } },
    )
  const status = async (...of: Parameters<typeof ask>): Promise<number> => (await ask(...of)).status
  /** Statuses of so many wrong tokens, one after the other. */
  const wrong = async (count: number, ...addresses: readonly string[]): Promise<number[]> => {
    const statuses: number[] = []
    for (let i = 0; i < count; i++) {
      statuses.push(await status(addresses[i % addresses.length] ?? '', `Bearer wrong${i}`))
    }
    return statuses
  }
  return { clock, blocked, ask, status, wrong }
}

const TEN_TIMES_401 = Array.from({ length: 10 }, () => 401)

describe('who guesses the token', () => {
  test('may be wrong ten times, and is not told of the eleventh whether it was right, until a minute is over', async () => {
    const { clock, ask, status, wrong, blocked } = begin()
    expect(await wrong(9, '192.0.2.1')).toEqual(TEN_TIMES_401.slice(1))
    expect(await status('192.0.2.1', 'Bearer right')).toBe(200)
    expect(blocked).toEqual([])
    expect(await wrong(1, '192.0.2.1')).toEqual([401])
    expect(blocked).toEqual(['192.0.2.1'])
    clock.now += 59_001
    const answers = [await ask('192.0.2.1', 'Bearer right'), await ask('192.0.2.1', 'Bearer wrong')]
    expect(answers.map((answer) => [answer.status, answer.headers.get('retry-after')])).toEqual([
      [429, '1'],
      [429, '1'],
    ])
    expect(await answers[0]?.text()).toBe(await answers[1]?.text())
    clock.now += 998
    expect(await status('192.0.2.1', 'Bearer right')).toBe(429)
    clock.now += 1
    expect(await status('192.0.2.1', 'Bearer right')).toBe(200)
    expect(await wrong(11, '192.0.2.1')).toEqual([...TEN_TIMES_401, 429])
    expect(blocked).toHaveLength(2)
  })

  test.each([
    ['another address', '192.0.2.1', '192.0.2.2'],
    ['another /64', '2001:db8:0:1::1', '2001:db8:0:2::1'],
  ])('does not harm %s, though both guess at once', async (_what, one, other) => {
    const { status, wrong } = begin()
    expect(await wrong(19, one, other)).toEqual([...TEN_TIMES_401, ...TEN_TIMES_401.slice(1)])
    expect([await status(one, 'Bearer right'), await status(other, 'Bearer right')]).toEqual([429, 200])
  })

  test.each([
    ['an address that came over IPv6', '192.0.2.1', '::ffff:192.0.2.1', '::FFFF:c000:201'],
    ['the addresses of a /64', '2001:db8:0:1::1', '2001:DB8:0:1:ffff::2', '2001:db8:0:1::3'],
    ['a zone', 'fe80::1%eth0', 'fe80::1%eth1', 'fe80::2'],
  ])('gains nothing by %s', async (_what, ...addresses) => {
    const { status, wrong } = begin()
    expect(await wrong(12, ...addresses)).toEqual([...TEN_TIMES_401, 429, 429])
    for (const address of addresses) expect(await status(address, 'Bearer right')).toBe(429)
  })

  test('is whoever shows one, by whatever letters, an empty one too; not who shows none or another scheme', async () => {
    const { status, wrong } = begin()
    for (const given of ['Bearer', 'bearer ', 'BEARER x']) {
      expect(await status('192.0.2.1', given)).toBe(401)
      for (let i = 0; i < 20; i++) {
        expect(await status('192.0.2.1')).toBe(401)
        expect(await status('192.0.2.1', 'Basic right')).toBe(401)
      }
    }
    expect(await wrong(8, '192.0.2.1')).toEqual([...TEN_TIMES_401.slice(3), 429])
    expect(await status('192.0.2.1')).toBe(401)
  })

  test('does not keep those out who need no token, and who need one guess where a proxy or a foreign name brings them', async () => {
    const { status, wrong } = begin(['192.0.2.1'])
    const addresses = ['192.0.2.1']
    expect(await wrong(20, ...addresses)).toEqual(Array.from({ length: 20 }, () => 200))
    for (let i = 0; i < 5; i++) {
      expect(await status('192.0.2.1', 'Bearer x', { via: '1.1 proxy' })).toBe(401)
      expect(await status('192.0.2.1', 'Bearer x', { host: 'evil.example' })).toBe(403)
    }
    expect(await status('192.0.2.1', 'Bearer right', { via: '1.1 proxy' })).toBe(429)
    expect(await status('192.0.2.1', 'Bearer right', { host: 'evil.example' })).toBe(429)
    expect(await status('192.0.2.1', 'Bearer right')).toBe(200)
  })

  test('is remembered among a bounded number of addresses, and for a minute only', () => {
    const guesses = new TokenGuesses({ most: 1, windowMs: 100, addresses: 3 })
    for (let i = 1; i <= 3; i++) expect(guesses.wrong(`192.0.2.${i}`, i)).toBe(true)
    expect([guesses.size, guesses.blockedMs('192.0.2.1', 3)]).toEqual([3, 98])
    guesses.wrong('192.0.2.4', 4)
    expect([guesses.size, guesses.blockedMs('192.0.2.1', 4), guesses.blockedMs('192.0.2.2', 4)]).toEqual([
      3, 0, 98,
    ])
    expect(guesses.blockedMs('192.0.2.9', 103)).toBe(0)
    expect(guesses.size).toBe(1)
    expect(guesses.blockedMs('192.0.2.9', 104)).toBe(0)
    expect(guesses.size).toBe(0)
  })
})

test('a server tells of an address that guesses, once, and answers it with 429 on every path of administration', async () => {
  const { server } = await startServer({ http: { port: 0, host: '127.0.0.1', token: 'right' } })
  const turnedAway: object[] = []
  server.on('turnedAway', (event) => turnedAway.push(event))
  const port = server.address('http')?.port ?? 0
  const ask = async (path: string, token: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${token}` } })
  for (let i = 0; i < 5; i++) {
    for (const path of ['/metrics', '/_/api/server']) expect((await ask(path, `wrong${i}`)).status).toBe(401)
  }
  for (const path of ['/metrics', '/_/api/server', '/_/api/bans']) {
    const answer = await ask(path, 'right')
    expect(answer.status).toBe(429)
    expect(await answer.json()).toEqual({ error: expect.stringMatching(/too many wrong tokens.*\d+ s/) })
  }
  expect((await ask('/health', 'right')).status).toBe(200)
  await eventually('it is told', () => turnedAway.length > 0)
  expect(turnedAway).toEqual([
    expect.objectContaining({
      remoteAddress: '127.0.0.1',
      localPort: port,
      description: 'it has shown 10 wrong tokens to the HTTP port within a minute',
    }),
  ])
})

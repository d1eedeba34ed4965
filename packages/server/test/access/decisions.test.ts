import { describe, expect, test } from 'vitest'
import {
  addressAccess,
  hashPassword,
  setUser,
  nameWithToken,
  signToken,
  tableAccess,
  tokenAccess,
} from '../../src/access.ts'
import { matchesPattern } from '../../src/names/pattern.ts'
import { isPassword } from '../../src/access/password.ts'
import { sameText } from '../../src/access/secret.ts'
import { ask, connectionFrom } from './arrange.ts'

describe('patterns', () => {
  test.each([
    ['live/*', 'live/show', true],
    ['live/*', 'live/a/b', true],
    ['live/*', 'other/show', false],
    ['*', 'live/show', true],
    ['*/show', 'live/show', true],
    ['*/show', 'live/shows', false],
    ['live/show', 'live/show', true],
    ['live/sho', 'live/show', false],
    ['l*e/s*w', 'live/show', true],
    ['l*e/s*w', 'live/shoe', false],
    ['live/ab*ba', 'live/aba', false],
    ['live/.*', 'live/show', false],
  ])('%s and %s', (pattern, text, fits) => {
    expect(matchesPattern(pattern, text)).toBe(fits)
  })

  test('many stars take no longer than the text is long', () => {
    expect(matchesPattern(`${'*a'.repeat(2000)}b`, `${'a'.repeat(4000)}`)).toBe(false)
  })
})

test('texts are the same or not', () => {
  expect([sameText('a', 'a'), sameText('', ''), sameText('ä', 'ä')]).toEqual([true, true, true])
  expect([sameText('a', 'b'), sameText('', 'a'), sameText('a', ''), sameText('aa', 'a')]).not.toContain(true)
})

test('passwords as such and hashed', async () => {
  const hashed = await hashPassword('geheim')
  expect(hashed).toMatch(/^pbkdf2:210000:[\da-f]{32}:[\da-f]{64}$/)
  expect(await isPassword('geheim', hashed)).toBe(true)
  expect(await isPassword('falsch', hashed)).toBe(false)
  expect(await isPassword('plain', 'plain')).toBe(true)
  expect(await isPassword('pbkdf2:x:y:z', 'pbkdf2:x:y:z')).toBe(true)
})

test('addresses: what is denied is denied, what is not allowed too', async () => {
  const handler = ask(
    addressAccess({
      connect: { deny: ['192.0.2.66'] },
      publish: { allow: ['192.0.2.0/24'], deny: ['192.0.2.8/29'] },
    }),
  )
  expect(await handler.connect({ address: '192.0.2.66' })).toBe('192.0.2.66 may not connect here')
  expect(await handler.connect({ address: '2001:db8::1' })).toBe('yes')
  expect(await handler.publish({ address: '192.0.2.7' })).toBe('yes')
  expect(await handler.publish({ address: '192.0.2.9' })).toBe('192.0.2.9 may not publish here')
  expect(await handler.publish({ address: '198.51.100.1' })).toBe('198.51.100.1 may not publish here')
  expect(await handler.play({ address: '198.51.100.1' })).toBe('yes')
})

test('addresses: each action has its own lists, and says where one is wrong', async () => {
  for (const action of ['connect', 'publish', 'play'] as const) {
    const others = (['connect', 'publish', 'play'] as const).filter((one) => one !== action)
    const address = '192.0.2.66'
    const denied = ask(addressAccess({ [action]: { deny: [address] } }))
    expect(await denied[action]({ address })).toBe(`${address} may not ${action} here`)
    expect(await denied[action]({ address: '192.0.2.65' })).toBe('yes')
    const allowed = ask(addressAccess({ [action]: { allow: ['192.0.2.65'] } }))
    expect(await allowed[action]({ address })).toBe(`${address} may not ${action} here`)
    expect(await allowed[action]({ address: '192.0.2.65' })).toBe('yes')
    for (const other of others) {
      expect(await denied[other]({ address })).toBe('yes')
      expect(await allowed[other]({ address })).toBe('yes')
    }
    for (const list of ['allow', 'deny'])
      expect(() => addressAccess({ [action]: { [list]: ['192.0.2.1', 'x'] } })).toThrow(
        expect.objectContaining({ code: 'ADDRESS_INVALID', path: `${action}.${list}[1]` }),
      )
  }
})

describe('table', () => {
  const table = tableAccess({
    rules: [
      { stream: 'live/closed', publish: false, play: false },
      { stream: 'live/*', publish: ['anna'], play: true },
      { stream: 'club/*', publish: 'users' },
      { stream: 'club/*', play: ['anna', 'ben'] },
    ],
    users: { anna: 'secret', ben: 'other' },
  })
  const handler = ask(table)

  test('the first rule that fits and says something decides', async () => {
    expect(await handler.play()).toBe('yes')
    expect(await handler.play({ streamName: 'closed' })).toBe('nobody may play live/closed')
    expect(await handler.publish({ streamName: 'closed', query: { user: 'anna', pass: 'secret' } })).toMatch(
      'nobody',
    )
    expect(await handler.publish({ app: 'elsewhere' })).toBe('nobody may publish elsewhere/show')
  })

  test('users show their password in the URL', async () => {
    expect(await handler.publish({ query: { user: 'anna', pass: 'secret' } })).toBe('yes')
    const refused = 'publish of live/show needs a user who may, and the right password'
    const wrong = [{}, { user: 'anna' }, { user: 'anna', pass: 'other' }, { user: 'ben', pass: 'other' }]
    for (const query of [...wrong, { user: 'eve', pass: 'secret' }, { user: '__proto__', pass: '' }])
      expect(await handler.publish({ query: query as Record<string, string> })).toBe(refused)
    expect(await handler.publish({ app: 'club', query: { user: 'ben', pass: 'other' } })).toBe('yes')
    expect(await handler.play({ app: 'club', query: { user: 'ben', pass: 'other' } })).toBe('yes')
    expect(await handler.play({ app: 'club' })).toMatch('needs a user')
  })

  test('or are known from connect', async () => {
    const connection = connectionFrom()
    setUser(connection, 'anna')
    expect(await handler.publish({ connection })).toBe('yes')
    const stranger = connectionFrom()
    setUser(stranger, 'eve')
    expect(await handler.publish({ connection: stranger })).toMatch('needs a user')
  })

  test("'users' is any user of the table, and nobody else", async () => {
    const users = { anna: 'secret', ben: 'other' }
    const club = ask(tableAccess({ rules: [{ stream: '*', publish: 'users', play: 'users' }], users }))
    const refused = 'needs a user who may, and the right password'
    for (const [user, pass, answer] of [
      ['anna', 'secret', 'yes'],
      ['ben', 'other', 'yes'],
      ['anna', 'other', `publish of live/show ${refused}`],
      ['eve', 'secret', `publish of live/show ${refused}`],
      ['', '', `publish of live/show ${refused}`],
    ] as const) {
      expect([user, pass, await club.publish({ query: { user, pass } })]).toEqual([user, pass, answer])
    }
    expect(await club.publish()).toBe(`publish of live/show ${refused}`)
    expect(await club.play()).toBe(`play of live/show ${refused}`)
  })

  test('who is known from connect counts only as a user of this table', async () => {
    const club = ask(tableAccess({ rules: [{ stream: '*', publish: 'users' }], users: { anna: 'secret' } }))
    const anna = connectionFrom()
    setUser(anna, 'anna')
    expect(await club.publish({ connection: anna })).toBe('yes')
    const eve = connectionFrom()
    setUser(eve, 'eve')
    expect(await club.publish({ connection: eve })).toMatch('needs a user who may')
    const query = { user: 'anna', pass: 'secret' }
    expect(await club.publish({ connection: eve, query })).toBe('yes')
  })

  test("'users' where there are none is a mistake of whoever wrote it", () => {
    const code = 'ACCESS_USERS_MISSING'
    for (const users of [undefined, {}]) {
      for (const action of ['publish', 'play'] as const) {
        const rules = [
          { stream: 'a', [action]: true },
          { stream: '*', [action]: 'users' as const },
        ]
        expect(() => tableAccess({ rules, ...(users && { users }) })).toThrow(
          expect.objectContaining({ code, path: `rules[1].${action}` }),
        )
      }
    }
    expect(() => tableAccess({ rules: [{ stream: '*', play: true, publish: false }] })).not.toThrow()
    expect(() => tableAccess({ rules: [{ stream: '*', publish: [] }] })).not.toThrow()
  })

  test('who it was goes along with the grant; without an answer nobody may', async () => {
    const context = { app: 'live', streamName: 'show', connection: connectionFrom() }
    const query = { name: 'anna', key: 'secret' }
    const users = { anna: 'secret' }
    const options = { rules: [{ stream: 'live/*', publish: 'users' as const }], users }
    const named = tableAccess({ ...options, userParameter: 'name', passwordParameter: 'key' })
    expect(await named.publish?.({ ...context, query } as never)).toEqual({ kind: 'accept', user: 'anna' })
    expect(await ask(named).publish({ query: { user: 'anna', pass: 'secret' } })).toMatch('needs a user')
    expect(await ask(named).play({ query })).toBe('nobody may play live/show')
    const nobody = ask(tableAccess({ rules: [{ stream: '*', publish: [] }] }))
    for (const request of [{}, { query: { user: '', pass: '' } }, { query: { user: 'anna', pass: '' } }])
      expect(await nobody.publish(request)).toMatch('needs a user')
  })

  test('what no rule decides, and a user that is not there', async () => {
    const open = ask(tableAccess({ rules: [{ stream: 'live/*', publish: false }], otherwise: 'allow' }))
    expect([await open.play(), await open.publish({ app: 'x' })]).toEqual(['yes', 'yes'])
    const rules = [{ stream: '*', publish: ['anna', 'eve'] }]
    expect(() => tableAccess({ rules, users: { anna: 'x' } })).toThrow(
      expect.objectContaining({ code: 'ACCESS_USER_UNKNOWN', path: 'rules[0].publish' }),
    )
  })
})

describe('signed tokens', () => {
  const now = 1_767_225_600_000
  const grant = { secret: 's3cret', app: 'live', streamName: 'show', expires: now / 1000 + 60 } as const
  const parsed = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text))

  test('as openssl makes them', async () => {
    // printf 'publish\nlive/show\n1767225660' | openssl dgst -sha256 -hmac s3cret
    expect(await signToken({ ...grant, action: 'publish' })).toBe(
      `expires=1767225660&token=7103375f5120f96fd8b32879b4992fafe0d25efae964e57912eb3263bfef9058`,
    )
  })

  test('grant what they are for, until they expire', async () => {
    const at = (time: number) => ask(tokenAccess({ secrets: ['s3cret'], now: () => time }))
    const query = parsed(await signToken({ ...grant, action: 'publish' }))
    expect(await at(now).publish({ query })).toBe('yes')
    expect(await at(now + 59_999).publish({ query })).toBe('yes')
    expect(await at(now + 60_000).publish({ query })).toBe('the token has expired')
    expect(await at(now).publish({})).toBe('publish needs a token')
    const invalid = 'the token is not valid for this'
    expect(await at(now).play({ query })).toBe(invalid)
    expect(await at(now).publish({ query, streamName: 'other' })).toBe(invalid)
    expect(await at(now).publish({ query: { ...query, expires: '9999999999' } })).toBe(invalid)
    expect(await at(now).publish({ query: { ...query, token: '' } })).toBe(invalid)
    const other = ask(tokenAccess({ secrets: ['another'], now: () => now }))
    expect(await other.publish({ query })).toBe(invalid)
  })

  test('stand in the name for devices that can send no query, and are taken out of it', async () => {
    const handler = ask(tokenAccess({ secrets: ['s3cret'], now: () => now }))
    const streamName = await nameWithToken({ ...grant, action: 'publish', streamName: 'my-show-2' })
    expect(streamName).toMatch(/^my-show-2-1767225660-[\da-f]{64}$/)
    expect(await handler.publish({ streamName })).toBe('as my-show-2')
    expect(
      await handler.publish({ streamName: streamName.toUpperCase().replace('MY-SHOW', 'my-show') }),
    ).toBe('as my-show-2')
    const invalid = 'the token is not valid for this'
    expect(await handler.play({ streamName })).toBe(invalid)
    expect(await handler.publish({ streamName: `x${streamName}` })).toBe(invalid)
    expect(await handler.publish({ streamName: streamName.replace('1767225660', '1767225661') })).toBe(
      invalid,
    )
    expect(await handler.publish({ streamName: streamName.slice(0, -1) })).toBe('publish needs a token')
    const late = ask(tokenAccess({ secrets: ['s3cret'], now: () => now + 60_000 }))
    expect(await late.publish({ streamName })).toBe('the token has expired')
    // One in the query counts first.
    expect(await handler.publish({ streamName, query: { token: 'x', expires: '9' } })).toBe(invalid)
  })

  test('stand in the name only as a whole, with an expiry of at most 12 digits', async () => {
    const handler = ask(tokenAccess({ secrets: ['s3cret'], now: () => now }))
    const named = (expires: number): Promise<string> =>
      nameWithToken({ ...grant, action: 'publish', expires })
    const whole = await named(grant.expires)
    expect(await handler.publish({ streamName: whole })).toBe('as show')
    const token = whole.slice(-64)
    const wrong = [`${whole}!`, `${whole}0`, `${whole}\n`, `x\n${whole}`, whole.slice('show'.length)]
    for (const streamName of [...wrong, `show--${token}`, `show-17672x5660-${token}`])
      expect([streamName, await handler.publish({ streamName })]).toEqual([
        streamName,
        'publish needs a token',
      ])
    expect(await handler.publish({ streamName: await named(999_999_999_999) })).toBe('as show')
    expect(await handler.publish({ streamName: await named(1_000_000_000_000) })).toBe(
      'publish needs a token',
    )
  })

  test('are good under each of the secrets, and hold an address only where it is looked at', async () => {
    const handler = ask(tokenAccess({ secrets: ['one', 's3cret', 'three'], now: () => now }))
    for (const secret of ['one', 's3cret', 'three']) {
      const query = parsed(await signToken({ ...grant, secret, action: 'play' }))
      expect(await handler.play({ query })).toBe('yes')
      const bound = parsed(await signToken({ ...grant, secret, action: 'play', address: '192.0.2.7' }))
      expect(await handler.play({ query: bound })).toBe('the token is not valid for this')
    }
    expect(Object.keys(tokenAccess({ secrets: ['x'] }))).toEqual(['publish', 'play'])
    expect(Object.keys(tokenAccess({ secrets: ['x'], actions: ['play'] }))).toEqual(['play'])
    expect(Object.keys(tokenAccess({ secrets: ['x'], actions: ['publish'] }))).toEqual(['publish'])
    for (const secrets of [
      ['x', ''],
      ['', 'x'],
    ])
      expect(() => tokenAccess({ secrets })).toThrow(
        expect.objectContaining({ code: 'ACCESS_SECRET_MISSING', path: 'secrets' }),
      )
  })

  test('an expiry that is no number has passed', async () => {
    const signed = await signToken({ ...grant, action: 'play', expires: Number.NaN })
    const handler = ask(tokenAccess({ secrets: ['s3cret'], now: () => now }))
    expect(await handler.play({ query: parsed(signed) })).toBe('the token has expired')
  })

  test('bound to an address; several secrets; only for what needs them', async () => {
    const handler = ask(
      tokenAccess({ secrets: ['new', 's3cret'], bindAddress: true, actions: ['publish'], now: () => now }),
    )
    const query = parsed(await signToken({ ...grant, action: 'publish', address: '192.0.2.7' }))
    expect(await handler.publish({ query })).toBe('yes')
    expect(await handler.publish({ query, address: '192.0.2.8' })).toBe('the token is not valid for this')
    expect(await handler.play()).toBe('yes')
    for (const secrets of [[], ['']])
      expect(() => tokenAccess({ secrets })).toThrow(
        expect.objectContaining({ code: 'ACCESS_SECRET_MISSING' }),
      )
  })
})

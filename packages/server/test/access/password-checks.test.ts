import { describe, expect, test } from 'vitest'
import { hashPassword, tableAccess } from '../../src/access.ts'
import { PasswordChecks, type PasswordCheckOptions } from '../../src/access/password-checks.ts'
import { ask, connectionFrom } from './arrange.ts'

const stored = 'pbkdf2:1000:aa:bb'

/** Checks whose computing is begun and ended by hand. `'right'` is right. */
const checking = (options: PasswordCheckOptions = {}) => {
  const begun: string[] = []
  const ends: ((right: boolean) => void)[] = []
  const checks = new PasswordChecks({
    compute: async (given) => {
      begun.push(given)
      return new Promise((resolve) => ends.push(resolve))
    },
    mark,
    ...options,
  })
  return { checks, begun, end: (right = false) => ends.shift()?.(right) }
}

const mark = async (text: string): Promise<string> => Promise.resolve(text)

/** Until what was asked has been looked at. */
const settled = async (): Promise<void> => new Promise(setImmediate)

describe('checks of hashed passwords', () => {
  test('so many at once and no more, one for each address, in turn', async () => {
    const { checks, begun, end } = checking({ atOnce: 2 })
    const flood = connectionFrom('192.0.2.66')
    const asked = ['a1', 'a2', 'a3'].map((given) => checks.check(flood, given, stored))
    await settled()
    expect(begun).toEqual(['a1'])
    const others = ['192.0.2.1', '192.0.2.2'].map((address) =>
      checks.check(connectionFrom(address), `of ${address}`, stored),
    )
    await settled()
    expect(begun).toEqual(['a1', 'of 192.0.2.1'])
    end()
    await settled()
    expect(begun).toEqual(['a1', 'of 192.0.2.1', 'a2'])
    end(true)
    await settled()
    expect(begun.slice(3)).toEqual(['of 192.0.2.2'])
    end()
    end(true)
    await settled()
    end()
    expect(await Promise.all([...asked, ...others])).toEqual(['wrong', 'wrong', 'wrong', 'right', 'right'])
  })

  test('one address of an IPv6 network is as good as another', async () => {
    const { checks, begun } = checking()
    for (const address of ['2001:db8::1', '2001:db8::2', '2001:db8:0:1::1']) {
      void checks.check(connectionFrom(address), address, stored)
    }
    await settled()
    expect(begun).toEqual(['2001:db8::1', '2001:db8:0:1::1'])
  })

  test.each([
    ['waitingPerConnection', 2, 1, 3],
    ['waitingPerAddress', 3, 2, 4],
    ['waiting', 4, 3, 5],
  ] as const)('%s: at the limit they wait, one beyond is busy', async (name, limit, connections, most) => {
    const all = { waitingPerConnection: 9, waitingPerAddress: 9, waiting: 9 }
    const { checks, begun, end } = checking({ ...all, [name]: limit, atOnce: 1 })
    // The first is computed and waits no more.
    const addresses = name === 'waiting' ? ['192.0.2.1', '192.0.2.2', '192.0.2.3'] : ['192.0.2.1']
    const clients = Array.from({ length: connections }, (_, i) =>
      connectionFrom(addresses[i % addresses.length]),
    )
    const verdicts: (string | undefined)[] = []
    for (let i = 0; i <= most; i++) {
      const client = clients[i % clients.length] ?? connectionFrom()
      const at = verdicts.push(undefined) - 1
      void checks.check(client, `${i}`, stored).then((verdict) => (verdicts[at] = verdict))
      await settled()
    }
    expect(verdicts.slice(0, limit + 1)).toEqual(Array.from({ length: limit + 1 }, () => undefined))
    expect(verdicts[limit + 1]).toBe('busy')
    expect(begun).toEqual(['0'])
    for (let i = 0; i <= limit; i++) {
      end()
      await settled()
    }
    expect(verdicts.slice(0, limit + 1)).toEqual(Array.from({ length: limit + 1 }, () => 'wrong'))
  })

  test('those of a connection that has gone are not computed, and make room', async () => {
    const { checks, begun, end } = checking({ waiting: 3 })
    const gone = connectionFrom('192.0.2.66')
    const stays = connectionFrom('192.0.2.66')
    const asked = ['g1', 'g2', 'g3'].map((given) => checks.check(gone, given, stored))
    const staying = checks.check(stays, 's1', stored)
    await settled()
    expect(begun).toEqual(['g1'])
    checks.forget(gone)
    asked.push(checks.check(gone, 'g4', stored))
    const another = checks.check(stays, 's2', stored)
    end()
    await settled()
    end()
    await settled()
    end()
    expect(await Promise.all([...asked, staying, another])).toEqual([
      'wrong',
      'busy',
      'busy',
      'busy',
      'wrong',
      'wrong',
    ])
    expect(begun).toEqual(['g1', 's1', 's2'])
  })

  test('one that was withdrawn is not computed although its connection stays; one that is being computed ends', async () => {
    const { checks, begun, end } = checking({ waitingPerConnection: 2 })
    const connection = connectionFrom()
    const withdrawals = Array.from({ length: 4 }, () => new AbortController())
    const check = async (i: number): Promise<string> =>
      checks.check(connection, `${i}`, stored, withdrawals[i]?.signal)
    const asked = [0, 1, 2].map(check)
    await settled()
    for (const i of [0, 1, 3]) withdrawals[i]?.abort()
    asked.push(check(3), check(4))
    end()
    await settled()
    end()
    await settled()
    end()
    expect(await Promise.all(asked)).toEqual(['wrong', 'busy', 'wrong', 'busy', 'wrong'])
    expect(begun).toEqual(['0', '2', '4'])
  })

  test('a right one is remembered for a while, for its connection for ever; a wrong one is not', async () => {
    let now = 0
    const { checks, begun, end } = checking({ rememberMs: 1000, now: () => now })
    const first = connectionFrom()
    const check = async (connection: typeof first, given: string, right?: boolean): Promise<string> => {
      const verdict = checks.check(connection, given, stored)
      await settled()
      if (right !== undefined) end(right)
      return verdict
    }
    expect(await check(first, 'wrong', false)).toBe('wrong')
    expect(await check(first, 'wrong', false)).toBe('wrong')
    expect(await check(first, 'right', true)).toBe('right')
    now = 999
    expect(await check(connectionFrom('192.0.2.8'), 'right')).toBe('right')
    expect(begun).toEqual(['wrong', 'wrong', 'right'])
    now = 1000
    expect(await check(connectionFrom('192.0.2.9'), 'right', false)).toBe('wrong')
    expect(await check(first, 'right')).toBe('right')
    expect(begun).toHaveLength(4)
  })

  test('a thousand right ones are remembered; one more, and the oldest is computed again', async () => {
    let now = 0
    const begun: string[] = []
    const compute = async (given: string): Promise<boolean> => {
      begun.push(given)
      return Promise.resolve(true)
    }
    const checks = new PasswordChecks({ compute, mark, rememberMs: 1000, now: () => now })
    /** Whether it had to be computed. */
    const computed = async (given: string): Promise<boolean> => {
      begun.length = 0
      expect(await checks.check(connectionFrom(), given, stored)).toBe('right')
      return begun.length > 0
    }
    expect(await computed('renewed')).toBe(true)
    now = 500
    for (let i = 1; i < 1000; i++) expect(await computed(`${i}`)).toBe(true)
    expect([await computed('renewed'), await computed('1')]).toEqual([false, false])
    now = 1000
    expect(await computed('renewed')).toBe(true)
    // That was shown again has made it the newest of the thousand.
    expect(await computed('one more')).toBe(true)
    expect([await computed('renewed'), await computed('2')]).toEqual([false, false])
    expect(await computed('1')).toBe(true)
  })

  test('what one connection has proved counts for it alone, and for that password alone', async () => {
    const begun: string[] = []
    const compute = async (given: string): Promise<boolean> => {
      begun.push(given)
      return Promise.resolve(given === 'right')
    }
    const checks = new PasswordChecks({ compute, mark, rememberMs: 0 })
    const connection = connectionFrom()
    const check = async (who: typeof connection, given: string, against = stored): Promise<string> =>
      checks.check(who, given, against)
    expect(await check(connection, 'right')).toBe('right')
    expect(await check(connection, 'right')).toBe('right')
    expect(begun).toEqual(['right'])
    expect(await check(connection, 'wrong')).toBe('wrong')
    expect(await check(connection, 'right', 'pbkdf2:1000:cc:dd')).toBe('right')
    expect(await check(connectionFrom(), 'right')).toBe('right')
    expect(begun).toEqual(['right', 'wrong', 'right', 'right'])
  })

  test('those of one connection take no room from another of the same address', async () => {
    const { checks, begun } = checking({ waitingPerConnection: 1, atOnce: 1 })
    const [one, two] = [connectionFrom(), connectionFrom()]
    const verdicts: string[] = []
    const check = (who: typeof one, given: string): void =>
      void checks.check(who, given, stored).then((verdict) => verdicts.push(`${given} ${verdict}`))
    for (const given of ['a', 'b', 'c']) check(one, given)
    check(two, 'd')
    await settled()
    check(two, 'e')
    await settled()
    expect([begun, verdicts]).toEqual([['a'], ['c busy', 'e busy']])
  })

  test('as many may wait again as have gone, and no more', async () => {
    const { checks } = checking({ waiting: 3, waitingPerConnection: 9, atOnce: 1 })
    const [gone, stays] = [connectionFrom(), connectionFrom()]
    const verdicts: string[] = []
    const check = (who: typeof gone, given: string): void =>
      void checks.check(who, given, stored).then((verdict) => verdicts.push(`${given} ${verdict}`))
    check(stays, 'computed')
    await settled()
    for (const given of ['g1', 'g2']) check(gone, given)
    check(stays, 's1')
    await settled()
    checks.forget(gone)
    await settled()
    verdicts.length = 0
    for (const given of ['s2', 's3', 's4']) check(stays, given)
    await settled()
    expect(verdicts).toEqual(['s4 busy'])
  })

  test('an address for which nothing waits is forgotten', async () => {
    const { checks, begun, end } = checking({ atOnce: 1 })
    const [one, two] = ['192.0.2.1', '192.0.2.2'].map((address) => connectionFrom(address)) as [
      ReturnType<typeof connectionFrom>,
      ReturnType<typeof connectionFrom>,
    ]
    expect(checks.addresses).toBe(0)
    const asked = [one, two, two].map((who) => checks.check(who, 'x', stored))
    await settled()
    expect([begun.length, checks.addresses]).toEqual([1, 1])
    end()
    await settled()
    // One is computed, and one waits behind it.
    expect(checks.addresses).toBe(1)
    checks.forget(two)
    expect(checks.addresses).toBe(0)
    end()
    await Promise.all(asked)
    expect(checks.addresses).toBe(0)
  })

  test('a connection that has asked nothing may go', () => {
    const { checks } = checking()
    expect(() => checks.forget(connectionFrom())).not.toThrow()
  })

  test('a failure is the failure of one check', async () => {
    const checks = new PasswordChecks({
      compute: async (given) => {
        if (given === 'bad') throw new Error('no memory')
        return Promise.resolve(true)
      },
    })
    await expect(checks.check(connectionFrom(), 'bad', stored)).rejects.toThrow('no memory')
    expect(await checks.check(connectionFrom(), 'good', stored)).toBe('right')
  })
})

describe('a table with hashed passwords', () => {
  test('refuses without computing when too many wait, and says so', async () => {
    const hashed = await hashPassword('secret')
    const rules = [{ stream: '*', publish: 'users' as const }]
    const table = tableAccess({ rules, users: { anna: hashed } }, { waitingPerConnection: 0 })
    const query = { user: 'anna', pass: 'secret' }
    expect(await ask(table).publish({ query })).toBe(
      'too many passwords are being checked: try again in a moment',
    )
  })

  test('a user that is not there is computed too, and never right', async () => {
    const begun: string[] = []
    const compute = async (given: string, against: string): Promise<boolean> => {
      begun.push(against)
      return Promise.resolve(given === 'secret')
    }
    const users = { plain: 'open', anna: stored }
    const handler = ask(tableAccess({ rules: [{ stream: '*', publish: 'users' }], users }, { compute }))
    const refused = /needs a user who may, and the right password/
    expect(await handler.publish({ query: { user: 'nobody', pass: 'secret' } })).toMatch(refused)
    expect(await handler.publish({ query: { user: 'anna', pass: 'wrong' } })).toMatch(refused)
    expect(begun).toEqual([stored, stored])
    expect(await handler.publish({ query: { user: 'plain', pass: 'open' } })).toBe('yes')
    expect(await handler.publish({ query: { user: 'plain', pass: 'secret' } })).toMatch(refused)
    expect(begun).toHaveLength(2)
  })

  test('nothing is computed for who leaves out user or password, and an empty password is none left out', async () => {
    const begun: string[] = []
    const compute = async (given: string): Promise<boolean> => {
      begun.push(given)
      return Promise.resolve(true)
    }
    const users = { anna: stored, empty: '' }
    const handler = ask(tableAccess({ rules: [{ stream: '*', publish: 'users' }], users }, { compute }))
    const refused = /needs a user who may, and the right password/
    for (const query of [{}, { user: 'anna' }, { pass: 'x' }, { user: 'empty' }] as Record<string, string>[])
      expect(await handler.publish({ query })).toMatch(refused)
    expect(begun).toEqual([])
    expect(await handler.publish({ query: { user: 'empty', pass: '' } })).toBe('yes')
  })

  test('the end of a connection drops what it has asked', async () => {
    const begun: string[] = []
    const ends: (() => void)[] = []
    const compute = async (given: string): Promise<boolean> => {
      begun.push(given)
      await new Promise<void>((resolve) => ends.push(resolve))
      return false
    }
    const table = tableAccess(
      { rules: [{ stream: '*', publish: 'users' }], users: { anna: stored } },
      { compute, mark },
    )
    const connection = connectionFrom()
    const answers = ['a', 'b'].map((pass) =>
      ask(table).publish({ connection, query: { user: 'anna', pass } }),
    )
    await settled()
    expect(begun).toEqual(['a'])
    await table.disconnect?.(connection, {
      kind: 'closed',
      reason: 'transportClosed',
      description: 'gone',
      error: undefined,
    } as never)
    ends.shift()?.()
    expect(await Promise.all(answers)).toEqual([
      expect.stringContaining('needs a user'),
      expect.stringContaining('too many passwords'),
    ])
    expect(begun).toEqual(['a'])
  })
})

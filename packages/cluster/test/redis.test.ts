// The directory in a real Redis: the suite that every directory passes, and what only a Redis can do: be killed, be
// stopped, fail over, forget, refuse.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { directoryCases, type DirectoryHarness } from '../src/compliance.ts'
import { Watched } from '../src/compliance/harness.ts'
import type { Claim, ClaimResult, Directory, DirectoryError } from '../src/index.ts'
import { openRedisDirectory, type RedisLocation } from '../src/redis.ts'
import { describeWithRedis, Door, freePort, RedisServer } from './support/redis-server.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const LEASE = 1500
const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

const granted = (result: ClaimResult): Claim => {
  if (result.kind !== 'claimed') throw new Error(`refused: ${JSON.stringify(result)}`)
  return result.claim
}

const a = { id: 'a', address: 'rtmp://a' }
const b = { id: 'b', address: 'rtmp://b' }

/** The code with which a call fails; `'none'` when it does not. */
const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'none',
    (error: DirectoryError) => error.code,
  )

/** Repeats a call until it no longer fails with "away": at most ten seconds of tries. */
const persistently = async <Result>(call: () => Promise<Result>): Promise<Result> => {
  for (let tries = 0; ; tries++) {
    try {
      return await call()
    } catch (error) {
      if ((error as DirectoryError).code !== 'DIRECTORY_AWAY' || tries === 200) throw error
      await wait(50)
    }
  }
}

/** Waits until a watch has told a fence. */
const claimedWith = async (watched: Watched, fence: number): Promise<void> => {
  for (let from = 0; ; ) {
    const change = await watched.next('claimed', from)
    if (change.entry.fence === fence) return
    from = watched.changes.indexOf(change) + 1
  }
}

const servers: RedisServer[] = []
const opened: Directory[] = []
const doors: Door[] = []

const startRedis = async (...args: string[]): Promise<RedisServer> => {
  const server = await RedisServer.start(...args)
  servers.push(server)
  return server
}

const open = async (location: RedisLocation): Promise<Directory> => {
  const directory = await openRedisDirectory({ lease: LEASE, lookEvery: 100, ...location })
  opened.push(directory)
  return directory
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((directory) => directory.close()))
  for (const door of doors.splice(0)) door.close()
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})

describeWithRedis('a directory in Redis', () => {
  describe('passes what every directory passes', () => {
    let server: RedisServer | undefined
    beforeAll(async () => {
      server = await RedisServer.start()
    })
    afterAll(() => server?.stop())
    const harness: DirectoryHarness = {
      open: () => openRedisDirectory({ url: server?.url ?? '', lease: LEASE, lookEvery: 100 }),
      pass: (milliseconds) => wait(milliseconds + 20),
    }
    test.each(directoryCases.map(({ name, run }) => [name, run] as const))('%s', (_, run) => run(harness))
  })

  test('nodes with other prefixes do not see each other', async () => {
    const { url } = await startRedis()
    const one = await open({ url, prefix: 'one' })
    const two = await open({ url, prefix: 'two' })
    granted(await one.claim('x', a))
    expect(await two.resolve('x')).toBeUndefined()
    granted(await two.claim('x', b))
    expect((await one.resolve('x'))?.owner.id).toBe('a')
  })

  test('killed and started again without what it knew: claims come back by their renewals, with higher fences', async () => {
    const server = await startRedis()
    const directory = await open({ url: server.url })
    const watched = new Watched(await open({ url: server.url }), 'x')
    await watched.next('current')
    const claim = granted(await directory.claim('x', a))
    await watched.next('claimed')
    await server.kill()
    await watched.next('away')
    expect(await codeOf(directory.renew(claim))).toBe('DIRECTORY_AWAY')
    await server.run()
    const renewal = await persistently(() => directory.renew(claim))
    expect(renewal.kind).toBe('renewed')
    const fence = renewal.kind === 'renewed' ? renewal.claim.fence : 0
    expect(fence).toBeGreaterThan(claim.fence)
    await claimedWith(watched, fence)
    const seen = watched.changes.flatMap((change) => (change.kind === 'claimed' ? [change.entry.fence] : []))
    expect(seen.at(-1)).toBe(fence)
    expect(seen).toEqual([...seen].sort((x, y) => x - y))
    expect(watched.changes.filter(({ kind }) => kind === 'away').length).toBe(1)
  })

  test('killed and started again with what it knew: the claim goes on as it is', async () => {
    const server = await startRedis('--appendonly', 'yes', '--appendfsync', 'always')
    const directory = await open({ url: server.url, lease: 30_000 })
    const claim = granted(await directory.claim('x', a))
    await server.kill()
    await server.run()
    const renewal = await persistently(() => directory.renew(claim))
    expect(renewal).toMatchObject({ kind: 'renewed', claim: { fence: claim.fence } })
  })

  test('stopped and woken: calls fail in time, a watch says so once, and all goes on', async () => {
    const server = await startRedis()
    const directory = await open({ url: server.url, timeout: 300 })
    const watched = new Watched(await open({ url: server.url, timeout: 300 }), 'x')
    await watched.next('current')
    const claim = granted(await directory.claim('x', a))
    await watched.next('claimed')
    server.signal('SIGSTOP')
    expect(await codeOf(directory.resolve('x'))).toBe('DIRECTORY_AWAY')
    await watched.next('away')
    await wait(LEASE)
    server.signal('SIGCONT')
    // The lease ended meanwhile by the directory's clock.
    await watched.next('gone')
    const renewal = await persistently(() => directory.renew(claim))
    expect(renewal.kind === 'renewed' && renewal.claim.fence > claim.fence).toBe(true)
    await watched.next(
      'claimed',
      watched.changes.findIndex(({ kind }) => kind === 'gone'),
    )
    expect(watched.changes.filter(({ kind }) => kind === 'away').length).toBe(1)
  })

  test('what is published and lost in between is told by the next look', async () => {
    const server = await startRedis()
    const door = await Door.open(server)
    doors.push(door)
    const directory = await open({ url: server.url })
    const watched = new Watched(await open({ url: door.url }), 'x')
    await watched.next('current')
    const first = granted(await directory.claim('x', a))
    await watched.next('claimed')
    door.cut()
    await directory.release(first)
    const { fence } = granted(await directory.claim('x', b))
    await claimedWith(watched, fence)
    expect(watched.changes.at(-1)?.kind === 'gone').toBe(false)
  })

  describe('a failover that loses the last second', () => {
    /** Two servers of which the second has nothing of what the first has been told since, and a door in front. */
    const pair = async (): Promise<{ first: RedisServer; second: RedisServer; door: Door }> => {
      const first = await startRedis()
      const second = await startRedis()
      const door = await Door.open(first)
      doors.push(door)
      // The first one's clock is a minute ahead, as the fences tell it.
      await first.command('SET', '{rtmp}:fence', String(Date.now() + 60_000))
      return { first, second, door }
    }

    test('the claim that was lost goes on, and nobody is told a lower fence', async () => {
      const { second, door } = await pair()
      const owner = await open({ url: door.url })
      const watched = new Watched(await open({ url: door.url }), 'x')
      await watched.next('current')
      const claim = granted(await owner.claim('x', a))
      await watched.next('claimed')
      door.lead(second)
      const renewal = await persistently(() => owner.renew(claim))
      expect(renewal.kind === 'renewed' && renewal.claim.fence > claim.fence).toBe(true)
      const from = watched.changes.findIndex(({ kind }) => kind === 'claimed') + 1
      expect((await watched.next('claimed', from)).entry.fence).toBeGreaterThan(claim.fence)
    })

    test('given to another meanwhile, the path is the other one’s, above the fence that was lost', async () => {
      const { second, door } = await pair()
      const owner = await open({ url: door.url })
      const other = await open({ url: door.url })
      const watched = new Watched(await open({ url: door.url }), 'x')
      await watched.next('current')
      const lost = granted(await owner.claim('x', a))
      await watched.next('claimed')
      door.lead(second)
      const taken = granted(await persistently(() => other.claim('x', b)))
      // The other has never heard of the fence that was lost, and so has got a lower one.
      const renewal = await persistently(() => owner.renew(lost))
      expect(renewal).toMatchObject({ kind: 'lost', entry: { owner: b } })
      const raised = await persistently(() => other.renew(taken))
      expect(raised.kind === 'renewed' && raised.claim.fence > lost.fence).toBe(true)
      await claimedWith(watched, raised.kind === 'renewed' ? raised.claim.fence : 0)
      const seen = watched.changes.flatMap((change) => (change.kind === 'claimed' ? [change.entry] : []))
      expect(seen[0]?.fence).toBe(lost.fence)
      expect(seen.slice(1).every(({ fence }) => fence > lost.fence)).toBe(true)
      expect(seen.at(-1)?.owner.id).toBe('b')
      expect((await owner.resolve('x'))?.owner.id).toBe('b')
    })

    test('a node that has seen the lost fence raises the one it is told', async () => {
      const { second, door } = await pair()
      const owner = await open({ url: door.url })
      const other = await open({ url: door.url })
      const edge = await open({ url: door.url })
      const lost = granted(await owner.claim('x', a))
      expect((await edge.resolve('x'))?.fence).toBe(lost.fence)
      await owner.close()
      door.lead(second)
      const taken = granted(await persistently(() => other.claim('x', b)))
      expect(taken.fence).toBeLessThan(lost.fence)
      const entry = await persistently(() => edge.resolve('x'))
      expect(entry?.fence).toBeGreaterThan(lost.fence)
      expect(await other.renew(taken)).toMatchObject({ kind: 'renewed', claim: { fence: entry?.fence } })
    })
  })

  test('a Sentinel that makes the replica the master: claims go on', async () => {
    const master = await startRedis()
    const replica = await startRedis('--replicaof', '127.0.0.1', String(master.port))
    while (!(await replica.command('INFO', 'replication')).includes('master_link_status:up')) await wait(50)
    const sentinel = await RedisServer.startSentinel(master)
    servers.push(sentinel)
    while (!(await sentinel.command('SENTINEL', 'MASTER', 'rtmp')).includes('num-slaves\r\n$1\r\n1'))
      await wait(50)
    const directory = await open({
      sentinels: { name: 'rtmp', hosts: [{ host: '127.0.0.1', port: sentinel.port }] },
    })
    const watched = new Watched(directory, 'x')
    await watched.next('current')
    const claim = granted(await directory.claim('x', a))
    await watched.next('claimed')
    await master.kill()
    await watched.next('away')
    const renewal = await persistently(() => directory.renew(claim))
    expect(renewal.kind === 'renewed' && renewal.claim.fence >= claim.fence).toBe(true)
    await watched.next('current', 2)
    expect(await replica.command('ROLE')).toContain('master')
  })

  describe('who is let in', () => {
    test('a password: the right one works, another one and none are denied', async () => {
      const { url } = await startRedis('--requirepass', 'secret')
      expect(await codeOf(open({ url }))).toBe('DIRECTORY_DENIED')
      expect(await codeOf(open({ url, password: 'wrong' }))).toBe('DIRECTORY_DENIED')
      const directory = await open({ url: url.replace('//', '//default:secret@') })
      expect((await directory.claim('x', a)).kind).toBe('claimed')
      await open({ url, password: 'secret' })
    })

    test('a user with rights to its prefix only; without rights it is denied', async () => {
      const server = await startRedis()
      const rights = ['~{live}:*', '&{live}:*', '+@all', '-@dangerous', '+info']
      await server.command('ACL', 'SETUSER', 'rtmp', 'on', '>pass', ...rights)
      const location = { url: server.url, username: 'rtmp', password: 'pass' }
      const directory = await open({ ...location, prefix: 'live' })
      const watched = new Watched(directory, 'x')
      await watched.next('current')
      granted(await directory.claim('x', a))
      await watched.next('claimed')
      expect(await codeOf(open({ ...location, prefix: 'other' }))).toBe('DIRECTORY_DENIED')
    })

    test('TLS, with a certificate of its own', async () => {
      const folder = (await startRedis()).folder
      const key = join(folder, 'key.pem')
      const cert = join(folder, 'cert.pem')
      execFileSync(
        'openssl',
        [
          'req',
          '-x509',
          '-newkey',
          'rsa:2048',
          '-nodes',
          '-keyout',
          key,
          '-out',
          cert,
          '-days',
          '2',
          '-subj',
          '/CN=localhost',
          '-addext',
          'subjectAltName=IP:127.0.0.1',
        ],
        { stdio: 'ignore' },
      )
      const port = await freePort()
      await startRedis(
        '--tls-port',
        String(port),
        '--tls-cert-file',
        cert,
        '--tls-key-file',
        key,
        '--tls-auth-clients',
        'no',
        '--tls-ca-cert-file',
        cert,
      )
      const url = `rediss://127.0.0.1:${port}`
      const directory = await open({ url, tls: { ca: readFileSync(cert) } })
      expect((await directory.claim('x', a)).kind).toBe('claimed')
      expect(await codeOf(open({ url }))).toBe('DIRECTORY_AWAY')
    })

    test('nobody there, an address that is none', async () => {
      expect(await codeOf(open({ url: `redis://127.0.0.1:${await freePort()}` }))).toBe('DIRECTORY_AWAY')
      for (const url of ['', 'http://127.0.0.1', 'redis://127.0.0.1/x']) {
        expect(await codeOf(open({ url }))).toBe('DIRECTORY_FIELD')
      }
    })

    test('keys of another program under the same prefix are no directory', async () => {
      const server = await startRedis()
      await server.command('SET', '{rtmp}:entries', 'something else')
      expect(await codeOf(open({ url: server.url }))).toBe('DIRECTORY_REPLY')
    })
  })
})

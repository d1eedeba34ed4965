import { describe, expect, test } from 'vitest'
import { directoryCases, type DirectoryHarness } from '../src/compliance.ts'
import { type DirectoryChange, MemoryDirectory, MemoryStore } from '../src/index.ts'

const START = 1_764_460_800_000

/** A store on a virtual clock. */
const virtual = (lease?: number) => {
  const clock = { now: START }
  const store = new MemoryStore({ now: () => clock.now, ...(lease === undefined ? {} : { lease }) })
  const harness: DirectoryHarness = {
    open: async () => new MemoryDirectory(store),
    async pass(milliseconds) {
      clock.now += milliseconds
      store.handleTimeout()
    },
  }
  return { clock, store, harness }
}

describe('a directory in memory', () => {
  const { harness } = virtual()
  test.each(directoryCases.map(({ name, run }) => [name, run] as const))('%s', (_, run) => run(harness))
})

describe('the fence', () => {
  const owner = { id: 'a', address: '' }

  test('is the time of the directory, or one more than the last', async () => {
    const { clock, store } = virtual()
    const directory = new MemoryDirectory(store)
    const fence = async (path: string): Promise<number> => {
      const result = await directory.claim(path, owner)
      return result.kind === 'claimed' ? result.claim.fence : 0
    }
    expect(await fence('x')).toBe(START)
    expect(await fence('y')).toBe(START + 1)
    clock.now += 500
    expect(await fence('x')).toBe(START + 500)
    clock.now -= 10_000
    expect(await fence('x')).toBe(START + 501)
  })

  test('goes on above the claims that others still have, when the store was lost', async () => {
    const before = virtual()
    const claimed = await new MemoryDirectory(before.store).claim('x', owner)
    const after = virtual()
    after.clock.now -= 60_000
    const renewed = await new MemoryDirectory(after.store).renew(
      claimed.kind === 'claimed' ? claimed.claim : expect.fail(),
    )
    expect(renewed).toMatchObject({ kind: 'renewed', claim: { fence: START + 1 } })
  })
})

test('a clock that is set back makes no lease longer', async () => {
  const { clock, store } = virtual(3000)
  const directory = new MemoryDirectory(store)
  await directory.claim('x', { id: 'a', address: '' })
  clock.now -= 60_000
  expect((await directory.resolve('x'))?.expiresIn).toBe(3000)
  clock.now += 2999
  expect((await directory.resolve('x'))?.expiresIn).toBe(1)
  clock.now += 1
  expect(await directory.resolve('x')).toBeUndefined()
})

test('the store says when to look, and tells then', async () => {
  const { clock, store } = virtual(3000)
  const directory = new MemoryDirectory(store)
  const told: DirectoryChange[] = []
  directory.watch((change) => told.push(change))
  expect(store.nextTimeout()).toBeUndefined()
  await directory.claim('x', { id: 'a', address: '' })
  clock.now += 1000
  await directory.claim('y', { id: 'a', address: '' })
  expect(store.nextTimeout()).toBe(START + 3000)
  clock.now = START + 3000
  store.handleTimeout()
  expect(store.nextTimeout()).toBe(START + 4000)
  expect(told.map(({ kind }) => kind)).toEqual(['current', 'claimed', 'claimed', 'gone'])
})

// The directory in memory is the model of the one in Redis: whatever two nodes do in turn, both answer alike.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Claim, type Directory, MemoryDirectory, MemoryStore } from '../src/index.ts'
import { openRedisDirectory } from '../src/redis.ts'
import { describeWithRedis, RedisServer } from './support/redis-server.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

type Step =
  | { readonly kind: 'claim'; readonly by: number; readonly path: string; readonly takeOver: boolean }
  | { readonly kind: 'renew' | 'release'; readonly by: number; readonly path: string; readonly old: boolean }
  | { readonly kind: 'resolve'; readonly by: number; readonly path: string }

const by = fc.nat({ max: 1 })
const path = fc.constantFrom('x', 'y')
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('claim' as const), by, path, takeOver: fc.boolean() }),
    fc.record({ kind: fc.constantFrom('renew' as const, 'release' as const), by, path, old: fc.boolean() }),
    fc.record({ kind: fc.constant('resolve' as const), by, path }),
  ),
  { minLength: 1, maxLength: 25 },
)

/** Two nodes that do the steps; what they are told, fences by their order. */
const played = async (
  nodes: readonly Directory[],
  prefix: string,
  todo: readonly Step[],
): Promise<unknown[]> => {
  const claims = nodes.map(() => new Map<string, Claim[]>())
  const fences: number[] = []
  const owners = new Map<number, string>()
  const heard = (fence: number, owner: string): number => {
    // One owner for each fence.
    expect(owners.get(fence) ?? owner).toBe(owner)
    owners.set(fence, owner)
    if (!fences.includes(fence)) {
      expect(fence).toBeGreaterThan(fences.at(-1) ?? 0)
      fences.push(fence)
    }
    return fences.indexOf(fence)
  }
  const told: unknown[] = []
  for (const step of todo) {
    const directory = nodes[step.by] as Directory
    const mine = claims[step.by]?.get(step.path) ?? []
    const name = `${prefix}/${step.path}`
    if (step.kind === 'claim') {
      const result = await directory.claim(
        name,
        { id: `n${step.by}`, address: '' },
        { takeOver: step.takeOver },
      )
      const { owner, fence } = result.kind === 'claimed' ? result.claim : result.entry
      if (result.kind === 'claimed') claims[step.by]?.set(step.path, [...mine, result.claim])
      told.push([result.kind, owner.id, heard(fence, owner.id)])
    } else if (step.kind === 'resolve') {
      const entry = await directory.resolve(name)
      told.push(entry === undefined ? 'nobody' : [entry.owner.id, heard(entry.fence, entry.owner.id)])
    } else {
      const claim = step.old ? mine[0] : mine.at(-1)
      if (claim === undefined) continue
      if (step.kind === 'release') {
        told.push(await directory.release(claim))
        continue
      }
      const result = await directory.renew(claim)
      const { owner, fence } = result.kind === 'renewed' ? result.claim : result.entry
      told.push([result.kind, owner.id, heard(fence, owner.id)])
    }
  }
  return told
}

let runs = 0

describeWithRedis('two nodes and any steps', () => {
  let server: RedisServer | undefined
  const inRedis: Directory[] = []
  beforeAll(async () => {
    server = await RedisServer.start()
    const url = server.url
    for (let i = 0; i < 2; i++) inRedis.push(await openRedisDirectory({ url, lease: 60_000 }))
  })
  afterAll(async () => {
    await Promise.all(inRedis.map((directory) => directory.close()))
    await server?.stop()
  })

  test('are answered by Redis as by memory', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (todo) => {
        const store = new MemoryStore({ now: Date.now, lease: 60_000 })
        runs += 1
        const model = await played(
          [new MemoryDirectory(store), new MemoryDirectory(store)],
          `run${runs}`,
          todo,
        )
        expect(await played(inRedis, `run${runs}`, todo)).toEqual(model)
      }),
      { numRuns: 100 },
    )
  })
})

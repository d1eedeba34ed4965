import { expect, test } from 'vitest'
import { ClusterTown } from '../simulation/cluster/cluster-town.ts'
import { simulateCluster } from '../simulation/cluster/simulate-cluster.ts'

// The short share of `npm run simulate -- --cluster`.
test.each([1, 2, 3, 4, 5])(
  'five nodes with ten faults: everything holds in seed %d',
  {
    timeout: 60_000,
  },
  async (seed) => {
    const { violation, faults, frames } = await simulateCluster(seed, 10)
    expect(violation).toBeUndefined()
    expect(faults).toHaveLength(10)
    expect(frames).toBeGreaterThan(1000)
  },
)

test('a seed of the cluster gives the same run again', { timeout: 60_000 }, async () => {
  const { cpuSeconds: _, ...first } = await simulateCluster(7, 4)
  const { cpuSeconds: __, ...again } = await simulateCluster(7, 4)
  expect(again).toEqual(first)
})

test('players go on within a lease and a second when the owner of their stream is killed', {
  timeout: 60_000,
}, async () => {
  const times: number[] = []
  for (let seed = 1; seed <= 20; seed++) times.push(await new ClusterTown(seed).killOwner('live/one'))
  expect(Math.max(...times)).toBeLessThanOrEqual(4000)
})

test('a claim that is never given back is reported', { timeout: 60_000 }, async () => {
  const town = new ClusterTown(1, ({ directory }) => {
    directory.release = async () => true
  })
  await expect(town.run(0)).rejects.toThrow(/claims are left|publishers after a quiet time/)
})

test('a node in which something throws is reported', { timeout: 60_000 }, async () => {
  const town = new ClusterTown(1, ({ directory }) => {
    directory.claim = async () => Promise.reject(new Error('a broken directory'))
  })
  await expect(town.run(0)).rejects.toThrow(/has failed in .*a broken directory/)
})

import type { Claim, Directory } from '../directory.ts'
import { check, type ComplianceCase, type DirectoryHarness, freshPath, node, Watched } from './harness.ts'

/** A small seeded generator (mulberry32), so that a run that fails can be run again. */
const random = (seed: number): ((below: number) => number) => {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** What one node has done and been told. */
interface Racer {
  readonly name: string
  readonly directory: Directory
  claim: Claim | undefined
  highest: number
}

/** Rounds of calls that are all under way at once. */
const race = async (harness: DirectoryHarness, seed: number): Promise<void> => {
  const below = random(seed)
  const path = freshPath()
  const racers: Racer[] = []
  for (const name of ['a', 'b', 'c'])
    racers.push({ name, directory: await harness.open(), claim: undefined, highest: 0 })
  const watched = new Watched((racers[0] as Racer).directory, path)
  await watched.next('current')
  const owners = new Map<number, string>()
  /** The highest fence of the rounds before. */
  let floor = 0
  const told = (racer: Racer, fence: number, owner: string): void => {
    check(
      fence >= racer.highest,
      `seed ${seed}: ${racer.name} was told fence ${fence} after ${racer.highest}`,
    )
    racer.highest = fence
    check((owners.get(fence) ?? owner) === owner, `seed ${seed}: fence ${fence} has two owners`)
    owners.set(fence, owner)
  }
  const act = async (racer: Racer): Promise<void> => {
    const { directory, name, claim } = racer
    switch (below(5)) {
      case 0:
      case 1: {
        const result = await directory.claim(path, node(name), { takeOver: below(2) === 0 })
        if (result.kind === 'held') return told(racer, result.entry.fence, result.entry.owner.id)
        check(
          result.claim.fence > floor,
          `seed ${seed}: a claim has fence ${result.claim.fence}, ${floor} was given before`,
        )
        racer.claim = result.claim
        return told(racer, result.claim.fence, name)
      }
      case 2: {
        if (claim === undefined) return
        const result = await directory.renew(claim)
        racer.claim = result.kind === 'renewed' ? result.claim : undefined
        return result.kind === 'renewed'
          ? told(racer, result.claim.fence, name)
          : told(racer, result.entry.fence, result.entry.owner.id)
      }
      case 3:
        if (claim !== undefined) await directory.release(claim)
        racer.claim = undefined
        return
      default: {
        const entry = await directory.resolve(path)
        if (entry !== undefined) told(racer, entry.fence, entry.owner.id)
      }
    }
  }
  for (let round = 0; round < 25; round++) {
    await Promise.all(racers.map(act))
    floor = Math.max(floor, ...owners.keys())
    // At rest: who renews successfully is who everybody sees.
    const renewals = await Promise.all(
      racers.map(async ({ directory, claim }) => (claim === undefined ? undefined : directory.renew(claim))),
    )
    const holders = racers.filter(
      (_, i) => renewals[i]?.kind === 'renewed' && renewals[i].claim.fence <= floor,
    )
    check(
      holders.length <= 1,
      `seed ${seed}: ${holders.map(({ name }) => name).join(' and ')} both hold the path`,
    )
    racers.forEach((racer, i) => {
      const renewal = renewals[i]
      racer.claim = renewal?.kind === 'renewed' ? renewal.claim : undefined
      if (racer.claim !== undefined) told(racer, racer.claim.fence, racer.name)
    })
    floor = Math.max(floor, ...owners.keys())
    for (const racer of racers) {
      const entry = await racer.directory.resolve(path)
      if (entry !== undefined) told(racer, entry.fence, entry.owner.id)
    }
  }
  let last = 0
  for (const change of watched.changes) {
    if (change.kind !== 'claimed') continue
    check(change.entry.fence > last, `seed ${seed}: the watch told fence ${change.entry.fence} after ${last}`)
    last = change.entry.fence
  }
  watched.close()
  await Promise.all(racers.map(({ directory }) => directory.close()))
}

/** Several nodes at once. */
export const raceCases: readonly ComplianceCase[] = [
  {
    name: 'of many nodes that claim at once, one gets the path',
    async run(harness) {
      const directories = await Promise.all(Array.from({ length: 8 }, () => harness.open()))
      for (let round = 0; round < 10; round++) {
        const path = freshPath()
        const results = await Promise.all(
          directories.map((directory, i) => directory.claim(path, node(`n${i}`))),
        )
        const claimed = results.filter(({ kind }) => kind === 'claimed')
        check(claimed.length === 1, `${claimed.length} nodes have the same path`)
      }
      await Promise.all(directories.map((directory) => directory.close()))
    },
  },
  ...[1, 2, 3, 4].map((seed) => ({
    name: `claims, take-overs, renewals and releases that race: one owner for each fence, and no fence falls (seed ${seed})`,
    run: (harness: DirectoryHarness) => race(harness, seed),
  })),
]

import { between, check, type ComplianceCase, freshPath, granted, node, refused } from './harness.ts'

/** Leases. */
export const expiryCases: readonly ComplianceCase[] = [
  {
    name: 'a lease that is not renewed ends, and the path is free',
    run: between(async (a, b, harness) => {
      const path = freshPath()
      const first = granted(await a.claim(path, node('a')))
      const { expiresIn } = refused(await b.claim(path, node('b')))
      await harness.pass(expiresIn + 1)
      check((await b.resolve(path)) === undefined, 'a lease that is over has an owner')
      const second = granted(await b.claim(path, node('b')))
      check(second.fence > first.fence, `fence ${second.fence} after ${first.fence}`)
      const renewal = await a.renew(first)
      check(
        renewal.kind === 'lost' && renewal.entry.owner.id === 'b',
        'a lease that was over ended another one',
      )
    }),
  },
  {
    name: 'a lease that is renewed goes on with the same fence',
    run: between(async (a, b, harness) => {
      const path = freshPath()
      let claim = granted(await a.claim(path, node('a')))
      const { fence } = claim
      for (let i = 0; i < 5; i++) {
        await harness.pass(Math.floor(a.lease / 3))
        const renewal = await a.renew(claim)
        check(renewal.kind === 'renewed', 'a lease could not be renewed in time')
        claim = renewal.claim
        check(claim.fence === fence, 'a renewal in time changed the fence')
      }
      check((await b.resolve(path))?.fence === fence, 'a lease that was renewed is over')
    }),
  },
  {
    name: 'an owner that wakes after its lease gets the path again with a higher fence, if it is free',
    run: between(async (a, b, harness) => {
      const path = freshPath()
      const claim = granted(await a.claim(path, node('a')))
      await harness.pass(a.lease + 1)
      const renewal = await a.renew(claim)
      check(
        renewal.kind === 'renewed' && renewal.claim.fence > claim.fence,
        'a lease that was over went on as if nothing were',
      )
      check((await b.resolve(path))?.fence === renewal.claim.fence, 'others see another fence')
      check((await a.renew(renewal.claim)).kind === 'renewed', 'it could not be renewed again')
    }),
  },
]

import { between, check, type ComplianceCase, freshPath, granted, node, Watched } from './harness.ts'

/** Watches. */
export const watchCases: readonly ComplianceCase[] = [
  {
    name: 'a watch tells what there is, says when that is all, and then what changes',
    run: between(async (a, b) => {
      const path = freshPath()
      const first = granted(await a.claim(path, node('a')))
      const watched = new Watched(b, path)
      await watched.next('current')
      const [begin] = watched.changes
      check(
        begin?.kind === 'claimed' && begin.entry.fence === first.fence,
        'what there was is not told first',
      )
      const second = granted(await b.claim(path, node('b'), { takeOver: true }))
      const change = await watched.next('claimed', 2)
      check(
        change.entry.owner.id === 'b' && change.entry.fence === second.fence,
        'a take-over is told wrongly',
      )
      check(await b.release(second), 'a claim could not be given back')
      const gone = await watched.next('gone', 3)
      check(
        gone.reason === 'released' && gone.fence === second.fence,
        `a release is told as ${JSON.stringify(gone)}`,
      )
      watched.close()
    }),
  },
  {
    name: 'a watch tells of leases that are over',
    run: between(async (a, b, harness) => {
      const path = freshPath()
      const watched = new Watched(b, path)
      await watched.next('current')
      const { fence } = granted(await a.claim(path, node('a')))
      await watched.next('claimed')
      await harness.pass(a.lease + 1)
      const gone = await watched.next('gone')
      // On a machine that is busy a watch may have missed the moment, and then does not know the reason.
      check(
        gone.reason !== 'released' && gone.fence === fence,
        `the end of a lease is told as ${JSON.stringify(gone)}`,
      )
      watched.close()
    }),
  },
  {
    name: 'renewals are not told',
    run: between(async (a, b) => {
      const path = freshPath()
      const watched = new Watched(b, path)
      await watched.next('current')
      const claim = granted(await a.claim(path, node('a')))
      for (let i = 0; i < 5; i++) await a.renew(claim)
      await a.release(claim)
      await watched.next('gone')
      const kinds = watched.changes.map(({ kind }) => kind).join(' ')
      check(kinds === 'current claimed gone', `told: ${kinds}`)
      watched.close()
    }),
  },
  {
    name: 'a watch that is closed tells nothing more; others go on',
    run: between(async (a, b) => {
      const path = freshPath()
      const closed = new Watched(b, path)
      const open = new Watched(b, path)
      await Promise.all([closed.next('current'), open.next('current')])
      closed.close()
      granted(await a.claim(path, node('a')))
      await open.next('claimed')
      check(closed.changes.length === 1, `told after its end: ${JSON.stringify(closed.changes)}`)
      open.close()
    }),
  },
]

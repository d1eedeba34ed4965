import { isDirectoryError } from '../errors.ts'
import { between, check, type ComplianceCase, freshPath, granted, node, refused } from './harness.ts'

const rejection = async (call: Promise<unknown>): Promise<unknown> => {
  try {
    await call
  } catch (error) {
    return error
  }
  return undefined
}

/** Claims, renewals, releases. */
export const claimCases: readonly ComplianceCase[] = [
  {
    name: 'a path belongs to the first who claims it, and everybody sees that',
    run: between(async (a, b) => {
      const path = freshPath()
      check((await b.resolve(path)) === undefined, 'a path that nobody has claimed has an owner')
      const claim = granted(await a.claim(path, node('a')))
      check(claim.fence > 0 && Number.isSafeInteger(claim.fence), `a fence of ${claim.fence}`)
      check(claim.lease === a.lease && claim.path === path, 'a claim does not say what it is')
      const entry = await b.resolve(path)
      check(
        entry?.owner.id === 'a' && entry.owner.address === 'rtmp://a',
        'the owner is not the one who claimed',
      )
      check(entry.fence === claim.fence, 'the fence seen is not the fence given')
      check(entry.expiresIn > 0 && entry.expiresIn <= b.lease, `a lease of ${entry.expiresIn} ms is left`)
      const held = refused(await b.claim(path, node('b')))
      check(held.owner.id === 'a' && held.fence === claim.fence, 'a refusal names another owner')
    }),
  },
  {
    name: 'a path that is given back is free, for a claim with a higher fence',
    run: between(async (a, b) => {
      const path = freshPath()
      const first = granted(await a.claim(path, node('a')))
      check(await a.release(first), 'a claim could not be given back')
      check(!(await a.release(first)), 'a claim could be given back twice')
      check((await b.resolve(path)) === undefined, 'a path that was given back has an owner')
      const second = granted(await b.claim(path, node('b')))
      check(second.fence > first.fence, `fence ${second.fence} after ${first.fence}`)
    }),
  },
  {
    name: 'a take-over ends the claim of the owner before',
    run: between(async (a, b) => {
      const path = freshPath()
      const first = granted(await a.claim(path, node('a')))
      const second = granted(await b.claim(path, node('b'), { takeOver: true }))
      check(second.fence > first.fence, `fence ${second.fence} after ${first.fence}`)
      const renewal = await a.renew(first)
      check(
        renewal.kind === 'lost' && renewal.entry.owner.id === 'b',
        'a claim that was taken over could be renewed',
      )
      check(!(await a.release(first)), 'a claim that was taken over could be given back')
      check((await a.resolve(path))?.fence === second.fence, 'the old owner changed the claim of the new one')
      check((await b.renew(second)).kind === 'renewed', 'the new owner could not renew')
    }),
  },
  {
    name: 'the same owner may claim again; the claim before is lost',
    run: between(async (a) => {
      const path = freshPath()
      const first = granted(await a.claim(path, node('a')))
      const second = granted(await a.claim(path, { id: 'a', address: 'rtmp://elsewhere' }))
      check(second.fence > first.fence && second.token !== first.token, 'two claims are one')
      check((await a.renew(first)).kind === 'lost', 'the claim before could be renewed')
      check((await a.resolve(path))?.owner.address === 'rtmp://elsewhere', 'the address before is told')
    }),
  },
  {
    name: 'fences rise over all paths',
    run: between(async (a, b) => {
      let last = 0
      for (let i = 0; i < 40; i++) {
        const { fence } = granted(await (i % 2 === 0 ? a : b).claim(freshPath(), node('x')))
        check(fence > last, `fence ${fence} after ${last}`)
        last = fence
      }
    }),
  },
  {
    name: 'paths and addresses come back as they were given',
    run: between(async (a, b) => {
      for (const odd of ['a/b c', 'é/☃/𝄞', '{brace}:*', 'new\nline', '"quote\\', 'x'.repeat(900)]) {
        const path = `${freshPath()}/${odd}`
        granted(await a.claim(path, { id: 'a"b\\c\n☃', address: `{"url":"${odd}"}` }))
        const entry = await b.resolve(path)
        check(
          entry?.path === path && entry.owner.id === 'a"b\\c\n☃',
          `${JSON.stringify(odd)} came back changed`,
        )
        check(
          entry.owner.address === `{"url":"${odd}"}`,
          `${JSON.stringify(odd)} in an address came back changed`,
        )
      }
    }),
  },
  {
    name: 'what cannot be is refused, naming the field',
    run: between(async (a) => {
      const owner = node('a')
      const claim = granted(await a.claim(freshPath(), owner))
      const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
        ['path', () => a.claim('', owner)],
        ['path', () => a.claim('x'.repeat(1025), owner)],
        ['path', () => a.resolve('')],
        ['owner.id', () => a.claim(freshPath(), { id: '', address: '' })],
        ['owner.id', () => a.claim(freshPath(), { id: 'x'.repeat(129), address: '' })],
        ['owner.address', () => a.claim(freshPath(), { id: 'a', address: 'x'.repeat(1025) })],
        ['claim.fence', () => a.renew({ ...claim, fence: Number.NaN })],
        ['claim.token', () => a.release({ ...claim, token: '' })],
      ]
      for (const [field, call] of calls) {
        const error = await rejection(call())
        check(isDirectoryError(error) && error.code === 'DIRECTORY_FIELD', `${field}: ${String(error)}`)
        check(error.message.includes(field), `the message does not name ${field}: ${error.message}`)
      }
    }),
  },
  {
    name: 'a directory that is closed says so, and leaves the claims',
    run: between(async (a, b) => {
      const path = freshPath()
      const claim = granted(await a.claim(path, node('a')))
      await a.close()
      await a.close()
      for (const call of [
        () => a.claim(path, node('a')),
        () => a.renew(claim),
        () => a.release(claim),
        () => a.resolve(path),
      ]) {
        const error = await rejection(call())
        check(
          isDirectoryError(error) && error.code === 'DIRECTORY_CLOSED',
          `closed, a call gave ${String(error)}`,
        )
      }
      check((await b.resolve(path))?.owner.id === 'a', 'claims went with the directory')
    }),
  },
]

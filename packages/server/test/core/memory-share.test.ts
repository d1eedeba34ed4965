import { type LiveStream, MemoryLedger } from '@rtmp/live/engine'
import { expect, test } from 'vitest'
import { contextBytes } from '../../src/core/memory-costs.ts'
import { MemoryOwner, MemoryShare } from '../../src/core/memory-share.ts'

const payer = (allowedBytes: number) => ({ allowedBytes, payMemory: () => {} })
const streamOf = (): LiveStream => ({}) as LiveStream

const begin = (allowedBytes = 100) => {
  const ledger = new MemoryLedger()
  const owner = new MemoryOwner('x')
  return { ledger, owner, share: new MemoryShare(ledger, owner, payer(allowedBytes)) }
}

test('what is its own is in the ledger, what it shares is there already, and its owner answers for both', () => {
  const { ledger, owner, share } = begin()
  const sums = (): number[] => [ledger.bytes, share.ownBytes, share.bytes, owner.bytes]
  share.set(1000, 50)
  expect(sums()).toEqual([1000, 1000, 1050, 1050])
  share.set(1000, 80)
  expect(sums()).toEqual([1000, 1000, 1080, 1080])
  share.set(400, 80)
  expect(sums()).toEqual([400, 400, 480, 480])
  const other = new MemoryShare(ledger, owner, payer(1))
  other.set(7, 3)
  expect([ledger.bytes, owner.bytes, owner.shares.size]).toEqual([407, 490, 2])
  share.close()
  expect([...sums(), share.isClosed, owner.shares.has(share)]).toEqual([7, 0, 0, 10, true, false])
  share.set(5, 5)
  expect(sums()).toEqual([7, 0, 0, 10])
})

test('streams are in the ledger already; what is left of one keeps a share that has gone', () => {
  const { ledger, owner, share } = begin()
  const [one, two] = [streamOf(), streamOf()]
  share.setStream(one, 300)
  share.setStream(two, 200)
  share.setStream(one, 250)
  expect([ledger.bytes, share.bytes, owner.bytes, share.ownBytes]).toEqual([0, 450, 450, 0])
  expect([...share.streams]).toEqual([
    [one, 250],
    [two, 200],
  ])
  share.close()
  expect([share.bytes, owner.bytes, owner.shares.has(share)]).toEqual([450, 450, true])
  share.setStream(two, 0)
  expect([share.bytes, share.streams.size, owner.shares.has(share)]).toEqual([250, 1, true])
  share.setStream(one, 0)
  expect([owner.bytes, share.streams.size, owner.shares.has(share)]).toEqual([0, 0, false])
})

test('a share that is there stays with its owner without streams too', () => {
  const { owner, share } = begin()
  const stream = streamOf()
  share.setStream(stream, 10)
  share.setStream(stream, 0)
  expect(owner.shares.has(share)).toBe(true)
})

test('somebody else answers for all of it from when he is known', () => {
  const { ledger, owner, share } = begin()
  share.set(100, 10)
  share.setStream(streamOf(), 5)
  const user = new MemoryOwner('user anna')
  share.moveTo(user)
  expect([owner.bytes, owner.shares.size, user.bytes, [...user.shares], share.owner]).toEqual([
    0,
    0,
    115,
    [share],
    user,
  ])
  expect(ledger.bytes).toBe(100)
  share.set(200, 10)
  expect([owner.bytes, user.bytes]).toEqual([0, 215])
})

test('one that has gone moves with what it has left behind, and not without', () => {
  for (const bytes of [0, 10]) {
    const { share } = begin()
    if (bytes > 0) share.setStream(streamOf(), bytes)
    share.close()
    const user = new MemoryOwner('user anna')
    share.moveTo(user)
    expect([user.bytes, user.shares.size]).toEqual([bytes, bytes > 0 ? 1 : 0])
  }
})

test('an owner may hold what those of his may that are there, up to so much; the server itself any amount', () => {
  const { ledger, owner, share } = begin(100)
  const other = new MemoryShare(ledger, owner, payer(50))
  expect([owner.allowed(1000), owner.allowed(149), owner.allowed(150)]).toEqual([150, 149, 150])
  other.setStream(streamOf(), 1)
  other.close()
  expect(owner.allowed(1000)).toBe(100)
  const house = new MemoryOwner('the server itself')
  new MemoryShare(ledger, house, undefined)
  expect([house.allowed(1000), share.payer?.allowedBytes]).toEqual([Number.POSITIVE_INFINITY, 100])
})

test('what is kept of a request costs its letters twice, and something for each text and parameter', () => {
  const place = { app: 'a', streamName: 'bc', path: 'def', sent: { app: 'ghij', streamName: 'klmno' } }
  const bytes = (query: Readonly<Record<string, string>>): number =>
    contextBytes({ ...place, query } as never)
  expect(bytes({})).toBe(30 + 5 * 32)
  expect(bytes({ abc: 'de', f: '' })).toBe(30 + 12 + 5 * 32 + 2 * 128)
})
